"""A receptionist's desk on the wire: our session, a simulated SPA9000 and its phone."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TypeVar

from callctrl.accounts import Account, Policy
from callctrl.calls import (
    CallChanged,
    Command,
    CommandAnswered,
    Event,
    SessionChanged,
    SessionState,
)
from callctrl.phones.spa import SpaPhone
from callctrl.session import Session
from callctrl.simulator import Config, Console, Extension, Spa9000
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.way import SessionSetup
from tests.wire import Weather, Wire

__all__ = ["ACCOUNT", "PBX", "PC", "PHONE", "Desk"]

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 6060)
PHONE = Address("192.168.1.20", 5060)
ACCOUNT = Account(
    pbx=PBX.host, extension="200", station="FrontDesk", computer="RECEPTION", port=PBX.port
)

_E = TypeVar("_E", bound=Event)


class Desk:
    """Session and simulator joined by a wire, with the words a test needs."""

    def __init__(
        self,
        *,
        password: str = "4321",
        config: Config | None = None,
        policy: Policy | None = None,
        weather: Weather | None = None,
        account: Account = ACCOUNT,
        places: tuple[Address, ...] = (),
        trusted: frozenset[str] = frozenset(),
        seed: int = 1,
    ) -> None:
        random = Random(seed)
        self.wire = Wire(weather or Weather(), random=random)
        base = config or Config(password="4321")
        self.pbx = Spa9000(
            replace(base, host=PBX.host, phone_host=PHONE.host, extensions=(Extension("200"),)),
            Random(random.random()),
        )
        self.console = Console(self.pbx)
        self.session = Session(
            account,
            password,
            SpaPhone(),
            SessionSetup(
                local=PC,
                remote=PBX,
                phone=PHONE if account.phone else None,
                product="Call Ctrl 1.1 jdoe",
                places=places,
                trusted=trusted,
            ),
            Tokens(Random(random.random())),
            policy=policy,
        )
        self.pcs = [PC]
        """Where the PC has been, the last one now."""
        self.wire.join(PC, self.session)
        self.wire.join(PBX, self.pbx)
        self.wire.join(PHONE, self.pbx)  # behind one wall: what it sends comes from the SPA9000
        self.wire.do(self.pbx.start)

    def start(self, seconds: float = 1.0) -> Desk:
        """Start the session and let some time pass."""
        self.wire.do(self.session.start)
        self.wire.run(seconds)
        return self

    def move(self, pc: Address, remote: Address = PBX, seconds: float = 1.0) -> None:
        """Give the PC another address, tell the session and let some time pass."""
        self.wire.move(self.pcs[-1], pc)
        self.pcs.append(pc)
        self.wire.do(lambda now: self.session.relocate(pc, remote, now))
        self.wire.run(seconds)

    def perform(self, command: Command, seconds: float = 2.0) -> CommandAnswered:
        """Give a command and let some time pass; what came of it."""
        before = len(self.events(CommandAnswered))
        self.wire.do(lambda now: self.session.perform(command, now))
        self.wire.run(seconds)
        (answered,) = self.events(CommandAnswered)[before:]
        return answered

    def say(self, line: str) -> list[str]:
        """A console command to the simulator."""
        answers: list[str] = []
        self.wire.do(lambda now: answers.extend(self.console.execute(line, now)))
        return answers

    def events(self, kind: type[_E]) -> list[_E]:
        """The session's events of one kind, in order."""
        return [event for event in self.wire.events_of(PC) if isinstance(event, kind)]

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        changes = self.events(SessionChanged)
        return changes[-1].state if changes else SessionState.OFFLINE

    def call_states(self, call_id: str) -> list[str]:
        """The states one call went through."""
        changes = self.events(CallChanged)
        return [each.call.state.value for each in changes if each.call.id == call_id]

    def requests(self, method: str) -> list[Request]:
        """Our requests of one method, repetitions included."""
        found = []
        for sent in self.wire.sent:
            message = parse(sent.data)
            is_ours = sent.source in self.pcs
            if is_ours and isinstance(message, Request) and message.method == method:
                found.append(message)
        return found

    def responses(self, method: str) -> list[Response]:
        """The phone system's responses to one method."""
        found = []
        for sent in self.wire.sent:
            message = parse(sent.data)
            if (
                sent.source == PBX
                and isinstance(message, Response)
                and message.cseq.method == method
            ):
                found.append(message)
        return found
