"""The dial plan: what the phone gets for a number, from where the desk stands.

Two modes (KB50043, A.4): without a dial plan every character is passed on as it was entered, and
the phone system does the rest. With one, a number is rewritten as a person at the desk would dial
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from callctrl.numbers import world
from callctrl.numbers.text import keys
from callctrl.numbers.world import Country, Reading

__all__ = ["DialPlan", "Kind", "Preview", "shown"]


class Kind(Enum):
    """What a dial plan takes a number for."""

    UNCHANGED = "unchanged"
    """There is no plan, or it does not understand the number."""
    EMERGENCY = "emergency"
    INTERNAL = "internal"
    CODE = "code"
    """A feature code of the phone or the phone system, e.g. "*72" (C.6)."""
    LOCAL = "local"
    """Of the desk's own area, or dialled as it stands behind the outside digit."""
    NATIONAL = "national"
    INTERNATIONAL = "international"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a number."""

    typed: str
    """The number as it was given."""
    dialled: str
    """What the phone gets."""
    kind: Kind


@dataclass(frozen=True, slots=True)
class DialPlan:
    """Where the desk stands, and how its numbers are rewritten before the phone gets them."""

    enabled: bool = False
    """Off: every character is passed on as it was entered (S46)."""
    country: str = ""
    """Two letters as in ISO 3166, e.g. "US"; empty where nobody said."""
    area_code: str = ""
    """Of the desk's own place, e.g. "212"; numbers without one are local to it."""
    outside_digit: str = ""
    """What gets an outside line, e.g. "9"."""
    long_distance_digit: str = ""
    """What goes before another area's number in North America, e.g. "1"; nothing where empty.

    The prefixes of other countries are known.
    """
    internal_length: int = 4
    """Numbers of up to so many digits are inside the house and never rewritten."""

    @property
    def home(self) -> Country:
        """The country the desk stands in."""
        return world.country(self.country)

    def apply(self, number: str) -> str:
        """What the phone gets for a number; `preview` has the rules."""
        return self.preview(number).dialled

    def preview(self, number: str) -> Preview:
        """What the phone would get for a number, and what it is taken for.

        The first that fits counts:

        - UNCHANGED: the plan is off, or there is a character that has no key.
        - CODE: begins with `*` or `#`.
        - EMERGENCY: calls for help, with the outside digit in front or without.
        - INTERNAL: has no more digits than `internal_length`.
        - Carries the outside digit already, so that it gets no second one. This is certain where
          the number has a surer meaning without its first digit than with it (`Country.read`): in
          New York "92125550100" is too long and "2125550100" is not. In Hamburg "0 040 1234567"
          would be a number in Romania, but none that exists. The kind is that of the rest.
        - INTERNATIONAL: outside digit, international prefix, country code, number. Where each
          carrier has a prefix of its own, only a number that has one is understood.
        - NATIONAL: outside digit, and the number as one dials it in the country, whether its
          country code was written or not.
        - LOCAL: the same for a number of the own area, in North America without the long-distance
          digit. The area code is dialled too, where it is known: this reaches the same telephone
          everywhere, while ever more places do not let it be left out. A number in town whose
          area is not known, and a service such as "116117", follow the outside digit as they are.
        - UNCHANGED: the rest, e.g. a number with a digit too many.

        From all but the unchanged, separators go, letters become digits, and an extension at the
        end is left out: it is keyed in when the other side has answered. Where nobody said what
        country it is, the outside digit is all that numbers get, and one with a `+` is unchanged.
        """
        pressed = keys(number) if self.enabled else ""
        if not pressed:
            return Preview(number, number, Kind.UNCHANGED)
        if pressed[0] in "*#":
            return Preview(number, pressed, Kind.CODE)
        behind = self._behind_outside_digit(pressed)
        if any(world.is_emergency(each, self.country) for each in (pressed, behind)):
            return Preview(number, pressed, Kind.EMERGENCY)
        if self.is_internal(pressed):
            return Preview(number, pressed, Kind.INTERNAL)
        reading, rest = self._read(pressed), self._read(behind)
        if _is_surer(rest, reading):
            return Preview(number, pressed, self._kind(rest))
        kind = self._kind(reading)
        dialled = self._outside(pressed, reading, kind)
        if not dialled:
            return Preview(number, number, Kind.UNCHANGED)
        return Preview(number, self.outside_digit + dialled, kind)

    def is_internal(self, pressed: str) -> bool:
        """Whether these keys reach somebody in the house."""
        return pressed.isdigit() and len(pressed) <= self.internal_length

    def reading(self, number: str) -> Reading | None:
        """What a number means at this desk, outside digit or not, be the plan on or off.

        None where it means nothing outside the house.
        """
        pressed = keys(number)
        if self.is_internal(pressed):
            return None
        reading, rest = self._read(pressed), self._read(self._behind_outside_digit(pressed))
        return rest if _is_surer(rest, reading) else reading

    def _read(self, pressed: str) -> Reading | None:
        if not pressed.removeprefix("+").isdigit():
            return None
        return self.home.read(pressed, self._area())

    def _behind_outside_digit(self, pressed: str) -> str:
        """What follows the outside digit; empty where there is none."""
        is_there = self.outside_digit and pressed.startswith(self.outside_digit)
        return pressed.removeprefix(self.outside_digit) if is_there else ""

    def _area(self) -> str:
        """The area code as it follows the country code."""
        area = keys(self.area_code)
        # Berliners know theirs as "030"; where the prefix is 0, no area code begins with it.
        trunk = self.home.trunk_prefix
        return area.removeprefix(trunk) if trunk.startswith("0") else area

    def _kind(self, reading: Reading | None) -> Kind:
        if reading is None:
            return Kind.UNCHANGED
        if reading.number is None:
            return Kind.LOCAL
        if reading.country_code != self.home.code:
            return Kind.INTERNATIONAL
        area = self._area()
        return Kind.LOCAL if area and reading.national.startswith(area) else Kind.NATIONAL

    def _outside(self, pressed: str, reading: Reading | None, kind: Kind) -> str:
        """What follows the outside digit; empty where nobody can tell."""
        if reading is None:
            return ""
        if reading.number is None:
            return pressed
        if kind is Kind.INTERNATIONAL:
            if prefix := self.home.international_prefix:
                return f"{prefix}{reading.country_code}{reading.national}"
            return "" if pressed.startswith("+") else pressed
        if reading.country_code != world.NORTH_AMERICA:
            # Where the library knows no grouping, it knows no prefix either.
            is_bare = reading.at_home == reading.national and not reading.certain
            return (self.home.trunk_prefix if is_bare else "") + keys(reading.at_home)
        long_distance = "" if kind is Kind.LOCAL else self.long_distance_digit
        return long_distance + reading.national


def shown(number: str, plan: DialPlan) -> str:
    """The number as people write it where the desk stands: "(212) 555-0100", "+44 121 234 5678".

    Only one that certainly exists is rewritten. Internal numbers, codes, numbers in town, with
    letters, an extension or an outside digit stay as they are, so that no digit is lost but the
    prefixes that a reader adds by himself.
    """
    pressed = keys(number)
    if plan.is_internal(pressed) or any(char.isalpha() for char in number):
        return number
    reading = plan._read(pressed)
    if reading is None or reading.number is None or not reading.certain:
        return number
    if plan._kind(reading) is not Kind.INTERNATIONAL and (
        # In Argentina a mobile's number is another one at home.
        keys(reading.at_home).endswith(reading.national)
    ):
        return reading.at_home
    return reading.abroad


def _is_surer(one: Reading | None, other: Reading | None) -> bool:
    if one is None or other is None:
        return one is not None and other is None
    return one.certain > other.certain
