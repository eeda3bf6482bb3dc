"""Which status is the picture that ends an absence (RFC 6665 section 4.2.1.2, protocol.md E2)."""

from __future__ import annotations

from callctrl.absence import Absence


def _with_one_picture() -> Absence:
    """After a SUBSCRIBE that was followed by a status at once."""
    absence = Absence()
    absence.subscribed(100.0, was_away=True)
    absence.reported(100.1)
    return absence


def test_the_first_status_after_an_absence_is_the_picture_and_no_other_is() -> None:
    absence = _with_one_picture()
    absence.subscribed(200.0, was_away=True)
    assert absence.reported(200.1)
    assert not absence.reported(200.2)


def test_before_any_subscription_nothing_is() -> None:
    assert not Absence().reported(0.0)


def test_a_notifier_has_to_show_first_that_it_sends_pictures() -> None:
    absence = Absence()
    absence.subscribed(100.0, was_away=True)
    assert not absence.reported(100.1)


def test_a_notifier_that_last_time_sent_none_is_not_believed() -> None:
    absence = _with_one_picture()
    absence.subscribed(200.0, was_away=False)
    absence.subscribed(300.0, was_away=True)
    assert not absence.reported(300.1)


def test_a_status_that_comes_late_is_news() -> None:
    absence = _with_one_picture()
    absence.subscribed(200.0, was_away=True)
    assert not absence.reported(202.1)
    absence.subscribed(300.0, was_away=True)
    assert not absence.reported(300.1)


def test_without_an_absence_there_is_nothing_to_make_up_for() -> None:
    absence = _with_one_picture()
    absence.subscribed(200.0, was_away=False)
    assert not absence.reported(200.1)
