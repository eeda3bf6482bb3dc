"""Sockets and the pump: the one place where an engine meets the event loop and the network.

    pump      drives an engine: every input is one change, followed by a full drain
    udp       datagrams
    streams   TCP and TLS connections, opened when there is something to send
    tls       whose certificates are believed, and what is wrong with the others

Runs on any asyncio loop that has `add_reader`; on Windows that is a selector loop.
"""

from callctrl.transport.pump import Engine, Transport
from callctrl.transport.streams import Streams
from callctrl.transport.tls import Trust, UntrustedError
from callctrl.transport.udp import UdpSocket, local_host_towards

__all__ = [
    "Engine",
    "Streams",
    "Transport",
    "Trust",
    "UdpSocket",
    "UntrustedError",
    "local_host_towards",
]
