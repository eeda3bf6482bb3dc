"""Telephone numbers: how one is dialled, compared, shown, and taken out of a link.

A number is kept as it was written and understood only when it is used, since what it means depends
on where the desk stands: "5551234" is somebody in town, "95551234" the same person behind a phone
system whose 9 gets an outside line. `DialPlan` tells where that is. Read the modules in this order:

    text      characters: what was written, and the keys one presses for it
    world     numbering plans: what the keys mean in a country; alone knows the library
    plan      the desk: what the phone gets, and how a number is shown
    likeness  callers: whether two numbers lead to the same telephone
    links     tel:, sip: and callto: links, which strangers write

Where a meaning is not certain a number stays as it is: a call that fails is better than one that
reaches somebody else. Nothing here reads files or loads the library before it is needed.
"""

from callctrl.numbers.likeness import likeness
from callctrl.numbers.links import Link, LinkError, LinkFault, is_link, read_link
from callctrl.numbers.plan import DialPlan, Kind, Preview, shown
from callctrl.numbers.text import extensions_in, is_number, keys, tail, typed
from callctrl.numbers.world import EMERGENCY, countries, examples, is_emergency

__all__ = [
    "EMERGENCY",
    "DialPlan",
    "Kind",
    "Link",
    "LinkError",
    "LinkFault",
    "Preview",
    "countries",
    "examples",
    "extensions_in",
    "is_emergency",
    "is_link",
    "is_number",
    "keys",
    "likeness",
    "read_link",
    "shown",
    "tail",
    "typed",
]
