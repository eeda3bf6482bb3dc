"""How the program is started again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from callctrl.system.program import own_command, start_detached


@pytest.mark.parametrize("windowed", [False, True])
def test_from_source_it_is_a_module_of_this_python(windowed: bool) -> None:
    program, *rest = own_command(windowed=windowed)
    assert rest == ["-P", "-m", "callctrl"]
    assert Path(program).parent == Path(sys.executable).parent


def test_no_module_is_taken_from_the_folder_it_is_started_in(tmp_path: Path) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit('the wrong one')")
    command = [*own_command(windowed=False), "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Call Ctrl ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no scripts")
def test_started_by_its_script_it_is_the_script(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "callctrl").write_text("#!/usr/bin/python3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["./callctrl", "--minimized"])
    (script,) = own_command(windowed=True)
    assert Path(script).is_absolute()
    assert Path(script).samefile(tmp_path / "callctrl")


@pytest.mark.skipif(sys.platform == "win32", reason="there it has a sister without a console")
def test_frozen_it_is_one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/usr/lib/callctrl/callctrl")
    for windowed in (False, True):
        assert own_command(windowed=windowed) == ["/usr/lib/callctrl/callctrl"]


def test_frozen_on_windows_there_are_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("callctrl.exe", "Call Ctrl.exe"):
        (tmp_path / name).touch()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "callctrl.exe"))
    assert own_command(windowed=True) == [str(tmp_path / "Call Ctrl.exe")]
    monkeypatch.setattr(sys, "executable", str(tmp_path / "Call Ctrl.exe"))
    assert own_command(windowed=False) == [str(tmp_path / "callctrl.exe")]
    (tmp_path / "callctrl.exe").unlink()
    assert own_command(windowed=False) == [str(tmp_path / "Call Ctrl.exe")]


@pytest.mark.skipif(sys.platform == "win32", reason="a FIFO tells of it")
def test_a_program_is_started_and_left_alone(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = f"import os; print('unheard'); open({str(pipe)!r}, 'w').write(str(os.getsid(0)))"
    start_detached([sys.executable, "-c", code])
    with pipe.open() as told:
        assert int(told.read()) != os.getsid(0)
    with pytest.raises(FileNotFoundError):
        start_detached([str(tmp_path / "gone")])
