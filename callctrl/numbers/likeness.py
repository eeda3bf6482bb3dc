"""Whether two numbers lead to the same telephone, in whatever form each is written."""

from __future__ import annotations

from callctrl.numbers import world
from callctrl.numbers.plan import DialPlan
from callctrl.numbers.text import keys, tail, typed
from callctrl.numbers.world import Reading

__all__ = ["likeness"]

_SHORTEST = 7
"""Digits that must be left when prefixes are taken off; fewer are alike by chance."""


def likeness(one: str, other: str, plan: DialPlan) -> int:
    """How surely two numbers are the same: 0 not at all, 3 the surest; in either order.

    The plan tells where the desk stands, be it on or off.

    - 3: the same keys. Separators, an extension at the end and a `+` do not count, and letters are
      the digits they stand for. But where both are certain to exist, one only with its `+` and the
      other only without, they are two.
    - 2: the same number of the world, as both are understood at this desk (`DialPlan.reading`):
      national, international, behind the outside digit, without the own area code.
    - 1: the same behind prefixes that are dialled here (outside digit, international prefix, own
      country code, trunk prefix), with seven digits or more left. Or one is the other's number of
      the world with the `+` left out. Or nobody said what country this is, one is international,
      and the other is the same in that number's country.
    - 0: all others. What is not a number, and whoever is inside the house, is the same by 3 only:
      "200" is never the end of somebody's number.
    """
    if not tail(one) or not tail(other):
        return 0
    a, b = (keys(each) or typed(each) for each in (one, other))
    x, y = plan.reading(a), plan.reading(b)
    if a.removeprefix("+") == b.removeprefix("+"):
        return 0 if a != b and _are_two(x, y) else 3
    if plan.is_internal(a) or plan.is_internal(b):
        return 0
    if _is_same(x, y):
        return 2
    is_close = (
        not _stems(a, x, plan).isdisjoint(_stems(b, y, plan))
        or _is_without_plus(a, x, y)
        or _is_without_plus(b, y, x)
        or _is_same_there(a, y, plan)
        or _is_same_there(b, x, plan)
    )
    return int(is_close)


def _is_same(one: Reading | None, other: Reading | None) -> bool:
    if one is None or other is None or one.number is None:
        return False
    return (one.country_code, one.national) == (other.country_code, other.national)


def _are_two(one: Reading | None, other: Reading | None) -> bool:
    is_certain = one is not None and other is not None and one.certain and other.certain
    return is_certain and not _is_same(one, other)


def _stems(pressed: str, meaning: Reading | None, plan: DialPlan) -> set[str]:
    """What is left of a number when prefixes are taken off, any of them or none.

    A `+` and the international prefix are the same, and stay with a foreign number.
    """
    if not pressed.removeprefix("+").isdigit():
        return set()
    home = plan.home
    abroad = {pressed} if pressed.startswith("+") else set()
    here = {pressed, pressed.removeprefix(plan.outside_digit)} - abroad
    if prefix := home.international_prefix:
        abroad |= {"+" + each.removeprefix(prefix) for each in here if each.startswith(prefix)}
    if meaning and meaning.number:
        abroad.add(f"+{meaning.country_code}{meaning.national}")
    if home.code:
        code = str(home.code)
        here |= {each.removeprefix(code) for each in here}
        here |= {each[len(code) + 1 :] for each in abroad if each.startswith("+" + code)}
    here |= {each.removeprefix(home.trunk_prefix) for each in here}
    shortest = max(_SHORTEST, plan.internal_length + 1)
    return {each for each in here | abroad if len(each.removeprefix("+")) >= shortest}


def _is_without_plus(pressed: str, own: Reading | None, other: Reading | None) -> bool:
    """Whether these are the digits behind the other's `+`, and nothing else for certain."""
    if other is None or other.number is None or (own is not None and own.certain):
        return False
    return pressed == f"{other.country_code}{other.national}"


def _is_same_there(pressed: str, other: Reading | None, plan: DialPlan) -> bool:
    """Whether these keys are the other number, to people in its country."""
    if plan.home.name or other is None or other.number is None or not pressed.isdigit():
        return False
    there = world.country_with_code(other.country_code)
    return len(pressed) >= _SHORTEST and _is_same(there.read(pressed), other)
