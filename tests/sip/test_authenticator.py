"""What is answered and remembered: RFC 3261 section 22, RFC 7616 sections 3.3 to 3.6."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from random import Random

import pytest

from callctrl.sip.authenticator import Answer, Authenticator, Floor, Lesson, Obstacle
from callctrl.sip.digest import Challenge, Credentials
from callctrl.sip.message import Response
from callctrl.sip.tokens import Tokens

PASSWORD = "correct-horse"
CREDENTIALS = Credentials("200", "4321")
URI = "sip:192.168.1.10:6060"
FIRST_ANSWER = "123d5cb172b09405aab466b9157dafa7"
SECOND_ANSWER = "dfd2b07fc8b188d22942d727cac4ce17"
Field = tuple[str, str]


def asking(
    nonce: str, more: str = "", *, realm: str = "192.168.1.10", proxy: bool = False
) -> Field:
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    return name, f'Digest realm="{realm}", nonce="{nonce}"{more}'


def refusal(*fields: Field) -> Response:
    return Response(401, "Unauthorized", fields)


def spa(nonce: str, more: str = "") -> Response:
    """As the SPA9000 refuses."""
    return refusal(asking(nonce, f", algorithm=md5{more}"))


class Client:
    """An authenticator, and what its last request carried."""

    def __init__(self, floor: Floor | None = None) -> None:
        self.authenticator = Authenticator(CREDENTIALS, Tokens(Random(1)), floor)
        self.carried: Sequence[Answer] = ()

    def send(self, now: float = 0.0, body: bytes = b"") -> list[str]:
        """The values of the header fields of the next REGISTER."""
        self.carried = self.authenticator.answers("REGISTER", URI, body, now)
        return [each.header[1] for each in self.carried]

    def learn(self, response: Response, now: float = 0.0) -> Lesson:
        return self.authenticator.learn(response, self.carried, now)

    def accepted(self, *fields: Field, body: bytes = b"") -> None:
        self.authenticator.accepted(Response(200, "OK", fields, body), self.carried)


def of(name: str, value: str) -> str | None:
    """A parameter of an answer."""
    match = re.search(rf'\b{name}="?([^",]*)', value)
    return match[1] if match else None


# The SPA9000


def test_nothing_is_answered_before_a_challenge() -> None:
    assert Client().send() == []


def test_the_first_challenge_is_answered() -> None:
    client = Client()
    assert client.learn(spa("70f778f0")).asked == (Challenge("192.168.1.10", "70f778f0", "md5"),)
    assert client.send() == [
        f'Digest username="200", uri="{URI}", algorithm=MD5, realm="192.168.1.10", '
        f'nonce="70f778f0", response="{FIRST_ANSWER}"'
    ]
    assert client.carried[0].header[0] == "Authorization"


def test_the_newest_challenge_is_answered_for_as_long_as_there_is_no_newer() -> None:
    client = Client()
    client.learn(spa("70f778f0"))
    client.learn(spa("915af6f3"))
    assert [of("response", client.send()[0]) for _ in range(3)] == [SECOND_ANSWER] * 3


def test_each_request_gets_an_answer_of_its_own() -> None:
    client = Client()
    client.learn(spa("70f778f0"))
    other = "sip:FrontDesk@192.168.1.10:6060"
    (each,) = client.authenticator.answers("NOTIFY", other, b"", 0.0)
    assert FIRST_ANSWER not in each.header[1]
    assert of("uri", each.header[1]) == other


@pytest.mark.parametrize("challenge", ["", "Basic x", 'Digest realm="r", nonce="1", algorithm=x'])
def test_a_refusal_without_usable_challenge_teaches_nothing(challenge: str) -> None:
    useless = refusal(("WWW-Authenticate", challenge))
    client = Client()
    for response in (useless, refusal()):
        lesson = client.learn(response)
        assert lesson == Lesson(obstacle=Obstacle.UNKNOWN)
    assert client.send() == []
    client.learn(spa("70f778f0"))
    client.learn(useless)
    assert of("response", client.send()[0]) == FIRST_ANSWER


def test_the_password_shows_in_no_repr() -> None:
    authenticator = Authenticator(Credentials("200", PASSWORD), Tokens(Random(1)))
    authenticator.learn(spa("1"), (), 0.0)
    (each,) = authenticator.answers("REGISTER", URI, b"", 0.0)
    for thing in (authenticator, each):
        assert PASSWORD not in repr(thing)
    assert (of("response", each.header[1]) or "-") not in repr(each)


# Worth another try (decision 5)


def test_the_same_password_is_not_sent_over_a_second_fresh_nonce() -> None:
    client = Client()
    client.learn(spa("1"), 100.0)
    client.send(109.9)
    assert client.learn(spa("2"), 109.9) == Lesson()
    assert of("nonce", client.send()[0]) == "2"


def test_a_stale_nonce_is_answered_again() -> None:
    """RFC 7616 section 3.3."""
    client = Client()
    client.learn(spa("1"), 100.0)
    client.send(100.0)
    assert client.learn(spa("70f778f0", ", stale=true"), 100.1).asked
    assert of("response", client.send()[0]) == FIRST_ANSWER


def test_an_answer_over_a_nonce_ten_seconds_old_is_given_another_try() -> None:
    client = Client()
    client.learn(spa("1"), 100.0)
    client.send(110.0)
    assert client.learn(spa("2"), 110.1).asked


def test_a_nonce_is_no_longer_fresh_once_an_answer_over_it_was_accepted() -> None:
    """The PBX may reboot from then on, and know the nonce no more."""
    client = Client()
    client.learn(spa("1"), 100.0)
    client.send(100.0)
    client.accepted()
    client.send(100.1)
    assert client.learn(spa("2"), 100.2).asked


def test_a_nonce_that_another_request_has_used_is_not_fresh() -> None:
    """It may serve but once, and not every server says `stale` then (RFC 7616 section 3.3)."""
    client = Client()
    client.learn(spa("1"), 100.0)
    client.send(100.0)
    client.send(100.0)
    assert client.learn(spa("2"), 100.1).asked
    client.send(100.1)
    assert client.learn(spa("3"), 100.2) == Lesson()


def test_a_nonce_that_is_offered_again_is_answered_once_more_and_no_longer() -> None:
    client = Client()
    client.learn(spa("1"), 100.0)
    client.send(100.0)
    client.send(100.0)
    assert client.learn(spa("1"), 100.1).asked
    client.send(100.1)
    assert client.learn(spa("1"), 100.2) == Lesson()


def test_success_without_challenge_proves_nothing() -> None:
    client = Client()
    client.send(99.0)
    client.accepted()
    client.learn(spa("1"), 100.0)
    client.send(100.1)
    assert client.learn(spa("2"), 100.2).asked == ()


# Nonces counted


def test_the_count_begins_anew_with_each_nonce_and_only_then() -> None:
    """RFC 7616 section 3.4, nc; RFC 3261 section 22.4 no. 8 asks for qop."""
    client = Client()
    seen = []
    for nonce in ("1", "1", "2", "2", "2"):
        client.learn(refusal(asking(nonce, ', qop="auth,auth-int"')))
        (value,) = client.send()
        assert of("qop", value) == "auth"
        seen.append((of("nc", value), of("cnonce", value)))
    assert [count for count, _ in seen] == [f"{n:08x}" for n in (1, 2, 1, 2, 3)]
    assert len({cnonce for _, cnonce in seen}) == 5


def test_a_nonce_is_used_again_with_a_rising_count() -> None:
    """RFC 7616 section 3.4.5: it saves the round trip of a challenge."""
    client = Client()
    client.learn(refusal(asking("1", ', qop="auth"')))
    counts = []
    for _ in range(17):
        counts.append(of("nc", client.send()[0]))
        client.accepted()
    assert counts[0] == "00000001"
    assert counts[-1] == "00000011"


@pytest.mark.parametrize("algorithm", ["MD5-sess", "SHA-256-sess"])
def test_a_session_keeps_the_nonces_it_began_with(algorithm: str) -> None:
    """RFC 7616 section 3.4.2: the first cnonce goes into the key, and stays."""
    client = Client()
    client.learn(refusal(asking("1", f', qop="auth", algorithm={algorithm}')))
    values = [client.send()[0] for _ in range(3)]
    assert len({of("cnonce", value) for value in values}) == 1
    client.accepted(("Authentication-Info", 'nextnonce="2"'))
    assert of("nonce", client.send()[0]) == "1"
    client.learn(refusal(asking("3", f', qop="auth", algorithm={algorithm}')), 100.0)
    assert of("cnonce", client.send()[0]) != of("cnonce", values[0])


def test_a_session_goes_on_where_its_nonce_is_offered_again() -> None:
    """RFC 7616 section 3.4.2: it ends with the next nonce of the server."""
    client = Client()
    challenge = refusal(asking("1", ', qop="auth", algorithm=MD5-sess'))
    client.learn(challenge)
    (first,) = client.send()
    client.learn(challenge)
    (second,) = client.send()
    assert of("cnonce", first) == of("cnonce", second)
    assert (of("nc", first), of("nc", second)) == ("00000001", "00000002")


def test_auth_int_covers_the_body() -> None:
    """RFC 7616 section 3.4.3, where the server offers nothing else."""
    client = Client()
    client.learn(refusal(asking("1", ', qop="auth-int"')))
    (with_body,) = client.send(body=b"<spa-control/>")
    assert of("qop", with_body) == "auth-int"

    def h(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    a2 = h(f"REGISTER:{URI}:{h('<spa-control/>')}")
    middle = f"1:00000001:{of('cnonce', with_body)}:auth-int"
    assert of("response", with_body) == h(f"{h('200:192.168.1.10:4321')}:{middle}:{a2}")


# Authentication-Info


def test_the_next_nonce_is_used_from_the_next_request_on() -> None:
    """RFC 7616 section 3.5."""
    client = Client()
    client.learn(refusal(asking("1", ', qop="auth"')))
    client.send()
    client.accepted(("Authentication-Info", 'nextnonce="2\\\\3"'))
    (value,) = client.send()
    assert r'nonce="2\\3"' in value
    assert of("nc", value) == "00000001"
    client.accepted()
    assert of("nc", client.send()[0]) == "00000002"


def test_a_next_nonce_without_qop_is_taken_too() -> None:
    client = Client()
    client.learn(spa("70f778f0"))
    client.send()
    client.accepted(("Authentication-Info", "nextnonce=915af6f3"))
    (value,) = client.send()
    assert (of("nonce", value), of("response", value)) == ("915af6f3", SECOND_ANSWER)


def test_a_next_nonce_is_left_aside_where_two_proxies_were_answered() -> None:
    """The field names no realm, so nobody can tell whose it is (RFC 7615)."""
    client = Client()
    client.learn(refusal(asking("1", realm="a", proxy=True), asking("2", realm="b", proxy=True)))
    client.send()
    client.accepted(("Proxy-Authentication-Info", 'nextnonce="3"'))
    assert [of("nonce", value) for value in client.send()] == ["1", "2"]


def test_a_next_nonce_behind_an_older_answer_does_not_replace_a_newer_challenge() -> None:
    client = Client()
    client.learn(spa("1"))
    client.send()
    older = client.carried
    client.learn(spa("2", ", stale=true"))
    client.authenticator.accepted(
        Response(200, "OK", [("Authentication-Info", 'nextnonce="3"')]), older
    )
    assert of("nonce", client.send()[0]) == "2"


def test_next_nonces_of_proxy_and_server_are_told_apart() -> None:
    """RFC 7615 section 4."""
    client = Client()
    client.learn(refusal(asking("1"), asking("a", proxy=True)))
    client.send()
    client.accepted(
        ("Authentication-Info", 'nextnonce="2"'), ("Proxy-Authentication-Info", 'nextnonce="b"')
    )
    assert {each.challenge.nonce: each.header[0] for each in send(client)} == {
        "2": "Authorization",
        "b": "Proxy-Authorization",
    }


def send(client: Client) -> Sequence[Answer]:
    client.send()
    return client.carried


@pytest.mark.parametrize(
    ("qop", "wrong", "is_taken"), [("auth", 0, True), ("auth", 1, False), ("auth-int", 0, True)]
)
def test_a_next_nonce_with_a_wrong_proof_is_left_aside(
    qop: str, wrong: int, is_taken: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 7616 section 3.5, rspauth; the answer itself stands (decision 18)."""
    client = Client()
    client.learn(refusal(asking("1", f', qop="{qop}"')))
    (value,) = client.send()

    def h(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    a2 = f":{URI}" if qop == "auth" else f":{URI}:{h('body')}"
    middle = f"1:00000001:{of('cnonce', value)}:{qop}"
    proof = h(f"{h('200:192.168.1.10:4321')}:{middle}:{h(a2)}")[wrong:] + "0" * wrong
    client.accepted(("Authentication-Info", f'rspauth="{proof}", nextnonce="2"'), body=b"body")
    assert of("nonce", client.send()[0]) == ("2" if is_taken else "1")
    assert ("proof" in caplog.text) is not is_taken


# Several who ask


def test_the_proxy_and_the_registrar_are_both_answered() -> None:
    """RFC 3261 section 22.3: one request, two credentials."""
    client = Client()
    client.learn(refusal(asking("p", realm="proxy", proxy=True)))
    assert [each.header[0] for each in send(client)] == ["Proxy-Authorization"]
    assert client.learn(refusal(asking("r", realm="registrar"))).asked
    found = {each.header[0]: each.challenge.realm for each in send(client)}
    assert found == {"Proxy-Authorization": "proxy", "Authorization": "registrar"}


def test_two_proxies_are_both_answered() -> None:
    """RFC 3261 section 22.3: each in a field of its own."""
    client = Client()
    for realm in ("one", "two"):
        assert client.learn(refusal(asking("1", realm=realm, proxy=True))).asked
        client.send()
    assert [each.challenge.realm for each in client.carried] == ["one", "two"]


def test_every_realm_of_one_answer_is_answered_with_its_strongest() -> None:
    """RFC 3261 section 22.3, RFC 8760 section 2.4."""
    client = Client()
    lesson = client.learn(
        refusal(
            asking("1", ", algorithm=SHA-256", realm="a"),
            asking("2", ", algorithm=SHA-512-256", realm="b"),
            asking("3", realm="a"),
        )
    )
    assert [each.nonce for each in lesson.asked] == ["1", "2"]


def test_a_refusal_by_one_of_two_is_a_refusal() -> None:
    client = Client()
    client.learn(refusal(asking("1", realm="a"), asking("p", realm="p", proxy=True)))
    client.send()
    again = refusal(asking("2", realm="a"), asking("q", ", stale=true", realm="p", proxy=True))
    assert client.learn(again).asked == ()


def test_a_server_that_names_another_realm_has_left_the_old_one() -> None:
    """Else a PBX whose address changed, which is its realm, would get two answers for ever."""
    client = Client()
    client.learn(refusal(asking("1", realm="192.168.1.10"), asking("p", proxy=True)))
    client.send()
    assert client.learn(refusal(asking("2", realm="192.168.1.11"))).asked
    assert {each.challenge.nonce for each in send(client)} == {"2", "p"}


def test_a_proxy_that_names_ever_new_realms_does_not_make_the_request_grow() -> None:
    client = Client()
    for number in range(20):
        client.learn(refusal(asking("1", realm=str(number), proxy=True)))
        client.send()
    assert [each.challenge.realm for each in client.carried] == ["16", "17", "18", "19"]


# Never less than before (decision 18)


def test_the_strongest_offer_is_answered() -> None:
    client = Client()
    client.learn(refusal(asking("1"), asking("2", ", algorithm=SHA-256, qop=auth")))
    assert of("algorithm", client.send()[0]) == "SHA-256"


@pytest.mark.parametrize("realm", ["192.168.1.10", "another"])
def test_a_weaker_algorithm_than_before_is_not_answered(
    realm: str, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 8760 section 3: who sits in between may have taken the stronger challenge away."""
    client = Client()
    client.learn(refusal(asking("1", ", algorithm=SHA-256")))
    client.send()
    client.accepted()
    client.send()
    lesson = client.learn(refusal(asking("2", ", stale=true", realm=realm)))
    assert lesson == Lesson(obstacle=Obstacle.WEAKER)
    assert "weaker" in caplog.text
    assert [of("nonce", value) for value in client.send()] == ["1"]
    assert client.learn(refusal(asking("3", ", algorithm=SHA-512-256"))).asked


def test_a_weaker_challenge_beside_a_stronger_one_is_not_answered_in_another_realm() -> None:
    client = Client()
    lesson = client.learn(
        refusal(asking("1", realm="a"), asking("2", ", algorithm=SHA-256", realm="b"))
    )
    assert [each.nonce for each in lesson.asked] == ["2"]


def test_who_shares_a_floor_answers_no_weaker_challenge_either() -> None:
    floor = Floor()
    Client(floor).learn(refusal(asking("1", ", algorithm=SHA-256")))
    assert Client(floor).learn(refusal(asking("2"))).asked == ()
    assert Client().learn(refusal(asking("2"))).asked


def test_a_proxy_may_know_less_than_the_registrar() -> None:
    client = Client()
    client.learn(refusal(asking("1", ", algorithm=SHA-256")))
    assert client.learn(refusal(asking("2", realm="proxy", proxy=True))).asked
