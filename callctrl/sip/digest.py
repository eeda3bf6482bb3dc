"""Digest authentication: challenges read, answers computed (RFC 2617, RFC 3261 section 22).

The SPA9000 asks in the oldest form: MD5 and no qop (RFC 2069). A server that offers qop accepts
that form too (RFC 2617 section 3.2.2). Further algorithms are rows of `ALGORITHMS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import quote_string, split_outside_quotes, unquote_string
from callctrl.sip.message import Response

__all__ = ["ALGORITHMS", "Challenge", "Credentials", "answer", "challenges_in", "digest_response"]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


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
    is_stale: bool = False
    """The answer was right but the nonce too old: answer again, with the same password."""
    is_proxy: bool = False
    """Whether it came with a 407, so that the answer goes into Proxy-Authorization."""

    @classmethod
    def parse(cls, text: str, *, is_proxy: bool = False) -> Challenge:
        """Read one challenge; raises RemoteProtocolError where it is no Digest one."""
        scheme, _, rest = text.strip().partition(" ")
        if scheme.lower() != "digest":
            raise RemoteProtocolError(f"expected a Digest challenge, found {scheme[:40]!r}")
        parameters: dict[str, str] = {}
        for piece in split_outside_quotes(rest, ","):
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


def digest_response(challenge: Challenge, credentials: Credentials, method: str, uri: str) -> str:
    """The hexadecimal answer without qop (RFC 2617 section 3.2.2.1, RFC 2069)."""
    hash_of = ALGORITHMS[(challenge.algorithm or "MD5").upper()]
    secret = hash_of(f"{credentials.username}:{challenge.realm}:{credentials.password}")
    return hash_of(f"{secret}:{challenge.nonce}:{hash_of(f'{method}:{uri}')}")


def answer(
    challenge: Challenge, credentials: Credentials, method: str, uri: str
) -> tuple[str, str]:
    """Name and value of the header field that answers the challenge.

    The parameters stand in the order the documented program sends them (protocol.md S18); realm
    and nonce go back unchanged.
    """
    parameters = [
        f"username={quote_string(credentials.username)}",
        f"uri={quote_string(uri)}",
        f"algorithm={(challenge.algorithm or 'MD5').upper()}",
        f"realm={quote_string(challenge.realm)}",
        f"nonce={quote_string(challenge.nonce)}",
        f'response="{digest_response(challenge, credentials, method, uri)}"',
    ]
    if challenge.opaque is not None:
        parameters.append(f"opaque={quote_string(challenge.opaque)}")
    name = "Proxy-Authorization" if challenge.is_proxy else "Authorization"
    return name, "Digest " + ", ".join(parameters)


class Authenticator:
    """Answers the challenges met by one series of requests, and knows when to give in.

    The newest challenge answers the next request as well (RFC 3261 section 22.1): a refresh goes
    out with credentials at once. Refused credentials are not sent again over the next nonce in
    the same breath, for they are most likely wrong, unless the server calls the nonce stale or
    has accepted them before.
    """

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._challenge: Challenge | None = None
        self._is_proven = False

    def fields_for(self, method: str, uri: str) -> list[tuple[str, str]]:
        """The header field that answers the newest challenge, or none where none was met."""
        if self._challenge is None:
            return []
        return [answer(self._challenge, self._credentials, method, uri)]

    def should_answer(self, response: Response) -> bool:
        """Take a 401 or 407; whether the request is worth sending again with `fields_for`."""
        challenges = challenges_in(response)
        if not challenges:
            return False
        was_answered = self._challenge is not None
        self._challenge = challenges[0]
        worth_it = not was_answered or self._challenge.is_stale or self._is_proven
        self._is_proven = False
        return worth_it

    def accepted(self) -> None:
        """The server accepted a request: the credentials, if it asked for any, are right."""
        self._is_proven = self._challenge is not None
