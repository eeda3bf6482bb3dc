"""The icon in real trays: the phone's state, seen from across the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.bus import Thing
from tests.desktop.desktop import WATCHER, Desktop, until
from tests.desktop.programs import CallCtrl, PhoneSystem, ready, set_up

pytestmark = pytest.mark.desktop

# The colours of the icons on a panel whose own colour nobody knows.
CONNECTING, READY, RINGING, HELD, TROUBLE = "#7d8694", "#199a5c", "#3d82f6", "#c27a0e", "#e5534b"


def test_every_state_shows_in_lxqt(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password, "--expires=6")
    set_up(lxqt, profile, phone_system, password)
    phone_system.say("silence on")
    program = CallCtrl(lxqt, profile, "--minimized")
    item = item_of(lxqt, program)
    seen: set[object] = set()

    def expect(words: str, colour: str) -> None:
        until(lambda: tool_tip_of(lxqt, item).startswith(words), f"the tool tip {words!r}")
        until(lambda: _is_painted(lxqt, colour), f"{colour} in the panel")
        seen.add(str(lxqt.bus.property(item, "IconPixmap")))

    expect("Connecting · FrontDesk, extension 200", CONNECTING)
    phone_system.say("silence off")
    expect("Ready · FrontDesk, extension 200", READY)
    phone_system.say('ring 5551234 "Anna Lee"')
    expect("Ringing", RINGING)
    assert "Anna Lee, 5551234" in tool_tip_of(lxqt, item)
    phone_system.say("answer")
    expect("On a call", READY)
    phone_system.say("hold")
    expect("On hold", HELD)
    phone_system.say("hangup")
    expect("Ready", READY)
    phone_system.quit()
    expect("No connection", TROUBLE)
    assert "No answer from 127.0.0.1." in tool_tip_of(lxqt, item)
    assert len(seen) == 6, "each state has a picture of its own"
    assert lxqt.bus.property(item, "Title") == "Call Ctrl"
    assert lxqt.windows("Call Ctrl") == [], "--minimized shows no window"


def test_every_state_shows_in_trayer(trayer: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(trayer, password, "--expires=6")
    set_up(trayer, profile, phone_system, password)
    phone_system.say("silence on")
    CallCtrl(trayer, profile, "--minimized")
    seen: set[bytes] = set()

    def expect(colour: str) -> None:
        until(lambda: _is_painted(trayer, colour), f"{colour} in the tray")
        seen.add(trayer.picture(trayer.tray).pixels)

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


def test_the_menu_that_the_panel_draws(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    item = item_of(lxqt, program)
    menu = Thing(item.name, lxqt.bus.property(item, "Menu"), "com.canonical.dbusmenu")
    _revision, (_root, _properties, entries) = lxqt.bus.call(menu, "GetLayout", "iias", 0, -1, [])
    ids = {
        properties["label"][1]: number
        for _signature, (number, properties, _children) in entries
        if "label" in properties
    }
    assert next(iter(ids)) == "Ready · FrontDesk, extension 200"
    chosen = ids["_Preferences…"]
    lxqt.bus.call(menu, "Event", "isvu", chosen, "clicked", ("i", 0), 0)
    lxqt.window("Preferences — Call Ctrl")


def item_of(desktop: Desktop, program: CallCtrl) -> Thing:
    """The program's icon, as it was announced to the panel."""

    def look() -> Thing | None:
        names = desktop.bus.names_of(program.pid)
        for each in desktop.bus.property(WATCHER, "RegisteredStatusNotifierItems"):
            name, _, path = each.partition("/")
            if name in names:
                return Thing(name, f"/{path}", "org.kde.StatusNotifierItem")
        return None

    return until(look, "the icon at the StatusNotifierWatcher")


def tool_tip_of(desktop: Desktop, item: Thing) -> str:
    _icon, _pictures, title, _text = desktop.bus.property(item, "ToolTip")
    return str(title)


def _is_painted(desktop: Desktop, colour: str) -> bool:
    """Whether the icon's strokes have that colour."""
    return desktop.picture(desktop.tray).count(colour) > 10


def _click_icon(desktop: Desktop, *, right: bool = False) -> None:
    icon = desktop.tray
    desktop.click(icon.x + icon.width // 2, icon.y + icon.height // 2, right=right)
