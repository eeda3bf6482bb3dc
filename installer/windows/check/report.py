"""What was looked at, and whether it was as it should be: a line each."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Report"]

_LOOK_EVERY = 0.25


class Report:
    """Counts what was not as it should be."""

    def __init__(self) -> None:
        self.failures = 0

    def expect(self, what: str, is_so: bool, found: object = None) -> bool:
        """Tell of one thing; `found` is told, too, where it is not so."""
        self.failures += not is_so
        told = "" if is_so or found is None else f" (found: {found})"
        print(f"  {'ok    ' if is_so else 'FAILED'}  {what}{told}", flush=True)
        return is_so

    def wait(self, what: str, condition: Callable[[], bool], *, within: float = 60.0) -> bool:
        """Give one thing `within` seconds to become so."""
        ends_at = time.monotonic() + within
        while not (is_so := condition()) and time.monotonic() < ends_at:
            time.sleep(_LOOK_EVERY)
        return self.expect(what, is_so)
