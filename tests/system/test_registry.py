"""The registry: the fake one does as the real one does."""

from __future__ import annotations

import pytest

from callctrl.system.registry import (
    Registry,
    delete_tree,
    delete_value,
    read,
    read_text,
    write_text,
)
from tests.fakewinreg import FakeWinreg

PLACE = r"Software\Call Ctrl\Test"


def test_names_are_the_same_in_any_case(winreg: Registry) -> None:
    write_text(winreg, winreg.HKEY_CURRENT_USER, PLACE, "Name", "Anna")
    assert read_text(winreg, winreg.HKEY_CURRENT_USER, PLACE.upper(), "nAME") == "Anna"


def test_what_is_missing_is_nothing(winreg: Registry) -> None:
    user = winreg.HKEY_CURRENT_USER
    assert read(winreg, user, PLACE, "Name") is None
    assert read_text(winreg, user, PLACE) == ""
    delete_value(winreg, user, PLACE, "Name")
    delete_tree(winreg, user, PLACE)
    write_text(winreg, user, PLACE, "Name", "Anna")
    assert read(winreg, user, PLACE, "Other") is None
    assert read(winreg, winreg.HKEY_LOCAL_MACHINE, PLACE, "Name") is None


def test_what_is_no_text_is_not_read_as_one(winreg: Registry) -> None:
    user = winreg.HKEY_CURRENT_USER
    with winreg.CreateKeyEx(user, PLACE) as key:
        winreg.SetValueEx(key, "Bytes", 0, 3, b"\1\2")
    assert read(winreg, user, PLACE, "Bytes") == b"\1\2"
    assert read_text(winreg, user, PLACE, "Bytes") == ""


def test_a_tree_goes_with_its_branches(winreg: Registry) -> None:
    user = winreg.HKEY_CURRENT_USER
    for below in ("", r"\One", r"\One\Two", r"\Three"):
        write_text(winreg, user, PLACE + below, "", "there")
    delete_tree(winreg, user, PLACE)
    assert read(winreg, user, PLACE, "") is None
    with winreg.OpenKey(user, PLACE.rpartition("\\")[0]) as key, pytest.raises(OSError) as end:  # noqa: PT011
        winreg.EnumKey(key, 0)
    assert vars(end.value).get("winerror", getattr(end.value, "winerror", None)) == 259


def test_a_key_with_keys_below_it_is_not_deleted(winreg: Registry) -> None:
    write_text(winreg, winreg.HKEY_CURRENT_USER, rf"{PLACE}\Below", "", "there")
    with pytest.raises(PermissionError) as refused:
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, PLACE)
    assert getattr(refused.value, "winerror") == 5  # noqa: B009


def test_a_handle_does_what_it_was_opened_for(winreg: Registry) -> None:
    write_text(winreg, winreg.HKEY_CURRENT_USER, PLACE, "Name", "Anna")
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, PLACE) as key:
        with pytest.raises(PermissionError):
            winreg.SetValueEx(key, "Name", 0, winreg.REG_SZ, "Bea")
        with pytest.raises(PermissionError):
            winreg.DeleteValue(key, "Name")
    with (
        winreg.OpenKey(winreg.HKEY_CURRENT_USER, PLACE, 0, winreg.KEY_SET_VALUE) as key,
        pytest.raises(PermissionError),
    ):
        winreg.QueryValueEx(key, "Name")
    assert read_text(winreg, winreg.HKEY_CURRENT_USER, PLACE, "Name") == "Anna"


def test_a_missing_key_or_value_has_windows_number(winreg: Registry) -> None:
    user = winreg.HKEY_CURRENT_USER
    with pytest.raises(FileNotFoundError) as missing:
        winreg.OpenKey(user, PLACE)
    assert getattr(missing.value, "winerror") == 2  # noqa: B009
    with winreg.CreateKeyEx(user, PLACE) as key, pytest.raises(FileNotFoundError) as missing:
        winreg.DeleteValue(key, "Name")
    assert getattr(missing.value, "winerror") == 2  # noqa: B009


def test_values_must_be_of_their_type(winreg: Registry) -> None:
    with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, PLACE) as key:
        with pytest.raises(ValueError, match="convert"):
            winreg.SetValueEx(key, "Name", 0, winreg.REG_SZ, 5)
        with pytest.raises(TypeError):
            winreg.SetValueEx(key, "Name", 0, 3, "text")
    with pytest.raises(TypeError):
        winreg.OpenKey("HKCU", PLACE)  # type: ignore[arg-type]


def test_what_we_may_not_see_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> object:
        raise PermissionError(13, "Access is denied")

    winreg = FakeWinreg()
    monkeypatch.setattr(winreg, "OpenKey", refuse)
    assert read(winreg, winreg.HKEY_LOCAL_MACHINE, "Software", "x") is None
