"""Digest: RFC 2617, RFC 7616, RFC 8760, and RFC 3261 section 22."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.digest import (
    ALGORITHMS,
    Challenge,
    Credentials,
    Info,
    answer,
    challenges_in,
    digest_response,
    info_in,
    known_algorithms,
    parse_challenges,
    strongest,
)
from callctrl.sip.message import Request, Response, parse

DATA = Path(__file__).parents[1] / "data"

PASSWORD = "correct-horse"
CREDENTIALS = Credentials("200", "4321")
URI = "sip:192.168.1.10:6060"

FIRST = Challenge("192.168.1.10", "70f778f0", "md5")
FIRST_ANSWER = "123d5cb172b09405aab466b9157dafa7"
SECOND = Challenge("192.168.1.10", "915af6f3", "md5")
SECOND_ANSWER = "dfd2b07fc8b188d22942d727cac4ce17"


def refusal(nonce: str, more: str = "", status: int = 401) -> Response:
    name = "Proxy-Authenticate" if status == 407 else "WWW-Authenticate"
    value = f'Digest realm="192.168.1.10", nonce="{nonce}", algorithm=md5{more}'
    return Response(status, "Unauthorized", [(name, value)])


def hash_by(name: str) -> Callable[[str], str]:
    return lambda text: hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def fields_of(value: str) -> dict[str, str]:
    """Parameters of an answer, as they are spelt."""
    pieces = [piece.partition("=") for piece in value.removeprefix("Digest ").split(", ")]
    return {name: text for name, _, text in pieces}


# Computing


@pytest.mark.parametrize(
    ("challenge", "expected"), [(FIRST, FIRST_ANSWER), (SECOND, SECOND_ANSWER)]
)
def test_the_documented_nonces_have_the_documented_answers(
    challenge: Challenge, expected: str
) -> None:
    assert digest_response(challenge, CREDENTIALS, "REGISTER", URI) == expected


def test_the_example_of_rfc_2617_without_qop() -> None:
    """Section 3.5; HA1 and HA2 are those of the RFC's own example."""
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093")
    credentials = Credentials("Mufasa", "Circle Of Life")
    ha1, ha2 = "939e7578ed9e3c518a452acee763bce9", "39aff3a2bab6126f332b942af96d3366"
    expected = hashlib.md5(
        f"{ha1}:{challenge.nonce}:{ha2}".encode(), usedforsecurity=False
    ).hexdigest()
    found = digest_response(challenge, credentials, "GET", "/dir/index.html")
    assert found == expected == "670fd8c2df070c60b045671b8b24ff02"


def test_the_example_of_rfc_2617_with_qop() -> None:
    challenge = Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", qop="auth")
    credentials = Credentials("Mufasa", "Circle Of Life")
    found = digest_response(challenge, credentials, "GET", "/dir/index.html", "0a4f113b", 1)
    assert found == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize("algorithm", [None, "MD5", "md5", "Md5"])
def test_the_name_of_the_algorithm_compares_without_case(algorithm: str | None) -> None:
    challenge = Challenge("192.168.1.10", "70f778f0", algorithm)
    assert challenge.is_supported
    assert digest_response(challenge, CREDENTIALS, "REGISTER", URI) == FIRST_ANSWER


def test_an_empty_password_has_an_answer_too() -> None:
    assert len(digest_response(FIRST, Credentials("200", ""), "REGISTER", URI)) == 32


def test_names_and_passwords_are_hashed_as_utf_8() -> None:
    credentials = Credentials("jürgen", "naïve")
    ha1 = hashlib.md5("jürgen:192.168.1.10:naïve".encode(), usedforsecurity=False).hexdigest()
    ha2 = hashlib.md5(f"REGISTER:{URI}".encode(), usedforsecurity=False).hexdigest()
    expected = hashlib.md5(f"{ha1}:70f778f0:{ha2}".encode(), usedforsecurity=False).hexdigest()
    assert digest_response(FIRST, credentials, "REGISTER", URI) == expected


def test_the_answer_stands_in_the_documented_order() -> None:
    assert answer(FIRST, CREDENTIALS, "REGISTER", URI) == (
        "Authorization",
        f'Digest username="200", uri="{URI}", algorithm=MD5, realm="192.168.1.10", '
        f'nonce="70f778f0", response="{FIRST_ANSWER}"',
    )


def test_qop_is_answered_with_a_nonce_of_ours_and_how_often_theirs_was_used() -> None:
    challenge = Challenge("r", "n", qop="auth")
    response = digest_response(challenge, CREDENTIALS, "REGISTER", URI, "0a4f113b", 17)
    _, value = answer(challenge, CREDENTIALS, "REGISTER", URI, "0a4f113b", 17)
    assert value.endswith(f'response="{response}", qop=auth, cnonce="0a4f113b", nc=00000011')


def test_opaque_is_returned_and_quotes_are_escaped() -> None:
    challenge = Challenge('a "realm"', "n\\", opaque='o"')
    _, value = answer(challenge, Credentials('u"', PASSWORD), "REGISTER", "sip:x")
    assert value.startswith('Digest username="u\\"", uri="sip:x", ')
    assert 'realm="a \\"realm\\"", nonce="n\\\\", response="' in value
    assert value.endswith(', opaque="o\\""')


def test_a_challenge_of_the_proxy_is_answered_to_the_proxy() -> None:
    name, _ = answer(Challenge("r", "n", is_proxy=True), CREDENTIALS, "REGISTER", URI)
    assert name == "Proxy-Authorization"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616_with_md5_and_sha_256(algorithm: str, expected: str) -> None:
    """RFC 7616 section 3.9.1; the password has a small "of" (erratum 4495)."""
    challenge = Challenge(
        "http-auth@example.org",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        algorithm,
        "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        "auth",
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    credentials = Credentials("Mufasa", "Circle of Life")
    _, value = answer(challenge, credentials, "GET", "/dir/index.html", cnonce)
    assert f'response="{expected}"' in value
    assert f"algorithm={algorithm}, " in value


def test_the_example_of_rfc_7616_with_sha_512_256_and_a_hashed_user() -> None:
    """RFC 7616 section 3.9.2, with the values of erratum 4897: printed are those of SHA-512."""
    challenge = Challenge.parse(
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    )
    cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"
    credentials = Credentials("J\u00e4s\u00f8n Doe", "Secret, or not?")
    _, value = answer(challenge, credentials, "GET", "/doe.json", cnonce)
    user = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    response = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    assert value.startswith(f'Digest username="{user}", ')
    assert f'response="{response}"' in value
    assert value.endswith(", userhash=true")


@pytest.mark.parametrize("body", [b"", b"<spa-control/>"])
@pytest.mark.parametrize("qop", ["auth", "auth-int"])
@pytest.mark.parametrize("session", ["", "-sess"])
@pytest.mark.parametrize(
    ("name", "hash_name"), [("MD5", "md5"), ("SHA-256", "sha256"), ("SHA-512-256", "sha512_256")]
)
def test_every_algorithm_with_every_quality_of_protection(
    name: str, hash_name: str, session: str, qop: str, body: bytes
) -> None:
    """RFC 7616 sections 3.4.1 to 3.4.3, computed here once more from the text of the RFC."""
    h = hash_by(hash_name)
    a1 = "200:192.168.1.10:4321"
    if session:
        a1 = f"{h(a1)}:nonce:cnonce"
    a2 = f"NOTIFY:{URI}" if qop == "auth" else f"NOTIFY:{URI}:{h(body.decode())}"
    expected = h(f"{h(a1)}:nonce:0000000a:cnonce:{qop}:{h(a2)}")
    challenge = Challenge("192.168.1.10", "nonce", (name + session).lower(), qop=qop)
    arguments = (CREDENTIALS, "NOTIFY", URI, "cnonce", 10, body)
    assert digest_response(challenge, *arguments) == expected
    _, value = answer(challenge, *arguments)
    assert f"algorithm={name}{session}, " in value
    assert value.endswith(f'response="{expected}", qop={qop}, cnonce="cnonce", nc=0000000a')


def test_an_unknown_algorithm_is_not_answered() -> None:
    challenge = Challenge("r", "n", "SHA3-256")
    assert not challenge.is_supported
    with pytest.raises(LocalProtocolError):
        answer(challenge, CREDENTIALS, "REGISTER", URI)


def test_a_hash_that_openssl_does_not_have_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = hashlib.new

    def new(name: str, *arguments: bytes, usedforsecurity: bool) -> object:
        if name == "sha512_256":
            raise ValueError("unsupported hash type")
        return made(name, *arguments, usedforsecurity=usedforsecurity)

    monkeypatch.setattr(hashlib, "new", new)
    assert set(known_algorithms()) == {"MD5", "MD5-SESS", "SHA-256", "SHA-256-SESS"}
    assert {"SHA-512-256", "SHA-512-256-SESS"} <= set(ALGORITHMS)


def test_md5_is_asked_for_as_no_security(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system allows only strong hashes (FIPS 140) it would refuse otherwise."""
    made = hashlib.new

    def new(name: str, *arguments: bytes, usedforsecurity: bool = True) -> object:
        if name == "md5" and usedforsecurity:
            raise ValueError("disabled for FIPS")
        return made(name, *arguments, usedforsecurity=usedforsecurity)

    monkeypatch.setattr(hashlib, "new", new)
    assert "MD5" in known_algorithms()
    assert digest_response(FIRST, CREDENTIALS, "REGISTER", URI) == FIRST_ANSWER


def test_no_algorithm_is_named_where_the_server_named_none() -> None:
    """RFC 7616 section 3.4: the value must be that of the challenge."""
    _, value = answer(Challenge("192.168.1.10", "70f778f0"), CREDENTIALS, "REGISTER", URI)
    assert "algorithm" not in value
    assert f'response="{FIRST_ANSWER}"' in value


# Realms and names as they came


@pytest.mark.parametrize(
    ("spelt", "hashed"),
    [
        (r'"pbx"', "pbx"),
        (r'"the \"new\" pbx"', 'the "new" pbx'),
        (r'"OFFICE\\pbx"', "OFFICE\\pbx"),
        (r'"OFFICE\pbx"', "OFFICE\\pbx"),
        ('"Zentrale Köln"', "Zentrale Köln"),
        ('"a, b;c=<d>"', "a, b;c=<d>"),
        ('""', ""),
    ],
)
def test_a_realm_is_returned_byte_for_byte_and_hashed_for_what_it_says(
    spelt: str, hashed: str
) -> None:
    """RFC 3261 section 22.4 no. 1, RFC 7616 section 3.4; nonce and opaque the same.

    Read by `_tolerate_backslashes_that_escape_nothing`.
    """
    challenge = Challenge.parse(f"Digest realm={spelt}, nonce={spelt}, opaque={spelt}")
    assert (challenge.realm, challenge.nonce, challenge.opaque) == (hashed,) * 3
    _, value = answer(challenge, CREDENTIALS, "REGISTER", "sip:x")
    h = hash_by("md5")
    expected = h(f"{h(f'200:{hashed}:4321')}:{hashed}:{h('REGISTER:sip:x')}")
    assert value == (
        f'Digest username="200", uri="sip:x", realm={spelt}, nonce={spelt}, '
        f'response="{expected}", opaque={spelt}'
    )


@pytest.mark.parametrize("spelt", ['"a"b"', '"a\\"', "a\\b", '"'])
def test_what_would_break_the_answer_is_quoted_anew(spelt: str) -> None:
    _, value = answer(
        Challenge.parse(f'Digest nonce="n", x="y", realm={spelt}'), CREDENTIALS, "REGISTER", URI
    )
    realm = value.partition(", realm=")[2].partition(", nonce=")[0]
    assert Challenge.parse(f"Digest realm={realm}, nonce=n").spelling["realm"] == realm


def challenged_with(realm: bytes) -> Response:
    head = (
        b"SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: sip:a\r\n"
        b"To: sip:a\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"
        b'WWW-Authenticate: Digest realm="' + realm + b'", nonce="n"\r\n\r\n'
    )
    response = parse(head)
    assert isinstance(response, Response)
    return response


@pytest.mark.parametrize("realm", ["Köln".encode(), "Köln".encode("latin-1"), b"K\xc3\xb6\xfc"])
def test_a_realm_in_another_character_set_is_hashed_and_returned_in_its_octets(
    realm: bytes,
) -> None:
    (challenge,) = challenges_in(challenged_with(realm))
    name, value = answer(challenge, CREDENTIALS, "REGISTER", "sip:x")

    def h(octets: bytes) -> bytes:
        return hashlib.md5(octets, usedforsecurity=False).hexdigest().encode()

    expected = h(h(b"200:" + realm + b":4321") + b":n:" + h(b"REGISTER:sip:x"))
    data = Request("REGISTER", "sip:x", [(name, value), ("X-Name", "Jürgen")]).to_bytes()
    assert b'realm="' + realm + b'", nonce="n", response="' + expected + b'"\r\n' in data
    assert "X-Name: Jürgen\r\n".encode() in data


def test_names_are_hashed_in_form_c_where_the_server_asks_for_utf_8() -> None:
    """RFC 7616 section 4; else they are hashed as they were typed."""
    composed = Credentials("jürgen", "naïve")
    typed = Credentials(*(unicodedata.normalize("NFD", each) for each in ("jürgen", "naïve")))
    plain, utf_8 = Challenge("r", "n"), Challenge("r", "n", is_normalized=True)
    assert answer(utf_8, typed, "GET", "/") == answer(utf_8, composed, "GET", "/")
    assert answer(plain, typed, "GET", "/") != answer(plain, composed, "GET", "/")
    assert answer(plain, composed, "GET", "/") == answer(utf_8, composed, "GET", "/")


def test_a_password_that_is_no_text_is_wrong_and_nothing_worse() -> None:
    _, value = answer(FIRST, Credentials("200", "4321\ud800"), "REGISTER", URI)
    assert "response=" in value
    assert FIRST_ANSWER not in value


# Reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Digest realm="r", nonce="n"', Challenge("r", "n")),
        ('DIGEST REALM="r" ,NONCE = "n",Algorithm=md5', Challenge("r", "n", "md5")),
        ("Digest realm=r, nonce=n", Challenge("r", "n")),
        ('Digest\trealm="r",\tnonce="n"', Challenge("r", "n")),
        ('Digest realm="a, b", nonce="n",', Challenge("a, b", "n")),
        ('Digest realm="r", nonce="n", qop="auth"', Challenge("r", "n", qop="auth")),
        ("Digest realm=r, nonce=n, qop=AUTH", Challenge("r", "n", qop="auth")),
        (
            'Digest realm="r", nonce="n", qop="auth-int, auth"',
            Challenge("r", "n", qop="auth"),
        ),
        ('Digest realm="r", nonce="n", qop="auth-int"', Challenge("r", "n", qop="auth-int")),
        ('Digest realm="r", nonce="n", qop="auth-conf"', Challenge("r", "n")),
        ('Digest realm="r", nonce="n", qop=""', Challenge("r", "n")),
        ('Digest realm="r", nonce="n", charset=utf-8', Challenge("r", "n", is_normalized=True)),
        ('Digest realm="r", nonce="n", charset=latin-1', Challenge("r", "n")),
        ('Digest realm="r", nonce="n", userhash=TRUE', Challenge("r", "n", hides_user=True)),
        ('Digest realm="r", nonce="n", userhash=false', Challenge("r", "n")),
        ('Digest nonce="n\\"", realm="", opaque=""', Challenge("", 'n"', opaque="")),
        ('Digest realm="r", nonce="n", stale=TRUE', Challenge("r", "n", is_stale=True)),
        ('Digest realm="r", nonce="n", stale="true"', Challenge("r", "n", is_stale=True)),
        ('Digest realm="r", nonce="n", stale=false', Challenge("r", "n")),
        ('Digest realm="r", nonce="1", nonce="2"', Challenge("r", "1")),
        ('Digest realm="r", nonce="n", algorithm="MD5"', Challenge("r", "n", "MD5")),
        ("Digest " + 'a="", ' * 200 + 'realm="r", nonce="n"', Challenge("r", "n")),
        ('Digest realm="r", nonce="n", x="open', Challenge("r", "n")),
    ],
)
def test_a_challenge_is_read(text: str, expected: Challenge) -> None:
    assert Challenge.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Digest",
        'Digest realm="r"',
        'Digest nonce="n"',
        'Basic realm="r"',
        'realm="r",nonce="n"',
        f'Digest realm="r", nonce="{"1" * 4096}"',
    ],
)
def test_what_is_no_digest_challenge_is_refused(text: str) -> None:
    with pytest.raises(RemoteProtocolError):
        Challenge.parse(text)


@given(st.text(max_size=200) | st.text('Digest realm="nonce",=\\ ', max_size=200))
def test_any_field_is_taken_apart(text: str) -> None:
    challenges = parse_challenges([f'Digest realm="r", nonce="n", {text}'])
    assert all(isinstance(challenge, Challenge) for challenge in challenges)


@given(
    st.text(max_size=80) | st.text('Digest realm="nonce",=\\ ', max_size=80).map("Digest ".__add__)
)
def test_reading_raises_nothing_but_remote_protocol_error(text: str) -> None:
    try:
        Challenge.parse(text)
    except RemoteProtocolError:
        return


def test_the_challenges_of_the_seed_are_read() -> None:
    for name, nonce in (("2-challenge", "70f778f0"), ("5-refused-again", "915af6f3")):
        response = parse((DATA / "seed" / f"{name}.txt").read_bytes())
        assert isinstance(response, Response)
        assert challenges_in(response) == [Challenge("SPA9000-IP-ADDRESS", nonce, "md5")]


def test_challenges_that_cannot_be_answered_are_left_out() -> None:
    """Other schemes (RFC 3261 section 22.1), unknown algorithms, and sessions without qop."""
    response = Response(
        401,
        "Unauthorized",
        [
            ("WWW-Authenticate", 'Basic realm="r"'),
            ("WWW-Authenticate", "NTLM"),
            ("WWW-Authenticate", 'Bearer realm="r", authz_server="https://a"'),
            ("WWW-Authenticate", 'Digest realm="r", nonce="1", algorithm=SHA3-512'),
            ("WWW-Authenticate", 'Digest realm="r", nonce="1", algorithm=MD5-sess'),
            ("WWW-Authenticate", "Digest nonsense"),
            ("www-authenticate", 'Digest realm="r", nonce="3", algorithm=md5'),
        ],
    )
    assert challenges_in(response) == [Challenge("r", "3", "md5")]


def test_both_kinds_of_challenges_are_read_from_either_answer() -> None:
    """A proxy that forked puts them into one response (RFC 3261 section 16.7 no. 7)."""
    fields = [
        ("Proxy-Authenticate", 'Digest realm="p", nonce="2"'),
        ("WWW-Authenticate", 'Digest realm="r", nonce="1"'),
    ]
    for status in (401, 407):
        assert challenges_in(Response(status, "Unauthorized", fields)) == [
            Challenge("r", "1"),
            Challenge("p", "2", is_proxy=True),
        ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            'Digest realm="r", nonce="1", algorithm=SHA-256, Digest realm="r", nonce="2"',
            [Challenge("r", "1", "SHA-256"), Challenge("r", "2")],
        ),
        (
            'Digest realm="a, Digest b", nonce="1",Digest realm="c\\", d", nonce="2"',
            [Challenge("a, Digest b", "1"), Challenge('c", d', "2")],
        ),
        (
            'Basic realm="x, Digest y", Digest realm="r", nonce="1", NTLM',
            [Challenge("r", "1")],
        ),
        ('NTLM TlRMTVNTUAAC=, Digest realm="r", nonce="1"', [Challenge("r", "1")]),
        ('Negotiate, Digest nonce = "1", realm = "r"', [Challenge("r", "1")]),
        ('Digest realm="r", nonce="1", Basic realm="x", nonce="2"', [Challenge("r", "1")]),
        (', Digest realm="r", , nonce="1" ,', [Challenge("r", "1")]),
        ("", []),
    ],
)
def test_challenges_in_one_field_are_taken_apart(value: str, expected: list[Challenge]) -> None:
    """SIP forbids it (RFC 3261 section 7.3.1), HTTP allows it, so there are servers that do it."""
    assert challenges_in(Response(401, "Unauthorized", [("WWW-Authenticate", value)])) == expected


def test_no_server_makes_us_read_more_challenges_than_there_are_uses_for() -> None:
    fields = [("WWW-Authenticate", f'Digest realm="{number}", nonce="1"') for number in range(200)]
    assert len(challenges_in(Response(401, "Unauthorized", fields))) == 16


def test_a_407_challenges_for_the_proxy() -> None:
    assert challenges_in(refusal("1", status=407)) == [
        Challenge("192.168.1.10", "1", "md5", is_proxy=True)
    ]


def test_the_password_shows_in_no_repr() -> None:
    credentials = Credentials("200", PASSWORD)
    for thing in (credentials, [credentials]):
        assert PASSWORD not in repr(thing)
        assert PASSWORD not in str(thing)


# Choosing


def test_the_strongest_is_chosen_and_the_topmost_of_equals() -> None:
    """RFC 8760 section 2.4, by the local policy that it allows (decision 18)."""
    md5, sha, sess, other = (
        Challenge("r", "1", name, qop="auth")
        for name in (None, "SHA-256", "MD5-sess", "SHA-512-256")
    )
    assert strongest([md5, sha, other]) is sha
    assert strongest([sess, md5]) is sess
    assert strongest([md5, other, sha]) is other
    assert strongest([]) is None


# Authentication-Info


def test_the_next_nonce_is_spelt_as_it_came_and_is_not_stale() -> None:
    challenge = Challenge.parse('Digest realm="r", nonce="1", stale=true').with_nonce('"a\\b"')
    assert (challenge.nonce, challenge.is_stale) == ("a\\b", False)
    assert challenge.quoted("nonce", challenge.nonce) == '"a\\b"'


def test_what_comes_behind_a_success_is_read() -> None:
    """RFC 7616 section 3.5; the proxy's is that of RFC 7615."""
    fields = [
        ("Authentication-Info", 'nextnonce="a, b", qop=auth, rspauth="0f", cnonce="c", nc=1'),
        ("Proxy-Authentication-Info", "nextnonce=x"),
    ]
    response = Response(200, "OK", fields)
    assert info_in(response) == Info('"a, b"', "0f")
    assert info_in(response, is_proxy=True) == Info("x", "")
    assert info_in(Response(200, "OK", [])) == Info()
    long = f'nextnonce="{"1" * 5000}"'
    assert info_in(Response(200, "OK", [("Authentication-Info", long)])) == Info()
