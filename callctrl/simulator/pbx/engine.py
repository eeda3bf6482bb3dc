"""The PBX: lets programs in, tells them of the phones, and places calls for them.

An engine without I/O, of the same six methods as the client it stands opposite to. The phones have
no sockets of their own: whatever comes from them comes from the PBX.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from callctrl.simulator.events import (
    Challenged,
    Controlled,
    Event,
    NotUnderstood,
    PhoneChanged,
    Rebooted,
    Refused,
    Registered,
    Subscribed,
    SubscriptionEnded,
    TooLong,
    Unreachable,
)
from callctrl.simulator.pbx.accounts import Accounts, Verdict
from callctrl.simulator.pbx.config import PbxConfig, Style
from callctrl.simulator.pbx.inviteserver import InviteServer
from callctrl.simulator.pbx.office import Leg, LegState, Office, Phone
from callctrl.simulator.pbx.subscription import Subscription, is_too_long, subscription_state
from callctrl.simulator.pbx.thirdparty import (
    ProgramCall,
    ProgramCallState,
    raise_unless_complete,
    refuses_offer,
)
from callctrl.simulator.subscription import hex_token
from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.headers import Uri, format_host, split_outside_quotes
from callctrl.sip.matching import MAGIC_COOKIE, server_key
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
_TYPES = {
    "dialog": "application/dialog-info+xml",
    "presence": "application/pidf+xml",
    "message-summary": "application/simple-message-summary",
}
_ENDS_SUBSCRIPTION = {408, 481, 489, 410, 404}
"""Answers to a NOTIFY after which nobody is there any more (RFC 6665 section 4.2.2)."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What to answer a request, apart from what every response repeats of it."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()
    tag: str = ""
    """The To tag; empty for one that is made up."""


class Pbx:
    """A SIP PBX and the phones of its office.

    `random` makes every nonce, tag, branch and Call-ID, so a seeded one gives the same
    conversation again. `config` may be replaced at any time; `office` may be acted on directly,
    what comes of it goes out with the next call of any method that takes `now`.
    """

    def __init__(self, config: PbxConfig, random: Random, timers: Timers | None = None) -> None:
        self.office = Office(config, random, self._call_changed, self._phone_changed)
        self._random = random
        self._timers = timers
        self._transactions = TransactionLayer(timers)
        self._accounts = Accounts(random)
        self._subscriptions: dict[tuple[str, str], Subscription] = {}
        self._leaving: list[Subscription] = []
        self._silent_until: float | None = None
        self._resumes_at: float | None = None
        self._events: deque[Event] = deque()
        self._outbox: list[Packet] = []
        self._invites: dict[tuple[str, ...], InviteServer] = {}
        self._calls: list[ProgramCall] = []

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
        return list(self._subscriptions.values())

    def restart(self, now: float) -> None:
        """Be deaf for `boot_time` seconds, without a word to anybody before.

        Subscriptions are forgotten, or each gets a NOTIFY soon after the start, in the same dialog.
        """
        config = self.config
        self._silent_until = now + config.boot_time
        self._transactions = TransactionLayer(self._timers)
        self._accounts = Accounts(self._random)
        self._leaving.clear()
        self._invites.clear()
        self._calls.clear()
        remotes = {each.remote for each in self.subscriptions if each.remote.is_reliable}
        self._outbox[:] = [Packet(b"", remote) for remote in sorted(remotes)]  # which end with it
        if config.keeps_subscriptions:
            self._resumes_at = self._silent_until + config.resumes_after
            for subscription in self.subscriptions:
                subscription.resume()
        else:
            self._subscriptions.clear()
        self._events.append(Rebooted("PBX"))

    # The engine

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
                    response = self._response(request, source, answer)
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
            for subscription in self.subscriptions:
                subscription.tell_all(self.office, self._random)
        self._transactions.handle_timeout(now)
        self.office.handle_timeout(now)
        for server in list(self._invites.values()):
            server.handle_timeout(now)
        self._settle(now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        instants = [
            self._silent_until,
            self._resumes_at,
            self._transactions.next_timeout(),
            self.office.next_timeout(),
            *(each.expires_at for each in self._subscriptions.values()),
            *(each.gathered_until for each in self._subscriptions.values()),
            *(each.next_timeout() for each in self._invites.values()),
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
        if self._silent_until is not None or self._resumes_at is not None:
            return
        for subscription in self.subscriptions:
            if subscription.expires_at <= now:
                self._end(subscription)
            elif subscription.gathered_until <= now:
                subscription.tell_gathered(self.office, self._random)
        for subscription in [*self._subscriptions.values(), *self._leaving]:
            self._notify_next(subscription, now)
        self._leaving = [each for each in self._leaving if each.waiting]
        for call in self._calls:
            call.notify_next(now)
        self._forget_calls(now)

    # What happens in the office

    def _call_changed(self, leg: Leg, now: float) -> None:
        state = "on hold" if leg.is_held else leg.state.value
        if leg.is_ringing:
            state = "ringing"
        party = f"{leg.peer_name} {leg.peer}".strip()
        over = leg.state is LegState.TERMINATED
        self._events.append(PhoneChanged(leg.phone, "free of" if over else state, party))
        self._tell(leg.phone, now)
        for call in list(self._calls):
            call.leg_changed(leg, now)

    def _phone_changed(self, phone: Phone, now: float) -> None:
        new, old = phone.messages
        state = "do not disturb" if phone.is_undisturbed else "on" if phone.is_there else "off"
        self._events.append(PhoneChanged(phone.number, f"{state}, messages", f"{new}/{old}"))
        self._tell(phone.number, now)

    def _tell(self, number: str, now: float) -> None:
        if self._resumes_at is not None:
            return  # the NOTIFY after the start has it all
        for subscription in self._subscriptions.values():
            if subscription.concerns(number):
                subscription.tell(number, self.office, self._random, now)

    # Answers

    def _response(self, request: Request, source: Address, answer: _Answer) -> Response:
        to = request.headers.get("To") or ""
        if request.to_tag is None and answer.status > 100:
            to = f"{to};tag={answer.tag or hex_token(self._random, 8)}"
        fields = [
            *(("Via", via) for via in vias_for_response(request, source)),
            ("From", request.headers.get("From") or ""),
            ("To", to),
            ("Call-ID", request.call_id),
            ("CSeq", str(request.cseq)),
            ("Server", _server(self.config)),
            *answer.fields,
        ]
        response = Response(answer.status, _REASONS.get(answer.status, "Refused"), fields)
        response.charset = request.charset
        return response

    def _respond(self, request: Request, source: Address, now: float) -> _Answer | None:
        """The answer to a request, or None where it gets none."""
        try:
            answer = self._answer(request, source, now)
        except RemoteProtocolError as error:
            self._events.append(NotUnderstood(source, str(error)))
            answer = _Answer(error.status)
        if answer is not None:
            self._note(request, answer)
        return answer

    def _note(self, request: Request, answer: _Answer) -> None:
        user = _user_in_from(request)
        if answer.status in (401, 407):
            had_credentials = _credentials(request) is not None
            self._events.append(Challenged(request.method, user, had_credentials))
        elif answer.status >= 400:
            self._events.append(Refused(request.method, user, answer.status))

    def _answer(self, request: Request, source: Address, now: float) -> _Answer | None:
        match request.method:
            case "CANCEL":
                return self._cancel(request, now)
            case "REFER" | "BYE" | "UPDATE" | "INFO" | "OPTIONS" if request.to_tag is not None:
                return self._answer_in_call(request, now)
            case "OPTIONS":
                return _Answer(200, (("Allow", _ALLOW), *self._supported()))
            case "REGISTER":
                return self._admit(request) or self._register(request, source, now)
            case "SUBSCRIBE":
                return self._admit(request) or self._subscribe(request, source, now)
        return _Answer(501, (("Allow", _ALLOW),))

    def _supported(self) -> tuple[tuple[str, str], ...]:
        supported = [("Supported", "replaces, eventlist" if self.config.has_lists else "replaces")]
        return (*supported, ("Allow-Events", ", ".join(self.config.packages)))

    # Who may ask

    def _admit(self, request: Request) -> _Answer | None:
        """What to answer somebody who may not ask; None where that is fine."""
        config = self.config
        from_user = _user_in_from(request)
        if self._accounts.password_of(from_user, config) == "":
            return _Answer(403) if config.forbid else None
        verdict, user = self._accounts.judge(
            _credentials(request), request.method, request.uri, config
        )
        if verdict is Verdict.RIGHT:
            is_own = user == from_user and not config.forbid
            return None if is_own else _Answer(403)
        is_proxy = config.style is Style.KAMAILIO and request.method == "INVITE"
        name = "Proxy-Authenticate" if is_proxy else "WWW-Authenticate"
        challenges = self._accounts.challenges(config, is_stale=verdict is Verdict.STALE)
        return _Answer(407 if is_proxy else 401, tuple((name, each) for each in challenges))

    # REGISTER

    def _register(self, request: Request, source: Address, now: float) -> _Answer:
        """Bind a program: where that is a phone's account, the phone is thrown out."""
        user = Uri.parse(request.to.uri).user
        if user != _user_in_from(request):
            return _Answer(403)
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
                    return _Answer(403)
                self.office.switch(user, now, is_on=False)
            contacts.append(("Contact", f"<{contact.uri}>;expires={seconds}"))
            self._events.append(Registered(user, source, seconds))
        return _Answer(200, tuple(contacts))

    # SUBSCRIBE

    def _subscribe(self, request: Request, source: Address, now: float) -> _Answer:
        config, package = self.config, _event(request)
        key = (request.call_id, request.from_tag or "")
        subscription = self._subscriptions.get(key)
        if request.to_tag is not None:
            if subscription is None or subscription.tag != request.to_tag:
                return _Answer(481)
            if request.cseq.number <= subscription.remote_cseq:
                return _Answer(500)  # RFC 3261 section 12.2.2
        if package not in config.packages or not _accepts(request, _TYPES[package]):
            return _Answer(489, (("Allow-Events", ", ".join(config.packages)),))
        if not request.contacts:
            return _Answer(400)
        seconds = config.subscription_expires
        if request.expires is not None:
            seconds = min(request.expires, seconds)
        if 0 < seconds < config.min_expires:
            return _Answer(423, (("Min-Expires", str(config.min_expires)),))
        if subscription is None:
            made = self._subscription_for(request, package, key, source)
            if isinstance(made, _Answer):
                return made
            subscription = self._subscriptions[key] = made
        subscription.remote_cseq = request.cseq.number
        subscription.target, subscription.remote = request.contacts[0].uri, source
        subscription.expires_at = now + seconds
        watched = f"{subscription.name} ({package})"
        self._events.append(Subscribed(subscription.user, watched, seconds))
        if seconds:
            subscription.tell_all(self.office, self._random)
        fields = [("Expires", str(seconds)), ("Contact", f"<{self.here(source)}>")]
        if subscription.is_list:
            fields.append(("Require", "eventlist"))
        return _Answer(200, tuple(fields), subscription.tag)

    def _subscription_for(
        self, request: Request, package: str, key: tuple[str, str], source: Address
    ) -> Subscription | _Answer:
        name, config = request.target.user, self.config
        members = dict(config.lists).get(name, ())
        takes_any = config.style is Style.KAMAILIO or (bool(members) and not config.has_lists)
        if members and config.has_lists and package == "dialog" and _supports_lists(request):
            takes_any = True
        else:
            members = ()
        if name not in self.office.phones and not takes_any:
            return _Answer(404)
        return Subscription(
            key=key,
            user=_user_in_from(request),
            package=package,
            name=name,
            members=members,
            subscriber=request.from_,
            tag=hex_token(self._random, 16),
            cseq=self._random.randrange(1, 30_000),
            target=request.contacts[0].uri,
            remote=source,
        )

    def _end(self, subscription: Subscription) -> None:
        """Time is up, or the subscriber asked for none: the last NOTIFY says so."""
        self._drop(subscription, "time is up")
        subscription.end("timeout", self.office)
        self._leaving.append(subscription)

    def _drop(self, subscription: Subscription, reason: str) -> None:
        if self._subscriptions.get(subscription.key) is subscription:
            del self._subscriptions[subscription.key]
            what = f"{subscription.name} ({subscription.package}), {reason}"
            self._events.append(SubscriptionEnded(subscription.user, what))

    # NOTIFY

    def _notify_next(self, subscription: Subscription, now: float) -> None:
        while subscription.waiting and not subscription.is_notifying:
            notice = subscription.waiting.popleft()
            subscription.cseq += 1
            content_type, body = notice.document
            tag = subscription.subscriber.tag
            request = self.request(
                "NOTIFY",
                subscription.target,
                subscription.remote,
                [
                    (
                        "From",
                        f"<sip:{subscription.name}@{self.config.domain}>;tag={subscription.tag}",
                    ),
                    ("To", f"<{subscription.subscriber.uri}>" + (f";tag={tag}" if tag else "")),
                    ("Call-ID", subscription.key[0]),
                    ("Contact", f"<{self.here(subscription.remote)}>"),
                    ("CSeq", f"{subscription.cseq} NOTIFY"),
                    ("Event", subscription.package),
                    ("Subscription-State", subscription_state(subscription, notice.end, now)),
                    *([("Require", "eventlist")] if subscription.is_list else []),
                    *([("Content-Type", content_type)] if content_type else []),
                ],
                body,
            )
            if is_too_long(len(body) + 1000, subscription.remote, self.config):
                # What happens at Asterisk: an error in its log, and silence on the wire.
                self._events.append(TooLong(subscription.name, len(body)))
                continue
            subscription.is_notifying = True
            self._transactions.send(
                request, subscription.remote, partial(self._notified, subscription), now
            )

    def _notified(self, subscription: Subscription, response: Response, _now: float) -> None:
        if response.status < 200:
            return
        subscription.is_notifying = False
        if response.status in _ENDS_SUBSCRIPTION:
            subscription.waiting.clear()
            self._drop(subscription, f"{response.status} to a NOTIFY")

    # Calls of programs

    def _receive_call(self, message: Message, source: Address, now: float) -> None:
        """Take an INVITE or ACK: these have transactions of the PBX's own."""
        assert isinstance(message, Request)
        server = self._invites.get(server_key(message, "INVITE"))
        if message.method == "ACK":
            if server is not None and server.status >= 300:
                server.acknowledge(now)
            for call in self._calls:
                if call.matches(message):
                    call.acknowledge(message, now)
        elif server is not None:
            server.repeat()
        else:
            server = InviteServer(message, source, self._timers or Timers(), self._outbox)
            self._invites[server.key] = server
            try:
                answer = self._invite(server, source, now)
            except RemoteProtocolError as error:
                self._events.append(NotUnderstood(source, str(error)))
                answer = _Answer(error.status)
            if answer is not None:
                self._note(message, answer)
                server.respond(self._response(message, source, answer), now)

    def _invite(self, server: InviteServer, source: Address, now: float) -> _Answer | None:
        """Ring the phone; the refusal where that cannot be done."""
        request, config = server.request, self.config
        raise_unless_complete(request)
        if request.to_tag is not None:
            return _Answer(488 if any(call.matches(request) for call in self._calls) else 481)
        if refusal := self._admit(request):
            return refusal
        self.invite_response(server, 100, now)
        if refuses_offer(request):
            return _Answer(488)
        phone = self.office.phones.get(request.target.user)
        if phone is None or (not phone.is_there and config.style is Style.KAMAILIO):
            return _Answer(404)
        if not phone.is_there:
            return _Answer(503)
        user = _user_in_from(request)
        # A proxy hands the caller's own words on; a back-to-back agent has a name for each account.
        name = next((login.name for login in config.logins if login.user == user), "")
        if config.style is Style.KAMAILIO:
            name = request.from_.display_name
        leg = self.office.ring(phone.number, user, name, now=now)
        if leg is None:
            return _Answer(486)
        call = ProgramCall(self, server, leg, hex_token(self._random, 8))
        self._calls.append(call)
        call.begin(now)
        return None

    def _cancel(self, request: Request, now: float) -> _Answer:
        server = self._invites.get(server_key(request, "INVITE"))
        if server is None:
            return _Answer(481)
        for call in self._calls:
            if call.server is server:
                call.cancel(now)
        return _Answer(200)

    def _answer_in_call(self, request: Request, now: float) -> _Answer | None:
        for call in self._calls:
            if call.matches(request):
                status = call.answer(request, now)
                if status is None:
                    return None
                if status == 202:
                    order = f"{call.leg.phone} calls on"
                    self._events.append(Controlled(_user_in_from(request), order, None, ""))
                return _Answer(status, (("Contact", f"<{call.contact}>"),))
        return _Answer(481)

    def _forget_calls(self, now: float) -> None:
        for server in [each for each in self._invites.values() if each.is_over]:
            del self._invites[server.key]
            for call in self._calls:
                if call.server is server and not server.is_acknowledged:
                    call.hang_up(now)
        self._calls = [call for call in self._calls if call.state is not ProgramCallState.OVER]

    def invite_response(
        self,
        server: InviteServer,
        status: int,
        now: float,
        *,
        tag: str = "",
        fields: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> None:
        """Answer an INVITE."""
        answer = _Answer(status, tuple(fields), tag)
        response = self._response(server.request, server.source, answer)
        response.body = body
        server.respond(response, now)

    def send(
        self,
        request: Request,
        remote: Address,
        on_response: Callable[[Response, float], None],
        now: float,
    ) -> None:
        """Send a request and wait for the answer."""
        self._transactions.send(request, remote, on_response, now)

    def send_ack(self, ack: Request, remote: Address) -> None:
        """Send an ACK, which has no answer."""
        self._outbox.append(Packet(ack.to_bytes(), remote))

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
        branch = f"{MAGIC_COOKIE}PBX{hex_token(self._random, 12)}"
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

    def here(self, remote: Address) -> str:
        """The PBX's own Contact."""
        port = self.config.port_of(remote.transport)
        told = f";transport={remote.transport.lower()}" if remote.is_reliable else ""
        return f"sip:{format_host(self.config.host)}:{port}{told}"


def _server(config: PbxConfig) -> str:
    return f"Make-believe {config.style.value} PBX"


def _credentials(request: Request) -> str | None:
    headers = request.headers
    return headers.get("Authorization") or headers.get("Proxy-Authorization")


def _user_in_from(request: Request) -> str:
    return Uri.parse(request.from_.uri).user


def _event(request: Request) -> str:
    """The event package, without parameters."""
    return (request.headers.get("Event") or "").partition(";")[0].strip().lower()


def _listed(request: Request, name: str) -> list[str]:
    """The items of a header field that is a list, in lower case and without parameters."""
    pieces = [
        piece
        for value in request.headers.get_all(name)
        for piece in split_outside_quotes(value, ",")
    ]
    return [piece.partition(";")[0].strip().lower() for piece in pieces]


def _accepts(request: Request, content_type: str) -> bool:
    """Whether a body of that type may be sent; without Accept the package's own type may."""
    accepted = _listed(request, "Accept")
    return not accepted or content_type in accepted or "*/*" in accepted


def _supports_lists(request: Request) -> bool:
    return "eventlist" in _listed(request, "Supported")
