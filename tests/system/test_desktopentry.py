"""Desktop entries: Desktop Entry Specification 1.5, sections 3, 4 and 7."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.system.desktopentry import (
    entry_text,
    exec_line,
    exec_words,
    is_installed,
    list_of,
    read_group,
    read_text,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("callctrl", "callctrl"),
        ("--minimized", "--minimized"),
        ("/home/anna lee/callctrl", '"/home/anna lee/callctrl"'),
        ('"', r'"\""'),
        ("a$b`c\\d", r'"a\$b\`c\\d"'),
        ("~/x", '"~/x"'),
        ("", '""'),
    ],
)
def test_words_are_quoted_where_they_must_be(word: str, written: str) -> None:
    """Section 7: reserved characters, the four escapes within quotes, and the sign of codes."""
    assert exec_line([word]) == written


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_what_is_written_is_read_as_it_was(words: list[str]) -> None:
    text = entry_text({"Exec": exec_line(["callctrl", *words])})
    assert exec_words(read_group(text)["Exec"]) == ["callctrl", *words]


def test_a_percent_sign_is_none_of_a_field_code() -> None:
    assert exec_line(["callctrl", "100%"]) == "callctrl 100%%"
    assert exec_line(["/a%u/callctrl"]) == "env /a%%u/callctrl", "GLib finds env"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(read_group(f"[Desktop Entry]\n{text}"), dict)
    assert isinstance(exec_words(text), list)


def test_field_codes_are_no_words() -> None:
    assert exec_words("callctrl dial -- %u") == ["callctrl", "dial", "--"]
    assert exec_words('callctrl "%%u" 5%%') == ["callctrl", "%u", "5%"]


def test_a_group_holds_what_stands_below_its_name() -> None:
    text = "# first\n[Desktop Entry]\nName=Call Ctrl\nName[de]=Ruf\n Key = a\\sb \n#No=1\n"
    text += "[Other]\nName=No"
    assert read_group(text) == {"Name": "Call Ctrl", "Name[de]": "Ruf", "Key": "a b"}
    assert read_group(text, "Other") == {"Name": "No"}
    assert read_group(text, "None") == {}


def test_lists_may_end_without_a_semicolon() -> None:
    assert list_of("a;b;") == list_of("a; b") == ["a", "b"]
    assert list_of("") == []


def test_a_program_to_try_must_be_there(program: Path) -> None:
    assert is_installed({})
    assert is_installed({"TryExec": str(program)})
    assert not is_installed({"TryExec": str(program.with_name("gone"))})


def test_a_missing_file_has_no_text(tmp_path: Path) -> None:
    assert read_text(tmp_path / "none") is None
    (tmp_path / "file").write_bytes(b"caf\xe9")
    assert read_text(tmp_path / "file" / "below") is None
    text = read_text(tmp_path / "file")
    assert text is not None
    assert text.encode("utf-8", "surrogateescape") == b"caf\xe9"


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="needs desktop-file-utils")
def test_the_entry_that_a_package_brings_is_valid() -> None:
    file = ROOT / "installer" / "linux" / "callctrl-links.desktop"
    told = subprocess.run(
        ["desktop-file-validate", str(file)], capture_output=True, text=True, check=False
    )
    assert told.stdout + told.stderr == ""
    assert exec_words(read_group(file.read_text())["Exec"]) == ["callctrl", "dial", "--"]
