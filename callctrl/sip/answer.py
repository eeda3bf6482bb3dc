"""The bytes of a response to a request, and what they echo (RFC 3261 section 8.2.6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import starmap

from callctrl.sip.message import Request, field_line, head_to_bytes
from callctrl.sip.packets import Address
from callctrl.sip.via import vias_for_response

__all__ = ["answer_to"]


def answer_to(
    request: Request,
    source: Address,
    status: int,
    reason: str,
    to: str,
    fields: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> bytes:
    """A response to what came from `source`.

    Via, From, Call-ID and CSeq go back as they stood; `to` is that of the request, with a tag of
    ours where it had none, and `fields` are what else there is to say. Raises RemoteProtocolError
    where the topmost Via cannot be read, LocalProtocolError where something would break out of its
    line.
    """
    get = request.headers.get
    lines = [
        f"SIP/2.0 {status} {reason}",
        *[f"Via: {via}" for via in vias_for_response(request, source)],
        f"From: {get('From') or ''}",
        f"To: {to}",
        f"Call-ID: {get('Call-ID') or ''}",
        f"CSeq: {get('CSeq') or ''}",
        *(starmap(field_line, fields) if fields else ()),
        f"Content-Length: {len(body)}",
    ]
    return head_to_bytes(lines, request.charset) + body
