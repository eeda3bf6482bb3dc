"""The command line as an administrator meets it: usage, exit codes, no password in sight."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from callctrl.__main__ import _account_from, _parser, main
from callctrl.calls import Account, ControlPath
from callctrl.headless.programs import ExitCode

CALLCTRL = [sys.executable, "-m", "callctrl"]
PHONE = ["--pbx", "127.0.0.1:9", "--extension", "200", "--station", "FrontDesk"]


@pytest.mark.parametrize("command", [[], ["check"], ["watch"], ["setup"], ["simulate"], ["demo"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith("usage: callctrl")
    assert "exit codes:" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["check", "--pbx", "127.0.0.1"],
        ["check", "--extension", "200"],
        ["check", "--pbx", "127.0.0.1:sip", "--extension", "200", "--station", "FrontDesk"],
        ["check", "--pbx", "127.0.0.1:70000", "--extension", "200", "--station", "FrontDesk"],
        ["check", *PHONE, "--local-port", "70000"],
        ["check", *PHONE, "--control", "pigeon"],
        ["check", *PHONE, "--control", "phone"],
        ["check", *PHONE, "--phone", "192.168.1.20:sip"],
        ["check", *PHONE, "--password", "secret"],
        ["check", *PHONE, "--timeout", "0"],
        ["simulate", "--loss", "7"],
        ["demo", "--scenario", "no-such-story"],
    ],
)
def test_wrong_usage_is_told_with_code_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--profile", str(tmp_path), *arguments])
    assert ended.value.code == ExitCode.WRONG_USAGE
    assert "usage: callctrl" in capsys.readouterr().err


def test_how_to_reach_the_phone_goes_with_any_account() -> None:
    saved = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION")
    way = ["--phone", "192.168.1.20:5062", "--control", "phone"]
    options = _parser().parse_args(["watch", *way])
    assert _account_from(options, saved) == replace(
        saved, phone="192.168.1.20", phone_port=5062, control=ControlPath.PHONE
    )
    options = _parser().parse_args(["watch", *PHONE, "--computer", "RECEPTION", *way])
    account = _account_from(options, saved)
    assert account is not None
    assert (account.pbx, account.port) == ("127.0.0.1", 9)
    assert (account.phone, account.phone_port) == ("192.168.1.20", 5062)
    assert account.control is ControlPath.PHONE


@pytest.mark.parametrize("command", ["check", "watch"])
def test_no_settings_yet_is_code_3(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--profile", str(tmp_path)]) == ExitCode.NO_SETTINGS
    assert "callctrl setup" in capsys.readouterr().err


def test_nothing_listening_is_code_4_and_no_crash(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CALLCTRL, "check", "--profile", str(tmp_path), *PHONE, "--local-port", "0"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == ExitCode.NO_ANSWER, done.stderr
    assert "No answer from 127.0.0.1 port 9" in done.stdout
    assert done.stderr == ""


def test_the_password_is_the_first_line_of_standard_input() -> None:
    """The rest of the input are commands: the simulator and the watch read the same way."""
    with subprocess.Popen(
        [*CALLCTRL, "simulate", "--port", "0", "--password-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as pbx:
        assert pbx.stdin is not None
        assert pbx.stdout is not None
        pbx.stdin.write("sesame-4321\n")
        pbx.stdin.flush()
        port = pbx.stdout.readline().split(",")[0].rpartition(":")[2]
        phone = ["--pbx", f"127.0.0.1:{port}", "--extension", "200", "--station", "FrontDesk"]
        watch = subprocess.run(
            [*CALLCTRL, "watch", *phone, "--local-port", "0", "--password-stdin", "--json"],
            input="sesame-4321\nquit\n",
            capture_output=True,
            text=True,
            check=False,
        )
        wrong = subprocess.run(
            [*CALLCTRL, "check", *phone, "--local-port", "0", "--password-stdin"],
            input="not-this\n",
            capture_output=True,
            text=True,
            check=False,
        )
        pbx.stdin.write("quit\n")
        pbx.stdin.flush()
        said = pbx.stdout.read()
    assert watch.returncode == 0, watch.stderr
    assert watch.stdout.splitlines()[-1] == '{"event": "stopped"}'
    assert wrong.returncode == ExitCode.UNAUTHORIZED
    assert "sesame-4321" not in said + watch.stdout + wrong.stdout


def test_the_demo_plays_in_the_terminal_without_a_screen() -> None:
    done = subprocess.run(
        [*CALLCTRL, "demo", "--headless", "--scenario", "refused"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.strip(" <>-") for line in done.stdout.splitlines()]
    conversation = [
        "REGISTER",
        "401 Unauthorized",
        "REGISTER with credentials",
        "401 Unauthorized",
        "SUBSCRIBE",
        "403 Forbidden",
    ]
    assert [line for line in lines if line in conversation] == conversation
    assert any(line.startswith("The error '403 Forbidden' was received") for line in lines)


def test_the_desktop_program_says_so_where_there_is_no_screen(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CALLCTRL, "--profile", str(tmp_path)],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == ExitCode.FAILED
    assert "no screen" in done.stderr
