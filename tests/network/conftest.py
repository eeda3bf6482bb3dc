"""Networks to test on, and what the programs on them printed where a test failed."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.network.machines import BadCable, Cable, missing_right

_LINES_SHOWN = 60


@pytest.fixture(scope="session", autouse=True)
def rights() -> None:
    """The right to make networks of one's own."""
    if missing := missing_right():
        # In CI there is, and a test that quietly does not run would be no test.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {missing}")


@pytest.fixture
def cable() -> Iterator[Cable]:
    """Two machines and a cable between them."""
    with Cable() as it:
        yield it


@pytest.fixture
def bad_cable() -> Iterator[BadCable]:
    """Two machines and a cable that loses 20 % each way, and takes 200 ms for the rest."""
    with BadCable(loss=0.2, delay=0.2, seed=1) as it:
        yield it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show, where a test failed, the end of what each program printed."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and isinstance(folder, Path):
        for log in sorted(folder.glob("*/log")):
            lines = log.read_text("utf-8", "replace").splitlines()[-_LINES_SHOWN:]
            report.sections.append((str(log), "\n".join(lines)))
    return report
