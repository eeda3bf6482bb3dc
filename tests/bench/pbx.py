"""The other end of the wire: a PBX that grants whatever is asked, and then reports calls.

Blocking, on loopback, and quick in what it does itself: what is measured is who answers it.
"""

from __future__ import annotations

import select
import socket
import time
from dataclasses import dataclass

from callctrl.sip.message import Request, Response, parse

__all__ = ["Dialog", "Pbx"]

_WITHIN = 10.0
"""Seconds after which a program that is measured is taken to hang."""
_T1 = 0.5
"""Seconds after which a request that nobody answered is sent again (timer E, RFC 3261 17.1.2.2)."""
_STATES = ("connected", "holding", "hold", "resuming")

_BODY = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\r\n<spa-status>\r\n'
    '<call id="1" ref="17" ext="1" state="{}" name="Anna Meier" uri="2215550100@192.168.1.20"'
    ' dir="in" duration="{}"/>\r\n</spa-status>\r\n'
)


@dataclass(slots=True)
class Dialog:
    """One subscription, seen from the notifier."""

    call_id: str
    remote_tag: str
    remote: tuple[str, int]
    event: str = "x-spa-cti"
    cseq: int = 0


class Pbx:
    """A socket, and the dialogs it has granted."""

    def __init__(self) -> None:
        self.dialogs: list[Dialog] = []
        self.resent = 0
        """NOTIFYs sent a second time."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # Answers to a burst must not get lost here: this end is not measured.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 2**20)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(_WITHIN)
        self.port: int = self._socket.getsockname()[1]
        self._sent = 0
        self._known: set[str] = set()

    def close(self) -> None:
        self._socket.close()

    def admit(self, subscriptions: int) -> None:
        """Grant REGISTER and SUBSCRIBE until there are so many dialogs."""
        while len(self.dialogs) < subscriptions:
            data, source = self._socket.recvfrom(65_536)
            self._grant(data, source)

    def serve(self, seconds: float) -> None:
        """Grant what comes for a while."""
        ends_at = time.monotonic() + seconds
        while (left := ends_at - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                self._grant(*self._socket.recvfrom(65_536))

    def report(self, dialog: Dialog) -> None:
        """One NOTIFY, and wait for its answer."""
        self._socket.sendto(self._notify(dialog), dialog.remote)
        while not self._is_answer(*self._socket.recvfrom(65_536)):
            pass

    def burst(self, dialog: Dialog, count: int) -> float:
        """So many NOTIFYs at once, again after timer E where no answer came.

        Seconds until all are answered.
        """
        missing: dict[bytes, bytes] = {}
        for _ in range(count):
            data = self._notify(dialog)
            missing[_branch_in(data)] = data
        begun = time.monotonic()
        for number, data in enumerate(list(missing.values())):
            self._socket.sendto(data, dialog.remote)
            if number % 50 == 49:  # a stock buffer here does not hold a thousand answers
                self._take_answers(missing)
        repeat_at = begun + _T1
        while missing:
            wait = max(0.0, repeat_at - time.monotonic())
            if select.select([self._socket], [], [], wait)[0]:
                self._take_answers(missing)
            else:
                for data in missing.values():
                    self._socket.sendto(data, dialog.remote)
                self.resent += len(missing)
                repeat_at += _T1
                if time.monotonic() - begun > _WITHIN:
                    raise TimeoutError(f"{len(missing)} NOTIFYs were not answered")
        return time.monotonic() - begun

    def _take_answers(self, missing: dict[bytes, bytes]) -> None:
        """Read what is there, and strike out what is answered."""
        while select.select([self._socket], [], [], 0)[0]:
            data, source = self._socket.recvfrom(65_536)
            if self._is_answer(data, source):
                missing.pop(_branch_in(data), None)

    def _is_answer(self, data: bytes, source: tuple[str, int]) -> bool:
        if data.startswith(b"SIP/2.0 200"):
            return True
        if data.startswith(b"SIP/2.0"):
            raise RuntimeError(f"expected a 200, found {data.splitlines()[0]!r}")
        self._grant(data, source)
        return False

    def _grant(self, data: bytes, source: tuple[str, int]) -> None:
        if data.isspace():
            return  # keeps the way open (RFC 5626 section 3.5.1)
        request = parse(data)
        if not isinstance(request, Request):
            return
        is_new = request.to_tag is None and request.call_id not in self._known
        if request.method == "SUBSCRIBE" and is_new:
            self._known.add(request.call_id)
            tag = request.from_.tag or ""
            event = request.headers.get("Event") or ""
            self.dialogs.append(Dialog(request.call_id, tag, source, event))
        to = request.headers.get("To") or ""
        fields = [
            *(("Via", via) for via in request.headers.get_all("Via")),
            ("From", request.headers.get("From") or ""),
            ("To", to if ";tag=" in to else f"{to};tag=pbx"),
            ("Call-ID", request.call_id),
            ("CSeq", str(request.cseq)),
            ("Contact", request.headers.get("Contact") or ""),
            ("Expires", request.headers.get("Expires") or "3600"),
        ]
        self._socket.sendto(Response(200, "OK", fields).to_bytes(), source)

    def _notify(self, dialog: Dialog) -> bytes:
        self._sent += 1
        dialog.cseq += 1
        body = _BODY.format(_STATES[self._sent % len(_STATES)], self._sent // 100).encode()
        head = (
            f"NOTIFY sip:RECEPTION@127.0.0.1:{dialog.remote[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK-{self._sent:08x}\r\n"
            f"From: <sip:FrontDesk@127.0.0.1>;tag=pbx\r\n"
            f'To: "Reception" <sip:RECEPTION@127.0.0.1>;tag={dialog.remote_tag}\r\n'
            f"Call-ID: {dialog.call_id}\r\n"
            f"CSeq: {dialog.cseq} NOTIFY\r\n"
            "Max-Forwards: 70\r\n"
            f"Contact: <sip:FrontDesk@127.0.0.1:{self.port}>\r\n"
            f"Event: {dialog.event}\r\n"
            "Subscription-State: active;expires=3412\r\n"
            "User-Agent: Linksys/SPA9000-6.1.5\r\n"
            "Content-Type: application/x-spa-status\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def _branch_in(data: bytes) -> bytes:
    return data.partition(b"branch=")[2].partition(b"\r\n")[0].partition(b";")[0]
