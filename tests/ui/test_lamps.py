"""The lamps as drawn: told apart by shape alone, at every size and scale, on every ground."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from callctrl.calls import LampState
from callctrl.ui.lamps import lamp_colour, lamp_icon, lamp_side, paint_lamp
from callctrl.ui.theme import Scheme, tokens

Dress = Callable[[Scheme | None], None]


def picture(state: LampState, pixels: int) -> QImage:
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32)
    image.fill(QColor(tokens().surface))
    painter = QPainter(image)
    paint_lamp(painter, QRectF(0, 0, pixels, pixels), state)
    painter.end()
    return image


def shape(state: LampState, pixels: int) -> list[bool]:
    """Where it has ink, whatever its colour."""
    image, ink, ground = picture(state, pixels), lamp_colour(state), QColor(tokens().surface)
    darker = abs(ink.lightness() - ground.lightness()) / 2
    return [
        abs(image.pixelColor(x, y).lightness() - ground.lightness()) > darker
        for y in range(pixels)
        for x in range(pixels)
    ]


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("pixels", [12, 14, 16, 24, 32])
def test_no_two_shapes_are_alike_though_colours_be_taken_away(
    dress: Dress, scheme: Scheme, pixels: int
) -> None:
    dress(scheme)
    shapes = {state: shape(state, pixels) for state in LampState}
    for one, other in combinations(LampState, 2):
        differs = sum(a != b for a, b in zip(shapes[one], shapes[other], strict=True))
        inked = max(sum(shapes[one]), sum(shapes[other]))
        assert differs >= inked / 4, (one, other)


@pytest.mark.parametrize("pixels", [12, 14, 16, 24, 32])
def test_what_is_unknown_is_no_ring(dress: Dress, pixels: int) -> None:
    """A ring means free; the corners and the middle are where unknown has ink and a ring none."""
    dress(Scheme.LIGHT)
    image = picture(LampState.UNKNOWN, pixels)
    ground = QColor(tokens().surface)
    assert image.pixelColor(0, 0) != ground
    assert picture(LampState.FREE, pixels).pixelColor(0, 0) == ground
    middle = [image.pixelColor(pixels // 2, y) != ground for y in range(3, pixels - 3)]
    assert any(middle)


@pytest.mark.parametrize("ground", ["#000000", "#ffffff"])
def test_in_a_contrast_theme_every_lamp_is_seen(qapp: QApplication, ground: str) -> None:
    before = QPalette(qapp.palette())
    palette, text = QPalette(), "#ffff00" if ground == "#000000" else "#000000"
    for role in QPalette.ColorRole:
        if role is not QPalette.ColorRole.NColorRoles:
            palette.setColor(role, QColor(text))
    for role in (QPalette.ColorRole.Window, QPalette.ColorRole.Base):
        palette.setColor(role, QColor(ground))
    qapp.setPalette(palette)
    try:
        shapes = {tuple(shape(state, 14)) for state in LampState}
        assert len(shapes) == len(LampState)
        assert all(any(each) for each in shapes)
        assert {lamp_colour(state).name() for state in LampState} == {text}
    finally:
        qapp.setPalette(before)


@pytest.mark.parametrize("state", LampState)
@pytest.mark.parametrize("scheme", Scheme)
def test_each_lamp_has_an_icon_that_is_sharp_at_two_dots_a_pixel(
    dress: Dress, scheme: Scheme, state: LampState
) -> None:
    dress(scheme)
    icon = lamp_icon(state)
    assert icon.pixmap(QSize(16, 16), 2.0).width() == 32
    assert not icon.pixmap(QSize(16, 16), 1.0).toImage().allGray() or state in (
        LampState.AWAY,
        LampState.UNKNOWN,
    )


@pytest.mark.parametrize(("line", "side"), [(10, 12), (14, 12), (16, 14), (19, 16), (40, 16)])
def test_a_lamp_is_as_large_as_the_text_beside_it(line: int, side: int) -> None:
    assert lamp_side(line) == side
