"""Colours and sizes: one set of tokens for light and one for dark, one style sheet for both.

A widget names no colour. The style sheet speaks of palette roles; what paints itself asks
`tokens()`, never its own palette, which a style sheet may have rewritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

__all__ = [
    "DARK",
    "LIGHT",
    "SMALL",
    "Scheme",
    "Tokens",
    "apply_theme",
    "current_scheme",
    "point_size",
    "tokens",
]


class Scheme(Enum):
    """On which ground we draw."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one scheme, each as "#rrggbb"."""

    background: str
    """The window's ground."""
    surface: str
    """Fields, cards and dialogs; text on the accent."""
    raised: str
    """What floats above a surface."""
    line: str
    """Hairlines and the borders of buttons."""
    text: str
    muted: str
    """Quiet text, and the border by which a field is known."""
    faint: str
    """What is disabled."""
    accent: str
    """The one primary action, selection, ringing."""
    ok: str
    """Talking."""
    warn: str
    """Held."""
    bad: str
    """Trouble and what destroys."""
    soft_accent: str
    soft_ok: str
    soft_warn: str
    soft_bad: str


LIGHT = Tokens(
    background="#f4f5f7",
    surface="#ffffff",
    raised="#ffffff",
    line="#dfe2e7",
    text="#16191d",
    muted="#5c6470",
    faint="#969da8",
    accent="#1f5fd6",
    ok="#0f7b46",
    warn="#9a5b00",
    bad="#b3261e",
    soft_accent="#e6eefc",
    soft_ok="#e2f3ea",
    soft_warn="#fcefdc",
    soft_bad="#fce5e3",
)

DARK = Tokens(
    background="#16181c",
    surface="#1e2126",
    raised="#262a31",
    line="#363b44",
    text="#eceef1",
    muted="#a3abb7",
    faint="#767d89",
    accent="#7fb0ff",
    ok="#62d394",
    warn="#f2b45a",
    bad="#ff8d85",
    soft_accent="#1d2c47",
    soft_ok="#173226",
    soft_warn="#3a2a10",
    soft_bad="#42201f",
)

_BY_SCHEME = {Scheme.LIGHT: LIGHT, Scheme.DARK: DARK}


def current_scheme() -> Scheme | None:
    """The scheme in use; None where the system's own palette is."""
    palette = QApplication.palette()
    ground = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.Base)
    for scheme, known in _BY_SCHEME.items():
        if ground == (QColor(known.background), QColor(known.surface)):
            return scheme
    return None


def tokens() -> Tokens:
    """The colours in use, for widgets that paint themselves."""
    scheme = current_scheme()
    return _from_system(QApplication.palette()) if scheme is None else _BY_SCHEME[scheme]


def apply_theme(app: QApplication, scheme: Scheme | None = None) -> None:
    """Dress the application and follow the system from now on.

    A scheme overrides the system's: for tests and screenshots. A high-contrast system palette
    wins over ours.
    """
    theme = app.findChild(_Theme) or _Theme(app)
    theme.scheme = scheme
    theme.apply()


class _Theme(QObject):
    """Keeps the application's colours in step with the system's."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.scheme: Scheme | None = None
        self._app = app
        # Kept here: the accessibility object dies with the Python wrapper it came from.
        self._hints = app.styleHints()
        self._accessibility = self._hints.accessibility()
        self._hints.colorSchemeChanged.connect(self.apply)
        self._accessibility.contrastPreferenceChanged.connect(self.apply)
        app.setStyle("Fusion")

    def apply(self) -> None:
        app = self._app
        app.setPalette(QPalette())  # an empty one gives back the system's
        system = app.palette()
        if self._is_high_contrast() and self.scheme is None:
            app.setPalette(_with_strong_lines(system))
        else:
            app.setPalette(_palette(_BY_SCHEME[self.scheme or self._system_scheme(system)]))
        # Emptied first: otherwise the sheet keeps the colours of the palette before.
        app.setStyleSheet("")
        app.setStyleSheet(_SHEET % _sizes(app))
        for widget in app.allWidgets():
            widget.update()

    def _is_high_contrast(self) -> bool:
        preference = self._accessibility.contrastPreference()
        return preference is Qt.ContrastPreference.HighContrast

    def _system_scheme(self, system: QPalette) -> Scheme:
        match self._hints.colorScheme():
            case Qt.ColorScheme.Light:
                return Scheme.LIGHT
            case Qt.ColorScheme.Dark:
                return Scheme.DARK
        # Unknown, as on bare X: a desktop may have set dark colours and not said so.
        ground, text = (
            system.color(role).lightness()
            for role in (QPalette.ColorRole.Window, QPalette.ColorRole.WindowText)
        )
        return Scheme.DARK if ground < text else Scheme.LIGHT


def _palette(of: Tokens) -> QPalette:
    """The tokens as palette roles; those that fit none are for painted widgets only."""
    role = QPalette.ColorRole
    colours = {
        role.Window: of.background,
        role.Base: of.surface,
        role.AlternateBase: of.raised,
        role.Button: of.surface,
        role.Mid: of.line,
        role.Midlight: of.background,
        role.Light: of.surface,
        role.Dark: of.muted,
        role.Shadow: of.muted,
        role.WindowText: of.text,
        role.Text: of.text,
        role.ButtonText: of.text,
        role.BrightText: of.bad,
        role.PlaceholderText: of.faint,
        role.Accent: of.accent,
        role.Link: of.accent,
        role.LinkVisited: of.accent,
        role.Highlight: of.soft_accent,
        role.HighlightedText: of.text,
        role.ToolTipBase: of.surface,
        role.ToolTipText: of.text,
    }
    palette = QPalette()
    for each, colour in colours.items():
        palette.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(of.faint))
    for each in (role.Accent, role.Highlight):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(of.line))
    return palette


def _with_strong_lines(system: QPalette) -> QPalette:
    """The system's palette, with the roles our sheet reads in its own sense set from its text."""
    role = QPalette.ColorRole
    palette = QPalette(system)
    text = system.color(role.WindowText)
    for each in (role.Mid, role.Shadow, role.BrightText):
        palette.setColor(each, text)
    palette.setColor(role.Accent, system.color(role.Highlight))
    grey = system.color(QPalette.ColorGroup.Disabled, role.WindowText)
    palette.setColor(role.PlaceholderText, grey)
    return palette


def _from_system(palette: QPalette) -> Tokens:
    """Tokens out of a palette that is not ours: shapes tell apart what colour cannot."""
    role = QPalette.ColorRole

    def named(each: QPalette.ColorRole) -> str:
        return palette.color(each).name()

    text, base = named(role.WindowText), named(role.Base)
    return Tokens(
        background=named(role.Window),
        surface=base,
        raised=base,
        line=text,
        text=text,
        muted=text,
        faint=named(role.PlaceholderText),
        accent=named(role.Accent),
        ok=text,
        warn=text,
        bad=text,
        soft_accent=base,
        soft_ok=base,
        soft_warn=base,
        soft_bad=base,
    )


# The style sheet. Sizes of type follow the system font; spacing goes in steps of 4 pixels, and a
# border that grows from 1 to 2 takes its pixel off padding and height.

SMALL = 0.93
"""Quiet text, as a part of the system font's size."""

_FACTORS = {"small": SMALL, "large": 1.21, "huge": 1.64}


def point_size(font: QFont) -> float:
    """A font's size in points, also where it was set in pixels."""
    size = font.pointSizeF()
    return size if size > 0 else QFontInfo(font).pointSizeF()


def _sizes(app: QApplication) -> dict[str, float]:
    return {name: point_size(app.font()) * factor for name, factor in _FACTORS.items()}


_SHEET = """
QDialog { background: palette(base); }
QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; border: none; width: 10px; margin: 0; }
QScrollBar::handle:vertical {
    background: palette(shadow); border-radius: 3px; min-height: 32px; margin: 0 2px;
}
QScrollBar:horizontal { background: transparent; border: none; height: 10px; margin: 0; }
QScrollBar::handle:horizontal {
    background: palette(shadow); border-radius: 3px; min-width: 32px; margin: 2px 0;
}
QScrollBar::add-line:horizontal, QScrollBar::sub-line:horizontal { width: 0; }
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical { height: 0; }

QLabel[role="title"] { font-size: %(large).2fpt; font-weight: 700; }
QLabel[role="huge"] { font-size: %(huge).2fpt; font-weight: 700; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="state"] { font-size: %(large).2fpt; font-weight: 600; }
QLabel[role="waiting"] { font-weight: 600; color: palette(shadow); }
QLabel[role="quiet"] { font-size: %(small).2fpt; color: palette(shadow); }
QLabel[role="number"] { font-size: %(large).2fpt; letter-spacing: 0.5px; }
QLabel[role="problem"] { font-size: %(small).2fpt; color: palette(bright-text); }
QLabel[role="section"] {
    font-size: %(small).2fpt; font-weight: 600; color: palette(shadow);
}
QLabel[role="panel"] {
    font-size: %(small).2fpt; color: palette(shadow);
    background: palette(window); border-radius: 8px; padding: 10px 12px;
}
QLabel[role="time"] { font-size: %(large).2fpt; font-weight: 600; }
QFrame[role="rule"] { background: palette(mid); border: none; max-height: 1px; min-height: 1px; }

QPushButton {
    background: palette(base); color: palette(button-text); font-weight: 600;
    border: 1px solid palette(mid); border-radius: 7px; padding: 0 12px; min-height: 32px;
}
QPushButton:hover { background: palette(window); }
QPushButton:pressed { background: palette(mid); }
QPushButton:disabled { background: palette(base); color: palette(placeholder-text); }
QPushButton:focus { border: 2px solid palette(accent); padding: 0 11px; min-height: 30px; }
QPushButton[tall="true"] { min-height: 40px; }
QPushButton[tall="true"]:focus { min-height: 38px; }
QPushButton[primary="true"] {
    background: palette(accent); color: palette(base); border-color: palette(accent);
}
QPushButton[primary="true"]:disabled {
    background: palette(window); color: palette(placeholder-text); border-color: palette(mid);
}
QPushButton[primary="true"]:focus { border-color: palette(text); }
QPushButton[role="link"] {
    background: transparent; color: palette(accent); border-color: transparent;
    padding: 0 4px;
}
QPushButton[role="link"]:focus { border-color: palette(accent); padding: 0 3px; }
QPushButton[role="quiet"] {
    background: transparent; color: palette(shadow); border-color: transparent;
    font-size: %(small).2fpt; font-weight: 400; padding: 0 7px;
}
QPushButton[role="quiet"]:hover { background: palette(window); }
QPushButton[role="quiet"]:focus { border-color: palette(accent); padding: 0 6px; }

QPushButton[role="danger"] { color: palette(bright-text); }
QPushButton[role="filter"] {
    background: transparent; border-color: transparent; font-weight: 400; padding: 0 8px;
    min-height: 26px; color: palette(shadow);
}
QPushButton[role="filter"]:checked {
    background: palette(highlight); color: palette(text); font-weight: 600;
}
QPushButton[role="filter"]:focus {
    border: 2px solid palette(accent); padding: 0 7px; min-height: 24px;
}

QLineEdit, QPlainTextEdit, QSpinBox {
    background: palette(base); color: palette(text);
    border: 1px solid palette(shadow); border-radius: 7px; padding: 0 10px; min-height: 32px;
    selection-background-color: palette(highlight); selection-color: palette(highlighted-text);
}
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus {
    border: 2px solid palette(accent); padding: 0 9px; min-height: 30px;
}
QPlainTextEdit { padding: 4px 8px; }
QPlainTextEdit:focus { padding: 3px 7px; }
QLineEdit[role="field"] {
    font-size: %(large).2fpt; min-height: 40px; border-radius: 9px; padding: 0 12px;
}
QLineEdit[role="field"]:focus { min-height: 38px; padding: 0 11px; }
QLineEdit[role="note"] { border-color: palette(mid); }
QLineEdit[role="note"]:focus { border-color: palette(accent); }
QMenuBar { background: palette(base); border-bottom: 1px solid palette(mid); padding: 2px 8px; }
QMenuBar::item { background: transparent; padding: 5px 8px; border-radius: 5px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: palette(highlight); }

QTabBar { background: transparent; }
QTabBar::tab {
    background: transparent; color: palette(shadow); font-weight: 600;
    padding: 6px 2px; margin-right: 18px; border: none; border-bottom: 2px solid transparent;
}
QTabBar[role="narrow"]::tab { margin-right: 8px; }
QTabBar::tab:selected { color: palette(text); border-bottom-color: palette(accent); }
QTabBar::tab:focus { color: palette(accent); }
QListView[role="rows"] { background: transparent; border: none; outline: none; }
QListView[role="rows"]:focus { background: transparent; }
QLineEdit:disabled, QLineEdit:read-only {
    background: palette(window); border-color: palette(mid);
}

QComboBox {
    background: palette(base); color: palette(text);
    border: 1px solid palette(shadow); border-radius: 7px; padding: 0 30px 0 10px;
    min-height: 32px;
}
QComboBox:focus { border: 2px solid palette(accent); padding: 0 29px 0 9px; min-height: 30px; }
QComboBox:disabled { color: palette(placeholder-text); border-color: palette(mid); }
QComboBox::drop-down { border: none; width: 0; }
QComboBox QAbstractItemView {
    background: palette(base); color: palette(text); border: 1px solid palette(mid);
    selection-background-color: palette(highlight); selection-color: palette(highlighted-text);
}

QAbstractItemView[role="preview"] {
    background: palette(base); color: palette(text);
    border: 1px solid palette(mid); border-radius: 7px; padding: 4px; outline: none;
    selection-background-color: palette(highlight); selection-color: palette(highlighted-text);
}
QAbstractItemView[role="preview"]:focus { border: 2px solid palette(accent); padding: 3px; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
    background: palette(base); color: palette(shadow); font-size: %(small).2fpt; font-weight: 600;
    border: none; border-bottom: 1px solid palette(mid); padding: 4px;
}

QMenu { background: palette(base); border: 1px solid palette(mid); padding: 4px; }
QMenu::item { color: palette(text); padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: palette(highlight); color: palette(highlighted-text); }
QMenu::item:disabled { background: transparent; color: palette(shadow); }
QMenu::separator { background: palette(mid); height: 1px; margin: 4px 8px; }

QToolTip {
    background: palette(base); color: palette(text);
    border: 1px solid palette(mid); padding: 4px 8px;
}
"""
