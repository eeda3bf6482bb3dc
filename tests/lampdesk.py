"""A PBX that does as it is told, and a desk that watches lamps at it, on a virtual wire."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, NamedTuple

from callctrl.accounts import Account, PbxKind, Policy
from callctrl.answering import METHODS, Answering
from callctrl.calls import Lamp, LampDoubt, LampListFailed, LampState
from callctrl.lamps.watching import Lamps
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.digest import Credentials
from callctrl.sip.headers import Uri
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent
from tests.wire import Wire

__all__ = [
    "ACCOUNT",
    "DIALOG_INFO",
    "EVENTLIST",
    "PBX",
    "PC",
    "Asked",
    "Fields",
    "LampDesk",
    "LampPbx",
    "calls_of",
    "presence_of",
]

PC = Address("192.168.1.50", 5060, "TCP")
PBX = Address("192.168.1.10", 5060, "TCP")
ACCOUNT = Account(
    "192.168.1.10", "app", "2001", "RECEPTION", port=5060, kind=PbxKind.SIP, lamps=("2002",)
)
Fields = tuple[tuple[str, str], ...]

EVENTLIST: Fields = (("Require", "eventlist"),)
DIALOG_INFO = "application/dialog-info+xml"
_TYPES = {"dialog": DIALOG_INFO, "presence": "application/pidf+xml"}


def calls_of(
    who: str, *calls: str, version: int = 0, state: str = "full", direction: str = "recipient"
) -> bytes:
    """A document of the calls of an extension; each is a state, or `ID STATE [DIRECTION]`."""
    dialogs = ""
    for number, call in enumerate(calls):
        words = call.split() if " " in call else [str(number), call]
        way = words[2] if len(words) > 2 else direction
        dialogs += (
            f'<dialog id="{words[0]}" direction="{way}"><state>{words[1]}</state>'
            f"<remote><identity>sip:200{number}@pbx</identity></remote></dialog>"
        )
    return (
        f'<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info"'
        f' version="{version}" state="{state}" entity="sip:{who}@pbx">{dialogs}</dialog-info>'
    ).encode()


def presence_of(who: str, basic: str, note: str = "") -> bytes:
    """A presence document."""
    noted = f"<note>{note}</note>" if note else ""
    return (
        '<?xml version="1.0"?>'
        f'<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:{who}@pbx">'
        f'<tuple id="{who}"><status><basic>{basic}</basic></status></tuple>{noted}</presence>'
    ).encode()


class Asked(NamedTuple):
    """One SUBSCRIBE as it came in, challenged or not."""

    at: float
    event: str
    who: str
    is_fresh: bool
    """Outside any dialog."""
    expires: int
    had_credentials: bool


@dataclass(slots=True)
class _Granted:
    """One subscription, seen from the PBX."""

    subscribe: Request
    event: str
    who: str
    tag: str
    cseq: int = 0


@dataclass
class LampPbx:
    """An engine at the PBX's address. What it is to do is set in its fields."""

    grants: int = 3600
    statuses: dict[str, tuple[int, Fields]] = field(default_factory=dict)
    """What it answers instead of 200, by "event", "who" or "event who"; consumed nowhere."""
    fields: dict[str, Fields] = field(default_factory=dict)
    """What its 200 and its NOTIFYs have besides, by whom they are about."""
    bodies: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """What it reports of whom; nothing where nothing is set."""
    content_types: dict[str, str] = field(default_factory=lambda: dict(_TYPES))
    """By whom or what it reports."""
    wants_password: bool = False
    is_dead: bool = False
    notifies: bool = True
    """Whether a NOTIFY follows a SUBSCRIBE."""
    notifies_first: bool = False
    """Before the 200."""
    silent: set[str] = field(default_factory=set)
    """About whom none does all the same."""
    asked: list[Asked] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """To its NOTIFYs."""
    granted: dict[str, _Granted] = field(default_factory=dict)
    """By Call-ID."""
    challenges: int = 0
    told: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """What it has reported last, by event and whom."""

    def __post_init__(self) -> None:
        self._outbox: list[Packet] = []
        self._tags = 0

    def count_in(self, second: float) -> int:
        """SUBSCRIBEs in the second that begins then, each challenged one counted once."""
        return sum(second <= each.at < second + 1 for each in self.asked)

    def forget(self) -> None:
        """As one that has restarted."""
        self.granted.clear()

    def report(self, who: str, body: bytes, event: str = "dialog") -> None:
        """Something has changed: tell all who watch."""
        self.bodies[event, who] = body
        for each in self.granted.values():
            if (each.event, each.who) == (event, who):
                self.notify(each)

    def notify(
        self,
        each: _Granted,
        state: str = "active;expires=3600",
        body: bytes | None = None,
        event: str = "",
        content_type: str = "",
    ) -> None:
        """One NOTIFY."""
        each.cseq += 1
        self._tags += 1
        known = self.bodies.get((each.event, each.who), b"") if body is None else body
        types = self.content_types
        self.told[each.event, each.who] = known
        kind = content_type or types.get(each.who) or types[each.event]
        request = Request(
            "NOTIFY",
            "sip:RECEPTION@192.168.1.50",
            [
                ("Via", f"SIP/2.0/TCP 192.168.1.10:5060;branch=z9hG4bK-n{self._tags}"),
                ("From", f"<sip:{each.who}@192.168.1.10>;tag={each.tag}"),
                ("To", each.subscribe.headers.get("From") or ""),
                ("Call-ID", each.subscribe.call_id),
                ("CSeq", f"{each.cseq} NOTIFY"),
                ("Contact", f"<sip:{each.who}@192.168.1.10>"),
                ("Event", event or each.event),
                ("Subscription-State", state),
                *self.fields.get(each.who, ()),
                *([("Content-Type", kind)] if known else []),
            ],
            known,
        )
        self._outbox.append(Packet(request.to_bytes(), PC))

    def of(self, who: str, event: str = "dialog") -> _Granted:
        """The subscription granted last."""
        return [g for g in self.granted.values() if (g.event, g.who) == (event, who)][-1]

    # An engine

    def receive(self, data: bytes, _source: Address, now: float) -> None:
        if self.is_dead:
            return
        message = parse(data)
        if isinstance(message, Response):
            self.answers.append(f"{message.status} {message.cseq.method}")
            return
        event = message.headers.get("Event") or ""
        who = Uri.parse(message.to.uri).user
        is_fresh = message.to_tag is None
        has_credentials = "Authorization" in message.headers
        expires = int(message.headers.get("Expires") or 0)
        self.asked.append(Asked(now, event, who, is_fresh, expires, has_credentials))
        if self.wants_password and not has_credentials:
            self.challenges += 1
            challenge = 'Digest realm="pbx", nonce="abc", algorithm=MD5, qop="auth"'
            self._answer(message, 401, (("WWW-Authenticate", challenge),))
            return
        for key in (f"{event} {who}", event, who):
            if key in self.statuses:
                self._answer(message, *self.statuses[key])
                return
        if is_fresh:
            self._tags += 1
            self.granted[message.call_id] = _Granted(message, event, who, f"t{self._tags}")
        elif message.call_id not in self.granted:
            self._answer(message, 481)
            return
        granted = self.granted[message.call_id]
        seconds = min(expires, self.grants)
        fields = (("Expires", str(seconds)), *self.fields.get(who, ()))
        is_notified = expires > 0 and self.notifies and who not in self.silent
        if is_notified and self.notifies_first:
            self.notify(granted, f"active;expires={seconds}")
        self._answer(message, 200, fields, granted.tag)
        if not expires:
            self.notify(granted, "terminated;reason=timeout")
            del self.granted[message.call_id]
        elif is_notified and not self.notifies_first:
            self.notify(granted, f"active;expires={seconds}")

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        raise AssertionError

    def handle_timeout(self, now: float) -> None:
        raise AssertionError

    def next_timeout(self) -> float | None:
        return None

    def packets_to_send(self) -> list[Packet]:
        packets, self._outbox = self._outbox, []
        return packets

    def next_event(self) -> Any:
        return None

    def _answer(self, request: Request, status: int, fields: Fields = (), tag: str = "x") -> None:
        copied = [
            (name, f"{value};tag={tag}" if name == "To" and ";tag=" not in value else value)
            for name, value in request.headers
            if name in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        contact = ("Contact", "<sip:192.168.1.10>")
        response = Response(status, "Reason", [*copied, contact, *fields])
        self._outbox.append(Packet(response.to_bytes(), PC))


class LampDesk:
    """An engine that watches lamps and does nothing else."""

    def __init__(
        self, pbx: LampPbx | None = None, *, policy: Policy | None = None, **options: Any
    ) -> None:
        self.pbx = pbx or LampPbx()
        self.wire = Wire()
        self.changes: list[tuple[float, Lamp]] = []
        self.wakes: list[float] = []
        self.list_failures: list[LampListFailed] = []
        tokens = Tokens(Random(3))  # nothing is refreshed within the first seconds
        self.agent = UserAgent(
            local=PC, remote=PBX, contact_user="RECEPTION", product="test", tokens=tokens
        )
        account = options.pop("account", ACCOUNT)
        self.lamps = Lamps(
            self.agent,
            account,
            Authenticator(Credentials("app", "4321"), tokens),
            lambda lamp, now: self.changes.append((now, lamp)),
            policy=policy,
            on_list_failure=lambda failed, _now: self.list_failures.append(failed),
            **options,
        )
        self.lamps.reachable(self.wire.now)
        able = replace(Lamps.able, methods=METHODS)
        self._answering = Answering(self.agent, able, self.lamps.watch_of)
        self._events: deque[Any] = deque()
        self.wire.join(PC, self)
        self.wire.join(PBX, self.pbx)

    def watch(self, *who: str, seconds: float = 1.0) -> None:
        """Watch these, and let some time pass."""
        self.wire.do(lambda now: self.lamps.watch(who, now))
        self.wire.run(seconds)

    def run(self, seconds: float) -> None:
        self.wire.run(seconds)

    def lamp(self, who: str) -> Lamp:
        return next(lamp for lamp in self.lamps.all if lamp.who == who)

    def shows(self, who: str) -> LampState | LampDoubt | None:
        """The state of a lamp, or why it is unknown."""
        lamp = self.lamp(who)
        assert (lamp.state is LampState.UNKNOWN) == (lamp.doubt is not None)
        return lamp.state if lamp.doubt is None else lamp.doubt

    def shown(self) -> Counter[LampState | LampDoubt | None]:
        return Counter(self.shows(lamp.who) for lamp in self.lamps.all)

    # An engine

    def receive(self, data: bytes, source: Address, now: float) -> None:
        transaction = self.agent.receive(data, source, now)
        if transaction is not None:
            self._answering.answer(transaction, now)

    def transport_failed(self, remote: Address, _error: str, now: float) -> None:
        self.agent.transport_failed(remote, now)

    def handle_timeout(self, now: float) -> None:
        self.wakes.append(now)
        self.agent.handle_timeout(now)
        self.lamps.handle_timeout(now)

    def next_timeout(self) -> float | None:
        instants = [self.agent.next_timeout(), self.lamps.next_timeout()]
        return min((each for each in instants if each is not None), default=None)

    def packets_to_send(self) -> list[Packet]:
        return self.agent.packets_to_send()

    def next_event(self) -> Any:
        return None
