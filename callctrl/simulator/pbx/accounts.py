"""Who may ask: the PBX's challenges, and whose answers are right.

The digest is computed here from RFC 7616 section 3.4 alone. It must not share code with the client
it judges.
"""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum, auto
from hashlib import md5, sha256
from random import Random

from callctrl.simulator.pbx.config import PbxConfig
from callctrl.simulator.registrar import read_authorization
from callctrl.simulator.subscription import hex_token

__all__ = ["Accounts", "Verdict", "digest_with_qop"]

_NONCES_KEPT = 1024


class Verdict(Enum):
    """What is thought of somebody's credentials."""

    RIGHT = auto()
    WRONG = auto()
    STALE = auto()
    """Right, but for a nonce that is no longer taken: another one will do."""


def digest_with_qop(
    algorithm: str,
    user: str,
    realm: str,
    password: str,
    method: str,
    uri: str,
    nonce: str,
    nc: str,
    cnonce: str,
) -> str:
    """The answer to a challenge with qop=auth (RFC 7616 section 3.4.1)."""

    def h(text: str) -> str:
        data = text.encode()
        if algorithm.upper() == "SHA-256":
            return sha256(data).hexdigest()
        return md5(data, usedforsecurity=False).hexdigest()

    secret = h(f"{user}:{realm}:{password}")
    return h(f"{secret}:{nonce}:{nc}:{cnonce}:auth:{h(f'{method}:{uri}')}")


class Accounts:
    """Challenges handed out since the last start, and who answered them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._used: OrderedDict[str, set[str]] = OrderedDict()
        """By nonce, the counts that were seen with it."""

    def challenges(self, config: PbxConfig, *, is_stale: bool = False) -> list[str]:
        """A value of WWW-Authenticate for each algorithm, all with one new nonce."""
        nonce = hex_token(self._random, 32)
        self._used[nonce] = set()
        if len(self._used) > _NONCES_KEPT:
            self._used.popitem(last=False)
        stale = ", stale=true" if is_stale else ""
        return [
            f'Digest realm="{config.domain}", nonce="{nonce}", algorithm={algorithm}, '
            f'qop="auth"{stale}'
            for algorithm in config.algorithms
        ]

    def password_of(self, user: str, config: PbxConfig) -> str | None:
        """The password of an account; None where there is no such account."""
        for login in config.logins:
            if login.user == user:
                return login.password
        is_phone = any(place.number == user for place in config.places)
        return config.phone_password if is_phone and config.phone_password else None

    def judge(
        self, authorization: str | None, method: str, uri: str, config: PbxConfig
    ) -> tuple[Verdict, str]:
        """The verdict on credentials, and whose they are; each count of a nonce is good once."""
        given = read_authorization(authorization or "")
        user = given.get("username", "")
        password = self.password_of(user, config)
        seen = self._used.get(given.get("nonce", ""))
        algorithm, nc = given.get("algorithm", "MD5").upper(), given.get("nc", "")
        if password is None or not given or algorithm not in config.algorithms:
            return Verdict.WRONG, user
        right = digest_with_qop(
            algorithm,
            user,
            config.domain,
            password,
            method,
            uri,
            given.get("nonce", ""),
            nc,
            given.get("cnonce", ""),
        )
        fits = given.get("uri") == uri and given.get("realm") == config.domain
        if not fits or given.get("qop") != "auth" or given.get("response") != right:
            return Verdict.WRONG, user
        if seen is None or nc in seen or (config.nonce_uses and len(seen) >= config.nonce_uses):
            return Verdict.STALE, user
        seen.add(nc)
        return Verdict.RIGHT, user
