"""The colours, by the numbers, and the application dressed in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from callctrl.ui.theme import DARK, LIGHT, Scheme, Tokens, _Theme, current_scheme, tokens
from callctrl.ui.widgets import button, label

Dress = Callable[[Scheme | None], None]
Role = QPalette.ColorRole

TEXT_PAIRS = [
    ("text", "background"),
    ("text", "surface"),
    ("text", "raised"),
    ("text", "soft_accent"),
    ("muted", "background"),
    ("muted", "surface"),
    ("accent", "surface"),
    ("accent", "soft_accent"),
    ("surface", "accent"),
    ("ok", "soft_ok"),
    ("ok", "surface"),
    ("warn", "soft_warn"),
    ("warn", "surface"),
    ("bad", "soft_bad"),
    ("bad", "surface"),
    ("bad", "background"),
]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize(("front", "ground"), TEXT_PAIRS)
    def test_text_meets_aa(self, scheme: Tokens, front: str, ground: str) -> None:
        assert contrast(getattr(scheme, front), getattr(scheme, ground)) >= 4.5

    def test_a_fields_border_is_seen(self, scheme: Tokens) -> None:
        assert contrast(scheme.muted, scheme.surface) >= 3

    def test_every_colour_is_spelt_in_full(self, scheme: Tokens) -> None:
        for colour in asdict(scheme).values():
            assert QColor(colour).name() == colour


class TestApplied:
    @pytest.mark.parametrize(
        ("scheme", "wanted"), [(Scheme.LIGHT, LIGHT), (Scheme.DARK, DARK)], ids=["light", "dark"]
    )
    def test_the_palette_holds_the_tokens(
        self, qapp: QApplication, dress: Dress, scheme: Scheme, wanted: Tokens
    ) -> None:
        dress(scheme)
        palette = qapp.palette()
        found = {
            each: palette.color(each).name()
            for each in (
                Role.Window,
                Role.Base,
                Role.AlternateBase,
                Role.Mid,
                Role.Shadow,
                Role.Accent,
                Role.Highlight,
                Role.HighlightedText,
                Role.BrightText,
                Role.PlaceholderText,
            )
        }
        assert found == {
            Role.Window: wanted.background,
            Role.Base: wanted.surface,
            Role.AlternateBase: wanted.raised,
            Role.Mid: wanted.line,
            Role.Shadow: wanted.muted,
            Role.Accent: wanted.accent,
            Role.Highlight: wanted.soft_accent,
            Role.HighlightedText: wanted.text,
            Role.BrightText: wanted.bad,
            Role.PlaceholderText: wanted.faint,
        }
        assert tokens() == wanted
        assert current_scheme() is scheme

    def test_what_is_disabled_is_faint(self, qapp: QApplication, dress: Dress) -> None:
        dress(Scheme.DARK)
        for each in (Role.WindowText, Role.Text, Role.ButtonText):
            colour = qapp.palette().color(QPalette.ColorGroup.Disabled, each)
            assert colour.name() == DARK.faint

    def test_a_switch_of_scheme_reaches_what_is_shown(self, qtbot: QtBot, dress: Dress) -> None:
        primary = button("Go", primary=True)
        qtbot.addWidget(primary)
        dress(Scheme.LIGHT)
        primary.resize(200, 40)
        assert _colour_at(primary, 20, 20) == LIGHT.accent
        dress(Scheme.DARK)
        assert _colour_at(primary, 20, 20) == DARK.accent

    def test_a_field_is_known_by_its_border(self, qtbot: QtBot, dress: Dress) -> None:
        dress(Scheme.LIGHT)
        edit = QLineEdit()
        qtbot.addWidget(edit)
        edit.resize(200, 40)
        assert _colour_at(edit, 100, 0) == LIGHT.muted

    def test_what_a_person_presses_is_high_enough(self, qtbot: QtBot, dress: Dress) -> None:
        dress(Scheme.LIGHT)
        for widget in (QPushButton("Back"), QLineEdit()):
            qtbot.addWidget(widget)
            assert widget.sizeHint().height() >= 34

    def test_type_grows_with_the_systems(
        self, qapp: QApplication, qtbot: QtBot, dress: Dress
    ) -> None:
        font = qapp.font()
        font.setPointSizeF(20)
        qapp.setFont(font)
        dress(Scheme.LIGHT)
        sizes = {role: _point_size(qtbot, label("x", role)) for role in ("", "quiet", "title")}
        assert sizes[""] == pytest.approx(20, abs=0.1)
        assert sizes["quiet"] == pytest.approx(18.6, abs=0.1)
        assert sizes["title"] == pytest.approx(24.2, abs=0.1)

    @pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
    def test_an_entry_of_a_menu_shows_whether_it_is_on(
        self, qtbot: QtBot, dress: Dress, scheme: Scheme
    ) -> None:
        dress(scheme)
        menu = QMenu()
        qtbot.addWidget(menu)
        menu.addAction("Strip").setCheckable(True)
        pictures = []
        for on in (False, True):
            menu.actions()[0].setChecked(on)
            pictures.append(menu.grab().toImage())
        assert pictures[0] != pictures[1]


class StubHints:
    """What a desktop tells of its colours."""

    def __init__(self, scheme: Qt.ColorScheme) -> None:
        self._scheme = scheme

    def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802
        return self._scheme


class StubAccessibility:
    """A desktop that wants strong contrast."""

    def contrastPreference(self) -> Qt.ContrastPreference:  # noqa: N802
        return Qt.ContrastPreference.HighContrast


class TestFollowing:
    @pytest.mark.parametrize(
        ("told", "wanted"),
        [(Qt.ColorScheme.Dark, Scheme.DARK), (Qt.ColorScheme.Light, Scheme.LIGHT)],
    )
    def test_follows_the_system(
        self,
        qapp: QApplication,
        dress: Dress,
        monkeypatch: pytest.MonkeyPatch,
        told: Qt.ColorScheme,
        wanted: Scheme,
    ) -> None:
        dress(None)
        monkeypatch.setattr(_theme(qapp), "_hints", StubHints(told))
        qapp.styleHints().colorSchemeChanged.emit(told)
        assert current_scheme() is wanted

    def test_an_override_does_not_follow(
        self, qapp: QApplication, dress: Dress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dress(Scheme.LIGHT)
        monkeypatch.setattr(_theme(qapp), "_hints", StubHints(Qt.ColorScheme.Dark))
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert current_scheme() is Scheme.LIGHT

    @pytest.mark.parametrize(
        ("ground", "text", "wanted"),
        [("#202020", "#eeeeee", Scheme.DARK), ("#eeeeee", "#202020", Scheme.LIGHT)],
    )
    def test_a_desktop_that_says_nothing_is_judged_by_its_palette(
        self, qapp: QApplication, dress: Dress, ground: str, text: str, wanted: Scheme
    ) -> None:
        dress(None)
        system = QPalette()
        system.setColor(Role.Window, QColor(ground))
        system.setColor(Role.WindowText, QColor(text))
        assert _theme(qapp)._system_scheme(system) is wanted

    def test_high_contrast_leaves_the_systems_colours(
        self, qapp: QApplication, dress: Dress, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        system = {each: qapp.palette().color(each) for each in (Role.Window, Role.WindowText)}
        dress(None)
        monkeypatch.setattr(_theme(qapp), "_accessibility", StubAccessibility())
        _theme(qapp).apply()
        assert {each: qapp.palette().color(each) for each in system} == system
        assert current_scheme() is None
        assert tokens().line == tokens().text == tokens().bad == system[Role.WindowText].name()


def _theme(app: QApplication) -> _Theme:
    theme = app.findChild(_Theme)
    assert theme is not None
    return theme


def _colour_at(widget: QPushButton | QLineEdit, x: int, y: int) -> str:
    image = widget.grab().toImage().scaled(QSize(widget.width(), widget.height()))
    return image.pixelColor(x, y).name()


def _point_size(qtbot: QtBot, it: QLabel) -> float:
    qtbot.addWidget(it)
    it.ensurePolished()
    return it.font().pointSizeF()
