"""OPTIONS, now and then, to see whether a place answers again (RFC 3261 section 11)."""

from __future__ import annotations

from collections.abc import Callable

from callctrl.sip.exchange import Outgoing
from callctrl.sip.headers import NameAddr, Uri
from callctrl.sip.message import Response
from callctrl.sip.packets import Address
from callctrl.sip.useragent import UserAgent

__all__ = ["Probe"]

_EVERY = 60.0
"""Seconds between two looks."""
_SPARED = 3600.0
"""Seconds until the first look at most, at a place that answered and was of no use again."""


class Probe:
    """Asks at one place for as long as we make do with another."""

    def __init__(
        self,
        agent: UserAgent,
        *,
        user: str,
        host: str,
        port: int | None,
        on_answer: Callable[[Address, float], None],
    ) -> None:
        """`user` is who asks, `host` and `port` are those of the server, for the Request-URI.

        `on_answer` gets the place that has answered, even where it is no longer asked meanwhile.
        """
        self._agent = agent
        self._from = str(Uri("sip", host, user))
        self._to = str(Uri("sip", host))
        self._uri = str(Uri("sip", host, port=port))
        self._on_answer = on_answer
        self._place: Address | None = None
        self._ask_at: float | None = None
        self._first_after = _EVERY

    def begin(self, place: Address, now: float) -> None:
        """Ask there from now on, unless that is done already; each time a longer while from now."""
        if self._ask_at is None:
            self._place, self._ask_at = place, now + self._first_after
            self._first_after = min(2 * self._first_after, _SPARED)

    def end(self) -> None:
        """Ask no more."""
        self._place = self._ask_at = None

    def settle(self) -> None:
        """The place is of use: when it fails again, the first look comes soon."""
        self._first_after = _EVERY

    def handle_timeout(self, now: float) -> None:
        """Ask, if that is due by `now`."""
        if self._place is not None and self._ask_at is not None and now >= self._ask_at:
            self._ask_at = now + _EVERY
            self._ask(self._place, now)

    def next_timeout(self) -> float | None:
        """When it is due to ask, or None."""
        return self._ask_at

    def _ask(self, place: Address, now: float) -> None:
        """Whatever it says will do, but that it is out of service (RFC 3263 section 4.3)."""
        tokens = self._agent.tokens
        outgoing = Outgoing(
            method="OPTIONS",
            uri=self._uri,
            from_=NameAddr(self._from, parameters={"tag": tokens.tag()}),
            to=NameAddr(self._to),
            call_id=tokens.call_id(),
            remote=place,
            route_set=self._agent.route_set,
        )

        def on_response(response: Response, now: float) -> None:
            was_answered = "Via" in response.headers and response.status >= 200
            if was_answered and response.status != 503:
                self._on_answer(place, now)

        self._agent.transmit(outgoing, (), on_response, now)
