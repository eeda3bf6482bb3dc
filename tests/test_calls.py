from __future__ import annotations

import pytest

from callctrl import calls as module
from callctrl.calls import CommandAnswered, Failure, Hold, Refused


def test_the_refusal_is_told_in_the_documented_sentence() -> None:
    assert Refused(403, "Forbidden", "SPA-STATUS").message == (
        "The error '403 Forbidden' was received from SPA-STATUS and will prevent Call Ctrl from "
        "functioning properly. Please enable Debugging and restart Call Ctrl to diagnose the "
        "problem."
    )


@pytest.mark.parametrize(
    ("status", "accepted"), [(200, True), (202, True), (300, False), (403, False), (503, False)]
)
def test_any_2xx_accepts_a_command(status: int, accepted: bool) -> None:
    assert CommandAnswered(Hold(), status).accepted is accepted


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (200, None),
        (202, None),
        (401, Failure.UNAUTHORIZED),
        (403, Failure.FORBIDDEN),
        (481, Failure.NO_SUCH_CALL),
        (408, Failure.NO_ANSWER),
        (503, Failure.UNREACHABLE),
        (599, Failure.REFUSED),
    ],
)
def test_a_refusal_says_what_kind_it_is(status: int, failure: Failure | None) -> None:
    assert CommandAnswered(Hold(), status).failure is failure


def test_every_public_name_is_exported() -> None:
    defined = {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__
    }
    assert defined <= set(module.__all__)
