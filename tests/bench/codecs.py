"""Five ways to read a NOTIFY and to write the bytes of its 200, each as its library has it.

A reader returns what it knows and the message, for the writer. What a reader knows is method,
Call-ID, CSeq, branch, From tag, To tag, event, content type and body.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from callctrl.sip.answer import answer_to
from callctrl.sip.message import Request, parse
from callctrl.sip.packets import Address

__all__ = ["SOURCE", "Codec", "codecs"]

SOURCE = Address("192.168.1.20", 5060)
"""Where what is read came from."""

Known = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Codec:
    """A library's way."""

    read: Callable[[bytes], tuple[Known, Any]]
    write: Callable[[Any], bytes] | None
    """None where it cannot write."""


def codecs() -> dict[str, Codec]:
    """Ours, the bare one, and those of the libraries that are installed."""
    makers: dict[str, Callable[[], Codec]] = {
        "opensip": _opensip,
        "aiosipua": _aiosipua,
        "sippy": _sippy,
        "sipmessage": _sipmessage,
    }
    peers = {name: make() for name, make in makers.items() if find_spec(name) is not None}
    return {"ours": Codec(_read_ours, _write_ours), "bare": Codec(_read_bare, None), **peers}


def _read_ours(data: bytes) -> tuple[Known, Any]:
    message = parse(data)
    assert isinstance(message, Request)
    known = (
        message.method,
        message.call_id,
        message.cseq,
        message.via.branch,
        message.from_tag,
        message.to_tag,
        message.headers.get("Event"),
        message.content_type,
        message.body,
    )
    return known, message


def _write_ours(request: Request) -> bytes:
    return answer_to(request, SOURCE, 200, "OK", request.headers.only("To"))


def _read_bare(data: bytes) -> tuple[Known, Any]:
    """What `bytes.split` does without looking: one of each field, in one spelling."""
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.split(b"\r\n")
    pairs = [line.split(b":", 1) for line in lines]
    fields = {name.lower(): value.strip() for name, value in pairs}
    number, method = fields[b"cseq"].split()
    known = (
        first.split(b" ")[0].decode(),
        fields[b"call-id"].decode(),
        (int(number), method.decode()),
        _bare_parameters(fields[b"via"])[b"branch"].decode(),
        _bare_parameters(fields[b"from"])[b"tag"].decode(),
        _bare_parameters(fields[b"to"])[b"tag"].decode(),
        fields[b"event"].split(b";")[0].decode(),
        fields[b"content-type"].split(b";")[0].decode(),
        body,
    )
    return known, fields


def _bare_parameters(value: bytes) -> dict[bytes, bytes]:
    pieces = [piece.split(b"=") for piece in value.split(b";")[1:]]
    return {piece[0]: piece[-1] for piece in pieces}


def _opensip() -> Codec:
    messages, headers = import_module("opensip.message"), import_module("opensip.headers")

    def read(data: bytes) -> tuple[Known, Any]:
        message = messages.parse_message(data)
        get = message.headers.get
        known = (
            message.method,
            message.call_id,
            message.cseq,
            headers.Via.parse(get("Via")).params.get("branch"),
            headers.NameAddr.parse(get("From")).params.get("tag"),
            headers.NameAddr.parse(get("To")).params.get("tag"),
            get("Event"),
            get("Content-Type"),
            message.body,
        )
        return known, message

    def write(request: Any) -> bytes:
        fields = messages.Headers()
        for via in request.headers.get_all("Via"):
            fields.add("Via", via)
        for name in ("From", "To", "Call-ID", "CSeq"):
            fields.add(name, request.headers[name])
        answer = messages.SIPResponse(status_code=200, reason="OK", headers=fields)
        return bytes(answer.encode())

    return Codec(read, write)


def _aiosipua() -> Codec:
    messages, dialogs = import_module("aiosipua.message"), import_module("aiosipua.dialog")

    def read(data: bytes) -> tuple[Known, Any]:
        message = messages.SipMessage.parse(data)
        known = (
            message.method,
            message.call_id,
            message.cseq,
            message.via[0].branch,
            message.from_addr.tag,
            message.to_addr.tag,
            message.get_header("Event"),
            message.content_type,
            message.body,
        )
        return known, message

    dialog = dialogs.Dialog("3848276298220188511@192.168.1.55", "1928301774", "5d0c5c1e")

    def write(request: Any) -> bytes:
        return bytes(dialog.create_response(request, 200, "OK"))

    return Codec(read, write)


def _sippy() -> Codec:
    requests = import_module("sippy.SipRequest")

    def read(data: bytes) -> tuple[Known, Any]:
        message = requests.SipRequest(data.decode())
        field, body = message.getHFBody, message.getBody()
        known = (
            message.method,
            str(field("call-id")),
            field("cseq").getCSeq(),
            field("via").getBranch(),
            field("from").getTag(),
            field("to").getTag(),
            str(field("event")),
            body.getType(),
            body.content,
        )
        return known, message

    def write(request: Any) -> bytes:
        return bytes(request.genResponse(200, "OK").localStr().encode())

    return Codec(read, write)


def _sipmessage() -> Codec:
    messages = import_module("sipmessage")

    def read(data: bytes) -> tuple[Known, Any]:
        message = messages.Message.parse(data)
        known = (
            message.method,
            message.call_id,
            message.cseq,
            message.via[0].parameters.get("branch"),
            message.from_address.parameters.get("tag"),
            message.to_address.parameters.get("tag"),
            message.headers.get("Event"),
            message.content_type,
            message.body,
        )
        return known, message

    def write(request: Any) -> bytes:
        answer = messages.Response(200, "OK")
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            answer.headers.setlist(name, request.headers.getlist(name))
        answer.content_length = 0
        return bytes(answer)

    return Codec(read, write)
