"""Any telephone behind a SIP PBX, as its `dialog` event package tells of it (RFC 4235).

A bystander is told of calls and owns none: nothing here can be ordered of the phone. That the PBX
places a call for it is another matter (`bystander/thirdpartycall.py`).
"""

from __future__ import annotations

from callctrl.abilities import bystander_ability
from callctrl.calls import Ability, Action, Call, CallReport, CallState, Direction, Untested
from callctrl.eventpackages import UnreadableBodyError
from callctrl.eventpackages.dialoginfo import (
    DialogDirection,
    DialogElement,
    DialogState,
    DialogTable,
    read_dialog_info,
)
from callctrl.phones import StatusError

__all__ = ["GenericPhone"]


class GenericPhone:
    """What the dialog documents of one phone add up to, told as reports of calls."""

    event = "dialog"
    accepts: tuple[str, ...] = ("application/dialog-info+xml",)

    def __init__(self, own: str = "") -> None:
        """`own` is the user of our account: a call with it is our part of one that was placed."""
        self._own = own
        self.dialling: Ability = Untested()
        """Whether the PBX places calls for us; it shows when it is asked to."""
        self.is_behind = False
        """Whether a change was missed, so that the whole state has to be asked for."""
        self._table = DialogTable()
        self._told: set[str] = set()
        """The calls that were last told as live."""

    def ability(self, action: Action, _call: Call | None) -> Ability:
        """Nothing but a call that the PBX places."""
        return bystander_ability(action, self.dialling)

    def read_status(self, body: bytes) -> list[CallReport]:
        """What the phone does now: the calls that are over since the last body, and each live one.

        Raises StatusError where the body is no dialog document.
        """
        try:
            document = read_dialog_info(body)
        except UnreadableBodyError as error:
            raise StatusError(str(error)) from error
        self.is_behind = not self._table.apply(document)
        return self.reports()

    def forget(self) -> list[CallReport]:
        """Begin again with nothing, as a new subscription does; the calls that end with that."""
        self._table.clear()
        self.is_behind = False
        return self.reports()

    def reports(self) -> list[CallReport]:
        """What the phone does, as it was told last."""
        dialogs = [
            each for each in self._table.dialogs if not self._own or each.number != self._own
        ]
        live = {dialog.id: _report(dialog) for dialog in dialogs}
        ended = [CallReport(each, CallState.ENDED) for each in sorted(self._told - live.keys())]
        self._told = set(live)
        return [*ended, *live.values()]


_DIRECTIONS = {
    DialogDirection.INITIATOR: Direction.OUTGOING,
    DialogDirection.RECIPIENT: Direction.INCOMING,
    None: Direction.UNKNOWN,
}
_STATES_OF_OURS = {
    DialogState.TRYING: CallState.CALLING,
    DialogState.PROCEEDING: CallState.PROCEEDING,
    DialogState.EARLY: CallState.PROCEEDING,
}
"""Of a call that the phone began; of any other the same states mean that it rings."""


def _report(dialog: DialogElement) -> CallReport:
    return CallReport(
        id=dialog.id,
        state=_state_of(dialog),
        wire_state=dialog.state.value if dialog.state is not None else "",
        ref=dialog.call_id or None,
        number=dialog.number or None,
        name=dialog.name or None,
        direction=_DIRECTIONS[dialog.direction],
    )


def _state_of(dialog: DialogElement) -> CallState:
    match dialog.state:
        case None:
            return CallState.UNKNOWN
        case DialogState.CONFIRMED:
            return CallState.HELD if dialog.is_held else CallState.CONNECTED
        case DialogState.TERMINATED:
            return CallState.ENDED
        case state if dialog.direction is DialogDirection.INITIATOR:
            return _STATES_OF_OURS[state]
    return CallState.RINGING
