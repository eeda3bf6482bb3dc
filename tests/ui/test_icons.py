"""The icons, looked at pixel by pixel: six shapes, each in the colour it should have."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication

from callctrl.ui.icons import _images, app_icon, padlock_icon, state_icon
from callctrl.ui.state import PhoneState
from callctrl.ui.theme import DARK, LIGHT, Scheme, Tokens

TOKEN = {
    PhoneState.CONNECTING: "muted",
    PhoneState.READY: "ok",
    PhoneState.RINGING: "accent",
    PhoneState.ON_A_CALL: "ok",
    PhoneState.HELD: "warn",
    PhoneState.TROUBLE: "bad",
}

pytestmark = pytest.mark.usefixtures("qapp")


def image(icon: QIcon, size: int) -> QImage:
    return (
        icon.pixmap(QSize(size, size), 1.0).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    )


def pixels(picture: QImage) -> list[QColor]:
    return [
        picture.pixelColor(x, y) for y in range(picture.height()) for x in range(picture.width())
    ]


@pytest.mark.parametrize("size", [16, 22, 24, 32, 48, 64])
@pytest.mark.parametrize("state", PhoneState)
def test_each_state_has_a_picture_of_each_size(state: PhoneState, size: int) -> None:
    picture = image(state_icon(state), size)
    assert (picture.width(), picture.height()) == (size, size)
    drawn = sum(pixel.alpha() > 128 for pixel in pixels(picture))
    assert drawn > size * size / 20


def test_the_states_differ_in_shape_even_at_16_pixels() -> None:
    shapes = {
        state: [pixel.alphaF() for pixel in pixels(image(state_icon(state), 16))]
        for state in PhoneState
    }
    for one, other in combinations(PhoneState, 2):
        difference = sum(abs(a - b) for a, b in zip(shapes[one], shapes[other], strict=True))
        assert difference > 10, (one, other)


def test_shapes_do_not_depend_on_the_scheme() -> None:
    for state in PhoneState:
        light, dark = (
            [pixel.alpha() for pixel in pixels(image(state_icon(state, scheme), 32))]
            for scheme in Scheme
        )
        assert light == dark


@pytest.mark.parametrize("state", PhoneState)
def test_each_state_has_the_colour_of_its_token(state: PhoneState) -> None:
    for scheme, colours in ((Scheme.LIGHT, LIGHT), (Scheme.DARK, DARK)):
        wanted = QColor(getattr(colours, TOKEN[state]))
        assert _is_near(solid_colour(state_icon(state, scheme)), wanted)


@pytest.mark.parametrize("panel", ["#ffffff", "#f0f0f0", "#2d2d30", "#000000"])
@pytest.mark.parametrize("state", PhoneState)
def test_the_trays_icon_is_seen_on_any_panel(state: PhoneState, panel: str) -> None:
    assert contrast(solid_colour(state_icon(state)).name(), panel) >= 3


def solid_colour(icon: QIcon) -> QColor:
    """The one colour of an icon; where two edges meet it may be off by a hair."""
    solid = [pixel for pixel in pixels(image(icon, 64)) if pixel.alpha() == 255]
    assert all(_is_near(pixel, solid[0]) for pixel in solid)
    return solid[0]


def _is_near(one: QColor, other: QColor) -> bool:
    return all(
        abs(a - b) <= 2
        for a, b in (
            (one.red(), other.red()),
            (one.green(), other.green()),
            (one.blue(), other.blue()),
        )
    )


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("missed", [1, 9, 10, 250])
def test_missed_calls_are_counted_in_the_lower_right_corner(missed: int) -> None:
    plain, counted = (
        image(state_icon(PhoneState.READY, missed=count), 32) for count in (0, missed)
    )
    changed = [
        (x, y)
        for y in range(32)
        for x in range(32)
        if plain.pixelColor(x, y) != counted.pixelColor(x, y)
    ]
    assert min(min(place) for place in changed) >= 13, "the state is still to be seen"
    in_badge = {counted.pixelColor(x, y).name() for x, y in changed}
    assert {LIGHT.bad, LIGHT.surface} <= in_badge


def test_each_count_up_to_nine_looks_different_and_more_is_more() -> None:
    pictures = [pixels(image(state_icon(PhoneState.READY, missed=at), 32)) for at in range(12)]
    assert all(one != other for one, other in combinations(pictures[:11], 2))
    assert pictures[10] == pictures[11]


def test_where_a_number_could_not_be_read_the_circle_is_enough() -> None:
    one, nine = (image(state_icon(PhoneState.READY, missed=count), 16) for count in (1, 9))
    assert pixels(one) == pixels(nine)
    assert one.pixelColor(11, 11).name() == LIGHT.bad


def test_the_program_has_an_icon(qapp: QApplication) -> None:
    drawn = {pixel.name() for pixel in pixels(image(app_icon(), 64)) if pixel.alpha() == 255}
    assert {LIGHT.accent, "#ffffff"} <= drawn


@pytest.mark.parametrize(("scheme", "tokens"), [(Scheme.LIGHT, LIGHT), (Scheme.DARK, DARK)])
def test_the_padlock_is_as_quiet_as_what_stands_beside_it(scheme: Scheme, tokens: Tokens) -> None:
    drawn = {
        pixel.name() for pixel in pixels(image(padlock_icon(scheme), 64)) if pixel.alpha() == 255
    }
    assert drawn == {tokens.muted}


def test_what_was_drawn_before_is_not_drawn_anew() -> None:
    """Each change of a call asks for three icons; nine drawings each would be felt in a flood."""
    _images.cache_clear()
    for _ in range(3):
        state_icon(PhoneState.RINGING, missed=2)
    assert (_images.cache_info().misses, _images.cache_info().hits) == (1, 2)
    state_icon(PhoneState.RINGING, missed=3)
    assert _images.cache_info().misses == 2
