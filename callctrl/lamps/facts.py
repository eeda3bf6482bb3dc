"""What a lamp shows, by what was told of one phone: its calls, and whether it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from callctrl.calls import Lamp, LampDoubt, LampState
from callctrl.eventpackages import UnreadableBodyError
from callctrl.eventpackages.dialoginfo import (
    DialogDirection,
    DialogElement,
    DialogState,
    DialogTable,
    read_dialog_info,
)
from callctrl.eventpackages.pidf import Presence, read_pidf

__all__ = ["LampFacts", "Light", "light_of"]

_NOTES = {
    "ready": LampState.FREE,
    "ringing": LampState.RINGING,
    "on the phone": LampState.BUSY,
    "on hold": LampState.HELD,
    "unavailable": LampState.AWAY,
}
"""What Asterisk writes into the note of a presence document."""


class Light(NamedTuple):
    """What a lamp shows."""

    state: LampState
    source: str
    """The event package that says so."""
    peer: str = ""
    """Whom the phone speaks with, where that was told."""


def light_of(calls: Sequence[DialogElement] | None, presence: Presence | None) -> Light | None:
    """What follows from the calls that go on and from the presence; None where neither tells.

    Each is None where nothing good is known of it. Calls that go on outweigh a presence, which
    may come later. Without any, a presence outweighs them: Asterisk reports a phone that is not
    there as one without calls.
    """
    told = _state_told(presence) if presence is not None else None
    if calls:
        light = _light_of_calls(calls)
        is_held = light.state is LampState.BUSY and told is LampState.HELD
        return Light(LampState.HELD, "presence", light.peer) if is_held else light
    if told is LampState.AWAY:
        return Light(LampState.AWAY, "presence")
    if calls is not None:
        return Light(LampState.FREE, "dialog")
    return Light(told, "presence") if told is not None else None


def _light_of_calls(calls: Sequence[DialogElement]) -> Light:
    """The call that matters most: talking or dialling, then held, then ringing.

    Who rings while a colleague talks does not matter to a receptionist about to transfer a call:
    she needs to see that it would not be answered.
    """
    lights = [_light_of_call(call) for call in calls]
    return min(lights, key=lambda light: _WEIGHT.index(light.state))


_WEIGHT = (LampState.BUSY, LampState.HELD, LampState.RINGING)


def _light_of_call(call: DialogElement) -> Light:
    peer = call.number or call.name
    if call.state is DialogState.CONFIRMED:
        return Light(LampState.HELD if call.is_held else LampState.BUSY, "dialog", peer)
    # Asterisk tells no direction but that of a call coming in. A word we do not know is some call.
    is_coming_in = call.direction is not DialogDirection.INITIATOR and call.state is not None
    return Light(LampState.RINGING if is_coming_in else LampState.BUSY, "dialog", peer)


def _state_told(presence: Presence) -> LampState | None:
    """By its notes, else by whether it is there; that somebody could call it is no state."""
    noted = [_NOTES.get(note.strip().lower()) for note in presence.notes]
    if presence.is_busy:
        noted.append(LampState.BUSY)
    if presence.is_there is False:
        noted.append(LampState.AWAY)
    return next((state for state in noted if state is not None), None)


class LampFacts:
    """What was told of one phone, as far as it still counts."""

    __slots__ = ("_calls", "_doubt", "_presence")

    def __init__(self) -> None:
        self._calls = DialogTable()
        self._doubt: LampDoubt | None = LampDoubt.NOT_ASKED
        """Why nothing good is known of its calls; None where something is."""
        self._presence: Presence | None = None

    def may_be_told(self) -> None:
        """The PBX watches its calls for us; what it has told before stays."""
        if self._doubt is not None:
            self._doubt = LampDoubt.NO_WORD

    def doubt_calls(self, doubt: LampDoubt) -> None:
        """What was told of its calls counts no more."""
        self._calls.clear()
        self._doubt = doubt

    def take_silence(self, *, is_free: bool) -> None:
        """A report on its calls came without a word; it may be taken for "no calls"."""
        self._calls.clear()
        self._doubt = None if is_free else LampDoubt.NO_WORD

    def take_calls(self, body: bytes) -> bool:
        """Take a report on its calls; False where the full state is to be asked for.

        One that cannot be read leaves it unknown. Raises UnreadableBodyError then.
        """
        try:
            info = read_dialog_info(body)
        except UnreadableBodyError:
            self.doubt_calls(LampDoubt.NO_WORD)
            raise
        is_complete = self._calls.apply(info)
        self._doubt = None if is_complete else LampDoubt.NO_WORD
        return is_complete

    def take_presence(self, body: bytes) -> None:
        """Take a report on whether it is there; an empty one says nothing.

        One that cannot be read leaves that unknown. Raises UnreadableBodyError then.
        """
        self._presence = None
        if body:
            self._presence = read_pidf(body)

    def doubt_presence(self) -> None:
        """What was told of its presence counts no more."""
        self._presence = None

    def lamp(self, before: Lamp, now: float) -> Lamp:
        """What its lamp shows now; `before` is what it showed until now."""
        light = light_of(self._calls.dialogs if self._doubt is None else None, self._presence)
        state = LampState.UNKNOWN if light is None else light.state
        return Lamp(
            who=before.who,
            state=state,
            since=before.since if state is before.state else now,
            source="" if light is None else light.source,
            doubt=self._doubt if light is None else None,
            peer="" if light is None else light.peer,
        )
