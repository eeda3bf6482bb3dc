"""The painted parts, by their pixels, their sizes, and what a screen reader is told."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QFont, QImage, QPainter, QPalette, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from callctrl.ui.parts import (
    CardFrame,
    Chip,
    Edge,
    ElidedLabel,
    KeyButton,
    TabularLabel,
    Tone,
    cap_size,
    paint_card,
    plain_tip,
)
from callctrl.ui.theme import DARK, LIGHT, Scheme, Tokens, tokens

Dress = Callable[[Scheme | None], None]

SCHEMES = pytest.mark.parametrize(
    ("scheme", "colours"), [(Scheme.LIGHT, LIGHT), (Scheme.DARK, DARK)], ids=["light", "dark"]
)
TONES = pytest.mark.parametrize("tone", Tone, ids=[tone.value for tone in Tone])


@pytest.fixture
def light(dress: Dress) -> None:
    dress(Scheme.LIGHT)


@pytest.fixture
def contrast(qapp: QApplication, dress: Dress) -> Tokens:
    """A system's own palette, white on black, and the tokens that come of it."""
    dress(Scheme.LIGHT)
    palette = QPalette()
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base):
        palette.setColor(role, Qt.GlobalColor.black)
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(role, Qt.GlobalColor.white)
    palette.setColor(QPalette.ColorRole.Accent, Qt.GlobalColor.yellow)
    qapp.setPalette(palette)
    return tokens()


def colour_at(widget: QWidget, x: int, y: int) -> str:
    return widget.grab().toImage().pixelColor(x, y).name()


def colours_of(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }


def boldest(widget: QWidget, ground: str) -> str:
    """The colour furthest from the ground: thin letters mix all between the two."""
    return max(colours_of(widget), key=lambda colour: distance(colour, ground))


def is_near(one: str, other: str) -> bool:
    return distance(one, other) < 45


def distance(one: str, other: str) -> int:
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return sum(abs(a - b) for a, b in pairs)


def shown(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    widget.resize(widget.sizeHint())


class TestChip:
    @SCHEMES
    @TONES
    def test_its_ground_is_soft_and_its_word_strong(
        self, qtbot: QtBot, dress: Dress, scheme: Scheme, colours: Tokens, tone: Tone
    ) -> None:
        dress(scheme)
        chip = Chip("Incoming · line 2", tone)
        shown(qtbot, chip)
        soft = colours.background if tone is Tone.MUTED else getattr(colours, f"soft_{tone.value}")
        assert colour_at(chip, chip.height() // 2, 3) == soft
        assert getattr(colours, tone.value) in colours_of(chip)

    def test_it_is_an_outline_in_high_contrast(self, qtbot: QtBot, contrast: Tokens) -> None:
        chip = Chip("On hold", Tone.WARN)
        shown(qtbot, chip)
        assert colour_at(chip, chip.width() // 2, 0) == contrast.warn
        assert colour_at(chip, chip.width() // 2, 2) == contrast.surface

    @pytest.mark.usefixtures("light")
    def test_it_grows_with_the_font(self, qtbot: QtBot) -> None:
        chip = Chip("Ringing")
        shown(qtbot, chip)
        before = chip.sizeHint()
        font = QFont(chip.font())
        font.setPointSizeF(font.pointSizeF() * 2)
        chip.setFont(font)
        assert chip.sizeHint().height() > before.height() * 1.5
        assert chip.sizeHint().width() > before.width() * 1.5

    def test_another_word_comes_with_its_tone(self, qtbot: QtBot) -> None:
        chip = Chip("Ringing", Tone.ACCENT)
        qtbot.addWidget(chip)
        chip.show_word("On hold", Tone.WARN)
        assert (chip.text(), chip.tone) == ("On hold", Tone.WARN)


class TestCardFrame:
    @SCHEMES
    @pytest.mark.parametrize(
        ("edge", "coloured", "plain"),
        [(Edge.LEFT, (2, 40), (50, 2)), (Edge.TOP, (50, 2), (2, 40))],
        ids=["left", "top"],
    )
    def test_one_edge_is_coloured(
        self,
        qtbot: QtBot,
        dress: Dress,
        scheme: Scheme,
        colours: Tokens,
        edge: Edge,
        coloured: tuple[int, int],
        plain: tuple[int, int],
    ) -> None:
        dress(scheme)
        card = CardFrame(edge, Tone.WARN)
        qtbot.addWidget(card)
        card.resize(100, 80)
        assert colour_at(card, *coloured) == colours.warn
        assert colour_at(card, *plain) == colours.raised
        assert colour_at(card, 50, 40) == colours.raised
        assert colour_at(card, 50, 79) == colour_at(card, 99, 40) == colours.line

    @pytest.mark.usefixtures("light")
    @pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 1.75, 2.0])
    @pytest.mark.parametrize("edge", [Edge.LEFT, Edge.TOP])
    def test_a_square_card_is_coloured_on_that_edge_alone(self, edge: Edge, scale: float) -> None:
        """With a scale of a fraction the last pixel is but half the card's."""
        for height in range(100, 104):
            side = round(200 * scale), math.ceil(height * scale)
            image = QImage(*side, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(scale)
            image.fill(Qt.GlobalColor.black)
            painter = QPainter(image)
            paint_card(painter, QRectF(0, 0, 200, height), edge, Tone.ACCENT, radius=0)
            painter.end()
            middle, last = image.rect().center(), image.rect().bottomRight()
            for x, y in ((middle.x(), last.y()), (last.x(), middle.y())):
                assert image.pixelColor(x, y).lightness() >= QColor(LIGHT.line).lightness()

    @pytest.mark.usefixtures("light")
    def test_without_an_edge_a_hairline_runs_round(self, qtbot: QtBot) -> None:
        card = CardFrame(Edge.NONE)
        qtbot.addWidget(card)
        card.resize(100, 80)
        sides = {colour_at(card, *at) for at in ((50, 0), (50, 79), (0, 40), (99, 40))}
        assert sides == {LIGHT.line}

    @pytest.mark.usefixtures("light")
    def test_a_corner_shows_what_is_behind(self, qtbot: QtBot) -> None:
        card = CardFrame(Edge.LEFT, Tone.BAD)
        qtbot.addWidget(card)
        card.resize(100, 80)
        assert {colour_at(card, 0, 0), colour_at(card, 99, 79)} == {LIGHT.background}

    @pytest.mark.usefixtures("light")
    def test_the_edge_follows_the_tone(self, qtbot: QtBot) -> None:
        card = CardFrame(Edge.LEFT, Tone.ACCENT)
        qtbot.addWidget(card)
        card.resize(100, 80)
        card.show_tone(Tone.OK)
        assert card.tone is Tone.OK
        assert colour_at(card, 2, 40) == LIGHT.ok


class TestKeyButton:
    @pytest.mark.usefixtures("light")
    def test_its_size_has_room_for_the_cap(self, qtbot: QtBot) -> None:
        bare, capped = KeyButton("Resume"), KeyButton("Resume", "F7")
        for each in (bare, capped):
            qtbot.addWidget(each)
        cap = cap_size("F7", capped.font())
        assert capped.sizeHint().width() == bare.sizeHint().width() + cap.width() + 8
        assert capped.sizeHint().height() == bare.sizeHint().height() >= 34

    @pytest.mark.usefixtures("light")
    def test_it_is_higher_on_the_card_with_and_without_focus(self, qtbot: QtBot) -> None:
        tall = KeyButton("Answer", primary=True, tall=True)
        qtbot.addWidget(tall)
        tall.show()
        tall.activateWindow()
        assert tall.sizeHint().height() == 42
        tall.setFocus()
        qtbot.waitUntil(tall.hasFocus)
        assert tall.sizeHint().height() == 42

    @pytest.mark.usefixtures("light")
    def test_the_cap_is_drawn_behind_the_text(self, qtbot: QtBot) -> None:
        bare, capped = KeyButton("Resume"), KeyButton("Resume", "F7")
        for each in (bare, capped):
            shown(qtbot, each)
        assert LIGHT.muted not in colours_of(bare)
        cap = cap_size("F7", capped.font())
        left = capped.width() - 13 - cap.width()
        line = [colour_at(capped, left, y) for y in range(8, capped.height() - 8)]
        assert LIGHT.line in line
        assert LIGHT.muted in colours_of(capped)

    @SCHEMES
    def test_the_primary_ones_text_stands_out_from_the_accent(
        self, qtbot: QtBot, dress: Dress, scheme: Scheme, colours: Tokens
    ) -> None:
        dress(scheme)
        primary = KeyButton("Answer", "Enter", primary=True)
        shown(qtbot, primary)
        found = colours_of(primary)
        assert {colours.accent, colours.surface} <= found
        assert colours.muted not in found

    @SCHEMES
    def test_what_destroys_is_written_in_the_bad_colour(
        self, qtbot: QtBot, dress: Dress, scheme: Scheme, colours: Tokens
    ) -> None:
        dress(scheme)
        danger = KeyButton("Hang up", "F8", danger=True)
        shown(qtbot, danger)
        assert colours.bad in colours_of(danger)

    @pytest.mark.usefixtures("light")
    def test_grey_it_says_why(self, qtbot: QtBot) -> None:
        transfer = KeyButton("Transfer", "F6", danger=True)
        shown(qtbot, transfer)
        transfer.why("Answer first.")
        assert not transfer.isEnabled()
        assert transfer.toolTip() == "Answer first."
        assert transfer.accessibleDescription() == "Answer first."
        found = colours_of(transfer)
        assert LIGHT.faint in found
        assert not found & {LIGHT.bad, LIGHT.muted}

    def test_a_reason_gone_it_works_again_and_names_its_key(self, qtbot: QtBot) -> None:
        transfer = KeyButton("Transfer", "F6")
        qtbot.addWidget(transfer)
        transfer.why("Answer first.")
        transfer.why("")
        assert transfer.isEnabled()
        assert transfer.toolTip() == ""
        assert transfer.accessibleDescription() == "Key F6"

    def test_the_key_is_no_part_of_its_name(self, qtbot: QtBot) -> None:
        answer = KeyButton("&Answer", "Enter", primary=True)
        qtbot.addWidget(answer)
        interface = QAccessible.queryAccessibleInterface(answer)
        assert interface is not None
        assert interface.text(QAccessible.Text.Name) == "Answer"
        assert interface.text(QAccessible.Text.Description) == "Key Enter"

    @SCHEMES
    def test_the_focus_is_a_ring_even_on_the_accent(
        self, qtbot: QtBot, dress: Dress, scheme: Scheme, colours: Tokens
    ) -> None:
        dress(scheme)
        window = QWidget()
        qtbot.addWidget(window)
        primary, other = KeyButton("Answer", primary=True), KeyButton("Reject")
        for at, each in enumerate((primary, other)):
            each.setParent(window)
            each.setGeometry(0, at * 40, 120, 34)
        window.show()
        window.activateWindow()
        rings = {}
        for each in (primary, other):
            each.setFocus()
            qtbot.waitUntil(each.hasFocus)
            rings[each.text()] = colour_at(each, 60, 1)
        assert rings == {"Answer": colours.text, "Reject": colours.accent}


class TestElidedLabel:
    LONG = "The Honourable Company of Northern Traders and Sons"

    @pytest.mark.usefixtures("light")
    def test_what_does_not_fit_ends_in_dots_and_is_told_whole(self, qtbot: QtBot) -> None:
        label = ElidedLabel(self.LONG)
        qtbot.addWidget(label)
        label.resize(120, 20)
        label.show()
        assert label.shown().endswith("…")
        assert label.toolTip() == label.accessibleName() == self.LONG

    @pytest.mark.usefixtures("light")
    def test_what_fits_has_no_tool_tip(self, qtbot: QtBot) -> None:
        label = ElidedLabel(self.LONG)
        qtbot.addWidget(label)
        label.show()
        label.resize(2000, 20)
        assert label.shown() == self.LONG
        assert label.toolTip() == ""

    @pytest.mark.usefixtures("light")
    def test_it_makes_no_window_wider(self, qtbot: QtBot) -> None:
        label = ElidedLabel(self.LONG, "huge")
        qtbot.addWidget(label)
        assert label.minimumSizeHint().width() < 40

    @SCHEMES
    def test_it_has_the_colour_of_its_role(
        self, qtbot: QtBot, dress: Dress, scheme: Scheme, colours: Tokens
    ) -> None:
        dress(scheme)
        for role, wanted in (("", colours.text), ("quiet", colours.muted)):
            label = ElidedLabel("HHHHHHHHHHHHHH", role)
            qtbot.addWidget(label)
            label.resize(80, 20)
            assert is_near(boldest(label, colours.background), wanted)


class TestTabularLabel:
    @pytest.mark.usefixtures("light")
    def test_it_is_as_wide_for_seconds_as_for_hours(self, qtbot: QtBot) -> None:
        label = TabularLabel("0:06", "strong")
        qtbot.addWidget(label)
        before = label.sizeHint()
        label.setText("1:11:11")
        assert label.sizeHint() == before
        assert label.minimumSizeHint() == before

    @pytest.mark.usefixtures("light")
    def test_its_figures_stay_tabular_in_the_style_sheets_font(self, qtbot: QtBot) -> None:
        label = TabularLabel("0:06", "strong")
        qtbot.addWidget(label)
        label.ensurePolished()
        assert label.font().featureValue(QFont.Tag("tnum")) == 1
        assert label.font().weight() == QFont.Weight.DemiBold


@pytest.mark.parametrize("text", ["<b>Anna</b>", "<img src=x>", "&lt;b>"])
def test_a_tool_tip_shows_markup_as_it_was_written(qtbot: QtBot, text: str) -> None:
    document = QTextDocument()
    document.setHtml(plain_tip(text))
    assert document.toPlainText() == text


def test_a_tool_tip_without_markup_stays_as_it_is() -> None:
    assert plain_tip("Lee & Sons") == "Lee & Sons"


def test_a_card_lets_what_is_on_it_be_pressed(qtbot: QtBot) -> None:
    card, pressed = CardFrame(), []
    qtbot.addWidget(card)
    button = KeyButton("Answer")
    button.setParent(card)
    button.setGeometry(20, 20, 100, 34)
    button.clicked.connect(lambda: pressed.append(True))
    card.resize(200, 80)
    card.show()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(50, 17))
    assert pressed == [True]
