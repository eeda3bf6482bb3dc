"""What of the tests cannot be had under wine, each with its reason: a plug-in of pytest's.

On a Windows of Microsoft's this is not used, and nothing is left out.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable

import pytest

__all__ = ["NOT_UNDER_WINE"]

_LINKS = "its links of the file system are none to the program"
_LATE = "tells Qt nothing of what has come about at a socket before Qt asked"
_FONTS = "has other fonts"
_LOOP_BACK = "lets a datagram leave from 127.0.0.1, wherever its socket is bound"

NOT_UNDER_WINE = {
    "tests/system/test_linkhandlers.py::test_a_list_that_is_a_link_stays_one": _LINKS,
    "tests/system/test_linkhandlers.py::test_the_packages_entry_is_enough_": _LINKS,
    "tests/test_connection_life.py::test_a_name_that_stands_for_another_place_": _LOOP_BACK,
    "tests/test_connection_life.py::test_another_address_is_registered_": _LOOP_BACK,
    "tests/transport/test_streams.py::test_a_reset_connection_is_told": "takes it for a good-bye",
    "tests/transport/test_streams.py::test_where_nothing_listens_the_engine_is_told[qt": _LATE,
    "tests/transport/test_tls.py::test_who_speaks_no_tls_is_a_failure_but_no_bad_": _LATE,
    "tests/ui/test_colleagues.py::TestInTheWindow::test_in_a_narrow_strip_": _FONTS,
    "tests/ui/test_eventloop.py::test_streams_come_and_go[qt": _LATE,
    "tests/ui/test_peoplefiles.py::test_fifty_thousand_people_": "takes minutes for it",
    "tests/ui/test_wizard.py::TestSize::test_nothing_is_cut_off": _FONTS,
}
"""The beginning of a test's name, and what wine 8 does, so that the test is left out."""

_WITHIN = 45.0
"""Seconds for an asynchronous test; the rest has pytest's own limit."""

# Qt says it where `netprofm` is missing, which wine is better off without (see `wine.py`).
_QT_SAYS = (
    "NetworkListManager",
    "Initialization failed, can't start!",
    "Failed to start listening",
)


def pytest_configure(config: pytest.Config) -> None:
    """Have Qt say what it says only under wine."""
    for words in _QT_SAYS:
        config.addinivalue_line("qt_log_ignore", words)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what cannot be had, and let nothing be waited for that never comes."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _limited(item.obj)
        for name, reason in NOT_UNDER_WINE.items():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.skip(reason=f"wine: {reason}"))


def _limited(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The same test, which fails after a while, where a time-out would end pytest itself."""

    @functools.wraps(test)
    async def limited(*arguments: object, **fixtures: object) -> None:
        async with asyncio.timeout(_WITHIN):
            await test(*arguments, **fixtures)

    return limited
