"""The desktop program behind its icon: what is joined to what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from callctrl import running
from callctrl.diagnostics import DebugLog
from callctrl.headless.exitcodes import ExitCode
from callctrl.store.administration import Administration
from callctrl.store.paths import Paths


class FakeDesktop:
    """One whose user quits at once."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        self.log_off = SimpleNamespace(asked="asks the person")
        self.quit = self.spawn = None

    async def main(self, _loaded: Any) -> None: ...


def test_the_systems_log_off_asks_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_app: Any, main: Callable[[], Coroutine[None, None, None]]) -> None:
        asyncio.run(main())

    monkeypatch.setattr(running, "Desktop", FakeDesktop)
    monkeypatch.setattr(running, "administration_here", Administration)
    monkeypatch.setattr(running, "leave_on_signals", lambda _quit: None)
    monkeypatch.setattr(running, "_run", run)
    paths = Paths.below(tmp_path)
    asked: list[object] = []
    ended: list[bool] = []
    code = running.work(
        cast(Any, SimpleNamespace(commitDataRequest=SimpleNamespace(connect=asked.append))),
        paths,
        cast(
            Any,
            SimpleNamespace(listen=lambda _on_request: None, close=lambda: ended.append(True)),
        ),
        DebugLog(paths),
        cast(Any, None),
        debug=False,
        minimized=True,
    )
    assert code is ExitCode.FINE
    assert asked == ["asks the person"]
    assert ended == [True]
