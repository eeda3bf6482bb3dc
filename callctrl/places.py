"""A place in the network as people type it: HOST, HOST:PORT, [IPV6] or [IPV6]:PORT."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Place", "place_from"]


class Place(NamedTuple):
    """A host, and the port where one was named."""

    host: str
    """Host name or IP address, an IPv6 address without its brackets."""
    port: int | None
    """From 0 to 65535; what 0 means is for whoever asked."""


def place_from(text: str) -> Place:
    """Take a typed place apart; an IPv6 address without brackets has no port.

    Raises ValueError where it is none.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"expected [IPV6] or [IPV6]:PORT, found {text!r}")
        colon, port = rest[:1], rest[1:]
    elif text.count(":") > 1:
        host, colon, port = text, "", ""
    else:
        host, colon, port = text.partition(":")
    if not host or any(char.isspace() or not char.isprintable() or char in "@/[]" for char in host):
        raise ValueError(f"expected a host name or an IP address, found {host!r}")
    if not colon:
        return Place(host, None)
    # int() takes signs, blanks, underscores and other scripts' digits, too.
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise ValueError(f"expected a port from 0 to 65535, found {port!r}")
    return Place(host, int(port))
