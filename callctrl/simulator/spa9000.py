"""The SPA9000: registrar, notifier and relay between computers and the phone.

An engine without I/O, of the same six methods as the client it stands opposite to: datagrams,
the clock and knobs go in; packets, events and the next deadline come out.

The phone has no socket of its own. Status it reports is relayed to each subscriber, and controls
reach it in two ways, told apart by the Request-URI: `sip:STATION@SPA9000:6060` goes through the
SPA9000, which wants the sender registered; the phone's own address, where `phone_host` gives it
one, goes past it, and the phone asks for nothing, as SPA Call Manager relies on (protocol.md B.6,
E4). On an in-memory wire both addresses lead here; over one real socket, give `phone_port` the
SPA9000's port and leave `phone_host` empty: controls meant for the phone then arrive by the first
way.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import cycle
from random import Random

from callctrl.simulator.answers import PHONE_SERVER, Answer, write_date, write_response
from callctrl.simulator.config import Config, NotifyForm
from callctrl.simulator.crooked import HOSTILE
from callctrl.simulator.events import (
    Challenged,
    Controlled,
    Event,
    NotUnderstood,
    Rebooted,
    Refused,
    Registered,
    Reported,
    Subscribed,
    SubscriptionEnded,
    Unreachable,
    Unregistered,
)
from callctrl.simulator.phone import SpaPhone
from callctrl.simulator.phonexml import ControlError, read_control, write_status
from callctrl.simulator.registrar import Binding, Registrar
from callctrl.simulator.subscription import (
    PACKAGE,
    STATUS_TYPE,
    Notice,
    Subscription,
    hex_token,
    write_notify,
)
from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.headers import NameAddr, Uri, escape_user, format_host
from callctrl.sip.message import Request, Response, parse_seconds
from callctrl.sip.packets import Address, Packet
from callctrl.sip.transaction import Timers
from callctrl.sip.transactionlayer import TransactionLayer

__all__ = ["CONTROL_TYPE", "Spa9000"]

CONTROL_TYPE = "application/x-spa-control"
_ENDS_SUBSCRIPTION = {408: "no answer to a NOTIFY", 481: "481 to a NOTIFY"}


class Spa9000:
    """A SPA9000 and the phone behind it.

    `random` makes every nonce, tag, branch and Call-ID, so a seeded one gives the same
    conversation again. `config` may be replaced at any time; `phone` may be acted on directly, its
    reports go out with the next call of any method that takes `now`.
    """

    def __init__(self, config: Config, random: Random, timers: Timers | None = None) -> None:
        self.phone = SpaPhone(config)
        self._config = config
        self._random = random
        self._timers = timers
        self._clock_at = 0.0
        self._silent_until: float | None = None
        self._events: deque[Event] = deque()
        self._outbox: list[Packet] = []
        self._hostile = cycle(HOSTILE.values())
        self._forget_everything()

    def _forget_everything(self) -> None:
        self._transactions = TransactionLayer(self._timers)
        self._registrar = Registrar(self._random)
        self._subscriptions: dict[tuple[str, str], Subscription] = {}
        self._leaving: list[Subscription] = []
        # Made by the proxy, the same in all its answers until the next boot (B.8 no. 10).
        self._proxy_tag = f"{hex_token(self._random, 8)}-0"
        self._phone_tag = f"{hex_token(self._random, 16)}o0"
        self.web_nonce = hex_token(self._random, 16)
        self._outbox.clear()

    # Knobs

    @property
    def config(self) -> Config:
        """Who it is and how it behaves; put another one in its place to turn a knob."""
        return self._config

    @config.setter
    def config(self, config: Config) -> None:
        self._config = config
        self.phone.config = config

    @property
    def bindings(self) -> list[Binding]:
        """Who is registered."""
        return self._registrar.bindings

    @property
    def subscriptions(self) -> list[Subscription]:
        """Who watches the phone."""
        return list(self._subscriptions.values())

    def reboot(self, now: float) -> None:
        """Forget bindings, subscriptions and nonces, and be deaf for `boot_time` seconds.

        Nobody is told: that is the point (protocol.md B.7).
        """
        self._forget_everything()
        self._silent_until = now + self.config.boot_time
        self._events.append(Rebooted("SPA9000"))

    def reboot_phone(self, now: float) -> None:
        """Let the phone drop its calls without a word and begin its references anew."""
        self.phone.reboot(now)
        self._events.append(Rebooted("phone"))

    # The engine

    def start(self, now: float) -> None:
        """Set the clock: at `now` it shows the time in `config.clock`."""
        self._clock_at = now

    def listens_at(self, port: int, tls_port: int) -> None:
        """Learn at which ports it was put; the phone is at the first of them too."""
        self.config = replace(self.config, port=port, tls_port=tls_port, phone_port=port)

    @property
    def greeting(self) -> str:
        """What to say at the beginning: where it is, and how to connect."""
        config = self.config
        return (
            f"SPA9000 at {format_host(config.host)}:{config.port}, station {config.station}, "
            f"extension {config.extensions[0].number}; `help` lists the commands"
        )

    def receive(self, data: bytes, source: Address, now: float) -> None:
        """Take one datagram."""
        self.handle_timeout(now)
        if self.config.silent or self._silent_until is not None:
            return
        if not data.strip(b"\r\n"):
            # Line ends keep a NAT's entry alive; over a stream two ask for one (RFC 5626 3.5.1).
            if data == b"\r\n\r\n" and source.is_reliable:
                self._outbox.append(Packet(b"\r\n", source))
            return
        try:
            transaction = self._transactions.receive(data, source, now)
            if transaction is not None:
                request = transaction.request
                response = self._respond(request, source, now)
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
        self._transactions.handle_timeout(now)
        self.phone.handle_timeout(now)
        self._settle(now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        instants = [
            self._silent_until,
            self._transactions.next_timeout(),
            self.phone.next_timeout(),
            self._registrar.next_timeout(),
            *(each.expires_at for each in self._subscriptions.values()),
        ]
        return min((each for each in instants if each is not None), default=None)

    def packets_to_send(self) -> list[Packet]:
        """What is to go out since the last call, in order."""
        packets = self._outbox + self._transactions.packets_to_send()
        self._outbox.clear()
        return [] if self.config.silent else packets

    def next_event(self) -> Event | None:
        """The oldest thing that happened and was not yet asked for."""
        return self._events.popleft() if self._events else None

    def _settle(self, now: float) -> None:
        """After each mutation: pass on what the phone said, end what ran out."""
        for report in self.phone.take_reports():
            self._events.append(Reported(report.id, report.state.value, report.party))
            if self.config.cti_enabled:
                self._relay(write_status([report], self.config))
        for binding in self._registrar.expire(now):
            self._events.append(Unregistered(binding.user, lapsed=True))
        for subscription in self.subscriptions:
            if subscription.expires_at <= now:
                self._end(subscription)
        for subscription in [*self._subscriptions.values(), *self._leaving]:
            self._notify_next(subscription, now)
        self._leaving = [each for each in self._leaving if each.waiting]

    # Answers

    def _respond(self, request: Request, source: Address, now: float) -> Response:
        try:
            answer = self._answer(request, source, now)
        except RemoteProtocolError as error:
            self._events.append(NotUnderstood(source, str(error)))
            answer = Answer(error.status)
        return write_response(request, answer, self._proxy_tag, crooked=self.config.crooked)

    def _answer(self, request: Request, source: Address, now: float) -> Answer:
        user = Uri.parse(request.from_.uri).user
        match request.method:
            case "REGISTER":
                answer = self._register(request, source, now)
            case "SUBSCRIBE":
                answer = self._subscribe(request, user, source, now)
            case "NOTIFY":
                answer = self._take_notify(request, user, source, now)
            case _:
                answer = Answer(501)
        if answer.status == 401:
            had_credentials = "Authorization" in request.headers
            self._events.append(Challenged(request.method, user, had_credentials))
        elif answer.status >= 400:
            self._events.append(Refused(request.method, user, answer.status))
        return answer

    # REGISTER

    def _register(self, request: Request, source: Address, now: float) -> Answer:
        authorization = request.headers.get("Authorization")
        if not self._registrar.accepts(authorization, request.method, self.config):
            return Answer(401, challenge=self._registrar.challenge(self.config.host))
        user = Uri.parse(request.to.uri).user
        contacts = []
        for contact in request.contacts:
            seconds = self._granted_registration(request, contact.parameters.get("expires"))
            if seconds == 0:
                self._unregister(user, contact.uri)
                continue
            echoed = NameAddr(contact.uri, contact.display_name, {"expires": str(seconds)})
            contacts.append(str(echoed))
            self._registrar.bind(Binding(user, contact.uri, source, now + seconds))
            self._events.append(Registered(user, source, seconds))
        if request.headers.get("Contact") == "*" and request.expires == 0:
            self._unregister(user, "*")
        clock = self.config.clock + timedelta(seconds=now - self._clock_at)
        return Answer(200, contacts=tuple(contacts), date=write_date(clock))

    def _granted_registration(self, request: Request, of_contact: str | None) -> int:
        is_station = "P-Station-Name" in request.headers
        most = self.config.station_expires if is_station else self.config.registration_expires
        asked = parse_seconds(of_contact)
        if asked is None:
            asked = request.expires
        return most if asked is None else min(asked, most)

    def _unregister(self, user: str, contact: str) -> None:
        if self._registrar.unbind(user, contact):
            self._events.append(Unregistered(user, lapsed=False))

    # SUBSCRIBE

    def _is_welcome(self, user: str, source: Address) -> bool:
        return not self.config.forbid and self._registrar.is_registered(user, source)

    def _subscribe(self, request: Request, user: str, source: Address, now: float) -> Answer:
        """Never a challenge: registered or forbidden (S33, S34)."""
        if not self._is_welcome(user, source):
            return Answer(403)
        if _event(request) != PACKAGE:
            return Answer(self.config.status_other_event)
        if request.target.user != self.config.station_name:
            return Answer(404)
        key = (request.call_id, request.from_.tag or "")
        subscription = self._subscriptions.get(key)
        if request.to.tag not in (None, subscription and subscription.tag):
            return Answer(481)
        target, remote = _where_to_notify(request, user, source)
        if subscription is None:
            tag, cseq = hex_token(self._random, 16), self._random.randrange(1, 65536)
            subscription = Subscription(key, user, request.from_, tag, cseq, target, remote)
            self._subscriptions[key] = subscription
        subscription.target, subscription.remote = target, remote
        asked, most = request.expires, self.config.subscription_expires
        seconds = most if asked is None else min(asked, most)
        subscription.expires_at = now + seconds
        self._events.append(Subscribed(user, self.config.station_name, seconds))
        if seconds and self.config.picture_first and self.config.cti_enabled:
            body = write_status(self.phone.picture(), self.config)
            subscription.waiting.append(Notice(body))
        return Answer(200, tag=subscription.tag, expires=seconds)

    def _end(self, subscription: Subscription) -> None:
        """Time is up, or the subscriber asked for none: the last NOTIFY says so.

        In the foreign form there is none, having no Subscription-State to say it with.
        """
        self._drop(subscription, "time is up")
        if self.config.notify_form is NotifyForm.DIALOG:
            body = write_status(self.phone.picture(), self.config)
            subscription.waiting.append(Notice(body, "timeout"))
        self._leaving.append(subscription)

    def _drop(self, subscription: Subscription, reason: str) -> None:
        if self._subscriptions.get(subscription.key) is subscription:
            del self._subscriptions[subscription.key]
            self._events.append(SubscriptionEnded(subscription.user, reason))

    # NOTIFY, out

    def _relay(self, body: bytes) -> None:
        for subscription in self._subscriptions.values():
            subscription.waiting.append(Notice(body))

    def _notify_next(self, subscription: Subscription, now: float) -> None:
        if subscription.is_notifying or not subscription.waiting:
            return
        notice = subscription.waiting.popleft()
        if self.config.crooked:
            self._throw_hostile(subscription, notice, now)
        request = write_notify(subscription, notice, self.config, self._random, now)
        subscription.is_notifying = True
        self._transactions.send(
            request, subscription.remote, partial(self._notified, subscription), now
        )

    def _notified(self, subscription: Subscription, response: Response, _now: float) -> None:
        if response.status < 200:
            return
        subscription.is_notifying = False
        if reason := _ENDS_SUBSCRIPTION.get(response.status):
            subscription.waiting.clear()
            self._drop(subscription, reason)

    def _throw_hostile(self, subscription: Subscription, notice: Notice, now: float) -> None:
        notify = write_notify(subscription, notice, self.config, self._random, now)
        make = next(self._hostile)
        self._outbox += self._transactions.packets_to_send()
        self._outbox.append(Packet(make(notify), subscription.remote))

    # NOTIFY, in

    def _take_notify(self, request: Request, user: str, source: Address, now: float) -> Answer:
        target = request.target
        straight = self.config.is_phone(target.host, target.port)
        if not straight and not self._is_welcome(user, source):
            return Answer(403)  # S35, B.8 no. 8
        if _event(request) != PACKAGE:
            return Answer(self.config.status_other_event)
        if not straight and target.user == "cti":
            return self._take_status(request)
        if target.user != self.config.station_name:
            return Answer(404)
        status = self._obey(request, user, source, now)
        challenge = self._registrar.challenge(self.config.host) if status == 401 else ""
        if straight:
            return Answer(status, self._phone_tag, PHONE_SERVER, challenge=challenge)
        return Answer(status, challenge=challenge)

    def _take_status(self, request: Request) -> Answer:
        """A phone beside ours reports, as in the captures (protocol.md F.1): it is passed on."""
        station = (request.headers.get("P-Station-Name") or "").partition(";")[0].strip()
        if station != self.config.station_name:
            return Answer(404)
        if request.content_type != STATUS_TYPE:
            return Answer(415)
        self._relay(request.body)
        return Answer(200)

    def _obey(self, request: Request, user: str, source: Address, now: float) -> int:
        """Do what a control says; the status to answer with."""
        config = self.config
        if not config.cti_enabled:
            return config.status_cti_off
        if request.content_type != CONTROL_TYPE:
            return 415
        authorization = request.headers.get("Authorization")
        if config.challenge_controls and not self._registrar.accepts(
            authorization, request.method, config
        ):
            return 401
        if not self.phone.is_up:
            return 480
        try:
            controls = read_control(request.body)
        except ControlError as error:
            self._events.append(NotUnderstood(source, str(error)))
            return config.status_bad_body
        for control in controls:
            if not self.phone.obey(control, now):
                return config.status_unknown_call
            self._events.append(Controlled(user, control.action, control.call, control.number))
        return 200


def _where_to_notify(request: Request, user: str, source: Address) -> tuple[str, Address]:
    """The Contact and its port; without one, whoever sent the request.

    The host is that of the packet, which is certain; in the Contact may be a name, or a slip.
    """
    port = request.via.port or 5060
    target = f"sip:{escape_user(user)}@{format_host(source.host)}:{port}"
    for contact in request.contacts[:1]:
        target, port = contact.uri, Uri.parse(contact.uri).port or 5060
    return target, source._replace(port=port)


def _event(request: Request) -> str:
    """The event package, without parameters."""
    return (request.headers.get("Event") or "").partition(";")[0].strip().lower()
