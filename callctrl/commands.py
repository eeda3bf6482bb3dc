"""The commands under way: each is given to the phone as a NOTIFY, and answered once.

What comes of a command is told at once, however bad, since late it might do harm. The one
exception is a 403 by way of the PBX, which may only mean that it has rebooted and forgotten us
(E21): such a command waits for the round that decides, and is then given once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from callctrl.accounts import Account, ControlPath
from callctrl.calls import Command, CommandAnswered, No
from callctrl.phones import Control, Phone
from callctrl.sip import LocalProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.exchange import Outcome, Outgoing
from callctrl.sip.headers import NameAddr, Uri
from callctrl.sip.packets import Address
from callctrl.sip.useragent import UserAgent

__all__ = ["Commands"]

_log = logging.getLogger(__name__)


class Commands:
    """Gives commands to the phone, by way of the PBX or straight."""

    def __init__(
        self,
        agent: UserAgent,
        account: Account,
        phone: Phone,
        authenticator: Authenticator,
        *,
        free_call_id: Callable[[], str],
        on_answer: Callable[[CommandAnswered], None],
        on_forbidden: Callable[[float], bool],
    ) -> None:
        """`free_call_id` gives a call number that no call has.

        `on_answer` gets what came of each command, once. `on_forbidden` is
        asked at a 403 whether a round follows that decides what it meant; then `give_again` or
        `give_up` is owed.
        """
        self._agent = agent
        self._account = account
        self._phone = phone
        self._authenticator = authenticator
        self._free_call_id = free_call_id
        self._on_answer = on_answer
        self._on_forbidden = on_forbidden
        self._open: list[Command] = []
        """Those whose answer is owed."""
        self._forbidden: list[Command] = []
        """Those of them that wait for the round that decides."""
        self.phone_at: Address | None = None
        """The phone itself, where it is known."""

    @property
    def is_direct(self) -> bool:
        """Whether commands go past the PBX."""
        return self._account.control is ControlPath.PHONE

    def perform(self, command: Command, now: float) -> None:
        """Give a command, if the phone takes its kind and is known to us."""
        self._open.append(command)
        ability = self._phone.ability(type(command), None)
        if isinstance(ability, No):
            self._answer(command, 488, ability)
        elif self.is_direct and self.phone_at is None:
            self._answer(command, 503)
        else:
            self._give(command, now, is_second_try=False)

    def give_again(self, now: float) -> None:
        """The PBX knows us again: what it forbade is given once more."""
        commands, self._forbidden = self._forbidden, []
        for command in commands:
            self._give(command, now, is_second_try=True)

    def give_up(self) -> None:
        """The PBX knows us no more: what it forbade stays forbidden."""
        for command in self._forbidden:
            self._answer(command, 403)
        self._forbidden.clear()

    def end(self) -> None:
        """Nobody waits any longer for what is not answered yet."""
        for command in tuple(self._open):
            self._answer(command, 480)

    def _give(self, command: Command, now: float, *, is_second_try: bool) -> None:
        is_by_stream = not self.is_direct and self._agent.remote.is_reliable

        def on_outcome(outcome: Outcome, now: float) -> None:
            may_wait = outcome.status == 403 and not (is_second_try or self.is_direct)
            if may_wait and self._on_forbidden(now):
                self._forbidden.append(command)
            elif is_by_stream and not outcome.was_answered:
                # A stream that ends may have brought it before: nobody must try again unseeing.
                self._answer(command, 408)
            else:
                self._answer(command, outcome.status)

        try:
            control = self._phone.write_command(command, self._free_call_id())
            self._agent.request(self._request_of(control), self._authenticator, on_outcome, now)
        except (LocalProtocolError, ValueError) as error:
            _log.warning("%s cannot be sent: %s", type(command).__name__, error)
            self._answer(command, 488)

    def _request_of(self, control: Control) -> Outgoing:
        """A NOTIFY outside any dialog, as protocol.md B.5 no. 10 shows it."""
        account = self._account
        sender = Uri("sip", self._agent.local.host, account.computer)
        station, port, remote = Uri("sip", account.pbx, account.station), account.port or None, None
        if self.is_direct and self.phone_at is not None:
            remote = self.phone_at
            station, port = replace(station, host=remote.host), remote.port
        return Outgoing(
            method="NOTIFY",
            uri=str(replace(station, port=port)),
            from_=NameAddr(str(sender), parameters={"tag": self._agent.tokens.tag()}),
            to=NameAddr(str(station)),
            remote=remote,
            call_id=self._agent.tokens.call_id(),
            before_length=(("Event", control.event), ("Content-Type", control.content_type)),
            body=control.body,
        )

    def _answer(self, command: Command, status: int, impossible: No | None = None) -> None:
        """Say what came of a command; once, whatever comes later."""
        if command in self._open:
            self._open.remove(command)
            self._on_answer(CommandAnswered(command, status, impossible=impossible))
