"""A small name server on loopback, for tests: answers what it was told, or keeps silent."""

from __future__ import annotations

import socket
import threading

import dns.flags
import dns.message
import dns.rrset

__all__ = ["StubNameServer"]


class StubNameServer:
    """Answers questions by UDP in a thread until it is closed."""

    def __init__(self, *records: str, silent_on: str = "") -> None:
        """`records` as in a zone file: "NAME TTL IN TYPE DATA"; `silent_on` is a record type."""
        self.asked: list[str] = []
        self._silent_on = silent_on
        self._sets = []
        for record in records:
            name, ttl, class_, kind, data = record.split(maxsplit=4)
            self._sets.append(dns.rrset.from_text(name, int(ttl), class_, kind, data))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread: an empty datagram wakes it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while data := (received := self._socket.recvfrom(4096))[0]:
            query = dns.message.from_wire(data)
            question = query.question[0]
            kind = question.to_text().split()[-1]
            self.asked.append(f"{kind} {question.name.to_text(omit_final_dot=True)}")
            if kind == self._silent_on:
                continue
            response = dns.message.make_response(query)
            response.flags |= dns.flags.RA
            for rrset in self._sets:
                if rrset.name == question.name and rrset.rdtype == question.rdtype:
                    response.answer.append(rrset)
            self._socket.sendto(response.to_wire(), received[1])
