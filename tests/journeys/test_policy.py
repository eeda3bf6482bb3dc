"""What an administrator has locked cannot be changed: not by a screen, a command, or a file.

The desktop program meets its phone system here; the programs on the command line are real ones, in
a mount namespace with a policy file of its own in /etc.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from callctrl.accounts import ControlPath
from callctrl.app import Desktop
from callctrl.calls import SessionState
from callctrl.diagnostics import DebugLog
from callctrl.globalkeys import GlobalKey
from callctrl.numbers import DialPlan
from callctrl.running import _heed
from callctrl.store.administration import Administration, parse
from callctrl.store.settings import TABLES, Paths, Settings, load, save
from callctrl.ui.preferences import Preferences
from callctrl.ui.refusal import RefusalBox
from callctrl.ui.wizard import Wizard
from tests.office import PASSWORD, Office, press, window
from tests.policies import PolicyFolder

pytestmark = pytest.mark.qt_log_ignore("does not support grabbing the keyboard", extend=True)

ROOT = Path(__file__).parents[2]
BY = "IT department, extension 500"
LOCKED = f"""
by = "{BY}"
[locked.account]
phone = "192.0.2.7"
control = "pbx"
lamps = []
lamp_list = ""
voicemail = ""
[locked.policy]
stay_open = false
[locked.dial_plan]
enabled = true
country = "DE"
[locked.preferences]
debug = false
shows_cards = true
notifies = false
keep_days = 90
starts_minimized = true
starts_at_login = true
opens_links = true
global_keys = false
answer_key = ""
hold_key = ""
hang_up_key = ""
"""


def test_all_preferences_are_locked_here() -> None:
    """A new one gets its line above, and is tried below."""
    locked = policy(LOCKED).locked
    assert locked["preferences"].keys() == TABLES["preferences"].keys()


def policy(text: str) -> Administration:
    found = parse(text.encode(), TABLES)
    assert found.faults == ()
    return found


# The screens


@pytest.fixture(name="office")
async def office_at_work(tmp_path: Path, qtbot: QtBot) -> AsyncIterator[Office]:
    office = Office(tmp_path / "profile")
    await office.open()
    yield office
    await office.close()


async def start(office: Office, text: str = LOCKED) -> Desktop:
    """Start with an account that works, under a policy."""
    save(office.paths, Settings(account=office.account))
    loaded = load(office.paths, policy(text))
    assert loaded.settings.account is not None
    await office.passwords.set(loaded.settings.account, PASSWORD)
    desktop = await office.start(loaded.settings)
    await office.until(lambda: office.state is SessionState.READY)
    return desktop


CHANGES: dict[str, tuple[object, ...]] = {
    "direct_changed": (True,),
    "cards_changed": (False,),
    "notifications_changed": (True,),
    "keep_days_changed": (7,),
    "dial_plan_changed": (DialPlan(country="US"),),
    "colleagues_changed": (("1003",), "all", "*97"),
    "debug_changed": (True,),
    "stay_open_changed": (True,),
    "at_login_changed": (False,),
    "minimized_changed": (False,),
    "links_changed": (False,),
}
"""What each signal of the preferences would carry to make it another value than the locked one."""


def test_all_that_the_preferences_can_change_is_tried() -> None:
    assert {each for each in vars(Preferences) if each.endswith("_changed")} == CHANGES.keys()


async def test_nothing_the_preferences_tell_changes_what_is_locked(office: Office) -> None:
    """Even where a screen let it through."""
    desktop = await start(office)
    before = desktop._settings
    written = office.paths.settings_file.read_bytes()
    desktop.open_preferences()
    preferences = window(Preferences)
    assert isinstance(preferences, Preferences)
    signals = {name: getattr(preferences, name) for name in CHANGES}
    signals |= {"switched": preferences.keys.switched, "key": preferences.keys.key_changed}
    told = CHANGES | {"switched": (True,), "key": (GlobalKey.ANSWER, "Ctrl+F1")}
    for name, signal in signals.items():
        signal.emit(*told[name])
        assert desktop._settings == before, name
        assert office.paths.settings_file.read_bytes() == written, name
    assert desktop.switchboard.shows_cards
    assert not desktop._notifying.wanted
    assert desktop.desk.plan == DialPlan(enabled=True, country="DE")
    assert not office.debug_log.is_debugging
    await office.until(lambda: office.state is SessionState.READY)
    connection = desktop._line.connection
    assert connection is not None
    assert (connection.account.control, connection.policy.stay_open) == (ControlPath.PBX, False)


async def test_the_windows_menu_does_not_switch_a_locked_dial_plan(office: Office) -> None:
    desktop = await start(office)
    desktop.window.dial_plan_switched.emit(False)
    assert desktop.desk.plan.enabled
    assert "dial_plan" not in office.paths.settings_file.read_text("utf-8")


async def test_the_box_of_the_403_switches_no_locked_log_on(office: Office) -> None:
    office.simulation.execute("forbid on")
    await office.passwords.set(office.account, PASSWORD)
    await office.start(Settings(account=office.account, administration=policy(LOCKED)))
    await office.until(lambda: window(RefusalBox))
    box = window(RefusalBox)
    assert isinstance(box, RefusalBox)
    (button,) = (
        it for it in box.findChildren(QPushButton) if it.text().replace("&", "").endswith("bugging")
    )
    assert not button.isEnabled()
    box.debugging_requested.emit()
    assert not office.debug_log.is_debugging


async def test_the_wizard_begins_with_the_policys_phone_system_and_keeps_to_it(
    office: Office,
) -> None:
    port = office.account.port
    text = f'by = "IT"\n[locked.account]\npbx = "127.0.0.1"\nport = {port}\nlocal_port = 0\n'
    administration = policy(text)
    await office.start(load(office.paths, administration).settings)
    await office.until(lambda: window(Wizard))
    wizard = window(Wizard)
    assert isinstance(wizard, Wizard)

    def line(name: str) -> QLineEdit:
        (found,) = (
            it
            for it in wizard.findChildren(QLineEdit)
            if it.isVisible() and it.accessibleName() == name
        )
        return found

    press(wizard, "Next")
    assert line("SPA9000's address").text() == "127.0.0.1"
    assert line("SPA9000's address").isReadOnly()
    line("SPA9000's address").setText("192.0.2.99")  # as no key can
    press(wizard, "Type them in")
    line("Extension").setText("200")
    line("Station name").setText("FrontDesk")
    line("Password").setText(PASSWORD)
    press(wizard, "Test the connection")
    await office.until(
        lambda: any(
            it.text().replace("&", "") == "Finish" and it.isVisible()
            for it in wizard.findChildren(QPushButton)
        )
    )
    press(wizard, "Finish")
    await office.until(lambda: office.state is SessionState.READY)
    account = load(office.paths, administration).settings.account
    assert account is not None
    assert (account.pbx, account.port, account.extension) == ("127.0.0.1", port, "200")
    assert await office.passwords.get(account) == PASSWORD
    written = office.paths.settings_file.read_text("utf-8")
    assert "pbx" not in written
    assert "port" not in written


async def test_a_broken_policy_is_told_in_the_window(office: Office) -> None:
    broken = Administration(file=Path("/etc/callctrl/policy.toml"), faults=("expected TOML",))
    await office.passwords.set(office.account, PASSWORD)
    desktop = await office.start(Settings(account=office.account, administration=broken))
    await office.until(lambda: office.state is SessionState.READY)
    assert desktop.window.notice.said() == (
        f"The administrator's policy file {broken.file} is not obeyed: expected TOML."
    )


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("[locked.preferences]\ndebug = false\n", False),
        ("[locked.preferences]\ndebug = true\n", True),
        ("[default.preferences]\ndebug = false\n", True),
        ("", True),
    ],
)
def test_debug_on_the_command_line_is_below_a_lock(
    tmp_path: Path, text: str, writes: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = Paths.below(tmp_path)
    log = DebugLog(paths)
    log.open()
    try:
        _heed(load(paths, policy(f'by = "{BY}"\n{text}')).settings, log, debug=True)
        assert log.is_debugging is writes
    finally:
        log.set_debugging(False)
        log.close()
    told = f"--debug is not obeyed. Set by {BY}."
    assert capsys.readouterr().err == ("" if writes else f"{told}\n")
    if not writes:
        assert told in paths.log_file.read_text("utf-8")


def test_a_broken_policy_is_in_the_log_though_nobody_debugs(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)
    log = DebugLog(paths)
    log.open()
    broken = Administration(file=Path("/etc/callctrl/policy.toml"), faults=("first", "second"))
    _heed(Settings(administration=broken), log, debug=False)
    log.close()
    lines = paths.log_file.read_text("utf-8")
    for fault in broken.faults:
        assert f"the policy file {broken.file} is not obeyed: {fault}" in lines


# Real programs, each in a mount namespace with a policy of its own


class Pc:
    """A PC whose administrator has written a policy."""

    def __init__(self, folder: Path) -> None:
        self.profile = folder / "profile"
        self._policy = PolicyFolder(folder)
        self.write = self._policy.write
        self.file = self._policy.file

    def command(self, *arguments: str) -> list[str]:
        program = [sys.executable, "-m", "callctrl", "--profile", str(self.profile), *arguments]
        return [*self._policy.enter, *program]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHON_KEYRING_BACKEND": "tests.bench.stalls_keyring.Kept",
            "QT_QPA_PLATFORM": "offscreen",
        }

    def run(
        self, *arguments: str, typed: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env={**self.environment(), **environment},
            input=typed,
            capture_output=True,
            text=True,
            timeout=90,
        )

    def start_and_quit(self, *arguments: str) -> str:
        """What the desktop program says on standard error from its start to its end."""
        program = subprocess.Popen(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            ends_at = time.monotonic() + 60
            while self.run("quit").returncode != 0:
                assert program.poll() is None
                assert time.monotonic() < ends_at
            return program.communicate(timeout=60)[1]
        finally:
            program.kill()


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(tmp_path)


async def test_a_silent_roll_out_needs_the_names_and_the_password_alone(
    pc: Pc, office: Office
) -> None:
    pc.write(
        f"[locked.account]\npbx = '127.0.0.1'\nport = {office.account.port}\n"
        "[default.account]\nlocal_port = 0\n"
    )
    options = ["setup", "--extension", "200", "--station", "FrontDesk", "--password-stdin"]

    done = await asyncio.to_thread(pc.run, *options, typed=f"{PASSWORD}\n")
    refused = await asyncio.to_thread(pc.run, *options, typed="wrong\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Saved: settings in" in done.stdout
    settings = (pc.profile / "settings.toml").read_text("utf-8")
    assert 'station = "FrontDesk"' in settings
    assert "127.0.0.1" not in settings
    assert PASSWORD not in settings + done.stdout
    assert refused.returncode == 5
    assert (pc.profile / "settings.toml").read_text("utf-8") == settings


def test_an_option_against_a_lock_is_refused_by_the_real_program(pc: Pc) -> None:
    pc.write(f'by = "{BY}"\n[locked.account]\npbx = "192.0.2.1"\n')
    names = ["--extension", "200", "--station", "FrontDesk"]
    for command in ("setup", "check", "watch", "abilities"):
        refused = pc.run(command, "--pbx", "127.0.0.1", *names)
        assert (refused.returncode, refused.stdout, refused.stderr) == (
            2,
            "",
            f'--pbx: this is locked to "192.0.2.1". Set by {BY}.\n',
        )
    assert not (pc.profile / "settings.toml").exists()


def test_no_variable_and_no_profile_lead_away_from_the_policy(pc: Pc, tmp_path: Path) -> None:
    pc.write("[locked.preferences]\ndebug = false\n")
    evil = str(tmp_path / "evil")
    shown = pc.run("policy", "--json", XDG_CONFIG_DIRS=evil, XDG_CONFIG_HOME=evil, HOME=evil)
    assert json.loads(shown.stdout) == {
        "file": "/etc/callctrl/policy.toml",
        "exists": True,
        "obeyed": True,
        "faults": [],
        "by": "",
        "default": {},
        "locked": {"preferences": {"debug": False}},
    }


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda file: os.chown(file, 1000, 1000), "it belongs to user 1000, not to root"),
        (lambda file: file.chmod(0o666), "others than its owner may write it (mode 0666)"),
        (
            lambda file: os.chown(file.parent, 1000, 1000),
            "its folder belongs to user 1000, not to root",
        ),
        (lambda file: file.write_text("[locked"), "expected TOML: "),
    ],
)
def test_a_policy_that_is_broken_or_anybodys_is_told_and_not_obeyed(
    pc: Pc, spoil: Callable[[Path], object], fault: str
) -> None:
    pc.write('[locked.account]\npbx = "192.0.2.1"\n')
    spoil(pc.file)
    names = ["--extension", "200", "--station", "FrontDesk", "--local-port", "0"]
    told = pc.run("check", "--pbx", "127.0.0.1:9", *names, "--timeout", "5")
    assert told.returncode == 4  # of an attempt at the other phone system
    assert told.stderr.startswith(
        f"The policy file /etc/callctrl/policy.toml is not obeyed: {fault}"
    )
    assert pc.run("policy").returncode == 1


def test_the_demo_knows_no_policy(pc: Pc) -> None:
    pc.write('[locked.account]\npbx = "192.0.2.1"\n[locked.preferences]\ndebug = false\n')
    played = pc.run("--debug", "demo", "--headless", "--scenario", "refused")
    assert played.returncode == 0
    assert "403 Forbidden" in played.stdout


def test_the_desktop_program_obeys_a_locked_log_and_starts(pc: Pc) -> None:
    pc.write(f'by = "{BY}"\n[locked.preferences]\ndebug = false\n')
    assert f"--debug is not obeyed. Set by {BY}.\n" in pc.start_and_quit("--debug")
    log = (pc.profile / "logs" / "callctrl.log").read_text("utf-8")
    assert f"--debug is not obeyed. Set by {BY}." in log
    assert "DEBUG" not in log


def test_the_desktop_program_logs_what_is_wrong_with_a_policy(pc: Pc) -> None:
    pc.write("[locked.preferences]\ndebug = 0\n")
    pc.start_and_quit()
    assert (
        "the policy file /etc/callctrl/policy.toml is not obeyed: "
        "[locked.preferences] debug: expected true or false, found 0"
    ) in (pc.profile / "logs" / "callctrl.log").read_text("utf-8")


def test_a_settings_file_edited_by_hand_changes_nothing_that_is_locked(pc: Pc) -> None:
    pc.write('[locked.account]\npbx = "127.0.0.1"\nport = 9\nlocal_port = 0\n')
    save(
        Paths.below(pc.profile),
        Settings(account=replace(Office(pc.profile).account, pbx="192.0.2.1", port=6060)),
    )
    told = pc.run("check", "--timeout", "5", "--password-stdin", typed="x\n")
    assert told.returncode == 4
    assert "no answer from 127.0.0.1 port 9" in told.stdout
