"""What went wrong with a file of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from callctrl.desk import Fault
from callctrl.store.database import NewerDatabase, StoreError, StoreReason
from callctrl.ui.storewords import failure_in_words, fault_in_words


@pytest.mark.parametrize("reason", StoreReason)
def test_every_failure_says_that_something_is_not_kept(reason: StoreReason) -> None:
    sentence = failure_in_words(StoreError(reason, "disk I/O error"))
    assert "kept" in sentence
    assert sentence.endswith(".")
    assert "I/O" not in sentence, "that is for the log"


def test_a_full_disk_is_told_with_what_goes_on() -> None:
    assert "The phone stays under control" in failure_in_words(StoreError(StoreReason.FULL, ""))


@pytest.mark.parametrize(
    ("what", "name"), [("history", "calls of the history"), ("contacts", "contacts")]
)
def test_what_cannot_be_opened_is_named(what: str, name: str) -> None:
    closed = fault_in_words(Fault(what, StoreError(StoreReason.LOCKED, "")))
    newer = fault_in_words(Fault(what, NewerDatabase("version 9")))
    assert closed == f"The {name} cannot be opened: what is added now is lost at the end."
    assert newer.startswith(f"The {name} were written by a newer version")
    file = Path("/home/anna/history.damaged")
    assert fault_in_words(Fault(what, None, file)) == (
        f"The {name} were damaged. What could be read was kept; the damaged file is {file}."
    )


def test_a_file_with_braces_in_its_name_is_only_a_file() -> None:
    file = Path("/home/{0}/{what}.db")
    assert f"{file}." in fault_in_words(Fault("contacts", None, file))
