"""An INVITE and what the PBX answers it, acceptances included.

RFC 3261 sections 17.2.1 and 13.3.1.4: every final response is repeated until its ACK comes. The
client's transactions accept no call, so these are the PBX's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from callctrl.sip.matching import server_key
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transaction import Timers
from callctrl.sip.via import response_address, response_otherwise

__all__ = ["InviteServer"]


class InviteServer:
    """One INVITE; it can be forgotten once `is_over`."""

    def __init__(
        self, request: Request, source: Address, timers: Timers, put: Callable[[Packet], None]
    ) -> None:
        """`put` is called with each packet that is to go out."""
        self.key = server_key(request, "INVITE")
        self.request = request
        self.source = source
        self.status = 0
        """Of the last response."""
        self.is_acknowledged = False
        self.is_over = False
        """Whether neither an ACK nor a repetition can come any more."""
        self._remote = response_address(request, source)
        self._otherwise = response_otherwise(request, source)
        self._timers = timers
        self._put = put
        self._data = b""
        self._repeat_at = math.inf
        self._repeat_after = timers.t1
        self._over_at = math.inf

    def respond(self, response: Response, now: float) -> None:
        """Send a response; nothing comes behind a final one."""
        if self.status >= 200:
            return
        self.status, self._data = response.status, response.to_bytes()
        self.repeat()
        if self.status >= 200:
            self._over_at = now + 64 * self._timers.t1
            if self.status < 300 or not self.source.is_reliable:
                self._repeat_at = now + self._repeat_after

    def repeat(self) -> None:
        """The INVITE came again, or no ACK has come: so goes the response."""
        if self._data and not self.is_acknowledged:
            self._put(Packet(self._data, self._remote, self._otherwise))

    def acknowledge(self, now: float) -> None:
        """The ACK came; repetitions of the INVITE may still be under way."""
        if self.status >= 200 and not self.is_acknowledged:
            self.is_acknowledged = True
            self._repeat_at, self._over_at = math.inf, now + self._timers.t4

    def next_timeout(self) -> float:
        """When `handle_timeout` is wanted, be it never."""
        return min(self._repeat_at, self._over_at)

    def handle_timeout(self, now: float) -> None:
        """Repeat the final response, or give up waiting for its ACK."""
        if now >= self._over_at:
            self.is_over, self._repeat_at, self._over_at = True, math.inf, math.inf
        elif now >= self._repeat_at:
            self.repeat()
            while self._repeat_at <= now:
                self._repeat_after = min(2 * self._repeat_after, self._timers.t2)
                self._repeat_at += self._repeat_after
