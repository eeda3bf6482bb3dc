"""`docs/conformance.md` names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
NAMED = re.findall(
    r"`([\w/]+\.py)(?:::(\w+))?`", (HERE.parent / "docs/conformance.md").read_text("utf-8")
)


def test_every_test_that_is_named_is_there() -> None:
    assert len(NAMED) > 50
    missing = [
        f"{path}::{name}"
        for path, name in NAMED
        if not re.search(rf"def {name or 'test_'}", (HERE / path).read_text("utf-8"))
    ]
    assert missing == []
