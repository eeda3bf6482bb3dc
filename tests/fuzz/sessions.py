"""A whole session of either kind: datagrams, time, commands and a failing network, in any order.

An input is a script of steps, each a byte that says which and some more that say how. Answers and
NOTIFYs are made to fit what the session has sent, then a few places of them are overwritten, so
that not every one of them is dropped at the door.
"""

from __future__ import annotations

import gc
import logging
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from enum import IntEnum
from random import Random

from callctrl.accounts import Account, ControlPath, PbxKind, Policy
from callctrl.bystander.engine import Bystander
from callctrl.calls import (
    Answer,
    Command,
    CommandAnswered,
    Dial,
    Divert,
    HangUp,
    Hold,
    Reject,
    Resume,
    Stopped,
)
from callctrl.phones.generic import GenericPhone
from callctrl.phones.spa import SpaPhone
from callctrl.session import Session
from callctrl.sip.framing import is_keep_alive
from callctrl.sip.message import MAX_MESSAGE_BYTES, Request, Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.way import SessionSetup
from tests.fuzz.messages import check_written
from tests.fuzz.messages import seeds as message_seeds

__all__ = ["seeds", "take"]

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 6060)
PHONE = Address("192.168.1.20", 5060)
SPARE = Address("192.168.1.11", 6060)
STRANGER = Address("192.0.2.66", 5060)
PASSWORD = "Tr0ub4dor&3-Grünwald"

_QUIET = 100.0
"""Seconds without a datagram after which nothing of a conversation may be left but its calls."""
_MOST_ENTRIES = 1_000
"""Entries of all containers of a session after that."""
_LEAVE_WITHIN = 2.0
_RECENT = 8
"""Requests of the session that can still be answered."""


class Step(IntEnum):
    """What can happen to a session; the findings hold these numbers."""

    ANSWER = 0
    NOTIFY = 1
    DATAGRAM = 2
    WAIT = 3
    TIMEOUT = 4
    COMMAND = 5
    FAILURE = 6
    STOP = 7


_STATUSES = (200, 401, 403, 100, 423, 503, 481, 407, 489, 302, 408, 420, 500, 202, 600, 491)
_STATUSES_OF_CALLS = (
    200,
    100,
    180,
    401,
    202,
    486,
    487,
    302,
    603,
    481,
    183,
    404,
    503,
    488,
    407,
    491,
)
_FIELDS = (
    ("Contact", f"<sip:RECEPTION@{PC.host}:5060>;expires=60"),
    ("Expires", "3600"),
    ("WWW-Authenticate", 'Digest realm="192.168.1.10", nonce="70f778f0", algorithm=md5'),
    (
        "Proxy-Authenticate",
        'Digest realm="a, b", nonce="1", algorithm=SHA-256, qop="auth,auth-int", '
        'Digest realm="x", nonce="2", algorithm=MD5-sess, qop=auth-int, opaque=""',
    ),
    ("Retry-After", "5 (busy);duration=60"),
    ("Min-Expires", "120"),
    ("Record-Route", "<sip:192.168.1.10;lr>, <sip:192.168.1.11;lr>"),
    ("WWW-Authenticate", 'Digest realm="192.168.1.10", nonce="915af6f3", stale=true'),
)
_STATES = ("active;expires=3540", "pending", "terminated;reason=deactivated", "terminated", "")
_BODIES = (
    b'<spa-status><call id="1" ref="8" ext="1" state="ringing" name="Lee" uri="5@h"/></spa-status>',
    b'<spa-status><call id="1" ref="8" state="connected"/></spa-status>',
    b'<spa-status><call id="1" ref="8" state="idle"/></spa-status>',
    b'<spa-status><call id="2" ref="1" state="proceeding" uri="sip:%23@h"/></spa-status>',
    b"",
)
_EVENTS_OF_CALLS = ("refer", "refer;id=2", "refer;id=3", "dialog", "")
_BODIES_OF_CALLS = (
    ("message/sipfrag", b"SIP/2.0 200 OK"),
    ("message/sipfrag;version=2.0", b"SIP/2.0 180 Ringing\r\n"),
    ("message/sipfrag", b"SIP/2.0 404 Not Found\r\n"),
    ("application/sdp", b"v=0\r\nm=video 5 RTP/AVP 96\r\nm=audio 6 RTP/AVP 0\r\na=sendonly\r\n"),
    ("", b""),
)
_METHODS_OF_CALLS = ("NOTIFY", "BYE", "INVITE", "UPDATE", "OPTIONS", "INFO", "ACK", "CANCEL")
_WAITS = (0.01, 0.3, 0.5, 1.0, 4.0, 16.0, 25.0, 60.0, 600.0, 3600.0, 1e6)


def seeds() -> list[bytes]:
    """Conversations that go well, and the captured messages as datagrams."""
    challenged = bytes([Step.ANSWER, 0, 1, 0b100, 0])
    registered = bytes([Step.ANSWER, 0, 0, 0b1, 0])
    subscribed = bytes([Step.ANSWER, 0, 0, 0b10, 0])
    ready = b"\0\0" + challenged + registered + subscribed
    ringing = bytes([Step.NOTIFY, 0, 0, 0, 1, 0])
    connected = bytes([Step.NOTIFY, 0, 0, 1, 2, 0])
    ended = bytes([Step.NOTIFY, 0, 0, 2, 3, 0])
    dial = bytes([Step.COMMAND, 0, 7]) + b"5551234"
    answer = bytes([Step.COMMAND, 1, 1]) + b"1"
    timeout, stop = bytes([Step.TIMEOUT]), bytes([Step.STOP])
    lost = bytes([Step.FAILURE, 0]) + timeout * 3
    aside = b"\x40\0" + bytes([Step.ANSWER, 0, 3, 0b100, 0])
    call = aside + bytes([Step.COMMAND, 0, 4]) + b"2004"
    rings = bytes([Step.ANSWER, 0, 2, 0, 0])
    up = bytes([Step.ANSWER, 0, 0, 0b1, 0])
    obeys = bytes([Step.ANSWER, 0, 4, 0, 0])
    tells = bytes([Step.NOTIFY, 1, 0, 0, 0, 0, 2, 0])
    return [
        b"\x38\0" + lost + challenged + registered + subscribed + lost + registered + timeout * 9,
        call + rings + up + obeys + tells + up,
        call + rings + bytes([Step.WAIT, 7]) + bytes([Step.ANSWER, 1, 6, 0, 0]) + stop,
        call + up + bytes([Step.NOTIFY, 1, 2, 0, 3, 0, 2, 0]) + timeout * 3 + up * 3,
        call + rings + stop + up + up,
        ready + ringing + answer + subscribed + connected + ended + stop,
        ready + dial + bytes([Step.ANSWER, 0, 2, 0, 0]) + challenged + registered + subscribed,
        ready + timeout * 20 + bytes([Step.FAILURE, 0]) + timeout * 5,
        ready + bytes([Step.FAILURE, 2]) + challenged + registered + registered + subscribed,
        ready + bytes([Step.NOTIFY, 0, 2, 4, 1, 0]) + timeout * 3 + subscribed,
        ready + bytes([Step.NOTIFY, 1, 0, 0, 1, 0, Step.WAIT, 6, Step.NOTIFY, 0, 0, 3, 9, 0]),
        b"\3\0" + bytes([Step.ANSWER, 0, 2, 0, 0]) + timeout * 9 + stop + subscribed + registered,
        *(
            b"\0\0" + bytes([Step.DATAGRAM, 0, len(data) >> 8, len(data) & 255]) + data
            for data in message_seeds()
            if len(data) < 4_000
        ),
    ]


def take(data: bytes) -> None:
    """Play a script, then let a minute pass, then leave."""
    script = _Script(data)
    with _Log() as log:
        play = _Play(script)
        while not script.is_over:
            play.step()
        play.wait(_QUIET, 30)
        play.check_memory(log)
        play.leave()


class _Script:
    """Bytes taken one after the other; zeros where there are no more."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def is_over(self) -> bool:
        return self._position >= len(self._data)

    def byte(self) -> int:
        return self.bytes(1)[0]

    def word(self) -> int:
        return int.from_bytes(self.bytes(2))

    def bytes(self, count: int) -> bytes:
        piece = self._data[self._position : self._position + count]
        self._position += count
        return piece.ljust(count, b"\0")


class _Play:
    """A session, and whoever is at the other end of its wire."""

    def __init__(self, script: _Script) -> None:
        manner = script.byte()
        self._script = script
        self._now = 1000.0
        self._asked = self._answered = self._stopped = 0
        self._requests: deque[Request] = deque(maxlen=_RECENT)
        self._sent: set[bytes] = set()
        self._subscribe: Request | None = None
        self._invite: Request | None = None
        self._stands_by = bool(manner & 64)
        self._last = b""
        account = Account(
            pbx=PBX.host,
            extension="200",
            station="FrontDesk",
            computer="RECEPTION",
            port=PBX.port,
            control=ControlPath.PHONE if manner & 1 else ControlPath.PBX,
            outbound_proxy="proxy.example" if manner & 8 else "",
        )
        transport = "TCP" if manner & 16 else "UDP"
        setup = SessionSetup(
            PC._replace(transport=transport),
            PBX._replace(transport=transport),
            PHONE if manner & 2 else None,
            places=tuple(
                each._replace(transport=transport)
                for each in ((PBX, SPARE) if manner & 32 else (PBX,))
            ),
        )
        tokens = Tokens(Random(script.byte()))
        policy = Policy(stay_open=bool(manner & 4))
        self._session: Session | Bystander
        if self._stands_by:
            account = replace(account, kind=PbxKind.SIP, lamps=("2003",) if manner & 1 else ())
            self._session = Bystander(
                account, PASSWORD, GenericPhone(), setup, tokens, policy=policy
            )
        else:
            self._session = Session(account, PASSWORD, SpaPhone(), setup, tokens, policy=policy)
        self._session.start(self._now)
        self._drain()

    def step(self) -> None:
        """Play the next step of the script."""
        script, session = self._script, self._session
        match script.byte() % len(Step):
            case Step.ANSWER:
                self._receive(self._mutated(self._answer()))
            case Step.NOTIFY:
                self._receive(self._mutated(self._notify()))
            case Step.DATAGRAM:
                source = (PBX, PHONE, STRANGER)[script.byte() % 3]
                self._receive(script.bytes(script.word()) or self._last, source)
            case Step.WAIT:
                self.wait(_WAITS[script.byte() % len(_WAITS)])
            case Step.TIMEOUT:
                due = session.next_timeout()
                self.wait(0.0 if due is None else due - self._now)
            case Step.COMMAND:
                session.perform(self._command(), self._now)
                self._asked += 1
            case Step.FAILURE:
                which = script.byte() % 4
                if which < 2:
                    remote = (session.remote, PHONE)[which]
                    session.transport_failed(remote, "refused", self._now)
                else:
                    session.relocate(PC._replace(port=5060 + which), PBX, self._now)
            case Step.STOP:
                session.stop(self._now)
        self._drain()

    def wait(self, seconds: float, deadlines: int = 12) -> None:
        """Let time pass; what is due behind so many deadlines comes late, as after a sleep."""
        end = self._now + seconds
        for _ in range(deadlines):
            due = self._session.next_timeout()
            if due is None or due > end:
                break
            self._go_to(due)
        self._go_to(end)

    def _go_to(self, when: float) -> None:
        self._now = max(self._now, when)
        self._session.handle_timeout(self._now)
        self._drain()
        due = self._session.next_timeout()
        assert due is None or self._now < due < math.inf, "a deadline in the past"

    def leave(self) -> None:
        """Leave; a session does so within its time, and says so once."""
        self._session.stop(self._now)
        self._drain()
        self.wait(_LEAVE_WITHIN)
        assert self._stopped == 1
        assert self._session.next_timeout() is None

    def check_memory(self, log: _Log) -> None:
        """Whether nothing piled up, no order was forgotten, and nobody tells the password."""
        assert self._asked == self._answered, "a command was never answered"
        entries = 0
        for thing in _reachable(self._session):
            if isinstance(thing, dict | list | set | deque):
                entries += len(thing)
            elif not isinstance(thing, str | bytes):
                assert PASSWORD not in repr(thing), "a repr tells the password"
        # For one that has stopped, time stands still: all it has goes with it.
        assert entries < _MOST_ENTRIES or self._stopped, f"{entries} entries are left"
        assert PASSWORD not in "\n".join(log.lines), "the log tells the password"

    def _receive(self, data: bytes, source: Address | None = None) -> None:
        self._last = data
        source = source or self._session.remote
        self._session.receive(data[:MAX_MESSAGE_BYTES], source, self._now)

    def _drain(self) -> None:
        for packet in self._session.packets_to_send():
            if packet.data in self._sent or is_keep_alive(packet.data):
                continue
            self._sent.add(packet.data)
            assert len(packet.data) <= MAX_MESSAGE_BYTES
            assert PASSWORD.encode() not in packet.data, "the password goes over the wire"
            message = parse(packet.data)
            check_written(message, packet.data)
            if isinstance(message, Request):
                self._requests.append(message)
                if message.method == "SUBSCRIBE":
                    self._subscribe = message
                if message.method == "INVITE":
                    self._invite = message
        while (event := self._session.next_event()) is not None:
            is_answer = isinstance(event, CommandAnswered)
            assert is_answer or not self._stopped, f"something follows the end: {event!r}"
            self._answered += is_answer
            self._stopped += isinstance(event, Stopped)
            assert PASSWORD not in repr(event)

    def _answer(self) -> bytes:
        """A response to one of the latest requests."""
        script = self._script
        request = self._requests[-1 - script.byte() % len(self._requests)]
        statuses = _STATUSES_OF_CALLS if self._stands_by else _STATUSES
        status = statuses[script.byte() % len(statuses)]
        chosen = script.byte()
        to = request.headers.get("To") or ""
        return Response(
            status,
            "Any",
            [
                ("Via", request.headers.get("Via") or ""),
                ("From", request.headers.get("From") or ""),
                ("To", to if request.to.tag else f"{to};tag=60b7acd9-0"),
                ("Call-ID", request.call_id),
                ("CSeq", str(request.cseq)),
                *(field for bit, field in enumerate(_FIELDS) if chosen >> bit & 1),
            ],
        ).to_bytes()

    def _notify(self) -> bytes:
        """A report of the phone: in the dialog of the SUBSCRIBE, or one nobody asked for."""
        script = self._script
        is_foreign = script.byte() % 2
        if is_foreign and self._invite is not None:
            return self._request_of_call(self._invite)
        state = _STATES[script.byte() % len(_STATES)]
        body = _BODIES[script.byte() % len(_BODIES)]
        number = script.byte()
        ours = self._subscribe or self._requests[0]
        from_, to, call_id = f"{ours.to};tag=60b7acd9-0", str(ours.from_), ours.call_id
        if is_foreign:
            from_, to, call_id = "<sip:FrontDesk@h>;tag=1", "<sip:RECEPTION@h>", "1@localhost"
        return Request(
            "NOTIFY",
            "sip:RECEPTION@192.168.1.50:5060",
            [
                ("Via", f"SIP/2.0/UDP 192.168.1.10:6060;branch=z9hG4bK-{number}{is_foreign}"),
                ("From", from_),
                ("To", to),
                ("Call-ID", call_id),
                ("CSeq", f"{number} NOTIFY"),
                ("Event", "x-spa-cti"),
                ("Subscription-State", state),
                ("P-Station-Name", "FrontDesk ;mac=000e08aabbcc"),
                ("Content-Type", "application/x-spa-status"),
            ],
            body,
        ).to_bytes()

    def _request_of_call(self, invite: Request) -> bytes:
        """What the phone asks inside a call that is placed."""
        script = self._script
        method = _METHODS_OF_CALLS[script.byte() % len(_METHODS_OF_CALLS)]
        event = _EVENTS_OF_CALLS[script.byte() % len(_EVENTS_OF_CALLS)]
        media_type, body = _BODIES_OF_CALLS[script.byte() % len(_BODIES_OF_CALLS)]
        state = _STATES[script.byte() % len(_STATES)]
        number = script.byte()
        return Request(
            method,
            "sip:200@192.168.1.50:5060",
            [
                ("Via", f"SIP/2.0/UDP 192.168.1.10:6060;branch=z9hG4bK-call-{number}"),
                ("From", f"{invite.to};tag=60b7acd9-0"),
                ("To", str(invite.from_)),
                ("Call-ID", invite.call_id),
                ("CSeq", f"{number} {method}"),
                ("Event", event),
                ("Subscription-State", state),
                ("Contact", "<sip:1@192.168.1.20>"),
                ("Content-Type", media_type),
            ],
            body,
        ).to_bytes()

    def _mutated(self, data: bytes) -> bytes:
        """`data` with up to three places overwritten."""
        script = self._script
        for _ in range(script.byte() % 4):
            start, cut, count = script.word() % (len(data) + 1), script.byte(), script.byte()
            data = data[:start] + script.bytes(count % 32) + data[start + cut :]
        return data

    def _command(self) -> Command:
        kind = self._script.byte() % 7
        text = self._script.bytes(self._script.byte()).decode("utf-8", "surrogateescape")
        match kind:
            case 0:
                return Dial(text)
            case 1:
                return Answer(text)
            case 2:
                return Reject(text)
            case 3:
                return Divert(text, text)
            case 4:
                return Resume(text)
            case 5:
                return HangUp(text)
        return Hold()


class _Log(logging.Handler):
    """Every line the engine logs, down to the last detail."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._logger = logging.getLogger("callctrl")
        self._before = self._logger.level, self._logger.propagate

    def __enter__(self) -> _Log:
        self._logger.addHandler(self)
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.level, self._logger.propagate = self._before

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _reachable(root: object) -> Iterator[object]:
    """Every object of ours, and every container, that `root` holds."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        yield thing
        waiting += [
            each
            for each in gc.get_referents(thing)
            if isinstance(each, dict | list | set | tuple | deque)
            or (type(each).__module__.startswith("callctrl.") and not isinstance(each, type))
        ]
