"""mimeapps.list, edited: Association between MIME types and applications 1.0.1.

Who opens what by these lists is asked in `test_linkhandlers`.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.system.desktopentry import list_of, values_in
from callctrl.system.mimeapps import DEFAULTS, edited

TEL = "x-scheme-handler/tel"


def first(names: list[str]) -> list[str]:
    return ["us.desktop", *without(names)]


def without(names: list[str]) -> list[str]:
    return [name for name in names if name != "us.desktop"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[{DEFAULTS}]\n{TEL}=us.desktop;\n"),
        ("[Other]\nx=y", f"[Other]\nx=y\n\n[{DEFAULTS}]\n{TEL}=us.desktop;\n"),
        (f"[{DEFAULTS}]", f"[{DEFAULTS}]\n{TEL}=us.desktop;"),
        (f"[{DEFAULTS}]\na=b\n\n[O]\n", f"[{DEFAULTS}]\n{TEL}=us.desktop;\na=b\n\n[O]\n"),
        (f"[{DEFAULTS}]\n{TEL}=a.desktop\n", f"[{DEFAULTS}]\n{TEL}=us.desktop;a.desktop;\n"),
        (f"[O]\n{TEL}=a\n[{DEFAULTS}]\n", f"[O]\n{TEL}=a\n[{DEFAULTS}]\n{TEL}=us.desktop;\n"),
        (f"[{DEFAULTS}]\n#{TEL}=a\n", f"[{DEFAULTS}]\n{TEL}=us.desktop;\n#{TEL}=a\n"),
    ],
)
def test_a_name_comes_first(before: str, after: str) -> None:
    assert edited(before, DEFAULTS, TEL, first) == after
    assert edited(after, DEFAULTS, TEL, first) == after


def test_what_is_left_out_leaves_no_empty_list() -> None:
    before = f"[{DEFAULTS}]\n{TEL}=us.desktop;\na=us.desktop;b;\n"
    after = edited(before, DEFAULTS, TEL, without)
    assert after == f"[{DEFAULTS}]\na=us.desktop;b;\n"
    assert edited(after, DEFAULTS, "a", without) == f"[{DEFAULTS}]\na=b;\n"
    assert edited("", DEFAULTS, TEL, without) == ""


lines = st.one_of(
    st.sampled_from([f"[{DEFAULTS}]", "[Other]", f"{TEL}=a;b", f"{TEL} = us.desktop", "#", ""]),
    st.text(st.characters(exclude_characters="\n")),
)


@given(st.lists(lines).map("\n".join))
def test_nothing_else_in_any_text_is_lost(text: str) -> None:
    after = edited(text, DEFAULTS, TEL, first)
    assert list_of(values_in(after, DEFAULTS)[TEL])[0] == "us.desktop"
    ours = f"{TEL}=us.desktop;"
    kept = [line for line in after.split("\n") if not line.startswith(ours)]
    left = iter(text.split("\n"))
    for line in kept:
        assert line in {"", f"[{DEFAULTS}]"} or line in left
    again = edited(after, DEFAULTS, TEL, without)
    assert "us.desktop" not in list_of(values_in(again, DEFAULTS).get(TEL, ""))
