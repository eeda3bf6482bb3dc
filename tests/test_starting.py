"""A second start, while the program is running already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callctrl.headless.programs import ExitCode
from callctrl.remote import NobodyThere, RemoteError, Reply
from callctrl.starting import _hand_over
from callctrl.ui.instance import Instance


class Neighbour:
    """An instance that finds the profile taken, and how a call to its holder goes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.holder = Instance(folder, str(folder / "door"))
        assert self.holder.claim()
        self.instance = Instance(folder, str(folder / "door"))
        assert not self.instance.claim()
        self.asked: list[str] = []
        self.outcome: Reply | RemoteError = Reply()
        monkeypatch.setattr("callctrl.starting.call", self._call)

    def _call(self, address: str, words: list[str], timeout: float, *, patience: float) -> Reply:
        assert address == self.instance.address
        assert min(timeout, patience) > 0
        self.asked += words
        if isinstance(self.outcome, RemoteError):
            raise self.outcome
        return self.outcome

    def close(self) -> None:
        self.instance.close()
        self.holder.close()


@pytest.fixture(name="neighbour")
def second_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neighbour]:
    neighbour = Neighbour(tmp_path, monkeypatch)
    yield neighbour
    neighbour.close()


@pytest.mark.parametrize(
    ("minimized", "asked", "told"),
    [
        (False, "show", "Call Ctrl is running already; its window was brought forward.\n"),
        (True, "status", "Call Ctrl is running already.\n"),
    ],
)
def test_a_second_start_hands_over(
    neighbour: Neighbour,
    capsys: pytest.CaptureFixture[str],
    minimized: bool,
    asked: str,
    told: str,
) -> None:
    assert _hand_over(neighbour.instance, minimized=minimized) is ExitCode.FINE
    assert neighbour.asked == [asked]
    assert capsys.readouterr() == (told, "")


@pytest.mark.parametrize("outcome", [RemoteError("It hangs."), NobodyThere("Gone.")])
def test_a_holder_that_is_deaf_is_left_alone_and_told(
    neighbour: Neighbour, capsys: pytest.CaptureFixture[str], outcome: RemoteError
) -> None:
    neighbour.outcome = outcome
    assert _hand_over(neighbour.instance, minimized=False) is ExitCode.FAILED
    assert capsys.readouterr().err.startswith("Call Ctrl is running already")


def test_a_holder_that_ended_meanwhile_is_succeeded(neighbour: Neighbour) -> None:
    neighbour.outcome = NobodyThere("Gone.")
    neighbour.holder.close()
    assert _hand_over(neighbour.instance, minimized=False) is None
    assert not neighbour.holder.claim()
