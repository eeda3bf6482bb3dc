"""Digest authentication: challenges read, answers computed (RFC 2617, RFC 3261 section 22).

The SPA9000 asks in the oldest form: MD5 and no qop (RFC 2069). Further algorithms are rows of
`ALGORITHMS`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import quote_string, split_outside_quotes, unquote_string
from callctrl.sip.message import Response
from callctrl.sip.tokens import Tokens

__all__ = [
    "ALGORITHMS",
    "Authenticator",
    "Challenge",
    "Credentials",
    "answer",
    "challenges_in",
    "digest_response",
]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_NONCE_LIVES = 10.0
"""Seconds for which a nonce nobody has used yet is surely good [inferred]."""
_LONGEST_CHALLENGE = 4096
"""Characters; twice as many, when each is escaped, still leave room in the request that answers."""

ALGORITHMS: dict[str, Callable[[str], str]] = {"MD5": _md5}
"""What we can compute, by its name in capitals."""


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
    has_qop_auth: bool = False
    """Whether "auth" is among the qualities of protection offered."""
    is_stale: bool = False
    """The answer was right but the nonce too old: answer again, with the same password."""
    is_proxy: bool = False
    """Whether it came with a 407, so that the answer goes into Proxy-Authorization."""

    @classmethod
    def parse(cls, text: str, *, is_proxy: bool = False) -> Challenge:
        """Read one challenge; raises RemoteProtocolError where it is no Digest one."""
        if len(text) > _LONGEST_CHALLENGE:
            raise RemoteProtocolError(f"a challenge of {len(text)} characters is too long")
        scheme, *rest = text.split(None, 1) or [""]
        if scheme.lower() != "digest" or not rest:
            raise RemoteProtocolError(f"expected a Digest challenge, found {text[:40]!r}")
        parameters: dict[str, str] = {}
        for piece in split_outside_quotes(rest[0], ","):
            name, equals, value = piece.partition("=")
            if equals:
                parameters.setdefault(name.strip().lower(), unquote_string(value))
        if "nonce" not in parameters or "realm" not in parameters:
            raise RemoteProtocolError("expected realm and nonce in the challenge")
        return cls(
            realm=parameters["realm"],
            nonce=parameters["nonce"],
            algorithm=parameters.get("algorithm"),
            opaque=parameters.get("opaque"),
            has_qop_auth="auth" in re.split(r"[\s,]+", parameters.get("qop", "").lower()),
            is_stale=parameters.get("stale", "").lower() == "true",
            is_proxy=is_proxy,
        )

    @property
    def is_supported(self) -> bool:
        """Whether we can compute an answer. Names compare without case (protocol.md B.6)."""
        return (self.algorithm or "MD5").upper() in ALGORITHMS


def challenges_in(response: Response) -> list[Challenge]:
    """The challenges of a 401 or 407 that we can answer; unreadable ones are left out."""
    is_proxy = response.status == 407
    values: Iterable[str] = response.headers.get_all(
        "Proxy-Authenticate" if is_proxy else "WWW-Authenticate"
    )
    challenges = []
    for value in values:
        try:
            challenge = Challenge.parse(value, is_proxy=is_proxy)
        except RemoteProtocolError:
            continue
        if challenge.is_supported:
            challenges.append(challenge)
    return challenges


def digest_response(
    challenge: Challenge,
    credentials: Credentials,
    method: str,
    uri: str,
    cnonce: str = "",
    nonce_count: int = 1,
) -> str:
    """The hexadecimal answer (RFC 2617 section 3.2.2.1; without qop it is that of RFC 2069)."""
    hash_of = ALGORITHMS[(challenge.algorithm or "MD5").upper()]
    secret = hash_of(f"{credentials.username}:{challenge.realm}:{credentials.password}")
    qop = f":{nonce_count:08x}:{cnonce}:auth" if challenge.has_qop_auth else ""
    return hash_of(f"{secret}:{challenge.nonce}{qop}:{hash_of(f'{method}:{uri}')}")


def answer(
    challenge: Challenge,
    credentials: Credentials,
    method: str,
    uri: str,
    cnonce: str = "",
    nonce_count: int = 1,
) -> tuple[str, str]:
    """Name and value of the header field that answers the challenge.

    The parameters stand in the order the documented program sends them (protocol.md S18); realm
    and nonce go back unchanged. Where the server offers qop it is used (RFC 3261 section 22.4
    no. 8), with a `cnonce` of ours and how often the nonce was answered.
    """
    response = digest_response(challenge, credentials, method, uri, cnonce, nonce_count)
    parameters = [
        f"username={quote_string(credentials.username)}",
        f"uri={quote_string(uri)}",
        f"algorithm={(challenge.algorithm or 'MD5').upper()}",
        f"realm={quote_string(challenge.realm)}",
        f"nonce={quote_string(challenge.nonce)}",
        f'response="{response}"',
    ]
    if challenge.has_qop_auth:
        parameters += ["qop=auth", f'cnonce="{cnonce}"', f"nc={nonce_count:08x}"]
    if challenge.opaque is not None:
        parameters.append(f"opaque={quote_string(challenge.opaque)}")
    name = "Proxy-Authorization" if challenge.is_proxy else "Authorization"
    return name, "Digest " + ", ".join(parameters)


class Authenticator:
    """Answers the challenges met by one series of requests.

    The newest challenge answers the next request as well (RFC 3261 section 22.1), so a refresh
    goes out with credentials at once.
    """

    def __init__(self, credentials: Credentials, tokens: Tokens) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self._uses = 0
        self._challenge: Challenge | None = None
        self._expires_at = 0.0

    def fields_for(self, method: str, uri: str) -> list[tuple[str, str]]:
        """The header field that answers the newest challenge, or none where none was met."""
        if self._challenge is None:
            return []
        self._uses += 1
        cnonce = self._tokens.cnonce() if self._challenge.has_qop_auth else ""
        return [answer(self._challenge, self._credentials, method, uri, cnonce, self._uses)]

    def has_fresh_challenge(self, now: float) -> bool:
        """Whether an answer sent now would be over a nonce that cannot have expired."""
        return self._challenge is not None and now < self._expires_at

    def accepted(self) -> None:
        """The server took an answer: a later refusal speaks of its nonce, not of the password."""
        self._expires_at = 0.0

    def learn(self, response: Response, now: float) -> Challenge | None:
        """Take the challenge of a 401 or 407; None where there is none that can be answered."""
        challenges = challenges_in(response)
        if not challenges:
            return None
        if self._challenge is None or challenges[0].nonce != self._challenge.nonce:
            self._uses = 0
        self._challenge = challenges[0]
        self._expires_at = now + _NONCE_LIVES
        return self._challenge
