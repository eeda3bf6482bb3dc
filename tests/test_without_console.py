"""A program for windows has no console on Windows: nothing to read, nowhere to print.

Python then has None for the three streams. Every command is taken all the same, since links and
keys start this very program.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from callctrl.__main__ import main
from callctrl.headless.exitcodes import ExitCode


@pytest.fixture(autouse=True)
def no_console(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{stream}", None)


def test_an_order_to_a_program_that_does_not_run_comes_to_nothing(tmp_path: Path) -> None:
    code = main(["--profile", str(tmp_path), "dial", "5552345"])
    assert code == ExitCode.NOT_RUNNING


def test_a_command_without_settings_says_so_by_its_exit_code(tmp_path: Path) -> None:
    assert main(["--profile", str(tmp_path), "watch"]) == ExitCode.NO_SETTINGS


@pytest.mark.parametrize("words", [["nonsense"], ["dial"], ["--nonsense"]])
def test_wrong_usage_says_so_by_its_exit_code(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == ExitCode.WRONG_USAGE


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_what_only_prints_ends_well(word: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([word])
    assert ended.value.code == ExitCode.FINE


def test_a_password_that_is_to_be_read_is_empty(tmp_path: Path) -> None:
    options = ["--pbx", "127.0.0.1:9", "--extension", "200", "--station", "FrontDesk"]
    code = main(
        ["check", "--profile", str(tmp_path), *options, "--password-stdin", "--timeout", "0.2"]
    )
    assert code == ExitCode.NO_ANSWER
