"""The PBX: lets programs in, tells them of the phones, and places calls for them.

An engine without I/O, of the same six methods as the client it stands opposite to. The phones have
no sockets of their own: whatever comes from them comes from the PBX.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from callctrl.simulator.events import (
    Challenged,
    Event,
    NotUnderstood,
    PhoneChanged,
    Rebooted,
    Refused,
    Registered,
    Unreachable,
)
from callctrl.simulator.pbx.accounts import Accounts, Verdict
from callctrl.simulator.pbx.calls import Calls
from callctrl.simulator.pbx.config import PbxConfig, Style
from callctrl.simulator.pbx.line import Answer, user_in_from
from callctrl.simulator.pbx.notifier import Notifier
from callctrl.simulator.pbx.office import Leg, LegState, Office, Phone
from callctrl.simulator.pbx.subscription import Subscription
from callctrl.simulator.subscription import hex_token
from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.headers import Uri, format_host
from callctrl.sip.matching import MAGIC_COOKIE
from callctrl.sip.message import Message, Request, Response, parse, parse_seconds
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transaction import Timers
from callctrl.sip.transactionlayer import TransactionLayer
from callctrl.sip.via import vias_for_response

__all__ = ["Pbx"]

_ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, REGISTER, SUBSCRIBE, NOTIFY, UPDATE"
_REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    407: "Proxy Authentication Required",
    423: "Interval Too Brief",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


class Pbx:
    """A SIP PBX and the phones of its office.

    `random` makes every nonce, tag, branch and Call-ID, so a seeded one gives the same
    conversation again. `config` may be replaced at any time; `office` may be acted on directly,
    what comes of it goes out with the next call of any method that takes `now`.
    """

    def __init__(self, config: PbxConfig, random: Random, timers: Timers | None = None) -> None:
        self.office = Office(config, random, self._call_changed, self._phone_changed)
        self.random = random
        self._timers = timers
        self._transactions = TransactionLayer(timers)
        self._accounts = Accounts(random)
        self._silent_until: float | None = None
        self._resumes_at: float | None = None
        self._events: deque[Event] = deque()
        self._outbox: list[Packet] = []
        self._notifier = Notifier(self)
        self._calls = Calls(self, timers or Timers())

    # Knobs

    @property
    def config(self) -> PbxConfig:
        """Who it is and how it behaves; put another one in its place to turn a knob."""
        return self.office.config

    @config.setter
    def config(self, config: PbxConfig) -> None:
        self.office.config = config

    @property
    def subscriptions(self) -> list[Subscription]:
        """Who watches what."""
        return self._notifier.subscriptions

    def restart(self, now: float) -> None:
        """Be deaf for `boot_time` seconds, without a word to anybody before.

        Subscriptions are forgotten, or each gets a NOTIFY soon after the start, in the same dialog.
        """
        self._silent_until = now + self.config.boot_time
        self._resumes_at = self._silent_until + self.config.resumes_after
        self._transactions = TransactionLayer(self._timers)
        self._accounts = Accounts(self.random)
        self._calls = Calls(self, self._timers or Timers())
        remotes = {each.remote for each in self.subscriptions if each.remote.is_reliable}
        self._outbox = [Packet(b"", remote) for remote in sorted(remotes)]  # which end with it
        self._notifier.stop()
        self._events.append(Rebooted("PBX"))

    # The engine

    @property
    def program_calls(self) -> int:
        """How many calls there are that a program began and has not left."""
        return len(self._calls)

    def start(self, now: float) -> None:
        """Nothing: it has no clock to set."""

    def listens_at(self, port: int, tls_port: int) -> None:
        """Learn at which ports it was put."""
        self.config = replace(self.config, port=port, tls_port=tls_port)

    @property
    def greeting(self) -> str:
        """What to say at the beginning: where it is, and how to connect."""
        config, login = self.config, self.config.logins[0]
        mine, *others = [place.number for place in config.places]
        lists = "".join(f", list {name}" for name, _ in config.lists)
        return (
            f"SIP PBX ({config.style.value}) at {format_host(config.host)}:{config.port}; account "
            f"{login.user}, my phone {mine}, colleagues {others[0]} to {others[-1]}{lists}; "
            "`help` lists the commands"
        )

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one message."""
        self.handle_timeout(now)
        if self._silent_until is not None and source.is_reliable:
            self._outbox.append(Packet(b"", source))  # nobody is there to hold a connection
        if self.config.silent or self._silent_until is not None:
            return
        if not data.strip(b"\r\n"):
            # Line ends keep a NAT's entry alive; over a stream two ask for one (RFC 5626 3.5.1).
            if data == b"\r\n\r\n" and source.is_reliable:
                self._outbox.append(Packet(b"\r\n", source))
            return
        try:
            if data.startswith((b"INVITE ", b"ACK ")):
                self._receive_call(parse(data), source, now)
            elif (transaction := self._transactions.receive(data, source, now)) is not None:
                request = transaction.request
                answer = self._respond(request, source, now)
                if answer is not None:
                    response = self.response(request, source, answer)
                    self._transactions.respond(transaction, response, now)
        except (LocalProtocolError, RemoteProtocolError) as error:
            # A header that cannot be echoed is as bad as one that cannot be read.
            self._events.append(NotUnderstood(source, str(error)))
        self._settle(now)

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        """Nothing listens at `remote`: what is on its way there has failed."""
        self._events.append(Unreachable(remote, error))
        self._transactions.transport_failed(remote, now)
        self._settle(now)

    def handle_timeout(self, now: float) -> None:
        """Do what is due."""
        if self._silent_until is not None and now >= self._silent_until:
            self._silent_until = None
        if self._resumes_at is not None and now >= self._resumes_at:
            self._resumes_at = None
            self._notifier.resume()
        self._transactions.handle_timeout(now)
        self.office.handle_timeout(now)
        self._calls.handle_timeout(now)
        self._settle(now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        instants = [
            self._silent_until,
            self._resumes_at,
            self._transactions.next_timeout(),
            self.office.next_timeout(),
            self._calls.next_timeout(),
            self._notifier.next_timeout() if self._is_up else None,
        ]
        when = min((each for each in instants if each is not None), default=math.inf)
        return when if when < math.inf else None

    def packets_to_send(self) -> list[Packet]:
        """What is to go out since the last call, in order."""
        packets = self._outbox.copy() + self._transactions.packets_to_send()
        self._outbox.clear()
        return [] if self.config.silent else packets

    def next_event(self) -> Event | None:
        """The oldest thing that happened and was not yet asked for."""
        return self._events.popleft() if self._events else None

    def _settle(self, now: float) -> None:
        """After each mutation: end what ran out, and send what is to be told."""
        if self._is_up:
            self._notifier.settle(now)
            self._calls.settle(now)

    @property
    def _is_up(self) -> bool:
        """Whether it was not just restarted."""
        return self._silent_until is None and self._resumes_at is None

    # What happens in the office

    def _call_changed(self, leg: Leg, now: float) -> None:
        state = "on hold" if leg.is_held else leg.state.value
        if leg.is_ringing:
            state = "ringing"
        party = f"{leg.peer_name} {leg.peer}".strip()
        over = leg.state is LegState.TERMINATED
        self._events.append(PhoneChanged(leg.phone, "free of" if over else state, party))
        self._changed(leg.phone, now)
        self._calls.leg_changed(leg, now)

    def _phone_changed(self, phone: Phone, now: float) -> None:
        new, old = phone.messages
        state = "do not disturb" if phone.is_undisturbed else "on" if phone.is_there else "off"
        self._events.append(PhoneChanged(phone.number, f"{state}, messages", f"{new}/{old}"))
        self._changed(phone.number, now)

    def _changed(self, number: str, now: float) -> None:
        if self._is_up:  # else the NOTIFY after the start has it all
            self._notifier.changed(number, now)

    def tell(self, event: Event) -> None:
        """Tell whoever looks on what happened."""
        self._events.append(event)

    # Answers

    def response(self, request: Request, source: Address, answer: Answer) -> Response:
        """A response as the PBX writes it."""
        to = request.headers.get("To") or ""
        if request.to_tag is None and answer.status > 100:
            to = f"{to};tag={answer.tag or hex_token(self.random, 8)}"
        fields = [
            *(("Via", via) for via in vias_for_response(request, source)),
            ("From", request.headers.get("From") or ""),
            ("To", to),
            ("Call-ID", request.call_id),
            ("CSeq", str(request.cseq)),
            ("Server", _server(self.config)),
            *answer.fields,
        ]
        reason = _REASONS.get(answer.status, "Refused")
        response = Response(answer.status, reason, fields, answer.body)
        response.charset = request.charset
        return response

    def _respond(self, request: Request, source: Address, now: float) -> Answer | None:
        """The answer to a request, or None where it gets none."""
        try:
            answer = self._answer(request, source, now)
        except RemoteProtocolError as error:
            self._events.append(NotUnderstood(source, str(error)))
            answer = Answer(error.status)
        if answer is not None:
            self.note(request, answer)
        return answer

    def note(self, request: Request, answer: Answer) -> None:
        """Tell whoever looks on that a request was refused, if it was."""
        user = user_in_from(request)
        if answer.status in (401, 407):
            had_credentials = _credentials(request) is not None
            self._events.append(Challenged(request.method, user, had_credentials))
        elif answer.status >= 400:
            self._events.append(Refused(request.method, user, answer.status))

    def _answer(self, request: Request, source: Address, now: float) -> Answer | None:
        match request.method:
            case "CANCEL":
                return self._calls.cancel(request, now)
            case "REFER" | "BYE" | "UPDATE" | "INFO" | "OPTIONS" if request.to_tag is not None:
                return self._calls.answer(request, now)
            case "OPTIONS":
                return Answer(200, (("Allow", _ALLOW), *self._supported()))
            case "REGISTER":
                return self.admit(request) or self._register(request, source, now)
            case "SUBSCRIBE":
                return self.admit(request) or self._notifier.subscribe(request, source, now)
        return Answer(501, (("Allow", _ALLOW),))

    def _supported(self) -> tuple[tuple[str, str], ...]:
        supported = [("Supported", "replaces, eventlist" if self.config.has_lists else "replaces")]
        return (*supported, ("Allow-Events", ", ".join(self.config.packages)))

    # Who may ask

    def admit(self, request: Request) -> Answer | None:
        """What to answer somebody who may not ask; None where that is fine."""
        config = self.config
        from_user = user_in_from(request)
        if self._accounts.password_of(from_user, config) == "":
            return Answer(403) if config.forbid else None
        verdict, user = self._accounts.judge(
            _credentials(request), request.method, request.uri, config
        )
        if verdict is Verdict.RIGHT:
            is_own = user == from_user and not config.forbid
            return None if is_own else Answer(403)
        is_proxy = config.style is Style.KAMAILIO and request.method == "INVITE"
        name = "Proxy-Authenticate" if is_proxy else "WWW-Authenticate"
        challenges = self._accounts.challenges(config, is_stale=verdict is Verdict.STALE)
        return Answer(407 if is_proxy else 401, tuple((name, each) for each in challenges))

    # REGISTER

    def _register(self, request: Request, source: Address, now: float) -> Answer:
        """Bind a program: where that is a phone's account, the phone is thrown out."""
        user = Uri.parse(request.to.uri).user
        if user != user_in_from(request):
            return Answer(403)
        contacts = []
        for contact in request.contacts:
            asked = parse_seconds(contact.parameters.get("expires"))
            asked = request.expires if asked is None else asked
            most = self.config.registration_expires
            seconds = most if asked is None else min(asked, most)
            if seconds == 0:
                continue
            if user in self.office.phones:
                if not self.config.removes_contacts:
                    return Answer(403)
                self.office.switch(user, now, is_on=False)
            contacts.append(("Contact", f"<{contact.uri}>;expires={seconds}"))
            self._events.append(Registered(user, source, seconds))
        return Answer(200, tuple(contacts))

    def _receive_call(self, message: Message, source: Address, now: float) -> None:
        """Take an INVITE or ACK: these have transactions of the PBX's own."""
        if isinstance(message, Request) and message.method == "ACK":
            self._calls.acknowledge(message, now)
        elif isinstance(message, Request):
            self._calls.invite(message, source, now)

    # Requests of the PBX

    def request(
        self,
        method: str,
        target: str,
        remote: Address,
        fields: Iterable[tuple[str, str]],
        body: bytes = b"",
    ) -> Request:
        """A request as the PBX writes it."""
        here = f"{format_host(self.config.host)}:{self.config.port_of(remote.transport)}"
        branch = f"{MAGIC_COOKIE}PBX{hex_token(self.random, 12)}"
        return Request(
            method,
            target,
            [
                ("Via", f"SIP/2.0/{remote.transport} {here};branch={branch}"),
                ("Max-Forwards", "70"),
                *fields,
                ("User-Agent", _server(self.config)),
            ],
            body,
        )

    def send(
        self,
        request: Request,
        remote: Address,
        on_response: Callable[[Response, float], None],
        now: float,
    ) -> None:
        """Send a request and wait for the answer."""
        self._transactions.send(request, remote, on_response, now)

    def put(self, packet: Packet) -> None:
        """Send what has no answer, or is repeated by whoever puts it."""
        self._outbox.append(packet)

    def here(self, remote: Address) -> str:
        """The PBX's own Contact, for whoever is at `remote`."""
        port = self.config.port_of(remote.transport)
        told = f";transport={remote.transport.lower()}" if remote.is_reliable else ""
        return f"sip:{format_host(self.config.host)}:{port}{told}"


def _server(config: PbxConfig) -> str:
    return f"Make-believe {config.style.value} PBX"


def _credentials(request: Request) -> str | None:
    headers = request.headers
    return headers.get("Authorization") or headers.get("Proxy-Authorization")
