"""Passwords: in the operating system's password store, and nowhere else.

The store is reached through the `keyring` library. It is slow to import, and on Linux a call may
wait for the user to unlock the store, for minutes or for ever. So each call has a thread of its
own, which is a daemon, so that a call nobody answers does not keep the program from ending.

No password is ever part of a repr, a log line or an exception's text. What the system says about
a failure may quote what it was given, so only the classes of its exceptions are told on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from callctrl.accounts import PASSWORD_LIMIT, Account
from callctrl.daemon import in_daemon_thread

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

__all__ = [
    "KeyringPasswords",
    "MemoryPasswords",
    "PasswordStoreError",
    "Passwords",
    "StoreProblem",
    "service_name",
]

_log = logging.getLogger(__name__)


class StoreProblem(Enum):
    """Why the password store did not do as asked."""

    NO_STORE = "no store"
    """This computer has none, or none that keeps its secrets encrypted."""
    LOCKED = "locked"
    """It is locked, and the user did not unlock it."""
    REFUSED = "refused"
    """Anything else it said no to."""
    TIMED_OUT = "timed out"
    """It has not answered; what was asked may still happen."""


class PasswordStoreError(Exception):
    """The password store did not do as asked; the text is for the log and holds no secret."""

    def __init__(self, problem: StoreProblem, detail: str) -> None:
        super().__init__(f"password store: {problem.value} ({detail})")
        self.problem = problem


class Passwords(Protocol):
    """A place for one password per account.

    All three may raise PasswordStoreError.
    """

    async def get(self, account: Account) -> str | None:
        """The password, or None where none is kept."""

    async def set(self, account: Account, password: str) -> None:
        """Keep the password; raises ValueError where it is longer than PASSWORD_LIMIT."""

    async def delete(self, account: Account) -> None:
        """Forget the password; it need not be there."""


def service_name(account: Account) -> str:
    """The name of the account's entry in the store.

    One per account: Windows keeps one user per name and moves an earlier one out of the way.
    """
    return f"callctrl:{account.extension}@{account.pbx}:{account.port}"


class MemoryPasswords:
    """Passwords for this session only."""

    def __init__(self) -> None:
        self._passwords: dict[str, str] = {}

    async def get(self, account: Account) -> str | None:
        """The password, or None where none is kept."""
        return self._passwords.get(service_name(account))

    async def set(self, account: Account, password: str) -> None:
        """Keep the password; raises ValueError where it is longer than PASSWORD_LIMIT."""
        _check_length(password)
        self._passwords[service_name(account)] = password

    async def delete(self, account: Account) -> None:
        """Forget the password; it need not be there."""
        self._passwords.pop(service_name(account), None)


class KeyringPasswords:
    """Passwords in the operating system's store.

    `limit` is how many seconds a call may take, the user's unlocking included. One call runs at
    a time, so that the user never meets a stack of prompts; whoever gives up while still in the
    queue has nothing done.
    """

    def __init__(self, limit: float = 30.0) -> None:
        self._limit = limit
        self._lock = threading.Lock()

    async def get(self, account: Account) -> str | None:
        """The password, or None where none is kept; may raise PasswordStoreError."""
        service, user = service_name(account), account.extension
        return await self._call(lambda backend: backend.get_password(service, user))

    async def set(self, account: Account, password: str) -> None:
        """Keep the password; may raise PasswordStoreError, and ValueError where it is too long."""
        _check_length(password)
        service, user = service_name(account), account.extension
        await self._call(lambda backend: backend.set_password(service, user, password))

    async def delete(self, account: Account) -> None:
        """Forget the password, which need not be there; may raise PasswordStoreError."""
        service, user = service_name(account), account.extension
        await self._call(lambda backend: _delete(backend, service, user))

    async def _call(self, work: Callable[[KeyringBackend], str | None]) -> str | None:
        def run(is_awaited: Callable[[], bool]) -> _Outcome:
            with self._lock:
                # Given up in the queue, it must not happen behind the user's back.
                return _attempt(work) if is_awaited() else _Outcome()

        try:
            async with asyncio.timeout(self._limit):
                outcome = await in_daemon_thread(run, "callctrl-keyring")
        except TimeoutError:
            outcome = _failure(StoreProblem.TIMED_OUT, f"no answer in {self._limit:g} s")
        if outcome.error is not None:
            raise outcome.error
        return outcome.password


@dataclass(frozen=True, slots=True, repr=False)
class _Outcome:
    """What came of a call; without a repr, since futures print what they carry."""

    password: str | None = None
    error: PasswordStoreError | None = None


def _failure(problem: StoreProblem, detail: str) -> _Outcome:
    return _Outcome(error=PasswordStoreError(problem, detail))


def _attempt(work: Callable[[KeyringBackend], str | None]) -> _Outcome:
    """Do the work, in the calling thread; never raises.

    The errors of every desktop's library can come up here, and not all of them are KeyringErrors.
    """
    try:
        import keyring

        backend = keyring.get_keyring()
        is_recommended = backend.priority >= 1
    except Exception as error:  # noqa: BLE001
        return _failure(StoreProblem.NO_STORE, _kinds(error))
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    _log.debug("password store: %s", name)
    if not is_recommended:
        # Below 1 are those that fail, forget silently, or write to a plain file.
        return _failure(StoreProblem.NO_STORE, name)
    try:
        return _Outcome(work(backend))
    except Exception as error:  # noqa: BLE001
        return _failure(_problem(error), _kinds(error))


def _delete(backend: KeyringBackend, service: str, user: str) -> None:
    from keyring.errors import PasswordDeleteError

    try:
        backend.delete_password(service, user)
    except PasswordDeleteError:
        # Both "there is none" and "you must not"; only a look tells which.
        if backend.get_password(service, user) is not None:
            raise


# By name: these classes come from keyring and, past it, from SecretStorage, which is on Linux only.
_PROBLEMS = {
    "NoKeyringError": StoreProblem.NO_STORE,
    "KeyringLocked": StoreProblem.LOCKED,
    "InitError": StoreProblem.LOCKED,
    "LockedException": StoreProblem.LOCKED,
    "PromptDismissedException": StoreProblem.LOCKED,
}


def _problem(error: Exception) -> StoreProblem:
    names = [kind.__name__ for kind in type(error).__mro__]
    return next((_PROBLEMS[name] for name in names if name in _PROBLEMS), StoreProblem.REFUSED)


def _kinds(error: BaseException) -> str:
    """The classes of the error and of the one behind it, and nothing they say."""
    behind = error.__cause__ or error.__context__
    name = type(error).__name__
    return f"{name} from {type(behind).__name__}" if behind is not None else name


def _check_length(password: str) -> None:
    if len(password) > PASSWORD_LIMIT:
        raise ValueError(
            f"expected a password of at most {PASSWORD_LIMIT} characters, found {len(password)}"
        )
