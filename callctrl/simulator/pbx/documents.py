"""What the PBX tells of an extension: the bodies of its NOTIFYs.

Dialog information is RFC 4235, presence RFC 3863, waiting messages RFC 3842, lists RFC 4662. The
oddities are those of the servers that `Style` names.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from callctrl.simulator.pbx.config import PbxConfig, Style
from callctrl.simulator.pbx.office import Leg, LegState, Phone
from callctrl.sip.headers import escape_user, format_host

__all__ = ["Document", "Member", "address_of", "document", "list_document"]

_PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DIALOG_INFO = "application/dialog-info+xml"
_PIDF = "application/pidf+xml"
_SUMMARY = "application/simple-message-summary"
_RLMI = "application/rlmi+xml"


class Document(NamedTuple):
    """A body and its type; both are empty where there is nothing to tell."""

    content_type: str
    body: bytes


class _Hint(Enum):
    """What Asterisk makes of a phone and all its calls."""

    UNAVAILABLE = auto()
    IDLE = auto()
    RINGING = auto()
    IN_USE = auto()
    IN_USE_RINGING = auto()
    ON_HOLD = auto()
    BUSY = auto()


_WORDS = {
    _Hint.UNAVAILABLE: ("terminated", "closed", "Unavailable"),
    _Hint.IDLE: ("terminated", "open", "Ready"),
    _Hint.RINGING: ("early", "open", "Ringing"),
    _Hint.IN_USE: ("confirmed", "open", "On the phone"),
    _Hint.IN_USE_RINGING: ("confirmed", "open", "Ringing"),
    _Hint.ON_HOLD: ("confirmed", "open", "On hold"),
    _Hint.BUSY: ("confirmed", "open", "On the phone"),
}
"""The word of the dialog, and of the presence its basic status and its note."""


def address_of(number: str, config: PbxConfig) -> str:
    """The URI of an extension, or of a number outside."""
    return f"sip:{escape_user(number)}@{format_host(config.domain)}"


def document(package: str, phone: Phone, config: PbxConfig, version: int) -> Document:
    """What `package` tells of a phone."""
    match package:
        case "presence":
            return Document(_PIDF, _presence(phone, config).encode())
        case "message-summary":
            return Document(_SUMMARY, _message_summary(phone, config).encode())
        case _ if config.style is Style.ASTERISK:
            return Document(_DIALOG_INFO, _hinted_dialog(phone, config, version).encode())
        case _ if phone.legs or phone.ended:
            return Document(_DIALOG_INFO, _real_dialogs(phone, config, version).encode())
    return Document("", b"")  # kamailio: nobody has published anything yet


# Asterisk


def _hint(phone: Phone, config: PbxConfig) -> _Hint:
    rings = any(leg.is_ringing for leg in phone.legs)
    in_use = [leg for leg in phone.legs if not leg.is_ringing]
    if not phone.is_there:
        return _Hint.UNAVAILABLE
    if phone.is_undisturbed:
        return _Hint.BUSY
    if not in_use:
        return _Hint.RINGING if rings else _Hint.IDLE
    if config.tells_holds and all(leg.is_held for leg in in_use):
        return _Hint.ON_HOLD
    return _Hint.IN_USE_RINGING if rings else _Hint.IN_USE


def _hinted_dialog(phone: Phone, config: PbxConfig, version: int) -> str:
    hint = _hint(phone, config)
    word, entity = _WORDS[hint][0], address_of(phone.number, config)
    direction = remote = local = ""
    if hint is _Hint.RINGING:
        direction = ' direction="recipient"'
        leg = next(leg for leg in phone.legs if leg.is_ringing)
        if config.tells_callers:
            caller = address_of(leg.peer, config)
            remote = (
                f"  <remote>\n   <identity display={quoteattr(leg.peer_name)}>{escape(caller)}"
                f"</identity>\n   <target uri={quoteattr(caller)} />\n  </remote>\n"
            )
    if hint is _Hint.ON_HOLD:
        local = (
            f"  <local>\n   <target uri={quoteattr(entity)}>\n"
            '    <param pname="+sip.rendering" pvalue="no" />\n   </target>\n  </local>\n'
        )
    return (
        f'{_PROLOG}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" '
        f'state="full" entity={quoteattr(entity)}>\n'
        f" <dialog id={quoteattr(phone.number)}{direction}>\n{remote}{local}"
        f"  <state>{word}</state>\n </dialog>\n</dialog-info>\n"
    )


def _presence(phone: Phone, config: PbxConfig) -> str:
    _, basic, note = _WORDS[_hint(phone, config)]
    entity = address_of(phone.number, config)
    is_on_phone = note not in ("Ready", "Unavailable")
    activities = "<rpid:activities><rpid:on-the-phone /></rpid:activities>" if is_on_phone else ""
    return (
        f"{_PROLOG}<presence entity={quoteattr(entity)} "
        'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" '
        'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid">\n'
        f" <note>{note}</note>\n"
        f" <tuple id={quoteattr(phone.number)}>\n"
        f"  <status>\n   <basic>{basic}</basic>\n  </status>\n"
        f'  <contact priority="1">{escape(entity)}</contact>\n </tuple>\n'
        f" <dm:person>{activities}</dm:person>\n</presence>\n"
    )


def _message_summary(phone: Phone, config: PbxConfig) -> str:
    new, old = phone.messages
    return (
        f"Messages-Waiting: {'yes' if new else 'no'}\r\n"
        f"Message-Account: {address_of(config.voicemail, config)}\r\n"
        f"Voice-Message: {new}/{old} (0/0)\r\n"
    )


# Kamailio


def _real_dialogs(phone: Phone, config: PbxConfig, version: int) -> str:
    legs = [*phone.legs, *([phone.ended] if phone.ended else [])]
    return (
        '<?xml version="1.0"?>\n'
        f'<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" '
        f'state="full" entity={quoteattr(address_of(phone.number, config))}>\n'
        f"{''.join(_real_dialog(leg, config) for leg in legs)}</dialog-info>\n"
    )


def _real_dialog(leg: Leg, config: PbxConfig) -> str:
    # Its capital T is no slip of ours.
    word = "Trying" if leg.state is LegState.TRYING else leg.state.value
    is_early = leg.state in (LegState.TRYING, LegState.EARLY)
    tags = f' local-tag="{leg.local_tag}" remote-tag="{leg.remote_tag}"' if is_early else ""
    direction = "recipient" if leg.is_incoming else "initiator"
    ends = [("remote", leg.peer), ("local", leg.phone)]
    return (
        f' <dialog id="{leg.call_id}" call-id="{leg.call_id}@{config.domain}"{tags} '
        f'direction="{direction}">\n  <state>{word}</state>\n'
        + "".join(_end(end, address_of(number, config)) for end, number in ends)
        + " </dialog>\n"
    )


def _end(end: str, uri: str) -> str:
    uri = f"{uri};transport=udp" if end == "remote" else uri
    return (
        f"  <{end}>\n   <identity>{escape(uri)}</identity>\n"
        f"   <target uri={quoteattr(uri)}/>\n  </{end}>\n"
    )


# Lists


class Member(NamedTuple):
    """What a list tells of one of its extensions; without a document there is no such one."""

    number: str
    document: Document | None


def list_document(
    name: str,
    members: Iterable[Member],
    config: PbxConfig,
    version: int,
    *,
    is_full: bool,
    boundary: str,
) -> Document:
    """A list's body (RFC 4662 section 5), its blanks and line ends as Asterisk has them."""
    root = f"root.{boundary}@{config.domain}"
    resources, parts = [], []
    for member in members:
        resource, part = _resource(member, config, boundary)
        resources.append(resource)
        parts += part
    rlmi = (
        f'{_PROLOG}<list xmlns="urn:ietf:params:xml:ns:rlmi" '
        f'uri={quoteattr(address_of(name, config))} version="{version}" '
        f'fullState="{"true" if is_full else "false"}">\n'
        f" <name>{escape(name)}</name>\n{''.join(resources)}</list>\n"
    )
    first = _part(f"{_RLMI};charset=UTF-8", root, rlmi.encode())
    divider = f"\r\n--{boundary}\r\n".encode()
    body = b"".join([*(divider + each for each in [first, *parts]), f"\r\n--{boundary}--".encode()])
    kind = f'multipart/related;type="{_RLMI}";start="<{root}>";boundary="{boundary}"'
    return Document(kind, body + b"\r\n")


def _resource(member: Member, config: PbxConfig, boundary: str) -> tuple[str, list[bytes]]:
    uri = quoteattr(address_of(member.number, config))
    name = f"  <name>{escape(member.number)}</name>\n"
    if member.document is None:
        instance = f'  <instance id="{member.number}" state="terminated" reason="noresource" />\n'
        return f" <resource uri={uri}>\n{name}{instance} </resource>\n", []
    cid = f"{member.number}.{boundary}@{config.domain}"
    instance = f'  <instance id="{member.number}" state="active" cid="{cid}" />\n'
    part = _part(member.document.content_type, cid, member.document.body)
    return f" <resource uri={uri}>\n{name}{instance} </resource>\n", [part]


def _part(content_type: str, cid: str, body: bytes) -> bytes:
    head = (
        f"Content-ID: <{cid}>\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body):6}\r\n\r\n"
    )
    return head.encode() + body
