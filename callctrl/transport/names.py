"""Host names to addresses."""

from __future__ import annotations

import socket
from typing import Any

from callctrl.daemon import in_daemon_thread
from callctrl.sip.transaction import Address

__all__ = ["resolve"]


async def resolve(host: str, port: int, transport: str = "UDP") -> Address:
    """The address of a host name or IP address; raises OSError where there is none."""

    def look_up() -> list[tuple[Any, ...]]:
        try:
            return list(socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM))
        except UnicodeError as error:
            raise OSError(f"{host!r} is no host name") from error

    # In a daemon thread: a name server that does not answer must not keep us from ending.
    found = await in_daemon_thread(lambda _: look_up(), "callctrl-resolve")
    # IPv4 first: the phone family speaks nothing else.
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return Address(str(found[0][4][0]), port, transport)
