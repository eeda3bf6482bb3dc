from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError, PasswordSetError

from callctrl.accounts import PASSWORD_LIMIT, Account
from callctrl.store.passwords import (
    KeyringPasswords,
    MemoryPasswords,
    Passwords,
    PasswordStoreError,
    StoreProblem,
    service_name,
)

ACCOUNT = Account(pbx="pbx1", extension="200", station="FrontDesk", computer="RECEPTION")
SECRET = "correct-horse-battery"


class MemoryKeyring(KeyringBackend):
    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("not found")


class FailingKeyring(MemoryKeyring):
    """Fails every call; quotes the password, as a careless library might."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error(f"no {SECRET} for you")

    def set_password(self, service: str, username: str, password: str) -> None:
        try:
            raise ConnectionError(password)
        except ConnectionError as error:
            raise self.error(f"cannot store {password}") from error

    def delete_password(self, service: str, username: str) -> None:
        raise self.error(f"{SECRET} stays")


class UndeletableKeyring(MemoryKeyring):
    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError("cancelled by the user")


class StuckKeyring(MemoryKeyring):
    """Waits, as for a prompt, until the test answers it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.answered = threading.Event()
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        self.asked.set()
        self.answered.wait()
        return super().get_password(service, username)


class LockedException(Exception):  # noqa: N818
    """Named like SecretStorage's, which is no KeyringError."""


@pytest.fixture(autouse=True)
def store() -> Iterator[MemoryKeyring]:
    """A keyring in memory; no test ever meets the real one."""
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def stuck() -> Iterator[StuckKeyring]:
    backend = StuckKeyring()
    keyring.set_keyring(backend)
    yield backend
    backend.answered.set()
    wait_for_threads()


def keyring_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "callctrl-keyring"]


def wait_for_threads() -> None:
    for thread in keyring_threads():
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.fixture(params=[KeyringPasswords, MemoryPasswords])
def passwords(request: pytest.FixtureRequest) -> Passwords:
    made: Passwords = request.param()
    return made


# What both do


async def test_a_password_is_kept_and_found(passwords: Passwords) -> None:
    assert await passwords.get(ACCOUNT) is None

    await passwords.set(ACCOUNT, SECRET)

    assert await passwords.get(ACCOUNT) == SECRET


async def test_an_empty_password_is_a_password(passwords: Passwords) -> None:
    await passwords.set(ACCOUNT, "")

    assert await passwords.get(ACCOUNT) == ""


async def test_each_account_has_its_own(passwords: Passwords) -> None:
    other = replace(ACCOUNT, pbx="pbx2")
    await passwords.set(ACCOUNT, SECRET)
    await passwords.set(other, "another")

    await passwords.delete(ACCOUNT)

    assert await passwords.get(ACCOUNT) is None
    assert await passwords.get(other) == "another"


async def test_deleting_what_is_not_there_is_fine(passwords: Passwords) -> None:
    await passwords.delete(ACCOUNT)


async def test_a_password_that_windows_could_not_hold_is_rejected(passwords: Passwords) -> None:
    too_long = (SECRET * PASSWORD_LIMIT)[: PASSWORD_LIMIT + 1]

    with pytest.raises(ValueError, match="at most 1280 characters, found 1281") as caught:
        await passwords.set(ACCOUNT, too_long)

    assert SECRET not in str(caught.value)
    assert await passwords.get(ACCOUNT) is None
    await passwords.set(ACCOUNT, too_long[:PASSWORD_LIMIT])


async def test_a_repr_shows_no_password(passwords: Passwords) -> None:
    await passwords.set(ACCOUNT, SECRET)

    assert SECRET not in repr(passwords)
    assert SECRET not in repr(vars(passwords).keys())


# The keyring


async def test_the_entry_is_named_after_the_account(store: MemoryKeyring) -> None:
    await KeyringPasswords().set(ACCOUNT, SECRET)

    assert store.entries == {("callctrl:200@pbx1:6060", "200"): SECRET}
    assert service_name(ACCOUNT) == "callctrl:200@pbx1:6060"


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
async def test_a_missing_store_is_told_and_never_taken_for_an_empty_one(
    backend: type[KeyringBackend],
) -> None:
    keyring.set_keyring(backend())
    passwords = KeyringPasswords()

    for call in (passwords.get(ACCOUNT), passwords.set(ACCOUNT, SECRET), passwords.delete(ACCOUNT)):
        with pytest.raises(PasswordStoreError) as caught:
            await call
        assert caught.value.problem is StoreProblem.NO_STORE


async def test_a_store_that_is_not_recommended_gets_no_password(
    monkeypatch: pytest.MonkeyPatch, store: MemoryKeyring
) -> None:
    monkeypatch.setattr(MemoryKeyring, "priority", 0.5)

    with pytest.raises(PasswordStoreError) as caught:
        await KeyringPasswords().set(ACCOUNT, SECRET)

    assert caught.value.problem is StoreProblem.NO_STORE
    assert store.entries == {}


async def test_a_store_that_cannot_be_chosen_is_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> KeyringBackend:
        raise ModuleNotFoundError("no such backend")

    monkeypatch.setattr(keyring, "get_keyring", broken)

    with pytest.raises(PasswordStoreError) as caught:
        await KeyringPasswords().get(ACCOUNT)

    assert caught.value.problem is StoreProblem.NO_STORE


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (KeyringLocked, StoreProblem.LOCKED),
        (InitError, StoreProblem.LOCKED),
        (LockedException, StoreProblem.LOCKED),
        (PasswordSetError, StoreProblem.REFUSED),
        (OSError, StoreProblem.REFUSED),
        (RuntimeError, StoreProblem.REFUSED),
    ],
)
async def test_a_failure_says_why_and_nothing_secret(
    error: type[Exception], problem: StoreProblem, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.set_keyring(FailingKeyring(error))
    passwords = KeyringPasswords()

    with caplog.at_level(logging.DEBUG):
        calls = (passwords.get(ACCOUNT), passwords.set(ACCOUNT, SECRET), passwords.delete(ACCOUNT))
        for call in calls:
            with pytest.raises(PasswordStoreError) as caught:
                await call
            assert caught.value.problem is problem
            assert error.__name__ in str(caught.value)
            assert SECRET not in repr(caught.value)
            assert caught.value.__cause__ is None
            assert caught.value.__context__ is None
    assert SECRET not in caplog.text


async def test_the_error_behind_the_error_is_named() -> None:
    keyring.set_keyring(FailingKeyring(PasswordSetError))

    with pytest.raises(PasswordStoreError, match="PasswordSetError from ConnectionError"):
        await KeyringPasswords().set(ACCOUNT, SECRET)


async def test_an_entry_that_may_not_be_deleted_is_told() -> None:
    keyring.set_keyring(UndeletableKeyring())
    passwords = KeyringPasswords()
    await passwords.delete(ACCOUNT)
    await passwords.set(ACCOUNT, SECRET)

    with pytest.raises(PasswordStoreError) as caught:
        await passwords.delete(ACCOUNT)

    assert caught.value.problem is StoreProblem.REFUSED


async def test_the_log_names_the_store_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await KeyringPasswords().set(ACCOUNT, SECRET)
        await KeyringPasswords().get(ACCOUNT)

    assert "MemoryKeyring" in caplog.text
    assert SECRET not in caplog.text


# Waiting


async def test_a_call_nobody_answers_times_out(stuck: StuckKeyring) -> None:
    with pytest.raises(PasswordStoreError, match=r"no answer in 0\.05 s") as caught:
        await KeyringPasswords(limit=0.05).get(ACCOUNT)

    assert caught.value.problem is StoreProblem.TIMED_OUT


async def test_a_stuck_call_does_not_keep_the_program_from_ending(stuck: StuckKeyring) -> None:
    with pytest.raises(PasswordStoreError):
        await KeyringPasswords(limit=0.05).get(ACCOUNT)

    assert keyring_threads()
    assert all(thread.daemon for thread in keyring_threads())


async def test_calls_queue_up_and_are_never_two_prompts(stuck: StuckKeyring) -> None:
    stuck.entries[service_name(ACCOUNT), "200"] = SECRET
    passwords = KeyringPasswords()
    tasks = [asyncio.create_task(passwords.get(ACCOUNT)) for _ in range(2)]
    await asyncio.sleep(0)  # the tasks begin
    assert stuck.asked.wait(30)

    assert stuck.calls == 1
    stuck.answered.set()

    assert [await task for task in tasks] == [SECRET, SECRET]
    assert stuck.calls == 2


async def test_a_write_given_up_in_the_queue_never_happens(stuck: StuckKeyring) -> None:
    passwords = KeyringPasswords(limit=0.05)
    with pytest.raises(PasswordStoreError):
        await passwords.get(ACCOUNT)
    with pytest.raises(PasswordStoreError) as caught:
        await passwords.set(ACCOUNT, SECRET)
    assert caught.value.problem is StoreProblem.TIMED_OUT

    stuck.answered.set()
    wait_for_threads()

    assert stuck.entries == {}


async def test_a_late_answer_to_a_cancelled_call_is_ignored(stuck: StuckKeyring) -> None:
    task = asyncio.create_task(KeyringPasswords().get(ACCOUNT))
    await asyncio.sleep(0)  # the tasks begin
    assert stuck.asked.wait(30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    stuck.answered.set()
    wait_for_threads()
    await asyncio.sleep(0)  # the answer is delivered, to nobody


def test_an_answer_after_the_loop_is_closed_is_ignored(stuck: StuckKeyring) -> None:
    with pytest.raises(PasswordStoreError):
        asyncio.run(KeyringPasswords(limit=0.05).get(ACCOUNT))

    stuck.answered.set()
    wait_for_threads()  # an exception in the thread would fail this test


def test_keyring_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, callctrl.store.passwords; sys.exit('keyring' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
