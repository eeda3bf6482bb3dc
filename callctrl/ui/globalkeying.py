"""Has the keys that are wanted from any window bound, and keeps them so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace

from callctrl.globalkeys import GlobalKey, Grant, Standing, Way, Wish
from callctrl.keystrokes import Keystroke, keystroke_from
from callctrl.store.settings import Settings
from callctrl.ui.keys import Deed, deed_in_words

__all__ = ["DEEDS", "FIELDS", "GlobalKeying", "MakeWay", "wanted_by", "with_keystroke"]

DEEDS = {
    GlobalKey.ANSWER: Deed.ANSWER,
    GlobalKey.HOLD: Deed.HOLD,
    GlobalKey.HANG_UP: Deed.HANG_UP,
}
"""What each key does in the window."""

FIELDS = {
    GlobalKey.ANSWER: "answer_key",
    GlobalKey.HOLD: "hold_key",
    GlobalKey.HANG_UP: "hang_up_key",
}
"""Where each key stands in the settings."""

MakeWay = Callable[[Callable[[GlobalKey], object], Callable[[Grant], None]], Way | None]
"""Makes a system's way of who is told of presses, and of grants."""

_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 600.0
"""Seconds before keys that were lost are asked for again."""
_LONGEST_WAIT = 320.0
"""The same where there seems to be no way: at log-in, whoever gives keys may come after us."""


def wanted_by(settings: Settings) -> dict[GlobalKey, Keystroke]:
    """The keys that the settings want from any window."""
    texts = {key: str(getattr(settings, field)) for key, field in FIELDS.items()}
    return {
        key: keystroke_from(text) for key, text in texts.items() if text and settings.global_keys
    }


def with_keystroke(settings: Settings, key: GlobalKey, text: str) -> Settings:
    """The settings with another keystroke for one of the keys; empty where it has none."""
    match key:
        case GlobalKey.ANSWER:
            return replace(settings, answer_key=text)
        case GlobalKey.HOLD:
            return replace(settings, hold_key=text)
        case GlobalKey.HANG_UP:
            return replace(settings, hang_up_key=text)


class GlobalKeying:
    """One way, and what is wanted of it."""

    def __init__(
        self,
        make_way: MakeWay,
        on_pressed: Callable[[GlobalKey], object],
        spawn: Callable[[Coroutine[None, None, None]], asyncio.Task[None]],
    ) -> None:
        self.grant = Grant(Standing.OFF)
        """How it stands."""
        self.on_grant: Callable[[Grant], None] = lambda _grant: None
        """Called when that changes."""
        self._way = make_way(on_pressed, self._granted)
        self._spawn = spawn
        self._wanted: Mapping[GlobalKey, Keystroke] = {}
        self._asking: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._pause = _FIRST_PAUSE

    async def has_way(self) -> bool:
        """Whether keys can be had here at all, as far as can be told without asking for one."""
        return self._way is not None and await self._way.exists()

    def want(self, keys: Mapping[GlobalKey, Keystroke]) -> None:
        """Have these keys bound and no others; none gives back what there was."""
        if keys == self._wanted:
            return
        self._wanted = dict(keys)
        self._pause = _FIRST_PAUSE
        self._ask()

    async def stop(self) -> None:
        """Give all of them back."""
        self._forget()
        if self._way is not None and self._wanted:
            await self._way.release()

    def _ask(self) -> None:
        self._forget()
        if self._way is None:
            self._granted(Grant(Standing.NO_WAY if self._wanted else Standing.OFF))
        elif self._wanted:
            wishes = {
                key: Wish(keystroke, deed_in_words(DEEDS[key]))
                for key, keystroke in self._wanted.items()
            }
            self._asking = self._spawn(self._way.bind(wishes))
        else:
            self._asking = self._spawn(self._way.release())

    def _forget(self) -> None:
        """Wait no more for what was asked before."""
        if self._asking is not None:
            self._asking.cancel()
        if self._again is not None:
            self._again.cancel()

    def _granted(self, grant: Grant) -> None:
        self.grant = grant
        self.on_grant(grant)
        if grant.standing is Standing.BOUND:
            self._pause = _FIRST_PAUSE
        is_late = grant.standing is Standing.NO_WAY and self._pause < _LONGEST_WAIT
        if self._way is not None and self._wanted and (grant.standing is Standing.LOST or is_late):
            self._again = asyncio.get_running_loop().call_later(self._pause, self._ask)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
