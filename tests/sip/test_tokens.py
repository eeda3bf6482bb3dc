"""What must be unique or unguessable."""

from __future__ import annotations

from random import Random

from callctrl.sip.tokens import Tokens


class HighestNumbers(Random):
    """A fake that always draws the last there is."""

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        return (start if stop is None else stop) - step


def test_a_tag_has_thirty_two_bits_of_chance() -> None:
    """RFC 3261 section 19.3."""
    assert int(Tokens(HighestNumbers()).tag()) == 2**32 - 1


def test_a_branch_and_a_call_id_have_more() -> None:
    """RFC 3261 sections 8.1.1.4 and 8.1.1.7."""
    tokens = Tokens(HighestNumbers())
    assert tokens.branch().startswith("z9hG4bK")
    highest = str(2**32 - 1)
    assert tokens.branch() == f"z9hG4bK{highest}{highest}"
    assert tokens.call_id() == "-".join([highest] * 3)
