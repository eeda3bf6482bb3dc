"""What the source must keep to, beside the import contracts of `make check`."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "callctrl").rglob("*.py"))

_NO_QT = """
import importlib.abc, sys

class NoQt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "qasync"):
            raise ImportError(f"{name} is not to be had here")

sys.meta_path.insert(0, NoQt())
"""


@pytest.fixture(name="without_qt")
def environment_without_qt(tmp_path: Path) -> dict[str, str]:
    """An interpreter started with this cannot import Qt."""
    (tmp_path / "sitecustomize.py").write_text(_NO_QT)
    return {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}


def test_the_engine_and_the_command_line_load_without_qt(without_qt: dict[str, str]) -> None:
    code = (
        "import callctrl.session, callctrl.phones.spa, callctrl.simulator, callctrl.__main__, sys\n"
        "try:\n    import PySide6\nexcept ImportError:\n    print('no Qt')\n"
        "print('loaded')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=without_qt, capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[:2] == ["no Qt", "loaded"], done.stderr


def test_the_modules_of_sip_are_listed_in_an_order_to_read_them_in() -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / "callctrl/sip/__init__.py").read_text()))
    listed = re.findall(r"^- `(\w+)` +\w", docstring or "", re.MULTILINE)
    files = [path for path in SOURCES if path.parent.name == "sip" and path.stem != "__init__"]
    assert sorted(listed) == sorted(path.stem for path in files)
    for path in files:
        needed = re.findall(r"^from callctrl\.sip\.(\w+) import", path.read_text(), re.MULTILINE)
        before = listed[: listed.index(path.stem)]
        assert set(needed) <= set(before), path.stem


def test_the_engines_tests_pass_without_qt(without_qt: dict[str, str], tmp_path: Path) -> None:
    settings = tmp_path / "pytest.ini"
    settings.write_text(
        "[pytest]\n"
        "asyncio_mode = auto\n"
        "asyncio_default_fixture_loop_scope = function\n"
        "filterwarnings = error\n"
    )
    engine = [
        "tests/sip",
        "tests/phones",
        "tests/eventpackages",
        "tests/numbers",
        "tests/simulator",
        "tests/test_accounts.py",
        "tests/test_calls.py",
        "tests/test_calllist.py",
    ]
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "pytest", "-q", "-p", "no:pytest-qt", "-p", "no:cacheprovider"),
            *("-c", str(settings), "--rootdir", str(ROOT), "--import-mode=importlib"),
            *engine,
        ],
        cwd=ROOT,
        env=without_qt,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"\b\d{3,} passed", done.stdout), done.stdout[-300:]


@pytest.mark.parametrize("module", ["keyring", "PySide6", "qasync"])
def test_the_command_line_loads_nothing_it_may_not_need(module: str) -> None:
    code = f"import callctrl.__main__, sys; print({module!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def _loaded_by(module: str) -> set[str]:
    """What is loaded after importing a module into a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_the_icon_waits_for_little_more_than_qt() -> None:
    assert not _loaded_by("callctrl.__main__, callctrl.starting") & {
        *("asyncio", "http.client", "keyring", "qasync", "sqlite3", "ssl", "xml"),
        *("callctrl.app", "callctrl.commandline", "callctrl.running", "callctrl.session"),
        *("callctrl.numbers", "callctrl.simulator", "callctrl.store.settings"),
        *("callctrl.ui.widgets", "callctrl.ui.window"),
    }


def test_a_key_that_a_desktop_starts_us_for_waits_for_little() -> None:
    assert not _loaded_by("callctrl.__main__, callctrl.pressing") & {
        *("asyncio", "callctrl.commandline", "callctrl.store.settings", "callctrl.simulator"),
        *("jeepney", "PySide6", "sqlite3", "ssl"),
    }


def test_what_is_seldom_opened_is_loaded_then() -> None:
    assert not _loaded_by("callctrl.running") & {
        *("dns", "importlib.metadata", "jeepney", "keyring", "ldap3", "phonenumbers"),
        *("callctrl.demo", "callctrl.settingup", "callctrl.simulator"),
        *("callctrl.ui.about", "callctrl.ui.keycard", "callctrl.ui.preferences"),
        *("callctrl.ui.refusal", "callctrl.ui.wizard"),
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_dialog_stops_the_event_loop(source: Path) -> None:
    """A modal `exec` inside a task breaks other tasks; dialogs are opened with `open()`."""
    if source.name in {"eventloop.py", "leaving.py"}:
        return  # one is the loop; the other is asked by Qt outside of all tasks, and has to wait
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = ast.unparse(node.func)
            assert not name.endswith((".exec", ".exec_")), f"{source}:{node.lineno}"
            assert name not in {
                f"QMessageBox.{kind}" for kind in ("critical", "warning", "information", "question")
            }, f"{source}:{node.lineno}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_shown_can_be_translated(source: Path) -> None:
    """`tr` and `translate` take plain literals; anything else never matches at run time."""
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        if name == "self.tr":
            texts = node.args[:1]
        elif name in ("translate", "QCoreApplication.translate"):
            texts = node.args[:2]
        else:
            continue
        for text in texts:
            is_literal = isinstance(text, ast.Constant) and isinstance(text.value, str)
            assert is_literal, f"{source}:{node.lineno}"


def test_every_tolerance_has_a_test_that_names_it() -> None:
    tolerances = {
        name
        for source in SOURCES
        for name in re.findall(r"def (_tolerate_\w+)", source.read_text())
    }
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    untested = {name for name in tolerances if name.removeprefix("_") not in tests}
    assert tolerances
    assert not untested


def test_the_version_is_written_once() -> None:
    from callctrl import __version__

    others = [
        path
        for path in [ROOT / "pyproject.toml", *SOURCES]
        if f'"{__version__}"' in path.read_text() and path.name != "__init__.py"
    ]
    assert others == []
