"""The incoming-call cards: what they show, where they lie, what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QAction, QFont, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from callctrl.calls import LampState
from callctrl.incoming import Incoming
from callctrl.ui import toast
from callctrl.ui.parts import Chip, KeyButton
from callctrl.ui.theme import DARK, LIGHT, Scheme, Tokens
from callctrl.ui.toast import CardStack, Target, call_sentence, call_title

# The offscreen platform has no stack of windows, and no keyboard for a menu to take.
pytestmark = pytest.mark.qt_log_ignore(
    r"does not support raise\(\)", "does not support grabbing the keyboard", extend=True
)

Dress = Callable[[Scheme | None], None]

ANNA = Incoming(
    "1",
    "Anna Lee",
    "+1 212 555 0134",
    "Lee & Sons",
    2,
    "FrontDesk",
    "2nd call today · last 09:12",
    "wants the March invoice",
)
HEARD_OF = replace(ANNA, no_answer="No Answer.", no_divert="No Divert….", no_reject="No Reject.")
"""A call that the PBX tells of, and takes no order for."""
LONDON = Incoming("2", "", "+44 20 7946 0018", "London, United Kingdom", 1, "FrontDesk")
BOB = Incoming("3", "Bob", "231", line=3)
FAVOURITES = [Target("Andreas & Höfer", "214"), Target("Ana Pérez", "231")]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What screen readers are told."""
    said: list[str] = []
    monkeypatch.setattr(toast, "announce", lambda _widget, text: said.append(text))
    return said


@pytest.fixture
def asked() -> list[tuple[str, ...]]:
    """The signals that came, by name, with what they said."""
    return []


@pytest.fixture
def stack(
    qtbot: QtBot, dress: Dress, said: list[str], asked: list[tuple[str, ...]]
) -> Iterator[CardStack]:
    dress(Scheme.LIGHT)
    it = CardStack(animated=False)
    for window in (*it._cards, it._shadow):
        qtbot.addWidget(window)
    it.answer_requested.connect(lambda call: asked.append(("answer", call)))
    it.reject_requested.connect(lambda call: asked.append(("reject", call)))
    it.divert_requested.connect(lambda call, number: asked.append(("divert", call, number)))
    it.find_requested.connect(lambda call: asked.append(("find", call)))
    it.silenced.connect(lambda call: asked.append(("silenced", call)))
    yield it
    it.show_calls([])


def texts(card: QWidget) -> list[str]:
    """All that can be read on a card, from top to bottom, but for its buttons."""
    labels = [label for label in card.findChildren(QLabel) if label.isVisible() and label.text()]
    labels.sort(key=lambda label: (label.mapTo(card, QPoint(0, 0)).y() // 8, label.x()))
    return [label.text() for label in labels]


def button(card: QWidget, text: str) -> QPushButton:
    return next(each for each in card.findChildren(QPushButton) if each.text() == text)


def press(card: QWidget, text: str) -> None:
    QTest.mouseClick(button(card, text), Qt.MouseButton.LeftButton)


def free_area() -> QRect:
    return QGuiApplication.primaryScreen().availableGeometry()


class StubScreen:
    """A screen, as far as a card looks at it."""

    def __init__(self, area: QRect) -> None:
        self._area = area

    def geometry(self) -> QRect:
        return self._area

    availableGeometry = geometry  # noqa: N815


class StubScreens:
    """What is plugged in; the pointer is on the first, if there is one."""

    def __init__(self, *areas: QRect) -> None:
        self._screens = [StubScreen(area) for area in areas]

    def screens(self) -> list[StubScreen]:
        return self._screens

    def screenAt(self, _at: QPoint) -> StubScreen | None:  # noqa: N802
        return next(iter(self._screens), None)


class TestWords:
    def test_who_calls_on_which_line(self) -> None:
        assert call_title(ANNA) == "Incoming call from Anna Lee"
        assert call_sentence(ANNA) == "Incoming call from Anna Lee, +1 212 555 0134, line 2"
        assert call_sentence(LONDON) == "Incoming call from +44 20 7946 0018, line 1"
        assert call_sentence(Incoming("1")) == "Incoming call from unknown caller"

    def test_a_name_cannot_break_the_line(self) -> None:
        assert call_title(Incoming("1", "Anna\nLee\x07")) == "Incoming call from Anna Lee"


class TestWhatACardShows:
    def test_name_number_company_line_station_and_what_is_known(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        assert set(texts(card)) == {
            "Incoming · line 2",
            "for FrontDesk",
            "Anna Lee",
            "+1 212 555 0134",
            "Lee & Sons",
            "2nd call today · last 09:12\nwants the March invoice",
        }

    def test_without_a_name_the_number_takes_its_place(self, stack: CardStack) -> None:
        stack.show_calls([LONDON])
        (card,) = stack.cards()
        assert set(texts(card)) == {
            "Incoming · line 1",
            "for FrontDesk",
            "+44 20 7946 0018",
            "Unknown caller · London, United Kingdom",
        }
        assert _size_of(card, "+44 20 7946 0018") == max(_sizes(card))

    def test_where_nothing_is_known_it_says_so(self, stack: CardStack) -> None:
        stack.show_calls([Incoming("1")])
        (card,) = stack.cards()
        assert texts(card) == ["Incoming", "Unknown caller", "Number withheld"]

    def test_the_name_is_the_largest_and_the_number_second(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        sizes = sorted(_sizes(card), reverse=True)
        assert _size_of(card, "Anna Lee") == sizes[0] > sizes[1]
        assert _size_of(card, "+1 212 555 0134") == sizes[1] > sizes[2]

    @pytest.mark.parametrize(
        "number",
        [
            "+1 212 555 0134 99",
            "anonymous.caller.without.an.end@gateway.example.invalid",
            "1" * 120,
        ],
    )
    def test_a_number_is_shown_whole(self, stack: CardStack, number: str) -> None:
        stack.show_calls([BOB])
        usual = stack.cards()[0].width()
        for name in ("Bartholomew Featherstonehaugh-Cholmondeley", ""):
            stack.show_calls([Incoming("1", name, number, "The Honourable Company of Traders")])
            (card,) = stack.cards()
            label = next(
                each
                for each in card.findChildren(QLabel)
                if each.text().replace("\u200b", "") == number
            )
            if label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width())
            else:
                assert label.width() >= label.fontMetrics().horizontalAdvance(number)
            assert card.rect().contains(label.geometry())
            assert card.width() == usual

    def test_a_long_name_makes_no_wider_card(self, stack: CardStack) -> None:
        stack.show_calls([BOB])
        (card,) = stack.cards()
        width = card.width()
        stack.show_calls([Incoming("3", "Bob " * 500, "231", "Sons " * 500, 3)])
        assert card.width() == width

    def test_markup_is_shown_as_it_was_written(self, stack: CardStack) -> None:
        stack.show_calls([Incoming("1", "<b>Anna</b>", "<i>1</i>", note="<img src=x>")])
        (card,) = stack.cards()
        labels = card.findChildren(QLabel)
        assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
        assert "<b>Anna</b>" in texts(card)

    def test_a_name_found_later_comes_into_the_card(
        self, stack: CardStack, said: list[str]
    ) -> None:
        stack.show_calls([Incoming("1", "", "231", line=1)])
        (card,) = stack.cards()
        stack.show_calls([Incoming("1", "Bob", "231", line=1, past="2nd call today")])
        assert stack.cards() == [card]
        assert "Bob" in texts(card)
        assert card.accessibleName() == "Incoming call from Bob, 231, line 1"
        assert said == ["Incoming call from 231, line 1"], "spoken once"

    def test_the_card_is_as_high_as_what_it_shows(self, stack: CardStack) -> None:
        stack.show_calls([LONDON])
        (card,) = stack.cards()
        low = card.height()
        stack.show_calls([Incoming("2", "Bob", "231", note="a note")])
        assert card.height() > low
        stack.show_calls([LONDON])
        assert card.height() == low

    @pytest.mark.parametrize(
        ("scheme", "colours"), [(Scheme.LIGHT, LIGHT), (Scheme.DARK, DARK)], ids=["light", "dark"]
    )
    def test_its_upper_edge_has_the_accent(
        self, stack: CardStack, dress: Dress, scheme: Scheme, colours: Tokens
    ) -> None:
        dress(scheme)
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        image = card.grab().toImage()
        assert image.pixelColor(card.width() // 2, 2).name() == colours.accent
        assert image.pixelColor(6, card.height() // 2).name() == colours.raised
        assert image.pixelColor(0, 0).alpha() == 0, "the corner is see-through"

    def test_its_buttons_are_high_enough(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        heights = {each.text(): each.height() for each in card.findChildren(QPushButton)}
        assert heights == {"Silence": 34, "Answer": 42, "Divert…": 42, "Reject": 42}


class TestWhereTheyLie:
    def test_lower_right_with_a_margin(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        assert card.geometry().bottomRight() == free_area().bottomRight() - QPoint(16, 16)

    def test_the_older_call_lies_lower(self, stack: CardStack) -> None:
        stack.show_calls([ANNA, LONDON])
        anna, london = stack.cards()
        assert anna.y() - (london.y() + london.height()) == 12
        assert london.geometry().right() == anna.geometry().right()

    def test_a_card_stays_where_it_is_though_the_lower_one_goes(self, stack: CardStack) -> None:
        stack.show_calls([ANNA, LONDON])
        before = stack.cards()[1].geometry()
        stack.show_calls([LONDON])
        (london,) = stack.cards()
        assert london.geometry() == before
        stack.show_calls([LONDON, Incoming("4", "Eve", "99")])
        london, eve = stack.cards()
        assert london.geometry() == before
        assert eve.geometry().bottom() == free_area().bottom() - 16, "where there is room"

    def test_a_card_that_grows_keeps_its_buttons_where_they_are(self, stack: CardStack) -> None:
        stack.show_calls([LONDON, BOB])
        london, bob = stack.cards()
        bottom = london.geometry().bottom()
        stack.failed("2", "The phone did not answer.")
        assert london.geometry().bottom() == bottom
        assert london.y() - (bob.y() + bob.height()) == 12

    def test_more_calls_than_cards_are_counted(self, stack: CardStack) -> None:
        short = [Incoming(str(n), f"Caller {n}", str(n)) for n in range(1, 6)]
        stack.show_calls(short)
        assert len(stack.cards()) == 3
        assert texts(stack.cards()[2])[-1] == "and 2 more"
        assert not [text for card in stack.cards()[:2] for text in texts(card) if "more" in text]
        stack.show_calls(short[1:])
        assert [texts(card)[1] for card in stack.cards()] == ["Caller 2", "Caller 3", "Caller 4"]
        assert texts(stack.cards()[2])[-1] == "and 1 more"

    def test_only_as_many_as_fit_on_the_screen(
        self, stack: CardStack, qapp: QApplication, dress: Dress
    ) -> None:
        font = QFont(qapp.font())
        font.setPointSizeF(22)
        qapp.setFont(font)
        dress(Scheme.LIGHT)
        stack.show_calls([replace(ANNA, call_id=str(n)) for n in range(3)])
        assert 0 < len(stack.cards()) < 3
        for card in stack.cards():
            assert free_area().contains(card.geometry())
        assert texts(stack.cards()[-1])[-1].startswith("and ")

    def test_they_come_back_where_their_screen_was_unplugged(
        self, stack: CardStack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(toast._Card, "setScreen", lambda _card, _screen: None)
            patch.setattr(toast, "QGuiApplication", StubScreens(QRect(5000, 0, 800, 600)))
            stack.show_calls([ANNA])
            (card,) = stack.cards()
            assert card.geometry().bottomRight() == QPoint(5799 - 16, 599 - 16)
            patch.setattr(toast, "QGuiApplication", StubScreens())
            stack.show_calls([ANNA, LONDON])
        stack.show_calls([ANNA, LONDON])
        for each in stack.cards():
            assert free_area().contains(each.geometry())

    def test_cards_are_built_once(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (first,) = stack.cards()
        stack.show_calls([])
        stack.show_calls([LONDON])
        assert stack.cards() == [first]

    def test_it_slides_in_and_ends_in_its_place(self, stack: CardStack, qtbot: QtBot) -> None:
        stack.animated = True
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        place = free_area().bottomRight() - QPoint(16, 16)
        assert card.geometry().bottomRight() == place + QPoint(24, 0)
        qtbot.waitUntil(lambda: card.geometry().bottomRight() == place)

    def test_a_card_goes_with_its_call(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        assert card.isVisible()
        stack.show_calls([])
        assert not card.isVisible()
        assert stack.cards() == []

    def test_its_shadow_comes_and_goes_with_it(self, stack: CardStack, qapp: QApplication) -> None:
        def shadows() -> list[QRect]:
            transparent = Qt.WindowType.WindowTransparentForInput
            return [
                each.geometry()
                for each in qapp.topLevelWidgets()
                if each.isVisible() and each.windowFlags() & transparent
            ]

        stack.show_calls([ANNA])
        (anna,) = stack.cards()
        assert shadows() == [anna.geometry().adjusted(-26, -26, 26, 26)]
        stack.show_calls([ANNA, LONDON])
        london = stack.cards()[1]
        both = anna.geometry().united(london.geometry())
        assert shadows() == [both.adjusted(-26, -26, 26, 26)]
        stack.show_calls([])
        assert shadows() == []

    def test_its_shadow_lies_round_it_and_not_upon_it(self, stack: CardStack) -> None:
        stack.show_calls([ANNA, LONDON])
        anna, london = (card.geometry().translated(-stack._shadow.pos()) for card in stack.cards())
        image = stack._shadow.grab().toImage()

        def alpha(x: int, y: int) -> int:
            return image.pixelColor(x, y).alpha()

        assert alpha(anna.center().x(), anna.bottom() + 2) > alpha(0, anna.center().y()) == 0
        assert {alpha(card.center().x(), card.center().y()) for card in (anna, london)} == {0}
        assert alpha(anna.center().x(), anna.top() + 3) == 0, "nor on its neighbour"

    def test_without_a_compositor_it_is_square_and_throws_none(
        self, stack: CardStack, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(toast, "shows_translucency", lambda: False)
        others = [each for each in qapp.topLevelWidgets() if each.isVisible()]
        stack.show_calls([LONDON])
        (card,) = stack.cards()
        assert [
            each for each in qapp.topLevelWidgets() if each.isVisible() and each not in others
        ] == [card]
        assert card.grab().toImage().pixelColor(0, 0).name() == LIGHT.accent

    def test_it_takes_no_focus(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        assert card.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
        assert card.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
        assert card.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        assert not card.isActiveWindow()


class TestWhatCanBeDone:
    @pytest.mark.parametrize(("text", "signal"), [("Answer", "answer"), ("Reject", "reject")])
    def test_a_click_asks_once_for_the_right_call(
        self, stack: CardStack, asked: list[tuple[str, ...]], text: str, signal: str
    ) -> None:
        stack.show_calls([ANNA, LONDON])
        card = stack.cards()[1]
        press(card, text)
        press(card, text)
        assert asked == [(signal, "2")]

    def test_after_a_click_its_buttons_are_grey_and_say_why(self, stack: CardStack) -> None:
        stack.show_calls([ANNA, LONDON])
        anna, london = stack.cards()
        press(anna, "Answer")
        for each in anna.findChildren(KeyButton):
            assert not each.isEnabled()
            assert each.toolTip() == each.accessibleDescription() == "Waiting for the phone."
        assert button(anna, "Silence").isEnabled()
        assert all(each.isEnabled() for each in london.findChildren(KeyButton))

    def test_grey_they_stay_until_the_phone_says_something(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        press(card, "Reject")
        stack.show_calls([ANNA])
        assert not button(card, "Reject").isEnabled()
        stack.show_calls([])
        stack.show_calls([Incoming("1", "Somebody else", "99")])
        assert button(card, "Reject").isEnabled()

    def test_what_cannot_be_done_from_here_is_grey_and_says_why(self, stack: CardStack) -> None:
        stack.show_calls([HEARD_OF, LONDON])
        card, london = stack.cards()
        for text in ("Answer", "Divert…", "Reject"):
            each = button(card, text)
            assert not each.isEnabled()
            assert each.toolTip() == each.accessibleDescription() == f"No {text}."
        assert "Pick up the handset to answer." in texts(card)
        assert button(card, "Silence").isEnabled()
        assert all(each.isEnabled() for each in london.findChildren(KeyButton))
        assert "Pick up the handset to answer." not in texts(london)

    def test_only_what_can_be_done_is_offered_again_after_a_failure(self, stack: CardStack) -> None:
        stack.show_calls([replace(HEARD_OF, no_reject="")])
        (card,) = stack.cards()
        press(card, "Reject")
        assert button(card, "Reject").toolTip() == "Waiting for the phone."
        assert button(card, "Answer").toolTip() == "No Answer."
        stack.failed("1", "The phone did not answer.")
        assert button(card, "Reject").isEnabled()
        assert not button(card, "Answer").isEnabled()

    def test_what_can_be_done_may_become_known_later(self, stack: CardStack) -> None:
        stack.show_calls([HEARD_OF])
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        assert all(each.isEnabled() for each in card.findChildren(KeyButton))
        assert "Pick up the handset to answer." not in texts(card)

    def test_a_failure_is_told_in_the_card_and_aloud(
        self, stack: CardStack, said: list[str], asked: list[tuple[str, ...]]
    ) -> None:
        stack.show_calls([ANNA])
        (card,) = stack.cards()
        press(card, "Answer")
        said.clear()
        stack.failed("1", "The phone did not answer. Lift the handset.")
        assert "The phone did not answer. Lift the handset." in texts(card)
        assert said == ["The phone did not answer. Lift the handset."]
        press(card, "Answer")
        assert asked == [("answer", "1")] * 2
        assert "The phone did not answer. Lift the handset." not in texts(card)

    def test_the_next_call_does_not_show_the_failure_of_the_last(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        stack.failed("1", "The phone did not answer.")
        stack.show_calls([])
        stack.show_calls([BOB])
        (card,) = stack.cards()
        assert "The phone did not answer." not in texts(card)

    def test_a_failure_of_a_call_without_a_card_is_nobodys(
        self, stack: CardStack, said: list[str]
    ) -> None:
        stack.show_calls([ANNA])
        said.clear()
        stack.failed("7", "The phone did not answer.")
        assert said == []

    def test_silence_hides_the_card_until_the_call_is_over(
        self, stack: CardStack, asked: list[tuple[str, ...]]
    ) -> None:
        stack.show_calls([ANNA, LONDON])
        press(stack.cards()[0], "Silence")
        assert asked == [("silenced", "1")]
        assert [texts(card)[0] for card in stack.cards()] == ["Incoming · line 1"]
        stack.show_calls([ANNA, LONDON])
        assert len(stack.cards()) == 1
        stack.show_calls([LONDON])
        stack.show_calls([LONDON, ANNA])
        assert len(stack.cards()) == 2

    def test_silence_makes_room_for_a_call_that_waits(self, stack: CardStack) -> None:
        stack.show_calls([Incoming(str(n), f"Caller {n}", str(n)) for n in range(1, 5)])
        press(stack.cards()[0], "Silence")
        assert [texts(card)[1] for card in stack.cards()] == ["Caller 2", "Caller 3", "Caller 4"]

    def test_divert_offers_the_favourites_and_everybody_else(self, stack: CardStack) -> None:
        stack.show_calls([ANNA], FAVOURITES)
        (card,) = stack.cards()
        press(card, "Divert…")
        menu = _menu(card)
        assert menu.isVisible()
        assert [action.text() for action in menu.actions() if not action.isSeparator()] == [
            "Andreas && Höfer\t214",
            "Ana Pérez\t231",
            "Find somebody…",
        ]

    def test_the_favourites_have_their_lamps(self, stack: CardStack) -> None:
        busy = Target("Andreas & Höfer", "214", LampState.BUSY, "on a call for 4 min")
        stack.show_calls([ANNA], [busy, Target("Ana Pérez", "231")])
        (card,) = stack.cards()
        press(card, "Divert…")
        assert not _action(card, "Andreas && Höfer · on a call for 4 min\t214").icon().isNull()
        assert _action(card, "Ana Pérez\t231").icon().isNull()

    def test_a_favourite_gets_the_call(
        self, stack: CardStack, asked: list[tuple[str, ...]]
    ) -> None:
        stack.show_calls([ANNA], FAVOURITES)
        (card,) = stack.cards()
        press(card, "Divert…")
        _action(card, "Andreas && Höfer\t214").trigger()
        assert asked == [("divert", "1", "214")]
        assert not button(card, "Divert…").isEnabled()

    def test_somebody_else_is_to_be_found(
        self, stack: CardStack, asked: list[tuple[str, ...]]
    ) -> None:
        stack.show_calls([ANNA], FAVOURITES)
        (card,) = stack.cards()
        press(card, "Divert…")
        _action(card, "Find somebody…").trigger()
        assert asked == [("find", "1")]
        assert button(card, "Answer").isEnabled()

    def test_the_menu_goes_with_the_call(self, stack: CardStack) -> None:
        stack.show_calls([ANNA], FAVOURITES)
        (card,) = stack.cards()
        press(card, "Divert…")
        stack.show_calls([])
        assert not _menu(card).isVisible()


class TestAScreenReader:
    def test_is_told_of_each_call_once(self, stack: CardStack, said: list[str]) -> None:
        stack.show_calls([ANNA])
        stack.show_calls([ANNA, LONDON])
        stack.show_calls([LONDON])
        assert said == [
            "Incoming call from Anna Lee, +1 212 555 0134, line 2",
            "Incoming call from +44 20 7946 0018, line 1",
        ]

    def test_is_told_to_pick_up_where_that_is_the_way(
        self, stack: CardStack, said: list[str]
    ) -> None:
        stack.show_calls([HEARD_OF])
        assert said == [
            "Incoming call from Anna Lee, +1 212 555 0134, line 2. Pick up the handset to answer."
        ]

    def test_meets_a_notification_that_says_who_calls(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        interface = QAccessible.queryAccessibleInterface(stack.cards()[0])
        assert interface is not None
        assert interface.role() == QAccessible.Role.Notification
        assert interface.text(QAccessible.Text.Name) == call_sentence(ANNA)

    def test_can_name_all_that_can_be_pressed(
        self, stack: CardStack, unnamed: Callable[[QWidget], list[str]]
    ) -> None:
        stack.show_calls([ANNA])
        assert unnamed(stack.cards()[0]) == []

    def test_learns_what_silence_does(self, stack: CardStack) -> None:
        stack.show_calls([ANNA])
        silence = button(stack.cards()[0], "Silence")
        assert silence.accessibleDescription() == "Hides this card; the phone rings on."


def test_in_high_contrast_the_chip_is_an_outline(stack: CardStack, qapp: QApplication) -> None:
    palette = qapp.palette()
    for role in (palette.ColorRole.Window, palette.ColorRole.Base):
        palette.setColor(role, Qt.GlobalColor.black)
    palette.setColor(palette.ColorRole.WindowText, Qt.GlobalColor.white)
    palette.setColor(palette.ColorRole.Accent, Qt.GlobalColor.yellow)
    qapp.setPalette(palette)
    stack.show_calls([ANNA])
    (card,) = stack.cards()
    (chip,) = card.findChildren(Chip)
    image = chip.grab().toImage()
    assert image.pixelColor(chip.width() // 2, 0).name() == "#ffff00"
    assert (
        card.grab(QRect(QPoint(0, card.height() // 2), QSize(1, 1)))
        .toImage()
        .pixelColor(0, 0)
        .name()
        == "#ffffff"
    )


def _sizes(card: QWidget) -> set[float]:
    return {
        each.font().pointSizeF()
        for each in card.findChildren(QLabel)
        if each.isVisible() and each.text()
    }


def _size_of(card: QWidget, text: str) -> float:
    label = next(each for each in card.findChildren(QLabel) if each.text() == text)
    return label.font().pointSizeF()


def _menu(card: QWidget) -> QMenu:
    (menu,) = card.findChildren(QMenu)
    return menu


def _action(card: QWidget, text: str) -> QAction:
    return next(action for action in _menu(card).actions() if action.text() == text)
