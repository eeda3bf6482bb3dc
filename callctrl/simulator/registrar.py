"""Who may speak: the SPA9000's challenges, and the bindings of those who answered them.

The digest is computed here from RFC 2617 section 3.2.1 alone. It must not share code with the
client it judges.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from hashlib import md5
from random import Random

from callctrl.simulator.config import Config
from callctrl.sip.headers import split_outside_quotes, unquote_string
from callctrl.sip.packets import Address

__all__ = ["Binding", "Registrar", "digest_answer", "read_authorization"]

_NONCES_KEPT = 1024


def digest_answer(user: str, realm: str, password: str, method: str, uri: str, nonce: str) -> str:
    """The answer to a challenge without qop, the form of RFC 2069 (protocol.md B.5 no. 3)."""

    def h(text: str) -> str:
        return md5(text.encode(), usedforsecurity=False).hexdigest()

    return h(f"{h(f'{user}:{realm}:{password}')}:{nonce}:{h(f'{method}:{uri}')}")


def read_authorization(text: str) -> dict[str, str]:
    """The parameters of Digest credentials; empty where they are of another scheme."""
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() != "digest":
        return {}
    pairs = (piece.partition("=") for piece in split_outside_quotes(rest, ","))
    return {name.strip().lower(): unquote_string(value) for name, equals, value in pairs if equals}


@dataclass(frozen=True, slots=True)
class Binding:
    """Somebody who is registered."""

    user: str
    """User part of the address of record: the computer's name, not the extension (S20)."""
    contact: str
    """The URI that is bound; another one is another binding (RFC 3261 section 10.3)."""
    remote: Address
    """Where the REGISTER came from."""
    expires_at: float


class Registrar:
    """Challenges handed out since the last boot, and bindings made with them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        # A refresh may answer the newest challenge again, and one that is under way an older one.
        self._nonces: deque[str] = deque(maxlen=_NONCES_KEPT)
        self._bindings: dict[tuple[str, str], Binding] = {}

    @property
    def bindings(self) -> list[Binding]:
        """Everyone who is registered, in the order of arrival."""
        return list(self._bindings.values())

    def challenge(self, realm: str) -> str:
        """The value of a WWW-Authenticate header, with a new nonce each time (S16)."""
        nonce = f"{self._random.getrandbits(32):08x}"
        self._nonces.append(nonce)
        return f'Digest realm="{realm}", nonce="{nonce}", algorithm=md5'

    def accepts(self, authorization: str | None, method: str, config: Config) -> bool:
        """Whether the credentials are right; without a password nobody needs any (S40)."""
        if not config.password:
            return True
        given = read_authorization(authorization or "")
        user = given.get("username", "")
        if user not in {extension.user_name for extension in config.extensions}:
            return False
        if given.get("nonce") not in self._nonces or given.get("algorithm", "md5").lower() != "md5":
            return False
        # The uri counts as it was sent: the seed prints one without its colon (B.8 no. 3).
        uri = given.get("uri", "")
        right = digest_answer(user, config.host, config.password, method, uri, given["nonce"])
        return given.get("response", "").lower() == right

    def bind(self, binding: Binding) -> None:
        """Register somebody, or refresh."""
        self._bindings[binding.user, binding.contact] = binding

    def unbind(self, user: str, contact: str) -> bool:
        """Take the binding of a contact back, or all with "*"; whether there was one."""
        found = [each for each in self.bindings if each.user == user]
        if contact != "*":
            found = [each for each in found if each.contact == contact]
        for each in found:
            del self._bindings[each.user, each.contact]
        return bool(found)

    def is_registered(self, user: str, remote: Address) -> bool:
        """Whether a request is from somebody who is registered.

        Known by its source address and the user in From. The port does not count, since the
        seed's control requests come from 5061 and its REGISTER from 5060 (S35); nor does the host
        in From, which is the computer in REGISTER and the SPA9000 in SUBSCRIBE (S8, S30).
        """
        return any((each.user, each.remote.host) == (user, remote.host) for each in self.bindings)

    def next_timeout(self) -> float | None:
        """When the next binding runs out, or None."""
        return min((each.expires_at for each in self._bindings.values()), default=None)

    def expire(self, now: float) -> list[Binding]:
        """Forget the bindings that ran out, and return them."""
        lapsed = [each for each in self._bindings.values() if each.expires_at <= now]
        for each in lapsed:
            del self._bindings[each.user, each.contact]
        return lapsed
