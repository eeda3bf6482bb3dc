"""The settings wizard by keyboard alone, against a phone system and a real password store."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from callctrl.connection import computer_name
from tests.desktop.desktop import Desktop, until
from tests.desktop.programs import (
    FIELD,
    WIZARD,
    CallCtrl,
    PhoneSystem,
    fill_in,
    processes_telling,
    ready,
    type_port,
)

pytestmark = pytest.mark.desktop


def test_typed_in_tested_and_saved(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = CallCtrl(lxqt, profile, "--debug")
    fill_in(lxqt, program, phone_system, password)
    assert not (profile / "settings.toml").exists(), "nothing is saved before Finish"
    told = phone_system.wait_for(".* watches no longer: .*", ".* unregistered")
    lxqt.keys("Return")

    until(lambda: not lxqt.windows(WIZARD), "the wizard closed")
    phone_system.wait_for_more(
        told,
        rf"{computer_name()} registered from .*",
        rf"{computer_name()} watches FrontDesk for .*",
    )
    program.screen.wait_for("Call Ctrl", "Ready")
    program.screen.wait_for("Call Ctrl", "FrontDesk, extension 200")
    settings = tomllib.loads((profile / "settings.toml").read_text("utf-8"))
    assert settings["account"] == {  # what was decided, and none of the defaults
        "pbx": phone_system.host,
        "port": phone_system.port,
        "extension": "200",
        "station": "FrontDesk",
        "computer": computer_name(),
    }
    assert _kept(lxqt, phone_system) == password
    log = (profile / "logs" / "callctrl.log").read_text("utf-8")
    assert "Authorization: Digest" in log
    assert processes_telling(password, lxqt) == []


def test_read_from_the_devices(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password, "--http-port=0")
    program = CallCtrl(lxqt, profile, "--debug")
    screen = program.screen
    lxqt.window(WIZARD)
    lxqt.keys("Return")

    # A device has its pages at port 80; the make-believe ones are elsewhere.
    screen.wait_for_focus(WIZARD, "SPA9000's address")
    lxqt.type(phone_system.web_address("SPA9000"))
    lxqt.keys("Tab")
    screen.wait_for_focus(WIZARD, "Phone's address")
    lxqt.type(phone_system.web_address("SPA942"))
    lxqt.keys("Return")
    screen.wait_for(WIZARD, "Password read from the SPA9000")
    screen.wait_for(WIZARD, "Extension 200 read from the phone")
    screen.wait_for(WIZARD, "Station name FrontDesk read from the phone")
    lxqt.keys("Return")

    # Everything is filled in, so the focus is on what comes next.
    screen.wait_for_focus(WIZARD, "Test the connection")
    type_port(lxqt, program, phone_system.port)
    lxqt.keys("Return")
    screen.wait_for_focus(WIZARD, "Finish")
    lxqt.keys("Return")
    phone_system.wait_for(".* unregistered", ".* registered from .*", ".* watches FrontDesk .*")
    assert _kept(lxqt, phone_system) == password


def test_a_refused_password_is_typed_again(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = CallCtrl(lxqt, profile)
    screen = program.screen
    lxqt.window(WIZARD)
    lxqt.keys("Return")
    screen.wait_for_focus(WIZARD, "SPA9000's address")
    lxqt.type(phone_system.host)
    lxqt.keys("alt+t")
    screen.wait_for_focus(WIZARD, "Extension")
    lxqt.type("200")
    lxqt.keys("Tab")
    lxqt.type("FrontDesk")
    lxqt.keys("Tab")
    lxqt.type("wrong")
    type_port(lxqt, program, phone_system.port)
    lxqt.keys("Return")
    screen.wait_for(WIZARD, "Extension 200 was refused (401)")
    screen.wait_for_focus(WIZARD, "Test again")

    lxqt.keys("alt+b")
    screen.wait_for(WIZARD, "Station name")
    lxqt.keys("alt+w")
    screen.wait_for_focus(WIZARD, "Password")
    lxqt.type(password)  # what was there is selected
    lxqt.keys("Return")
    screen.wait_for_focus(WIZARD, "Finish")
    lxqt.keys("Return")
    screen.wait_for("Call Ctrl", "Ready")
    assert _kept(lxqt, phone_system) == password


def test_escape_leaves_nothing_behind(lxqt: Desktop, profile: Path) -> None:
    program = CallCtrl(lxqt, profile)
    lxqt.window(WIZARD)
    lxqt.keys("Return")
    program.screen.wait_for_focus(WIZARD, "SPA9000's address")
    lxqt.type("127.0.0.1")
    lxqt.keys("Escape")
    until(lambda: not lxqt.windows(WIZARD), "the wizard closed")
    program.screen.wait_for("Call Ctrl", "Not set up yet")
    assert not (profile / "settings.toml").exists()
    program.screen.wait_for_focus("Call Ctrl", FIELD)
    lxqt.keys("alt+e", "w")
    lxqt.window(WIZARD)


def test_an_address_copied_from_a_browser(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = CallCtrl(lxqt, profile)
    lxqt.window(WIZARD)
    lxqt.keys("Return")
    program.screen.wait_for_focus(WIZARD, "SPA9000's address")
    lxqt.type(f"http://{phone_system.host}:80/admin")
    lxqt.keys("alt+t")
    program.screen.wait_for_focus(WIZARD, "Extension")
    lxqt.type("200")
    lxqt.keys("Tab")
    lxqt.type("FrontDesk")
    lxqt.keys("Tab")
    lxqt.type(password)
    type_port(lxqt, program, phone_system.port)
    lxqt.keys("Return")
    program.screen.wait_for_focus(WIZARD, "Finish")


def test_the_end_comes_in_the_middle_of_a_test(lxqt: Desktop, profile: Path, password: str) -> None:
    phone_system = PhoneSystem(lxqt, password)
    program = ready(lxqt, profile, phone_system, password)
    phone_system.say("silence on")
    lxqt.keys("alt+e", "w")
    program.screen.wait_for_focus(WIZARD, "Linksys or Cisco SPA9000")
    lxqt.keys("Return")
    program.screen.wait_for_focus(WIZARD, "Phone's address")
    lxqt.keys("alt+t")
    program.screen.wait_for_focus(WIZARD, "Test the connection")
    lxqt.keys("Return")
    program.screen.wait_for(WIZARD, "Testing…")
    program.end()
    assert program.exit_code() == 0


def _kept(desktop: Desktop, phone_system: PhoneSystem) -> str:
    return desktop.kept_password(f"callctrl:200@{phone_system.host}:{phone_system.port}", "200")
