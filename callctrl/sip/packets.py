"""What goes over the network, and where: bytes and addresses."""

from __future__ import annotations

from typing import NamedTuple

from callctrl.sip.headers import format_host

__all__ = ["Address", "Packet"]


class Address(NamedTuple):
    """Where a packet comes from or goes to."""

    host: str
    """An IP address, as the socket gives it."""
    port: int
    transport: str = "UDP"
    """As Via spells it: "UDP", "TCP" or "TLS"."""

    def __str__(self) -> str:
        return f"{self.transport} {format_host(self.host)}:{self.port}"

    @property
    def is_reliable(self) -> bool:
        """Whether what is sent there arrives, or its loss is told (RFC 3261 section 17)."""
        return self.transport != "UDP"


class Packet(NamedTuple):
    """Bytes to send, and where to."""

    data: bytes
    """None at all end a stream that is dead, so that what follows opens another."""
    remote: Address
    otherwise: Address | None = None
    """Where to, if the connection with `remote` is gone and it was not we who opened it."""
