"""Orders from outside: what the command line asks of the running program, carried out.

    words -> an order -> the desk -> what came of it -> a reply

A number that somebody typed is dialled at once. One that came in a link may have been put there by
anybody: it is shown, and a person dials it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from callctrl.accounts import Account
from callctrl.calls import (
    Call,
    Command,
    CommandAnswered,
    DialProgress,
    DialStage,
    Lamp,
    Messages,
    SessionChanged,
)
from callctrl.globalkeys import GlobalKey
from callctrl.headless.lampwords import (
    lamps_as_data,
    lamps_in_words,
    messages_as_data,
    messages_in_words,
)
from callctrl.headless.verbs import Offer, Press, Question, Request, UsageError, order_from
from callctrl.headless.words import (
    Status,
    calls_as_data,
    calls_in_words,
    outcome_in_words,
    progress_in_words,
    status_as_data,
    status_in_words,
)
from callctrl.numbers import Link, LinkError, LinkFault
from callctrl.remote import Reply

__all__ = ["DeskInterface", "Orders"]

_ANSWER_WITHIN = 20.0
"""Seconds the phone has to take an order before whoever gave it is told that it has not."""
_GO_ON_WITHIN = 40.0
"""Seconds from one stage of a call that the PBX places to the next; the own phone rings for 30."""


class DeskInterface(Protocol):
    """What orders need of the desktop program."""

    @property
    def session(self) -> SessionChanged:
        """Where the session stands."""

    @property
    def account(self) -> Account | None:
        """The account in use, or None where nothing is set up."""

    @property
    def calls(self) -> Iterable[Call]:
        """The calls of the phone now; their instants are on the event loop's clock."""

    @property
    def lamps(self) -> Iterable[Lamp]:
        """The colleagues' lamps; their instants are on the event loop's clock."""

    @property
    def messages(self) -> Messages | None:
        """What waits in the mailbox; None where that is not known."""

    @property
    def missed(self) -> int | None:
        """How many calls were missed and not looked at, or None where nobody counts them."""

    def perform(
        self, command: Command, on_news: Callable[[DialProgress | CommandAnswered], None]
    ) -> None:
        """Ask the phone to act; `on_news` gets how far this very command is, and the outcome."""

    def offer_number(self, link: Link) -> None:
        """Show the number before all else, for a person to dial it or not."""

    def refuse_link(self, fault: LinkFault) -> None:
        """Say before all else why a link is not followed."""

    def press(self, key: GlobalKey) -> str:
        """Do what the key means now; why nothing is done, or empty."""

    def show(self) -> None:
        """Bring the window forward."""

    def quit(self) -> None:
        """Begin to end the program."""


class Orders:
    """Carries out what is asked from outside."""

    def __init__(
        self,
        desk: DeskInterface,
        *,
        answer_within: float = _ANSWER_WITHIN,
        go_on_within: float = _GO_ON_WITHIN,
    ) -> None:
        """`answer_within` is how long the phone may take, in seconds.

        `go_on_within` is how long a call that the PBX places may stay at one stage.
        """
        self._desk = desk
        self._answer_within = answer_within
        self._go_on_within = go_on_within

    async def carry_out(self, words: list[str]) -> Reply:
        """Do what the words say; the reply comes when it is done, or known that it will not be."""
        try:
            order = order_from(words, self._desk.calls)
        except UsageError as error:
            return Reply(str(error), exit_code=2)
        except LinkError as error:
            # Whoever clicked on it sees no command line.
            self._desk.refuse_link(error.fault)
            return Reply(str(error), exit_code=1)
        except ValueError as error:
            return Reply(str(error), exit_code=1)
        match order:
            case Question(about):
                return self._told(about)
            case Request.SHOW:
                self._desk.show()
                return Reply()
            case Request.QUIT:
                self._desk.quit()
                return Reply()
            case Press(key):
                reason = self._desk.press(key)
                return Reply(reason, exit_code=1 if reason else 0)
            case Offer(link):
                self._desk.offer_number(link)
                return Reply(f"{link.shown} is shown in the window; it is dialled from there.")
            case command:
                return await self._perform(command)

    async def _perform(self, command: Command) -> Reply:
        news: asyncio.Queue[DialProgress | CommandAnswered] = asyncio.Queue()
        self._desk.perform(command, news.put_nowait)
        reached = Reply("The phone has not answered yet; it may still do it.", exit_code=1)
        longest = self._answer_within
        try:
            while True:
                async with asyncio.timeout(longest):
                    told = await news.get()
                if isinstance(told, CommandAnswered):
                    return Reply(outcome_in_words(told), exit_code=0 if told.accepted else 1)
                has_obeyed = told.stage is DialStage.REFERRED
                reached = Reply(progress_in_words(told), exit_code=0 if has_obeyed else 1)
                longest = self._go_on_within
        except TimeoutError:
            return reached

    def _told(self, about: str) -> Reply:
        desk = self._desk
        calls = list(desk.calls)
        match about:
            case "calls":
                now = asyncio.get_running_loop().time()
                return Reply(calls_in_words(calls, now), calls_as_data(calls, now))
            case "lamps":
                return Reply(lamps_in_words(desk.lamps), lamps_as_data(desk.lamps))
            case "messages":
                return Reply(messages_in_words(desk.messages), messages_as_data(desk.messages))
        status = Status(desk.session, desk.account, len(calls), desk.missed)
        return Reply(status_in_words(status), status_as_data(status))
