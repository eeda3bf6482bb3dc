"""Servers to test against, and what they printed where a test failed."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import trustme

from tests.peers.kamailio import Kamailio
from tests.peers.linphone import Linphone
from tests.peers.program import missing_peer

_LOGS = ("log", "errors.log", "messages")
_LINES_SHOWN = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and have them run on the plain loop alone."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.peers)


@pytest.fixture(scope="session", autouse=True)
def peers() -> None:
    """The programs these tests are about."""
    if missing := missing_peer():
        # In CI they are installed, and a test that quietly does not run would be no test.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {missing}")


@pytest.fixture(scope="session")
def authority(peers: None) -> trustme.CA:
    """Who signs the servers' certificates."""
    return trustme.CA()


@pytest.fixture(scope="module")
def kamailio(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kamailio]:
    """A server that all tests of a module share."""
    with Kamailio(tmp_path_factory.mktemp("kamailio") / "it", authority) as server:
        yield server


@pytest.fixture
def linphone(tmp_path: Path) -> Iterator[Linphone]:
    """A telephone without a server."""
    with Linphone(tmp_path / "linphone", "1003") as phone:
        yield phone


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show, where a test failed, the end of what each program printed."""
    report = yield
    if report.failed:
        given = [getattr(each, "folder", each) for each in getattr(item, "funcargs", {}).values()]
        for folder in (each for each in given if isinstance(each, Path)):
            logs = (log for log in folder.glob("**/*") if log.name in _LOGS)
            for log in sorted(logs):
                lines = log.read_text("utf-8", "replace").splitlines()[-_LINES_SHOWN:]
                report.sections.append((str(log), "\n".join(lines)))
    return report
