from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import callctrl.ui

Resource = Callable[[str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a copy of the package's part that matters here, and no resources yet."""
    home = tmp_path / "callctrl" / "ui"
    home.mkdir(parents=True)
    shutil.copy(callctrl.ui.__file__, home)
    return tmp_path


@pytest.fixture
def resource(folder: Path) -> Resource:
    """`resource()` as the copy in `folder` has it."""
    spec = importlib.util.spec_from_file_location(
        "copied_ui", folder / "callctrl" / "ui" / "__init__.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Resource = module.resource
    return found


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_a_checkout_has_its_resources_beside_the_package(folder: Path, resource: Resource) -> None:
    icon = put(folder / "resources" / "icons" / "phone.svg")
    assert resource("icons/phone.svg") == icon


def test_a_wheel_has_its_resources_in_the_package(folder: Path, resource: Resource) -> None:
    icon = put(folder / "callctrl" / "resources" / "icons" / "phone.svg")
    assert resource("icons/phone.svg") == icon


def test_a_stranger_beside_an_installed_package_is_not_looked_at_first(
    folder: Path, resource: Resource
) -> None:
    put(folder / "resources" / "icons" / "phone.svg")
    icon = put(folder / "callctrl" / "resources" / "icons" / "phone.svg")
    assert resource("icons/phone.svg") == icon


def test_a_missing_file_is_an_error_that_tells_where_it_was_looked_for(
    folder: Path, resource: Resource
) -> None:
    (folder / "resources" / "icons").mkdir(parents=True)
    with pytest.raises(FileNotFoundError) as caught:
        resource("icons")  # a folder is no file
    assert str(folder / "resources" / "icons") in str(caught.value)
    assert str(folder / "callctrl" / "resources" / "icons") in str(caught.value)


def test_finding_a_file_loads_no_qt() -> None:
    script = "import sys, callctrl.ui; sys.exit('PySide6' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
