"""`check`, `watch` and `setup`; each returns its exit code."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TextIO, TypeVar

from callctrl.abilities import what_works
from callctrl.accounts import Account, PbxKind, Policy
from callctrl.calls import (
    Dial,
    Event,
    Refused,
    RegistrationChanged,
    SessionChanged,
    SessionState,
    Trouble,
)
from callctrl.check import CheckResult, Verdict, check, verdict_on_findings
from callctrl.connection import Connection
from callctrl.headless.abilitywords import abilities_as_data, abilities_in_words
from callctrl.headless.exitcodes import ExitCode
from callctrl.headless.lampwords import (
    lamps_as_data,
    lamps_in_words,
    messages_as_data,
    messages_in_words,
)
from callctrl.headless.lines import Lines
from callctrl.headless.seenwords import seen_as_data, seen_in_words
from callctrl.headless.verbs import Offer, Press, Question, Request, order_from
from callctrl.headless.verdicts import check_as_json, check_in_words
from callctrl.headless.words import (
    Status,
    calls_as_data,
    calls_in_words,
    event_as_json,
    event_in_words,
    status_as_data,
    status_in_words,
    store_problem_in_words,
)
from callctrl.offers import Surveyed, what_is_seen
from callctrl.phones.generic import GenericPhone
from callctrl.phones.spa import SpaPhone
from callctrl.store.keeping import keep_account
from callctrl.store.passwords import Passwords, PasswordStoreError
from callctrl.store.settings import Paths, Settings
from callctrl.surveying import find_offers

__all__ = [
    "ExitCode",
    "Watch",
    "leave_on_signals",
    "run",
    "run_abilities",
    "run_check",
    "run_setup",
    "run_watch",
]


_T = TypeVar("_T")

_EXIT_CODES = {
    Verdict.READY: ExitCode.FINE,
    Verdict.UNREACHABLE: ExitCode.NO_ANSWER,
    Verdict.UNREPORTED: ExitCode.NO_ANSWER,
    Verdict.CERTIFICATE: ExitCode.CERTIFICATE,
    Verdict.UNAUTHORIZED: ExitCode.UNAUTHORIZED,
    Verdict.FORBIDDEN: ExitCode.FORBIDDEN,
}


_TROUBLE_CODES = {
    Trouble.NO_ANSWER: ExitCode.NO_ANSWER,
    Trouble.CERTIFICATE: ExitCode.CERTIFICATE,
    Trouble.UNAUTHORIZED: ExitCode.UNAUTHORIZED,
    Trouble.UNKNOWN_PROOF: ExitCode.UNAUTHORIZED,
    Trouble.WEAKER_PROOF: ExitCode.UNAUTHORIZED,
    Trouble.FORBIDDEN: ExitCode.FORBIDDEN,
    Trouble.REJECTED: ExitCode.FORBIDDEN,
    Trouble.OWN_PHONE: ExitCode.FORBIDDEN,
}
"""Of a watch that never saw the phone; any other trouble is just a failure."""


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end on a selector loop, which `transport` needs, on Windows too."""
    factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.SelectorEventLoop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


# check


async def run_check(
    account: Account,
    password: str,
    *,
    seconds: float,
    as_json: bool,
) -> ExitCode:
    """One round against the PBX; prints what happened and what it means."""
    result = await check(account, password, timeout=seconds)
    assert result.verdict is not None
    words = check_as_json if as_json else check_in_words
    print(words(account, result, has_password=bool(password)))
    return _EXIT_CODES[result.verdict]


async def run_abilities(
    account: Account, password: str, *, seconds: float, as_json: bool
) -> ExitCode:
    """What works at this desk; prints a table, or why nothing is known of it.

    A SPA9000's phones are all alike, so nobody is asked there.
    """
    if account.kind is PbxKind.SIP:
        findings = await find_offers(account, password, timeout=seconds)
        result = verdict_on_findings(findings)
        does = what_works(GenericPhone().ability)
    else:
        findings, result = Surveyed(), CheckResult(verdict=Verdict.READY)
        does = what_works(SpaPhone().ability)
    assert result.verdict is not None
    knows = result.verdict.was_let_in
    sees = what_is_seen(account, findings) if knows else ()
    if as_json:
        told = {
            "system": findings.server or None,
            "verdict": result.verdict.value,
            "sees": seen_as_data(sees),
            "does": abilities_as_data(does if knows else ()),
        }
        print(json.dumps(told))
    elif knows:
        if findings.server:
            print(f"The phone system calls itself {findings.server}.")
        print(seen_in_words(account, sees))
        print(abilities_in_words(does))
    else:
        print(check_in_words(account, result, has_password=bool(password)))
    return _EXIT_CODES[result.verdict]


# watch


async def run_watch(
    account: Account,
    password: str,
    commands: Lines,
    *,
    as_json: bool,
    policy: Policy,
) -> ExitCode:
    """Stay connected: events on stdout, commands from stdin, until its end or a signal."""
    watch = Watch(account, password, as_json=as_json, policy=policy)
    leave_on_signals(watch.stop)
    commands.begin(watch.execute, watch.stop)
    return await watch.run()


class Watch:
    """One connection, printed event by event."""

    def __init__(
        self,
        account: Account,
        password: str,
        *,
        as_json: bool,
        policy: Policy,
        out: TextIO | None = None,
    ) -> None:
        """`out` is stdout unless given."""
        self._show: Callable[[Event], str | None] = (
            event_as_json if as_json else partial(event_in_words, kind=account.kind)
        )
        self._as_json = as_json
        self._out = out or sys.stdout
        self._connection = Connection(account, password, self._on_event, policy)
        self._exit_code = ExitCode.FINE
        self._register_status: int | None = None
        self._was_ready = False
        self._why_not_ready = ExitCode.FINE
        self._session = SessionChanged(SessionState.OFFLINE)

    async def run(self) -> ExitCode:
        """Connect, and return when all is over."""
        self._connection.start()
        await self._connection.stopped()
        if self._exit_code is ExitCode.FINE and not self._was_ready:
            return self._why_not_ready
        return self._exit_code

    def stop(self) -> None:
        """Leave politely."""
        self._connection.stop()

    def execute(self, line: str) -> None:
        """Carry out one line of input, such as `dial 214`, `answer`, `status` or `quit`."""
        words = line.split()
        if not words:
            return
        try:
            order = order_from(words, self._connection.calls)
        except ValueError as error:
            self._print(self._complaint(str(error)))
            return
        match order:
            case Question():
                self._print(self._told(order))
            case Request.QUIT:
                self.stop()
            case Request.SHOW | Press():
                self._print(self._complaint("there is no window here"))
            case Offer(link):
                # Who types here sees what is dialled, and has no window to be asked in.
                self._connection.perform(Dial(link.number))
            case command:
                self._connection.perform(command)

    def _told(self, question: Question) -> str:
        calls = self._connection.calls
        connection = self._connection
        status = Status(self._session, connection.account, len(calls), dropped=connection.dropped)
        now = asyncio.get_running_loop().time()
        as_json = self._as_json or question.as_json
        match question.about:
            case "calls" if as_json:
                return json.dumps({"event": "calls", "calls": calls_as_data(calls, now)})
            case "calls":
                return calls_in_words(calls, now)
            case "lamps" if as_json:
                return json.dumps({"event": "lamps", "lamps": lamps_as_data(connection.lamps)})
            case "lamps":
                return lamps_in_words(connection.lamps)
            case "messages" if as_json:
                return json.dumps({"event": "messages", **messages_as_data(connection.messages)})
            case "messages":
                return messages_in_words(connection.messages)
            case _ if as_json:
                return json.dumps({"event": "status", **status_as_data(status)})
            case _:
                return status_in_words(status)

    def _complaint(self, text: str) -> str:
        return json.dumps({"event": "error", "message": text}) if self._as_json else text

    def _on_event(self, event: Event) -> None:
        if isinstance(event, SessionChanged):
            self._session = event
        match event:
            case RegistrationChanged(_, status):
                self._register_status = status or self._register_status
            case SessionChanged(SessionState.READY):
                self._was_ready = True
            case SessionChanged(SessionState.RETRYING | SessionState.REFUSED, Trouble() as trouble):
                self._why_not_ready = _TROUBLE_CODES.get(trouble, ExitCode.FAILED)
            case Refused():
                is_unauthorized = self._register_status in (401, 407)
                self._exit_code = ExitCode.UNAUTHORIZED if is_unauthorized else ExitCode.FORBIDDEN
            case _:
                pass
        text = self._show(event)
        if text is not None:
            self._print(text)

    def _print(self, text: str) -> None:
        try:
            print(text, file=self._out, flush=True)
        except OSError:  # nobody reads us any more, as behind `| head`, or the disk is full
            self._out = io.StringIO()
            self.stop()


# setup


async def run_setup(
    account: Account,
    password: str,
    paths: Paths,
    settings: Settings,
    passwords: Passwords,
    *,
    seconds: float,
    save_anyway: bool,
) -> ExitCode:
    """The wizard without a screen: test the account, then keep password and settings."""
    code = await run_check(account, password, seconds=seconds, as_json=False)
    if code is not ExitCode.FINE and not save_anyway:
        print("Nothing was saved. --save-anyway keeps the settings all the same.")
        return code
    try:
        await keep_account(account, password, paths=paths, settings=settings, passwords=passwords)
    except PasswordStoreError as error:
        print(f"Nothing was saved. {store_problem_in_words(error.problem)}", file=sys.stderr)
        return ExitCode.FAILED
    except (OSError, ValueError) as error:
        print(f"The settings could not be saved: {error}", file=sys.stderr)
        return ExitCode.FAILED
    print(f"Saved: settings in {paths.settings_file}, the password in the system's keyring.")
    return ExitCode.FINE


def leave_on_signals(stop: Callable[[], None]) -> None:
    """Leave politely on Ctrl-C and SIGTERM; a second one ends at once."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):

        def leave(number: signal.Signals = number) -> None:
            signal.signal(number, signal.SIG_DFL)
            stop()

        try:
            loop.add_signal_handler(number, leave)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
