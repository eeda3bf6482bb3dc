"""What a PBX is asked for beside the calls of my phone: it may offer it, or may not."""

from __future__ import annotations

import logging
from collections.abc import Callable

from callctrl.answering import Watch
from callctrl.eventpackages import UnreadableBodyError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.exchange import Outcome
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request
from callctrl.sip.subscription import Ending, Subscription
from callctrl.sip.useragent import UserAgent
from callctrl.sparing import SparingLog

__all__ = ["Aside"]

_log = logging.getLogger(__name__)

_REFRESH_WITHIN = 1800.0
"""Seconds between two refreshes at most."""
_NOT_OFFERED = frozenset({403, 404, 405, 406, 480, 481, 489, 501})
"""Answers that would be the same in a minute: this PBX has no such thing for us."""


class Aside:
    """One event package of one resource, asked for as long as the PBX does not refuse it."""

    def __init__(
        self,
        agent: UserAgent,
        able: Capabilities,
        *,
        user: str,
        target: str,
        authenticator: Authenticator,
        on_report: Callable[[bytes, float], None],
        on_lost: Callable[[float], None],
        on_unsubscribed: Callable[[float], None],
    ) -> None:
        """`able` has the event package and its types of bodies; the rest is as in `Subscription`.

        `on_report` gets each body that is news, and may raise UnreadableBodyError; `on_lost` is
        called when what was told no longer counts.
        """
        self.subscription = Subscription(
            agent,
            event=able.events[0],
            accept=able.accepts,
            target=target,
            from_=user,
            to=target,
            authenticator=authenticator,
            refresh_within=_REFRESH_WITHIN,
            on_answer=self._answered,
            on_ended=self._ended,
            on_unsubscribed=on_unsubscribed,
        )
        self.watch = Watch(able, self.subscription.receive_notify, self._report)
        self._is_lost = True
        """Whether the PBX may have forgotten that we asked."""
        self._complaints = SparingLog(_log)
        self._on_report = on_report
        self._on_lost = on_lost

    def begin(self, now: float) -> None:
        """Ask, or ask again: the PBX is there."""
        if self._is_lost:
            self._is_lost = False
            self.subscription.subscribe(now)

    def doubt(self) -> None:
        """The PBX may have forgotten that we asked: `begin` sees to it."""
        self._is_lost = True

    def lose(self, now: float) -> None:
        """The PBX is not there: what it told no longer counts, and `begin` asks anew."""
        self._is_lost = True
        self.subscription.relocate()  # it waits for that
        self._on_lost(now)

    def relocate(self) -> None:
        """We are elsewhere: `begin` tells the PBX so."""
        self._is_lost = True
        self.subscription.relocate()

    def forget(self) -> None:
        """The PBX is another one: `begin` asks it afresh."""
        self._is_lost = True
        self.subscription.forget()

    def _report(self, notify: Request, now: float) -> None:
        try:
            self._on_report(notify.body, now)
        except UnreadableBodyError as error:
            event = self.subscription.event
            self._complaints.warning(now, "report of %s not understood: %s", event, error)

    def _answered(self, outcome: Outcome, granted: float | None, now: float) -> None:
        if granted is None:
            self._on_lost(now)
            if outcome.status in _NOT_OFFERED:
                _log.info("%s is not offered (%s)", self.subscription.event, outcome.status)
                self.subscription.forget()

    def _ended(self, _ending: Ending, now: float) -> None:
        self._on_lost(now)
