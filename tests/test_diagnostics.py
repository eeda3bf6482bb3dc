from __future__ import annotations

import asyncio
import faulthandler
import logging
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callctrl import diagnostics
from callctrl.accounts import Account
from callctrl.diagnostics import (
    DebugLog,
    install_hooks,
    log_loop_exception,
    log_qt_message,
    masked,
)
from callctrl.sip.message import redact
from callctrl.store.passwords import MemoryPasswords
from callctrl.store.settings import Paths, Settings, save

ROOT = Path(__file__).parents[1]
SECRET = "correct-horse-battery"
ANSWER = "518c57e10b00c7d7cc5e662cc9874278"
BASIC = "MjAwOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ=="  # 200:correct-horse-battery

REGISTER = (
    "REGISTER sip:pbx1:6060 SIP/2.0\r\n"
    "Call-ID: 344455738\r\n"
    f'Authorization: Digest username="200", realm="pbx1", nonce="70f779f0", response="{ANSWER}"\r\n'
    f"Proxy-Authorization: Basic {BASIC}\r\n"
    "\r\n"
)

log = logging.getLogger("callctrl.wire")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "profile")


@pytest.fixture
def debug_log(paths: Paths) -> Iterator[DebugLog]:
    made = DebugLog(paths)
    made.open()
    yield made
    made.close()


def written(debug_log: DebugLog, paths: Paths) -> str:
    debug_log.close()
    return paths.log_file.read_text(encoding="utf-8") if paths.log_file.exists() else ""


# What is written


def test_nothing_but_errors_is_written_at_first(debug_log: DebugLog, paths: Paths) -> None:
    log.debug("a detail")
    log.warning("a warning")
    assert not log.isEnabledFor(logging.DEBUG)
    log.error("an error")

    text = written(debug_log, paths)

    assert "an error" in text
    assert "a detail" not in text
    assert "a warning" not in text


def test_a_quiet_session_leaves_no_file(debug_log: DebugLog, paths: Paths) -> None:
    log.warning("not worth a file")

    assert written(debug_log, paths) == ""
    assert not paths.log_dir.exists()


def test_debugging_works_at_once_both_ways(debug_log: DebugLog, paths: Paths) -> None:
    log.debug("before")
    debug_log.set_debugging(True)
    log.debug("during")
    debug_log.set_debugging(False)
    log.debug("after")

    text = written(debug_log, paths)

    assert "during" in text
    assert "before" not in text
    assert "after" not in text


def test_other_libraries_are_heard_from_warnings_on(debug_log: DebugLog, paths: Paths) -> None:
    debug_log.set_debugging(True)
    logging.getLogger("qasync").debug("chatter")
    logging.getLogger("asyncio").warning("something slow")

    text = written(debug_log, paths)

    assert "something slow" in text
    assert "chatter" not in text


def test_debugging_begins_with_the_versions(
    debug_log: DebugLog, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PySide6", SimpleNamespace(__version__="6.11.3"))
    debug_log.set_debugging(True)
    debug_log.set_debugging(True)
    assert debug_log.is_debugging

    text = written(debug_log, paths)

    assert text.count("debugging switched on") == 1
    assert re.search(r"Call Ctrl \S+, Python 3\.\S+, .+, PySide 6\.11\.3\n", text)


def test_a_line_has_time_level_and_logger(debug_log: DebugLog, paths: Paths) -> None:
    log.error("%s rang", "200")

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d ERROR callctrl\.wire: 200 rang\n",
        written(debug_log, paths),
    )


def test_further_lines_are_indented_and_cannot_pass_as_new_ones(
    debug_log: DebugLog, paths: Paths
) -> None:
    log.error("sent\r\nREGISTER sip:pbx1 SIP/2.0\r\n2026-01-01 forged\u2028also forged")

    first, *further = written(debug_log, paths).splitlines()

    assert first.endswith("sent")
    assert further == [
        "    REGISTER sip:pbx1 SIP/2.0",
        "    2026-01-01 forged",
        "    also forged",
    ]


def test_bytes_that_were_no_text_are_written_escaped(debug_log: DebugLog, paths: Paths) -> None:
    log.error("name %s", b"M\xfcller".decode("utf-8", "surrogateescape"))

    assert r"name M\udcfcller" in written(debug_log, paths)


# Files


def test_files_are_of_limited_size_and_number(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "_FILE_BYTES", 1000)
    debug_log = DebugLog(paths)
    debug_log.open()
    for number in range(100):
        log.error("line %d %s", number, "x" * 50)
    debug_log.close()

    files = list(paths.log_dir.iterdir())
    assert sorted(each.name for each in files) == [
        "callctrl.log",
        *(f"callctrl.log.{number}" for number in range(1, 5)),
    ]
    assert all(each.stat().st_size <= 1000 for each in files)
    assert "line 99" in paths.log_file.read_text()
    if sys.platform != "win32":
        assert {each.stat().st_mode & 0o777 for each in files} == {0o600}


def test_closing_flushes_and_gives_every_logger_back(debug_log: DebugLog, paths: Paths) -> None:
    handlers = len(logging.getLogger().handlers)
    debug_log.set_debugging(True)
    for number in range(1000):
        log.debug("line %d", number)

    text = written(debug_log, paths)
    debug_log.close()

    assert "line 999\n" in text
    assert len(logging.getLogger().handlers) == handlers - 1
    assert logging.getLogger("callctrl").level == logging.NOTSET
    assert debug_log.dropped == 0


def test_a_full_queue_loses_lines_and_says_how_many() -> None:
    waiting: queue.Queue[Any] = queue.Queue(2)
    entrance = diagnostics._Entrance(waiting)

    def say(text: str) -> None:
        entrance.handle(logging.LogRecord("x", logging.INFO, "", 0, text, None, None))

    for text in ("one", "two", "lost", "lost too"):
        say(text)
    heard = [waiting.get().getMessage(), waiting.get().getMessage()]
    say("back again")
    heard += [waiting.get().getMessage(), waiting.get().getMessage()]

    assert heard == [
        "one",
        "two",
        "2 lines are missing here: the disk did not keep up",
        "back again",
    ]
    assert entrance.dropped == 2


def test_closing_waits_for_room_in_a_full_queue(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "_QUEUE_LINES", 2)
    debug_log = DebugLog(paths)
    debug_log.open()
    for number in range(1000):
        log.error("line %d", number)
    debug_log.close()

    lines = paths.log_file.read_text().splitlines()
    told = [line for line in lines if "missing here" not in line]
    assert len(told) + debug_log.dropped == 1000


def test_a_folder_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "profile").write_text("a file where the folder should be")
    paths = Paths.below(tmp_path / "profile")
    debug_log = DebugLog(paths)
    debug_log.open()
    log.error("nowhere to go")
    undo = install_hooks(paths)
    undo()
    debug_log.close()

    assert "nowhere to go" in capsys.readouterr().err


# Secrets


def test_no_file_of_the_profile_ever_holds_a_password(debug_log: DebugLog, paths: Paths) -> None:
    account = Account("pbx1", "200", "FrontDesk", "RECEPTION")
    passwords = MemoryPasswords()
    asyncio.run(passwords.set(account, SECRET))
    save(paths, Settings(account=account, debug=True))
    debug_log.set_debugging(True)
    undo = install_hooks(paths)
    log.debug("sent\n%s", redact(REGISTER.encode()))
    log.debug("by mistake:\n%s", REGISTER)
    log.debug("%r %r", account, passwords)
    undo()
    debug_log.close()

    files = [each for each in paths.config_dir.rglob("*") if each.is_file()]
    assert {each.name for each in files} >= {"settings.toml", "callctrl.log"}
    for file in files:
        text = file.read_text(encoding="utf-8")
        for secret in (SECRET, ANSWER, BASIC):
            assert secret not in text
    assert 'nonce="70f779f0"' in paths.log_file.read_text()


@pytest.mark.parametrize(
    "text",
    [
        REGISTER,
        repr(REGISTER),
        repr(REGISTER.encode()),
        f"Authorization: Digest response={ANSWER}",
        f'AUTHORIZATION: Digest Response = "{ANSWER}"',
        f"{{'Authorization': 'Digest response=\"{ANSWER}\"'}}",
        f"Headers([('Authorization', 'Basic {BASIC}')])",
        f"Authorization:\r\n  Basic {BASIC}",
        f'Authentication-Info: rspauth="{ANSWER}", cnonce="{ANSWER}"',
        f'cut short response="{ANSWER}',
    ],
)
def test_an_answer_is_masked_wherever_it_turns_up(text: str) -> None:
    assert ANSWER not in masked(text)
    assert BASIC not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "the authorization was refused, response 403",
        'WWW-Authenticate: Digest realm="pbx1", nonce="70f779f0"',
        'Authorization: Digest response="***"',
        "basic settings",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


def test_a_traceback_is_masked_as_well(debug_log: DebugLog, paths: Paths) -> None:
    try:
        raise ValueError(REGISTER)
    except ValueError:
        log.exception("cannot send")

    text = written(debug_log, paths)

    assert "Traceback" in text
    assert ANSWER not in text
    assert BASIC not in text


# Hooks


class HookSpy:
    """Stands where a hook was, and counts who comes by."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *args: Any) -> None:
        self.calls.append(args)


@pytest.fixture
def hooks(
    paths: Paths, debug_log: DebugLog, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, HookSpy]]:
    """The hooks installed in front of spies; pytest keeps its own fault handler."""
    spies = {"sys": HookSpy(), "threading": HookSpy(), "unraisable": HookSpy()}
    monkeypatch.setattr(sys, "excepthook", spies["sys"])
    monkeypatch.setattr(threading, "excepthook", spies["threading"])
    monkeypatch.setattr(sys, "unraisablehook", spies["unraisable"])
    monkeypatch.setattr(faulthandler, "enable", HookSpy())
    monkeypatch.setattr(faulthandler, "disable", HookSpy())
    undo = install_hooks(paths)
    yield spies
    undo()
    assert sys.excepthook is spies["sys"]
    assert threading.excepthook is spies["threading"]
    assert sys.unraisablehook is spies["unraisable"]


def boom() -> None:
    local_secret = "".join(["hun", "ter2"])
    raise RuntimeError(f"boom of {len(local_secret)}")


def caught(call: Callable[[], None]) -> BaseException:
    with pytest.raises(BaseException) as raised:  # noqa: PT011
        call()
    return raised.value


def test_an_exception_nobody_caught_is_logged_and_passed_on(
    hooks: dict[str, HookSpy], debug_log: DebugLog, paths: Paths
) -> None:
    error = caught(boom)

    sys.excepthook(type(error), error, error.__traceback__)

    text = written(debug_log, paths)
    assert "CRITICAL callctrl.diagnostics: unexpected error" in text
    assert "RuntimeError: boom of 7" in text
    assert "in boom" in text
    assert "hunter2" not in text
    assert hooks["sys"].calls == [(type(error), error, error.__traceback__)]


def test_the_users_own_interruption_is_no_error(
    hooks: dict[str, HookSpy], debug_log: DebugLog, paths: Paths
) -> None:
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert written(debug_log, paths) == ""
    assert len(hooks["sys"].calls) == 1


def test_an_exception_in_a_thread_is_logged_and_passed_on(
    hooks: dict[str, HookSpy], debug_log: DebugLog, paths: Paths
) -> None:
    thread = threading.Thread(target=boom, name="reader")
    thread.start()
    thread.join()

    text = written(debug_log, paths)
    assert "unexpected error in thread reader" in text
    assert "RuntimeError: boom of 7" in text
    assert len(hooks["threading"].calls) == 1


def test_an_exception_in_a_finaliser_is_logged_and_passed_on(
    hooks: dict[str, HookSpy], debug_log: DebugLog, paths: Paths
) -> None:
    class Doomed:
        def __del__(self) -> None:
            boom()

        def __repr__(self) -> str:
            return SECRET

    doomed = Doomed()
    del doomed

    text = written(debug_log, paths)
    assert "Exception ignored in: " in text
    assert "Doomed.__del__" in text
    assert SECRET not in text
    assert len(hooks["unraisable"].calls) == 1


async def test_what_the_event_loop_could_not_hand_on_is_logged(
    debug_log: DebugLog, paths: Paths
) -> None:
    asyncio.get_running_loop().set_exception_handler(log_loop_exception)
    asyncio.get_running_loop().call_soon(boom)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    text = written(debug_log, paths)
    assert "event loop: Exception in callback boom()" in text
    assert "RuntimeError: boom of 7" in text


def test_qts_messages_have_a_logger_of_their_own(debug_log: DebugLog, paths: Paths) -> None:
    log_qt_message(logging.CRITICAL, "100% of it failed")

    assert "CRITICAL callctrl.qt: 100% of it failed" in written(debug_log, paths)


# The end of the process, seen from outside


def run(code: str, paths: Paths) -> subprocess.CompletedProcess[str]:
    start = (
        "import pathlib, sys\n"
        "from callctrl.diagnostics import DebugLog, install_hooks\n"
        "from callctrl.store.settings import Paths\n"
        f"paths = Paths.below(pathlib.Path({str(paths.config_dir)!r}))\n"
        "DebugLog(paths).open()\n"
        "install_hooks(paths)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", start + code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_error_that_ends_the_program_is_on_disk(paths: Paths) -> None:
    done = run("raise RuntimeError('the end')", paths)

    assert done.returncode == 1
    assert "RuntimeError: the end" in done.stderr
    assert "    RuntimeError: the end" in paths.log_file.read_text()


def test_a_dying_interpreter_leaves_its_last_words(paths: Paths) -> None:
    done = run("import faulthandler; faulthandler._sigabrt()", paths)

    assert done.returncode != 0
    assert "Fatal Python error: Aborted" in paths.crash_file.read_text()
    if sys.platform != "win32":
        assert paths.crash_file.stat().st_mode & 0o777 == 0o600


def test_the_log_needs_no_qt() -> None:
    code = "import sys, callctrl.diagnostics; sys.exit('PySide6' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
