"""A colleague's lamp in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from callctrl.calls import Lamp, LampDoubt, LampState
from callctrl.ui.lampwords import doubt_in_words, lamp_explained, lamp_in_words, lamp_word

NOW = datetime(2026, 3, 4, 15, 30).astimezone()
CLOCK = 50_000.0
"""What the engine's clock shows at that time."""

pytestmark = pytest.mark.usefixtures("british")


def known(state: LampState, lasted: float, source: str = "dialog", peer: str = "") -> Lamp:
    return Lamp("214", state, CLOCK - lasted, source, None, peer)


def doubtful(doubt: LampDoubt, lasted: float = 60 * 48) -> Lamp:
    return Lamp("214", since=CLOCK - lasted, doubt=doubt)


def test_every_state_has_a_word_of_its_own() -> None:
    words = [lamp_word(state) for state in LampState]
    assert words == ["free", "rings", "on a call", "on hold", "away", "unknown"]


@pytest.mark.parametrize(
    ("lamp", "words"),
    [
        (known(LampState.FREE, 500), "free"),
        (known(LampState.RINGING, 500), "rings"),
        (known(LampState.BUSY, 59.9), "on a call"),
        (known(LampState.BUSY, 60), "on a call for 1 min"),
        (known(LampState.HELD, 299), "on hold for 4 min"),
        (known(LampState.BUSY, 3600 + 120), "on a call for 1 h 2 min"),
        (known(LampState.BUSY, -5), "on a call"),
        (known(LampState.AWAY, 500), "away"),
        (doubtful(LampDoubt.LOST), "unknown since 14:42"),
        (doubtful(LampDoubt.NO_WORD, 86_400), "unknown since yesterday 15:30"),
        (Lamp("214"), "unknown"),
    ],
)
def test_what_lasts_has_an_age_and_what_is_unknown_a_time(lamp: Lamp, words: str) -> None:
    assert lamp_in_words(lamp, CLOCK, NOW) == words


@pytest.mark.parametrize(
    ("lamp", "sentences"),
    [
        (
            known(LampState.BUSY, 240, peer="301"),
            "On a call for 4 min. With 301. The phone system tells of the calls on it.",
        ),
        (
            known(LampState.FREE, 1800, "presence"),
            "Free. Since 15:00. The phone system tells whether it is there.",
        ),
        (
            doubtful(LampDoubt.LOST),
            "Unknown since 14:42. The phone system tells nothing of this phone any more.",
        ),
    ],
)
def test_a_lamp_has_an_age_and_a_source_and_a_doubt_its_reason(lamp: Lamp, sentences: str) -> None:
    assert lamp_explained(lamp, CLOCK, NOW) == sentences


def test_every_doubt_has_a_reason_of_its_own() -> None:
    reasons = {doubt_in_words(doubt) for doubt in LampDoubt}
    assert len(reasons) == len(LampDoubt)
    assert all(reason.endswith(".") for reason in reasons)


def test_a_peer_of_any_length_stays_one_short_line() -> None:
    told = lamp_explained(known(LampState.BUSY, 0, peer="x\n" * 5000), CLOCK, NOW)
    assert len(told) < 300
    assert "\n" not in told
