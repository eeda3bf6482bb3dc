"""The calls of the own phone, as the PBX's reports on it add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from callctrl.calllist import CallList
from callctrl.calls import Call, CallReport, CallState, Dial, Direction
from callctrl.phones.generic import GenericPhone

__all__ = ["OwnPhone"]


_STATES_WHILE_PLACED = {
    CallState.RINGING: CallState.CALLING,
    CallState.CONNECTED: CallState.PROCEEDING,
}
"""Of a call that the PBX places: the own phone rings, or is off hook."""


class OwnPhone:
    """Reads what is reported of the phone, and keeps its calls."""

    def __init__(
        self,
        dialect: GenericPhone,
        *,
        placed: Callable[[], Dial | None],
        on_changed: Callable[[Call], None],
    ) -> None:
        """`placed` tells which call the PBX is placing for us; `on_changed` gets what is news."""
        self.calls = CallList()
        self._dialect = dialect
        self._placed = placed
        self._on_changed = on_changed
        self._was_away = False

    def miss(self) -> None:
        """Reports may be missed from now on: who ends a call until the next, nobody has seen."""
        self._was_away = True

    def begin_anew(self, now: float) -> None:
        """Another subscription begins without telling of any call."""
        self._adopt(self._dialect.forget(), now)

    def report(self, body: bytes, now: float) -> bool:
        """Take a report; False where one before it was missed, and all is to be asked for.

        Raises StatusError where it cannot be read.
        """
        self._adopt(self._dialect.read_status(body), now)
        return not self._dialect.is_behind

    def settle(self, now: float) -> None:
        """The call that the PBX was placing is through, or is not: what is told holds of it too."""
        self._adopt(self._dialect.reports(), now)

    def _adopt(self, reports: list[CallReport], now: float) -> None:
        changed: list[Call] = []
        for report in reports:
            changed += self.calls.apply(self._named(report), now)
        if self._was_away:
            self._was_away = False
            changed = [replace(each, ended_away=each.state is CallState.ENDED) for each in changed]
        for call in changed:
            self._on_changed(call)

    def _named(self, report: CallReport) -> CallReport:
        """The report, with whom we have the PBX call where it tells of nobody.

        At Asterisk the phone that rings for us and the call that comes of it are one, its other end
        is not told, and it counts as answered with the handset (docs/any-sip-pbx.md G1). Whether
        they have answered is told of the call that is placed, and then `settle` is due.
        """
        placed, known = self._placed(), self.calls.get(report.id)
        is_told = report.number is not None or report.state is CallState.ENDED
        if placed is None or is_told or (known is not None and known.number != placed.number):
            return report
        return report._replace(
            state=_STATES_WHILE_PLACED.get(report.state, report.state),
            number=placed.number,
            direction=Direction.OUTGOING,
        )
