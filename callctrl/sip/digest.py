"""Digest authentication: challenges read, answers computed (RFC 7616, RFC 2617, RFC 8760).

RFC 3261 section 22 says how SIP uses them. The SPA9000 asks in the oldest form, MD5 without qop
(RFC 2069). What is remembered from one request to the next is in `authenticator`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.headers import quote_string, split_outside_quotes
from callctrl.sip.message import Response

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "Challenge",
    "Credentials",
    "Info",
    "answer",
    "challenges_in",
    "digest_response",
    "info_in",
    "known_algorithms",
    "parse_challenges",
    "strongest",
]

_LONGEST_CHALLENGE = 4096
"""Characters; twice as many, when each is escaped, still leave room in the request that answers."""
_MOST_CHALLENGES = 16
"""Challenges read from one response; more are nobody's."""


# Algorithms


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One way to compute an answer."""

    name: str
    """As it is spelt in an answer, e.g. "SHA-256-sess"."""
    strength: int
    """Rises with what the hash withstands; the two of the SHA-2 family are equals."""
    digest: Callable[[bytes], str]
    """The hash of octets, in lower-case hexadecimal."""

    @property
    def is_session(self) -> bool:
        """Whether the password is hashed together with the nonces of the session."""
        return self.name.endswith("-sess")


def known_algorithms() -> dict[str, Algorithm]:
    """What can be computed here, by the name in capitals; SHA-512/256 needs OpenSSL to know it."""
    known = {}
    hashes = (("MD5", "md5", 0), ("SHA-256", "sha256", 1), ("SHA-512-256", "sha512_256", 1))
    for name, hash_name, strength in hashes:
        digest = _hash_function(hash_name)
        if digest is not None:
            for spelling in (name, f"{name}-sess"):
                known[spelling.upper()] = Algorithm(spelling, strength, digest)
    return known


def _hash_function(name: str) -> Callable[[bytes], str] | None:
    try:
        hashlib.new(name, usedforsecurity=False)
    except ValueError:
        return None
    return lambda octets: hashlib.new(name, octets, usedforsecurity=False).hexdigest()


ALGORITHMS = known_algorithms()


# Challenges


@dataclass(frozen=True, slots=True)
class Credentials:
    """User name and password. The password shows in no repr."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for in WWW-Authenticate or Proxy-Authenticate."""

    realm: str
    nonce: str
    algorithm: str | None = None
    """As the server spelt it; None where it named none, which means MD5."""
    opaque: str | None = None
    qop: str | None = None
    """The quality of protection to answer with: "auth", "auth-int", or None for RFC 2069's form."""
    is_stale: bool = False
    """The answer was right but the nonce too old: answer again, with the same password."""
    is_proxy: bool = False
    """Whether it came from a proxy, so that the answer goes into Proxy-Authorization."""
    is_normalized: bool = False
    """`charset=UTF-8`: name and password are hashed in Unicode's form C (RFC 7616 section 4)."""
    hides_user: bool = False
    """`userhash=true`: the user's name goes hashed (RFC 7616 section 3.4.4)."""
    spelling: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Realm, nonce and opaque as they stood, where they stood in quotes: so they go back."""

    @classmethod
    def parse(cls, text: str, *, is_proxy: bool = False) -> Challenge:
        """Read one challenge; raises RemoteProtocolError where it is no Digest one."""
        if len(text) > _LONGEST_CHALLENGE:
            raise RemoteProtocolError(f"a challenge of {len(text)} characters is too long")
        scheme, *rest = text.split(None, 1) or [""]
        if scheme.lower() != "digest" or not rest:
            raise RemoteProtocolError(f"expected a Digest challenge, found {text[:40]!r}")
        spelt = _parameters(rest[0])
        values = {name: _value(text) for name, text in spelt.items()}
        if "nonce" not in values or "realm" not in values:
            raise RemoteProtocolError("expected realm and nonce in the challenge")
        qualities = re.split(r"[\s,]+", values.get("qop", "").lower())
        return cls(
            realm=values["realm"],
            nonce=values["nonce"],
            algorithm=values.get("algorithm"),
            opaque=values.get("opaque"),
            qop=next((each for each in ("auth", "auth-int") if each in qualities), None),
            is_stale=values.get("stale", "").lower() == "true",
            is_proxy=is_proxy,
            is_normalized=values.get("charset", "").lower() == "utf-8",
            hides_user=values.get("userhash", "").lower() == "true",
            spelling={
                name: spelt[name]
                for name in ("realm", "nonce", "opaque")
                if name in spelt and _is_quoted(spelt[name])
            },
        )

    @property
    def known_algorithm(self) -> Algorithm | None:
        """How to answer, or None. Names compare without case (protocol.md B.6)."""
        return ALGORITHMS.get((self.algorithm or "MD5").upper())

    @property
    def is_supported(self) -> bool:
        """Whether we can answer: a session needs a nonce of ours, which only goes with qop."""
        known = self.known_algorithm
        return known is not None and (self.qop is not None or not self.is_session)

    @property
    def strength(self) -> int:
        """How strong the algorithm is, see `Algorithm`; below all others where it is unknown."""
        known = self.known_algorithm
        return -1 if known is None else known.strength

    @property
    def is_session(self) -> bool:
        """Whether the nonces it is first answered with stay for the whole session (-sess)."""
        known = self.known_algorithm
        return known is not None and known.is_session

    @property
    def space(self) -> tuple[bool, str]:
        """The protection space (RFC 3261 section 22.1): whether it is a proxy's, and the realm."""
        return self.is_proxy, self.realm

    def with_nonce(self, text: str) -> Challenge:
        """The same challenge over another nonce, given as it is spelt in a header field."""
        spelling = {name: each for name, each in self.spelling.items() if name != "nonce"}
        if _is_quoted(text):
            spelling["nonce"] = text
        return replace(self, nonce=_value(text), is_stale=False, spelling=spelling)

    def quoted(self, name: str, value: str) -> str:
        """Realm, nonce or opaque to be sent back, byte for byte as it came."""
        return self.spelling.get(name) or quote_string(value)


def parse_challenges(values: Iterable[str], *, is_proxy: bool = False) -> list[Challenge]:
    """The challenges that can be answered, of header fields that may hold several each.

    SIP wants one in a field (RFC 3261 section 7.3.1), HTTP does not, so there are servers that
    put several into one. Those of other schemes, unreadable ones and unknown algorithms are left
    out.
    """
    challenges = []
    texts = [text for value in values for text in _split_challenges(value)]
    for text in texts[:_MOST_CHALLENGES]:
        try:
            challenge = Challenge.parse(text, is_proxy=is_proxy)
        except RemoteProtocolError:
            continue
        if challenge.is_supported:
            challenges.append(challenge)
    return challenges


def challenges_in(response: Response) -> list[Challenge]:
    """The challenges of a 401 or 407 that can be answered, those of the server first.

    A proxy that forked puts both kinds into one response (RFC 3261 section 16.7 no. 7).
    """
    challenges = []
    for name, is_proxy in (("WWW-Authenticate", False), ("Proxy-Authenticate", True)):
        values = [_as_received(value, response) for value in response.headers.get_all(name)]
        challenges += parse_challenges(values, is_proxy=is_proxy)
    return challenges


def strongest(challenges: Iterable[Challenge]) -> Challenge | None:
    """Of challenges that can be answered the strongest, the topmost of equals (RFC 8760 2.4)."""
    return max(challenges, key=lambda challenge: challenge.strength, default=None)


@dataclass(frozen=True, slots=True)
class Info:
    """What Authentication-Info tells behind a success (RFC 7616 section 3.5)."""

    next_nonce: str = ""
    """As it is spelt, quotes included; empty where none is given."""
    proof: str = ""
    """`rspauth`: that the server knows the password too."""


def info_in(response: Response, *, is_proxy: bool = False) -> Info:
    """The Authentication-Info of a server, or that of a proxy (RFC 7615)."""
    name = "Proxy-Authentication-Info" if is_proxy else "Authentication-Info"
    value = response.headers.get(name) or ""
    if len(value) > _LONGEST_CHALLENGE:
        return Info()
    spelt = _parameters(_as_received(value, response))
    return Info(spelt.get("nextnonce", ""), _value(spelt.get("rspauth", "")))


def _split_challenges(text: str) -> list[str]:
    """Challenges apart: one begins where two words stand before the first equals sign, or none."""
    challenges: list[list[str]] = []
    for piece in split_outside_quotes(text, ","):
        words = piece.partition("=")[0].split()
        if not challenges or len(words) > 1:
            challenges.append([])
        challenges[-1].append(piece)
    return [", ".join(pieces) for pieces in challenges]


def _parameters(text: str) -> dict[str, str]:
    """Parameters by name in lower case, as they are spelt; the first of equal names wins."""
    parameters: dict[str, str] = {}
    for piece in split_outside_quotes(text, ","):
        name, equals, value = piece.partition("=")
        if equals:
            parameters.setdefault(name.strip().lower(), value.strip())
    return parameters


def _value(text: str) -> str:
    """A parameter's value without quotes; of a crooked one whatever stands there."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    return _tolerate_backslashes_that_escape_nothing(text[1:-1])


def _tolerate_backslashes_that_escape_nothing(text: str) -> str:
    r"""`realm="OFFICE\pbx"` from a server that does not escape; it hashes what it has sent."""
    return re.sub(r'\\(["\\])', r"\1", text)


def _is_quoted(text: str) -> bool:
    """Whether `text` is one quoted string, fit to be sent back as it stands."""
    return re.fullmatch(r'"(?:[^"\\]|\\.)*"', text, re.DOTALL) is not None


def _as_received(value: str, response: Response) -> str:
    """The value as UTF-8, octets that are none as surrogates: they are hashed and returned so."""
    return value.encode(response.charset).decode("utf-8", "surrogateescape")


# Answers


def _octets(text: str) -> bytes:
    """What is hashed; halves of characters are no text, and no password has them."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _names_of(challenge: Challenge, credentials: Credentials) -> tuple[str, str]:
    """User name and password in the form that is hashed."""
    pair = credentials.username, credentials.password
    if challenge.is_normalized:
        pair = unicodedata.normalize("NFC", pair[0]), unicodedata.normalize("NFC", pair[1])
    return pair


def _algorithm_of(challenge: Challenge) -> Algorithm:
    known = challenge.known_algorithm
    if known is None:
        raise LocalProtocolError(f"expected a known algorithm, found {challenge.algorithm!r}")
    return known


def digest_response(
    challenge: Challenge,
    credentials: Credentials,
    method: str,
    uri: str,
    cnonce: str = "",
    nonce_count: int = 1,
    body: bytes = b"",
) -> str:
    """The hexadecimal answer (RFC 7616 section 3.4.1; without qop it is that of RFC 2069).

    With an empty `method` and the body of the response it is what `rspauth` must be (section
    3.5). Raises LocalProtocolError where the algorithm is unknown.
    """
    algorithm = _algorithm_of(challenge)

    def hash_of(*parts: str) -> str:
        return algorithm.digest(_octets(":".join(parts)))

    username, password = _names_of(challenge, credentials)
    secret = hash_of(username, challenge.realm, password)
    if algorithm.is_session:
        secret = hash_of(secret, challenge.nonce, cnonce)
    asked = [method, uri]
    if challenge.qop == "auth-int":
        asked.append(algorithm.digest(body))
    if challenge.qop is None:
        return hash_of(secret, challenge.nonce, hash_of(*asked))
    count = f"{nonce_count:08x}"
    return hash_of(secret, challenge.nonce, count, cnonce, challenge.qop, hash_of(*asked))


def answer(
    challenge: Challenge,
    credentials: Credentials,
    method: str,
    uri: str,
    cnonce: str = "",
    nonce_count: int = 1,
    body: bytes = b"",
) -> tuple[str, str]:
    """Name and value of the header field that answers the challenge.

    The parameters stand in the order the documented program sends them (protocol.md S18); realm,
    nonce and opaque go back unchanged, and the algorithm where the server named one. Where it
    offers qop it is used (RFC 3261 section 22.4 no. 8), with a `cnonce` of ours and how often the
    nonce was answered. Raises LocalProtocolError where the algorithm is unknown.
    """
    algorithm = _algorithm_of(challenge)
    response = digest_response(challenge, credentials, method, uri, cnonce, nonce_count, body)
    username, _ = _names_of(challenge, credentials)
    if challenge.hides_user:
        username = algorithm.digest(_octets(f"{username}:{challenge.realm}"))
    parameters = [
        f"username={quote_string(username)}",
        f"uri={quote_string(uri)}",
        *([f"algorithm={algorithm.name}"] if challenge.algorithm is not None else []),
        f"realm={challenge.quoted('realm', challenge.realm)}",
        f"nonce={challenge.quoted('nonce', challenge.nonce)}",
        f'response="{response}"',
    ]
    if challenge.qop is not None:
        parameters += [f"qop={challenge.qop}", f'cnonce="{cnonce}"', f"nc={nonce_count:08x}"]
    if challenge.opaque is not None:
        parameters.append(f"opaque={challenge.quoted('opaque', challenge.opaque)}")
    if challenge.hides_user:
        parameters.append("userhash=true")
    name = "Proxy-Authorization" if challenge.is_proxy else "Authorization"
    return name, "Digest " + ", ".join(parameters)
