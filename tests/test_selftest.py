"""Whether an installation is whole, asked of this one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callctrl import __version__, selftest
from callctrl.__main__ import main
from callctrl.headless.exitcodes import ExitCode

pytestmark = pytest.mark.usefixtures("qapp")


def test_an_installation_that_is_whole_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["self-test"]) == ExitCode.FINE
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["frozen"], told["ok"]) == (__version__, False, True)
    assert [check["name"] for check in told["checks"]] == list(selftest.CHECKS)


def test_a_part_that_is_missing_is_told_and_the_others_are_tried_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def miss() -> str:
        raise ImportError("libxcb-cursor.so.0: cannot open shared object file")

    monkeypatch.setattr(selftest, "CHECKS", {"first": miss, "second": lambda: "fine"})
    assert main(["self-test"]) == ExitCode.FAILED
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    first, second = told["checks"]
    assert not first["ok"]
    assert "libxcb-cursor" in first["detail"]
    assert second["ok"]


def test_a_plug_in_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PySide6.QtCore.QPluginLoader.load", lambda _: False)
    monkeypatch.setattr("PySide6.QtCore.QPluginLoader.errorString", lambda _: "libxcb is missing")
    with pytest.raises(selftest._FaultError, match="libxcb is missing"):
        selftest.CHECKS["plug-ins"]()


def test_a_program_without_standard_output_writes_into_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "told.json"
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    monkeypatch.setattr(selftest, "CHECKS", {"only": lambda: "fine"})
    assert main(["self-test", "--json-file", str(file)]) == ExitCode.FINE
    assert json.loads(file.read_text("utf-8"))["ok"]


def test_a_file_that_cannot_be_written_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "CHECKS", {"only": lambda: "fine"})
    assert main(["self-test", "--json-file", str(tmp_path / "no" / "f")]) == ExitCode.FAILED
    assert "cannot be written" in capsys.readouterr().err


def test_a_keyring_is_written_to_only_where_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[tuple[str, str], str] = {}

    class Keyring:
        priority = 5

        def get_password(self, service: str, user: str) -> str | None:
            return kept.get((service, user))

        def set_password(self, service: str, user: str, password: str) -> None:
            kept[service, user] = password
            services.append(service)

        def delete_password(self, service: str, user: str) -> None:
            del kept[service, user]

    services: list[str] = []
    monkeypatch.setattr("keyring.get_keyring", Keyring)
    monkeypatch.setattr(selftest, "CHECKS", {})
    assert main(["self-test"]) == ExitCode.FINE
    assert not services
    assert main(["self-test", "--keyring"]) == ExitCode.FINE
    assert len(services) == 1
    assert not kept
    assert "forgotten" in capsys.readouterr().out
