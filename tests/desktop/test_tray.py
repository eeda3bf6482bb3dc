"""The icon in real trays: the phone's state, seen from across the room."""

from __future__ import annotations

from pathlib import Path

import pytest
from jeepney import DBusAddress

from tests.desktop.desktop import Desktop, Panel, Picture, Window, until
from tests.desktop.programs import CallCtrl, PhoneSystem, ready, set_up

pytestmark = pytest.mark.desktop

# The colours of the icons on a panel whose own colour nobody knows.
CONNECTING, READY, RINGING, HELD, TROUBLE = "#7d8694", "#199a5c", "#3d82f6", "#c27a0e", "#e5534b"

_WATCHER = DBusAddress(
    "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"
)


def test_every_state_shows_in_lxqt(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password, "--expires=6")
    set_up(lxqt, profile, phone_system, password)
    phone_system.say("silence on")
    program = CallCtrl(lxqt, profile, "--minimized")
    item = _item(lxqt, program)
    seen: set[object] = set()

    def expect(words: str, colour: str) -> None:
        until(lambda: _tool_tip(lxqt, item).startswith(words), f"the tool tip {words!r}")
        until(lambda: _is_painted(lxqt, colour), f"{colour} in the panel")
        seen.add(str(lxqt.property(item, "IconPixmap")))

    expect("Connecting · FrontDesk, extension 200", CONNECTING)
    phone_system.say("silence off")
    expect("Ready · FrontDesk, extension 200", READY)
    phone_system.say('ring 5551234 "Anna Lee"')
    expect("Ringing", RINGING)
    phone_system.say("answer")
    expect("On a call", READY)
    phone_system.say("hold")
    expect("On hold", HELD)
    phone_system.say("hangup")
    expect("Ready", READY)
    phone_system.quit()
    expect("No connection", TROUBLE)
    assert "No answer from 127.0.0.1." in _tool_tip(lxqt, item)
    assert len(seen) == 6, "each state has a picture of its own"
    assert lxqt.property(item, "Title") == "Call Ctrl"
    assert lxqt.windows("Call Ctrl") == [], "--minimized shows no window"


def test_every_state_shows_in_trayer(trayer: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(trayer, password, "--expires=6")
    set_up(trayer, profile, phone_system, password)
    phone_system.say("silence on")
    CallCtrl(trayer, profile, "--minimized")
    seen: set[bytes] = set()

    def expect(colour: str) -> None:
        until(lambda: _is_painted(trayer, colour), f"{colour} in the tray")
        seen.add(_tray(trayer).pixels)

    expect(CONNECTING)
    phone_system.say("silence off")
    expect(READY)
    phone_system.say('ring 5551234 "Anna Lee"')
    expect(RINGING)
    phone_system.say("answer")
    expect(READY)
    phone_system.say("hold")
    expect(HELD)
    phone_system.quit()
    expect(TROUBLE)
    assert len(seen) == 6, "each state has a picture of its own"


def test_a_click_brings_the_window(trayer: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(trayer, password)
    ready(trayer, profile, phone_system, password)
    trayer.keys("alt+F4")
    until(lambda: len(trayer.windows("Call Ctrl")) == 1, "the window closed, the icon there")
    _click_icon(trayer)
    trayer.window("Call Ctrl")


def test_the_menu_behind_the_icon_quits(trayer: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(trayer, password)
    program = ready(trayer, profile, phone_system, password)
    _click_icon(trayer, right=True)
    until(lambda: len(trayer.windows("Call Ctrl")) == 3, "window, icon and menu")
    trayer.keys("Up", "Return")  # the last one
    assert program.exit_code() == 0
    phone_system.wait_for("RECEPTION watches no longer: .*", "RECEPTION unregistered")


def _item(desktop: Desktop, program: CallCtrl) -> DBusAddress:
    """The program's icon, where lxqt-panel found it."""

    def look() -> str | None:
        items = desktop.property(_WATCHER, "RegisteredStatusNotifierItems")
        assert isinstance(items, list)
        names = desktop.bus_names(program.pid)
        return next((each for each in items if each.partition("/")[0] in names), None)

    found = until(look, "the icon at the StatusNotifierWatcher")
    assert found is not None
    name, _, path = found.partition("/")
    return DBusAddress(f"/{path}", name, "org.kde.StatusNotifierItem")


def _tool_tip(desktop: Desktop, item: DBusAddress) -> str:
    tip = desktop.property(item, "ToolTip")
    assert isinstance(tip, tuple)
    return str(tip[2])


def _tray(desktop: Desktop) -> Picture:
    """What the tray shows: where trayer embeds the window, or at lxqt-panel's right end."""
    if desktop.panel is Panel.LXQT:
        return desktop.picture(1280 - 32, 800 - 32, 32, 32)
    icon = _icon(desktop)
    return desktop.picture(icon.x, icon.y, icon.width, icon.height)


def _icon(desktop: Desktop) -> Window:
    """The icon's own window, in trayer."""
    small = until(lambda: [w for w in desktop.windows("Call Ctrl") if w.height <= 32], "the icon")
    return small[0]


def _is_painted(desktop: Desktop, colour: str) -> bool:
    """Whether the icon's strokes have that colour."""
    return _tray(desktop).count(colour) > 10


def _click_icon(desktop: Desktop, *, right: bool = False) -> None:
    icon = _icon(desktop)
    desktop.click(icon.x + icon.width // 2, icon.y + icon.height // 2, right=right)
