"""A PBX that is no more than a notifier: it grants subscriptions, and reports what it is told.

Blocking nowhere and trusting everybody: an engine for `tests/wire.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address, Packet

__all__ = ["Notifier", "Watched", "dialog_info"]

NOTHING = ("", "")
"""A report without a body."""
_CHALLENGE = 'Digest realm="pbx.test", nonce="{}", qop="auth", algorithm=MD5'


@dataclass(slots=True)
class Watched:
    """One subscription that was granted."""

    event: str
    target: str
    """The Request-URI."""
    call_id: str
    watcher: str
    """From of the watcher, with its tag."""
    tag: str
    contact: str
    address: Address
    expires: int
    cseq: int = 0


@dataclass
class Notifier:
    """Grants each SUBSCRIBE and reports at once what it knows of the resource."""

    here: Address
    expires: int = 3600
    nonce: str = ""
    """Where it is given, requests without it are challenged."""
    refusals: dict[str, int] = field(default_factory=dict)
    """Status by event package, or by extension."""
    first: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Media type and body of the first report, by event package; nothing unless given."""
    is_silent: bool = False
    """Whether it neither hears nor answers, as one that is switched off."""
    asked: list[Request] = field(default_factory=list)
    """Each SUBSCRIBE and OPTIONS, in order."""
    answers: list[Response] = field(default_factory=list)
    """What our NOTIFYs were answered."""
    watched: list[Watched] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._outbox: list[Packet] = []
        self._count = 0

    def restart(self) -> None:
        """Forget every subscription without a word."""
        self.watched.clear()

    def of(self, event: str, extension: str = "") -> Watched:
        """The newest subscription to a package, of one extension where it is given."""
        found = [
            each
            for each in self.watched
            if each.event == event and (not extension or f"sip:{extension}@" in each.target)
        ]
        return found[-1]

    def report(
        self,
        watched: Watched,
        body: str = "",
        media_type: str = "application/dialog-info+xml",
        *,
        state: str = "",
        fields: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Send a NOTIFY."""
        watched.cseq += 1
        self._count += 1
        here = f"{self.here.host}:{self.here.port}"
        notify = Request(
            "NOTIFY",
            watched.contact,
            [
                (
                    "Via",
                    f"SIP/2.0/UDP {here};branch=z9hG4bKn{self._count}",
                ),
                ("Max-Forwards", "70"),
                ("From", f"<{watched.target}>;tag={watched.tag}"),
                ("To", watched.watcher),
                ("Call-ID", watched.call_id),
                ("CSeq", f"{watched.cseq} NOTIFY"),
                ("Contact", f"<sip:{here}>"),
                ("Event", watched.event),
                ("Subscription-State", state or f"active;expires={watched.expires}"),
                *fields,
                *([("Content-Type", media_type)] if body else []),
            ],
            body.encode(),
        )
        self._outbox.append(Packet(notify.to_bytes(), watched.address))

    # The engine's verbs

    def receive(self, data: bytes, source: Address, now: float) -> None:
        if self.is_silent or data.isspace():
            return
        message = parse(data)
        if isinstance(message, Response):
            self.answers.append(message)
            return
        if message.method == "SUBSCRIBE":
            self.asked.append(message)
            self._subscribe(message, source)
        elif message.method == "OPTIONS":
            self.asked.append(message)
            self._answer(message, source, 200, "OK")

    def transport_failed(self, remote: Address, error: str, now: float) -> None:
        return

    def handle_timeout(self, now: float) -> None:
        return

    def next_timeout(self) -> float | None:
        return None

    def packets_to_send(self) -> list[Packet]:
        packets, self._outbox = self._outbox, []
        return packets

    def next_event(self) -> None:
        return None

    def _subscribe(self, request: Request, source: Address) -> None:
        event = (request.headers.get("Event") or "").partition(";")[0]
        credentials = request.headers.get("Authorization") or ""
        extension = request.target.user
        known = [each for each in self.watched if each.call_id == request.call_id]
        if self.nonce and f'nonce="{self.nonce}"' not in credentials:
            challenge = ("WWW-Authenticate", _CHALLENGE.format(self.nonce))
            self._answer(request, source, 401, "Unauthorized", [challenge])
        elif (status := self.refusals.get(event) or self.refusals.get(extension)) is not None:
            self._answer(request, source, status, "Refused")
        elif request.to_tag is not None and not known:
            self._answer(request, source, 481, "Subscription Does Not Exist")
        else:
            self._grant(request, source, event, known[0] if known else None)

    def _grant(
        self, request: Request, source: Address, event: str, watched: Watched | None
    ) -> None:
        expires = min(request.expires or 0, self.expires)
        if watched is None:
            watched = Watched(
                event,
                request.uri,
                request.call_id,
                request.headers.only("From"),
                f"tag-{len(self.asked)}",
                request.contacts[0].uri,
                source,
                expires,
            )
            self.watched.append(watched)
        watched.contact, watched.address, watched.expires = request.contacts[0].uri, source, expires
        fields = [
            ("Expires", str(expires)),
            ("Contact", f"<sip:{self.here.host}:{self.here.port}>"),
        ]
        self._answer(request, source, 200, "OK", fields, tag=watched.tag)
        media_type, body = self.first.get(event, NOTHING)
        ended = "" if expires else "terminated;reason=timeout"
        self.report(watched, body, media_type, state=ended)
        if not expires:
            self.watched.remove(watched)

    def _answer(
        self,
        request: Request,
        source: Address,
        status: int,
        reason: str,
        fields: Iterable[tuple[str, str]] = (),
        *,
        tag: str = "pbx",
    ) -> None:
        to = request.headers.only("To")
        response = Response(
            status,
            reason,
            [
                *(("Via", via) for via in request.headers.get_all("Via")),
                ("From", request.headers.only("From")),
                ("To", to if ";tag=" in to else f"{to};tag={tag}"),
                ("Call-ID", request.call_id),
                ("CSeq", str(request.cseq)),
                *fields,
            ],
        )
        self._outbox.append(Packet(response.to_bytes(), source))


def dialog_info(*dialogs: str, entity: str = "sip:1001@pbx", version: int = 1) -> str:
    """A full document of such `<dialog>` elements."""
    return (
        '<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" '
        f'version="{version}" state="full" entity="{entity}">{"".join(dialogs)}</dialog-info>'
    )
