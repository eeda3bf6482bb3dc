"""The way back of a response, as the Vias of its request tell it (RFC 3261 section 18.2)."""

from __future__ import annotations

from callctrl.sip.headers import split_outside_quotes
from callctrl.sip.message import Message, Request
from callctrl.sip.packets import Address

__all__ = ["response_address", "response_otherwise", "vias_for_response", "vias_in"]


def response_address(request: Request, source: Address) -> Address:
    """Where the response goes: to the source, at the Via's port (RFC 3261 section 18.2.2).

    Over a stream it goes back on the connection the request came on. With `rport` the sender asks
    for the port the request came from (RFC 3581 section 4).
    """
    via = request.via
    if source.is_reliable or "rport" in via.parameters:
        return source
    return Address(source.host, via.port or 5060, source.transport)


def response_otherwise(request: Request, source: Address) -> Address | None:
    """Where the response goes if the connection is gone: to the Via's port (section 18.2.2)."""
    if not source.is_reliable:
        return None
    default = 5061 if source.transport == "TLS" else 5060
    return source._replace(port=request.via.port or default)


def vias_in(message: Message) -> list[str]:
    """Every Via, the topmost first."""
    values = message.headers.get_all("Via")
    if len(values) == 1 and "," not in values[0]:
        return values
    return [via for value in values for via in split_outside_quotes(value, ",") if via]


def vias_for_response(request: Request, source: Address) -> list[str]:
    """The Vias to echo, the topmost with the source where it says another or asks for it.

    RFC 3261 section 18.2.1 and RFC 3581 section 4. What else the topmost says is echoed as it
    stood: some branches are no tokens, and would be quoted if they were written anew.
    """
    via = request.via
    vias = vias_in(request)
    if via.host == source.host and "rport" not in via.parameters:
        return vias
    top, *others = vias
    noted = {}
    if via.host != source.host or "rport" in via.parameters:
        noted["received"] = source.host
    if "rport" in via.parameters:
        noted["rport"] = str(source.port)
    pieces = split_outside_quotes(top, ";")
    kept = [piece for piece in pieces if piece.partition("=")[0].rstrip().lower() not in noted]
    return [";".join([*kept, *(f"{name}={value}" for name, value in noted.items())]), *others]
