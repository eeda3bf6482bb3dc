"""Keeps the desktop's own notifications in step with the calls that ring."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence

from PySide6.QtCore import QCoreApplication

from callctrl.incoming import Incoming
from callctrl.notifications import Availability, Notifier
from callctrl.ui.toast import call_title

__all__ = ["Notifying", "why_none_in_words"]

translate = QCoreApplication.translate

ANSWER, REJECT = "answer", "reject"


class Notifying:
    """Shows one notification for each ringing call, while that is wanted."""

    def __init__(
        self,
        on_action: Callable[[str, str], None],
        spawn: Callable[[Coroutine[None, None, None]], object],
    ) -> None:
        """`on_action` gets a call's number and `ANSWER` or `REJECT`."""
        self.wanted = False
        self._notifier = Notifier(on_action)
        self._spawn = spawn
        self._shown: dict[str, Incoming] = {}

    async def availability(self) -> Availability:
        """Whether this desktop has notifications with buttons."""
        return await self._notifier.available()

    async def stop(self) -> None:
        """Take all of them back."""
        await self._notifier.stop()

    def show_calls(self, calls: Sequence[Incoming]) -> None:
        """Show these calls and no others."""
        ringing = {call.call_id: call for call in calls} if self.wanted else {}
        for call_id in self._shown.keys() - ringing.keys():
            self._spawn(self._notifier.close(call_id))
        for call_id, call in ringing.items():
            if self._shown.get(call_id) != call:
                self._spawn(self._show(call))
        self._shown = ringing

    async def _show(self, call: Incoming) -> None:
        actions = {}
        if not call.no_answer:
            actions[ANSWER] = translate("Toast", "Answer")
        if not call.no_reject:
            actions[REJECT] = translate("Toast", "Reject")
        await self._notifier.show(call, call_title(call), actions)


def why_none_in_words(availability: Availability) -> str:
    """Why the preference is of no use here; empty where it is."""
    match availability:
        case Availability.BUTTONS:
            return ""
        case Availability.NO_BUTTONS:
            return translate("Toast", "This desktop's notifications have no buttons.")
        case Availability.NONE:
            return translate("Toast", "This desktop has no notifications that Call Ctrl can show.")
