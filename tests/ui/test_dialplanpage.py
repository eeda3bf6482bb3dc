"""The dial plan's page: what is set works at once, and what comes of it is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from callctrl.numbers import DialPlan
from callctrl.ui.dialplanpage import DialPlanPage, country_here
from callctrl.ui.widgets import DropDown, Switch

GERMAN = DialPlan(enabled=True, country="DE", area_code="711", outside_digit="0", internal_length=3)


def shown(qtbot: QtBot, plan: DialPlan) -> DialPlanPage:
    page = DialPlanPage(plan)
    qtbot.addWidget(page)
    page.show()
    return page


@pytest.fixture
def page(qtbot: QtBot) -> DialPlanPage:
    return shown(qtbot, GERMAN)


def named(page: DialPlanPage, kind: type[QWidget], name: str) -> QWidget:
    (found,) = (it for it in page.findChildren(kind) if it.accessibleName() == name)
    return found


def edit(page: DialPlanPage, name: str) -> QLineEdit:
    found = named(page, QLineEdit, name)
    assert isinstance(found, QLineEdit)
    return found


def only(page: DialPlanPage, kind: type[QWidget]) -> QWidget:
    found = page.findChild(kind)
    assert found is not None
    return found


def test_shows_the_plan_and_gives_the_same_back(page: DialPlanPage) -> None:
    spy = QSignalSpy(page.changed)
    internal = named(page, DropDown, "Internal numbers")
    QTest.keyClick(internal, Qt.Key.Key_Up)
    QTest.keyClick(internal, Qt.Key.Key_Down)
    assert spy.at(0)[0].internal_length == 2
    assert spy.at(1)[0] == page.plan == GERMAN


def test_each_field_works_at_once(page: DialPlanPage) -> None:
    spy = QSignalSpy(page.changed)
    QTest.keyClicks(edit(page, "Area code"), "1")
    QTest.keyClicks(edit(page, "Outside line"), "9")
    QTest.keyClicks(edit(page, "Long distance"), "8")
    last: DialPlan = spy.at(spy.count() - 1)[0]
    assert (spy.count(), last.area_code) == (3, "7111")
    assert (last.outside_digit, last.long_distance_digit) == ("09", "8")


def test_nothing_but_what_a_phone_can_dial_goes_in(page: DialPlanPage) -> None:
    field = edit(page, "Area code")
    field.clear()
    QTest.keyClicks(field, "a+7 1*#12345678")
    assert field.text() == "71*#1234"


def test_a_country_is_chosen_by_the_systems_where_none_was(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callctrl.ui.dialplanpage.country_here", lambda: "AT")
    page = shown(qtbot, DialPlan())
    QTest.mouseClick(only(page, Switch), Qt.MouseButton.LeftButton)
    assert (page.plan.enabled, page.plan.country) == (True, "AT")


@pytest.mark.parametrize("here", ["", "ZZ"])
def test_no_country_is_made_up(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, here: str) -> None:
    monkeypatch.setattr("callctrl.ui.dialplanpage.country_here", lambda: here)
    page = shown(qtbot, DialPlan())
    QTest.mouseClick(only(page, Switch), Qt.MouseButton.LeftButton)
    assert page.plan.country == ""


def test_a_country_that_was_chosen_stays(page: DialPlanPage) -> None:
    for _ in range(2):
        QTest.mouseClick(only(page, Switch), Qt.MouseButton.LeftButton)
    assert page.plan == GERMAN


def test_the_systems_country_is_two_letters_or_none() -> None:
    assert len(country_here()) in (0, 2)


def test_countries_are_listed_by_name_after_none(page: DialPlanPage) -> None:
    countries = named(page, DropDown, "Country")
    assert isinstance(countries, DropDown)
    names = [countries.itemText(at) for at in range(countries.count())]
    assert names[0] == "not said"
    assert "Germany (DE)" in names
    assert names[1:] == sorted(names[1:])
    assert countries.currentText() == "Germany (DE)"


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        ("231", "231 → the phone dials 231 (internal)"),
        ("112", "112 → the phone dials 112 (emergency, never rewritten)"),
        ("", ""),
    ],
)
def test_a_number_can_be_tried(page: DialPlanPage, tried: str, said: str) -> None:
    QTest.keyClicks(edit(page, "Try a number"), tried)
    assert page.preview() == said


def test_what_comes_of_a_number_follows_the_fields(page: DialPlanPage) -> None:
    QTest.keyClicks(edit(page, "Try a number"), "030 123456")
    before = page.preview()
    edit(page, "Outside line").clear()
    QTest.keyClicks(edit(page, "Outside line"), "9")
    assert before.startswith("030 123456 → the phone dials 0")
    assert page.preview().startswith("030 123456 → the phone dials 9")
    assert "dials 9" in page.samples()


def test_off_passes_on_what_is_typed(page: DialPlanPage) -> None:
    QTest.keyClicks(edit(page, "Try a number"), "030 123456")
    page.show_enabled(False)
    assert page.preview().endswith("(unchanged)")


def test_switched_elsewhere_is_shown_and_not_told_again(page: DialPlanPage) -> None:
    spy = QSignalSpy(page.changed)
    switch = only(page, Switch)
    assert isinstance(switch, Switch)
    for enabled in (False, True):
        page.show_enabled(enabled)
        assert (switch.isChecked(), page.plan.enabled) == (enabled, enabled)
    assert spy.count() == 0


def test_what_is_tried_is_shown_letter_by_letter(page: DialPlanPage) -> None:
    QTest.keyClicks(edit(page, "Try a number"), "<b>1</b>")
    (result,) = (it for it in page.findChildren(QLabel) if it.text().startswith("<b>"))
    assert result.textFormat() is Qt.TextFormat.PlainText


def test_everything_has_a_name_and_tab_goes_as_one_reads(
    qtbot: QtBot,
    page: DialPlanPage,
    unnamed: Callable[[QWidget], list[str]],
    against_reading: Callable[[QWidget], list[tuple[QWidget, QWidget]]],
) -> None:
    assert unnamed(page) == []
    page.activateWindow()
    only(page, Switch).setFocus()
    assert len(against_reading(page)) == 1
