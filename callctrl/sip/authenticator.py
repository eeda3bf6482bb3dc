"""Who answers the challenges of a series of requests, and what is remembered of them.

RFC 3261 section 22, RFC 7616 sections 3.3 to 3.6. Decision 18 says what is answered, and what is
not.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from callctrl.sip.digest import (
    Challenge,
    Credentials,
    answer,
    challenges_in,
    digest_response,
    info_in,
)
from callctrl.sip.message import Response
from callctrl.sip.tokens import Tokens

__all__ = ["Answer", "Authenticator", "Floor", "Lesson", "Obstacle"]

_log = logging.getLogger(__name__)

_NONCE_LIVES = 10.0
"""Seconds for which a nonce nobody has used yet is surely good [inferred]."""
_MOST_SPACES = 4
"""Protection spaces answered in one request: a registrar, and the proxies on the way."""


class Floor:
    """The strongest algorithm asked for so far, by servers and by proxies: no weaker is answered.

    A realm is only the word of whoever asks, so another realm is no way around it.
    """

    def __init__(self) -> None:
        self._strengths: dict[bool, int] = {}

    def admits(self, challenge: Challenge) -> bool:
        """Whether nothing stronger was asked for before."""
        return challenge.strength >= self._strengths.get(challenge.is_proxy, 0)

    def rise_to(self, challenge: Challenge) -> None:
        """Remember what was asked for."""
        if self.admits(challenge):
            self._strengths[challenge.is_proxy] = challenge.strength


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it went out: what comes back is judged by it."""

    challenge: Challenge
    uri: str
    cnonce: str
    nonce_count: int
    was_fresh: bool
    """Whether the nonce cannot have been used up or expired: then a refusal means the password."""
    header: tuple[str, str] = field(repr=False)
    """Name and value of the header field."""


class Obstacle(Enum):
    """Why a request is not sent again as the answer to it asks."""

    UNKNOWN = "unknown"
    """No challenge can be computed: another scheme, or another algorithm."""
    WEAKER = "weaker"
    """A weaker algorithm is asked for than before."""
    ELSEWHERE = "elsewhere"
    """A redirection leads to another place than was asked."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a 401 or 407 taught."""

    asked: tuple[Challenge, ...] = ()
    """Those to be answered by sending again, one for each protection space; empty for none."""
    obstacle: Obstacle | None = None
    """Why none is answered, where it is not that the password was refused."""


@dataclass(slots=True)
class _Memory:
    """What is known of one protection space."""

    challenge: Challenge
    expires_at: float
    """Before then an unused nonce is surely good."""
    uses: int = 0
    uses_before: int = 0
    """Those before it was offered last."""
    session: str = ""
    """The nonce of ours that a session began with."""


class Authenticator:
    """Answers the challenges met by one series of requests.

    The newest challenge of each protection space answers the next request as well (RFC 3261
    section 22.1), so a refresh goes out with credentials at once.
    """

    def __init__(
        self, credentials: Credentials, tokens: Tokens, floor: Floor | None = None
    ) -> None:
        """`floor` is shared by all who talk to the same servers."""
        self._credentials = credentials
        self._tokens = tokens
        self._floor = floor or Floor()
        self._spaces: dict[tuple[bool, str], _Memory] = {}

    def answers(self, method: str, uri: str, body: bytes, now: float) -> list[Answer]:
        """An answer for each protection space met so far."""
        return [self._answer(memory, method, uri, body, now) for memory in self._spaces.values()]

    def learn(self, response: Response, carried: Sequence[Answer], now: float) -> Lesson:
        """Take the challenges of a 401 or 407 to a request that carried these answers.

        Worth another try are challenges the request did not answer, or answered over a nonce that
        may have expired, or that are `stale` (RFC 7616 section 3.3). The same password over a
        second fresh nonce would be refused again (decision 5).
        """
        challenges = challenges_in(response)
        if not challenges:
            return Lesson(obstacle=Obstacle.UNKNOWN)
        for challenge in challenges:
            self._floor.rise_to(challenge)
        admitted = [challenge for challenge in challenges if self._floor.admits(challenge)]
        if not admitted:
            _log.warning("a weaker algorithm is asked for than before: not answered")
            return Lesson(obstacle=Obstacle.WEAKER)
        by_space: dict[tuple[bool, str], Challenge] = {}
        for challenge in admitted:  # equals in strength: the topmost of each space counts
            by_space.setdefault(challenge.space, challenge)
        asked = tuple(by_space.values())
        for challenge in asked:
            self._take(challenge, now)
        self._leave_other_spaces(asked)
        fresh = {each.challenge.space for each in carried if each.was_fresh}
        if any(each.space in fresh and not each.is_stale for each in asked):
            return Lesson()
        return Lesson(asked)

    def accepted(self, response: Response, carried: Sequence[Answer]) -> None:
        """The server took the answers: a later refusal speaks of their nonces, not the password.

        Authentication-Info may bring the nonce for the next request (RFC 7616 section 3.5).
        """
        for each in carried:
            if (memory := self._spaces.get(each.challenge.space)) is not None:
                memory.expires_at = 0.0
        for is_proxy in (False, True):
            answered = [each for each in carried if each.challenge.is_proxy is is_proxy]
            if len(answered) == 1:  # the field names no realm
                self._read_info(response, answered[0])

    def _answer(self, memory: _Memory, method: str, uri: str, body: bytes, now: float) -> Answer:
        challenge = memory.challenge
        memory.uses += 1
        cnonce = ""
        if challenge.qop is not None:
            cnonce = memory.session or self._tokens.cnonce()
            if challenge.is_session:
                memory.session = cnonce
        header = answer(challenge, self._credentials, method, uri, cnonce, memory.uses, body)
        # Some serve but once, and who else used it may have been first.
        is_first = memory.uses == memory.uses_before + 1
        was_fresh = is_first and now < memory.expires_at
        return Answer(challenge, uri, cnonce, memory.uses, was_fresh, header)

    def _take(self, challenge: Challenge, now: float) -> None:
        known = self._spaces.pop(challenge.space, None)
        memory = _Memory(challenge, now + _NONCE_LIVES)
        if known is not None and known.challenge.nonce == challenge.nonce:
            memory.uses = memory.uses_before = known.uses
            memory.session = known.session
        self._spaces[challenge.space] = memory

    def _leave_other_spaces(self, asked: Sequence[Challenge]) -> None:
        """Forget what is no longer asked for: a server that names another realm has left the old.

        Proxies are several, and each speaks for itself.
        """
        named = {challenge.space for challenge in asked}
        if not all(challenge.is_proxy for challenge in asked):
            self._spaces = {
                space: memory
                for space, memory in self._spaces.items()
                if memory.challenge.is_proxy or space in named
            }
        while len(self._spaces) > _MOST_SPACES:
            del self._spaces[next(iter(self._spaces))]

    def _read_info(self, response: Response, answered: Answer) -> None:
        info = info_in(response, is_proxy=answered.challenge.is_proxy)
        challenge = answered.challenge
        if info.proof and challenge.qop is not None:
            expected = digest_response(
                challenge,
                self._credentials,
                "",
                answered.uri,
                answered.cnonce,
                answered.nonce_count,
                response.body,
            )
            if info.proof.lower() != expected:
                _log.warning("the server's own proof of the password is wrong: left aside")
                return
        memory = self._spaces.get(challenge.space)
        is_newest = memory is not None and memory.challenge.nonce == challenge.nonce
        # A session keeps the nonces it began with; whether a next one begins another is disputed.
        if memory is not None and is_newest and info.next_nonce and not challenge.is_session:
            memory.challenge = challenge.with_nonce(info.next_nonce)
            memory.uses = 0
