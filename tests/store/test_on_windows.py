"""What is kept on Windows: passwords in its own store, the rest in its folders."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.core import load_keyring

from callctrl.accounts import PASSWORD_LIMIT, Account
from callctrl.store.passwords import KeyringPasswords
from callctrl.store.paths import Paths, policy_file

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="needs Windows, or wine")


@pytest.fixture(name="store")
def windows_own_store() -> Iterator[None]:
    """keyring asks every store it knows, those that other tests have made up included."""
    before = keyring.get_keyring()
    keyring.set_keyring(load_keyring("keyring.backends.Windows.WinVaultKeyring"))
    yield
    keyring.set_keyring(before)


@pytest.fixture(name="account")
async def account_of_nobody(store: None) -> AsyncIterator[Account]:
    account = Account(f"{secrets.token_hex(4)}.invalid", "200", "Reception", "PC")
    yield account
    await KeyringPasswords().delete(account)


async def test_a_password_is_kept_and_forgotten(account: Account) -> None:
    passwords = KeyringPasswords()
    assert await passwords.get(account) is None
    await passwords.set(account, "first")
    await passwords.set(account, "sëcond €")
    assert await KeyringPasswords().get(account) == "sëcond €"
    await passwords.delete(account)
    assert await passwords.get(account) is None
    await passwords.delete(account)


async def test_the_longest_password_is_kept_whole(account: Account) -> None:
    passwords = KeyringPasswords()
    longest = "ü" * PASSWORD_LIMIT
    await passwords.set(account, longest)
    assert await passwords.get(account) == longest


async def test_two_accounts_of_one_user_are_two(account: Account) -> None:
    """Windows keeps one user per name."""
    other = replace(account, port=account.port + 1)
    passwords = KeyringPasswords()
    try:
        await passwords.set(account, "one")
        await passwords.set(other, "two")
        assert await passwords.get(account) == "one"
    finally:
        await passwords.delete(other)


def test_all_that_is_this_users_stays_on_this_computer() -> None:
    """The local folder does not follow its user to other computers, as the roaming one does."""
    mine = Path(os.environ["LOCALAPPDATA"], "callctrl")
    paths = Paths.for_user()
    assert (paths.config_dir, paths.data_dir) == (mine, mine)
    assert paths.log_dir.is_relative_to(mine)


def test_the_policy_is_the_computers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows is asked, not a variable, which anybody can set."""
    there = Path(os.environ["PROGRAMDATA"], "callctrl", "policy.toml")
    monkeypatch.setenv("PROGRAMDATA", r"C:\elsewhere")
    assert policy_file() == there
