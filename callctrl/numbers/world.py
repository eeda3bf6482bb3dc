"""The numbering plans of the world: what keys mean in a country.

The one module that knows the library phonenumbers, which is loaded when a number is first read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from callctrl.numbers.text import keys

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

__all__ = [
    "EMERGENCY",
    "NORTH_AMERICA",
    "Country",
    "Reading",
    "countries",
    "country",
    "country_with_code",
    "examples",
    "is_emergency",
]

EMERGENCY = frozenset(
    {
        "000",  # Australia
        "110",  # Germany, China, Japan: police
        "111",  # New Zealand
        "112",  # Europe, and any mobile network
        "113",  # Italy: police; Norway: ambulance
        "115",  # Italy: fire; Iran: ambulance
        "118",  # Italy: ambulance; Switzerland: fire
        "119",  # Japan, Korea, China: fire
        "911",  # North America
        "999",  # Britain, Ireland and many more
    }
)
"""What calls for help in many places, and is an emergency number in all of them.

Other numbers are one only in the countries that have them.
"""

_BEST_KNOWN = ("911", "999", "000", "112")
"""Emergency numbers that countries with several know best, these first."""

NORTH_AMERICA = 1
"""The country code of the countries that dial "1" before some numbers and not before others."""

_WRITTEN_PREFIXES = ("00", "011")
"""What leads abroad in most of the world, and in North America: people write it everywhere."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What keys mean."""

    certain: bool
    """Whether such a number exists; otherwise no more is known than that its length fits."""
    number: PhoneNumber | None = None
    """None where the keys are dialled as they are: a service, or in a town that is not known."""

    @property
    def country_code(self) -> int:
        """E.g. 49; 0 where the keys are dialled as they are."""
        return (self.number and self.number.country_code) or 0

    @property
    def national(self) -> str:
        """The digits behind the country code, e.g. "30123456" or, in Italy, "0612345678"."""
        return _national(self.number)

    @property
    def at_home(self) -> str:
        """As people write and dial it in its own country, e.g. "030 123456"."""
        import phonenumbers

        if self.number is None:
            return ""
        return phonenumbers.format_national_number_with_preferred_carrier_code(self.number, "")

    @property
    def abroad(self) -> str:
        """As people write it elsewhere, e.g. "+49 30 123456"."""
        import phonenumbers

        form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(self.number, form) if self.number else ""


@dataclass(frozen=True, slots=True)
class Country:
    """How numbers are dialled in a country; by its defaults, in one nobody knows."""

    name: str = ""
    """Two capital letters as in ISO 3166, e.g. "DE"."""
    code: int = 0
    """What leads to it from abroad, e.g. 49."""
    trunk_prefix: str = ""
    """What goes before a number of another area, e.g. "0"; empty where nothing does."""
    international_prefix: str = ""
    """What goes before a country code, e.g. "00"; empty where each carrier has its own."""
    lengths: frozenset[int] = frozenset()
    """How many digits a number may have without prefixes, with its area code or without."""
    complete_length: int = 0
    """Digits of the longest number of a fixed line: so many cannot lack their area code."""

    def read(self, pressed: str, area_code: str = "") -> Reading | None:
        """What digits mean here, behind a `+` or not; None where they mean nothing.

        The surest meaning counts, and among equals the first of these:

        1. with a `+`, the country's own prefixes or its code in front: a number with all its parts;
        2. a service, e.g. "116117";
        3. without prefix, but as long as numbers get, or of a country that has no trunk prefix;
        4. behind a prefix that another country has: "011 44 …" in Germany;
        5. in town. This is never certain, even where the number with the area code exists.
        """
        if pressed.startswith("+"):
            return _possible(_parse(pressed))
        if not self.name:
            return _behind_written_prefix(pressed) or Reading(certain=False)
        number = _parse(pressed, self.name)
        if _national(number) != pressed:
            meanings = [_possible(number), _behind_written_prefix(pressed)]
        else:
            meanings = [
                self._service(number),
                self._complete(number),
                _behind_written_prefix(pressed),
                self._in_town(pressed, area_code),
            ]
        found = [each for each in meanings if each]
        return max(found, key=lambda each: each.certain, default=None)

    def _service(self, number: PhoneNumber | None) -> Reading | None:
        import phonenumbers

        is_one = (
            number is not None
            and phonenumbers.is_valid_short_number_for_region(number, self.name)
            # Those for text messages are legion, and nobody calls them.
            and not phonenumbers.is_sms_service_for_region(number, self.name)
        )
        return Reading(certain=True) if is_one else None

    def _complete(self, number: PhoneNumber | None) -> Reading | None:
        reading = _possible(number)
        if reading is None or len(reading.national) >= self.complete_length:
            return reading
        return reading if reading.certain and not self.trunk_prefix else None

    def _in_town(self, pressed: str, area_code: str) -> Reading | None:
        if area_code:
            whole = _possible(_parse(f"+{self.code}{area_code}{pressed}"))
            if whole and whole.certain and whole.national == area_code + pressed:
                return Reading(certain=False, number=whole.number)
        return Reading(certain=False) if len(pressed) in self.lengths else None


@lru_cache
def country(name: str) -> Country:
    """The country with this name in letters of any case; one without a name if there is none."""
    import phonenumbers

    name = name.upper()
    data = name in phonenumbers.SUPPORTED_REGIONS and (
        phonenumbers.PhoneMetadata.metadata_for_region(name)
    )
    if not data or not data.general_desc or not data.fixed_line:
        return Country()
    # A tilde is the moment to wait for another dial tone, as in Russia's 8~10.
    abroad = data.preferred_international_prefix or data.international_prefix or ""
    abroad = abroad.replace("~", "")
    general = data.general_desc
    return Country(
        name,
        phonenumbers.country_code_for_region(name),
        data.national_prefix or "",
        abroad if abroad.isdigit() else "",
        frozenset(general.possible_length) | frozenset(general.possible_length_local_only),
        max(data.fixed_line.possible_length),
    )


def country_with_code(code: int) -> Country:
    """The country with this code; the largest one where several share it."""
    import phonenumbers

    return country(phonenumbers.region_code_for_country_code(code))


def countries() -> tuple[str, ...]:
    """The names of all countries whose numbers are known, in the order of the alphabet."""
    import phonenumbers

    return tuple(sorted(phonenumbers.SUPPORTED_REGIONS))


def is_emergency(number: str, country: str = "") -> bool:
    """Whether the number calls for help, in this country or by `EMERGENCY`."""
    import phonenumbers

    pressed = keys(number)
    if not pressed.isdigit():
        return False
    return pressed in EMERGENCY or phonenumbers.is_emergency_number(pressed, country.upper())


def examples(name: str = "") -> tuple[str, ...]:
    """Numbers to try a dial plan on: inside, in the country, abroad, for help; none twice."""
    import phonenumbers

    home = country(name)
    kinds = phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE
    at_home = [phonenumbers.example_number_for_type(home.name, kind) for kind in kinds if home.name]
    abroad = phonenumbers.example_number("US" if home.code == 44 else "GB")
    for_help = (each for each in _BEST_KNOWN if phonenumbers.is_emergency_number(each, home.name))
    found = [
        "200",
        *(text for each in map(_sample, at_home) for text in (each.at_home, each.abroad)),
        _sample(abroad).abroad,
        next(for_help, "112"),
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def _sample(number: PhoneNumber | None) -> Reading:
    return Reading(certain=True, number=number)


def _national(number: PhoneNumber | None) -> str:
    import phonenumbers

    return phonenumbers.national_significant_number(number) if number else ""


def _parse(pressed: str, country: str | None = None) -> PhoneNumber | None:
    import phonenumbers

    try:
        # Else a Brazilian's choice of a carrier, "0 15 21 …", would be dropped.
        return phonenumbers.parse(pressed, country, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _possible(number: PhoneNumber | None) -> Reading | None:
    """A number with all its parts, where its length is one that there is."""
    import phonenumbers

    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return Reading(phonenumbers.is_valid_number(number), number)


def _behind_written_prefix(pressed: str) -> Reading | None:
    """A number of the world, where one exists."""
    for prefix in _WRITTEN_PREFIXES:
        if pressed.startswith(prefix):
            reading = _possible(_parse("+" + pressed.removeprefix(prefix)))
            if reading and reading.certain:
                return reading
    return None
