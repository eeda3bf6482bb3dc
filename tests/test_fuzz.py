"""What `make fuzz` does for minutes, for a moment: seeds, what was found before, and noise."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.__main__ import TARGETS as NAMES
from tests.fuzz.targets import FINDINGS, TARGETS

FOUND = sorted(path for path in FINDINGS.glob("*/*") if path.is_file())


def test_every_target_is_run() -> None:
    assert tuple(TARGETS) == NAMES
    assert {path.parent.name for path in FOUND} <= set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_what_it_begins_with(name: str) -> None:
    seeds = TARGETS[name].seeds()
    assert len(seeds) > 5
    for data in seeds:
        TARGETS[name].take(data)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_was_found_before_is_mended(path: Path) -> None:
    TARGETS[path.parent.name].take(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_a_target_takes_noise(name: str, data: st.DataObject) -> None:
    """A seed with a few places overwritten, or nothing but noise."""
    noise = data.draw(st.binary(max_size=200))
    place = data.draw(st.integers(0, 400))
    seed = data.draw(st.sampled_from([b"", *TARGETS[name].seeds()]))
    TARGETS[name].take(seed[:place] + noise + seed[place + len(noise) // 2 :])
