"""The web pages of both devices, as pure functions from a request to an answer.

`/admin/spacfg.xml` holds all settings and the live status as XML; `/admin/voice` shows the same in
a form. Names and groups are those of protocol.md C.1, C.2 and F.5. In an office both devices have
an address of their own and answer at port 80; here both are on one host, the SPA9000 at some port
and the phone at the next one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import NamedTuple

from callctrl.simulator.config import Config, Masking
from callctrl.simulator.phone import Call
from callctrl.simulator.phonexml import CallState
from callctrl.simulator.registrar import digest_answer, read_authorization
from callctrl.simulator.spa9000 import Spa9000

__all__ = ["Device", "WebAnswer", "WebRequest", "answer"]

_MULTICAST = "224.168.168.168:6061"
_CALLS_PER_LINE = 2
_WEB_STATES = {CallState.HOLD: "Held", CallState.HOLDING: "Held"}
"""Where the guides' name is not the wire's (protocol.md B.4)."""


class Device(Enum):
    """Whose page is asked for; the value is the realm of its log-in."""

    SPA9000 = "SPA9000"
    PHONE = "SPA942"


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One HTTP request."""

    method: str
    path: str
    authorization: str = field(default="", repr=False)
    """The Authorization header."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """One HTTP response."""

    status: int
    reason: str
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class _Field(NamedTuple):
    name: str
    group: str
    value: str
    is_password: bool = False


def answer(spa: Spa9000, device: Device, request: WebRequest, now: float) -> WebAnswer:
    """What `device` answers; changes nothing."""
    if request.method not in ("GET", "HEAD"):
        return _plain(501, "Not Implemented")
    if not _may_enter(spa, device, request):
        return _plain(401, "Unauthorized", {"WWW-Authenticate": _challenge(spa, device)})
    fields = _spa9000_fields(spa) if device is Device.SPA9000 else _phone_fields(spa, now)
    match request.path.partition("?")[0].rstrip("/"):
        case "/admin/spacfg.xml":
            return WebAnswer(200, "OK", _as_xml(fields, spa.config), "text/xml")
        case "" | "/admin" | "/admin/voice" | "/admin/advanced" | "/admin/voice/advanced":
            return WebAnswer(200, "OK", _as_form(fields, device, spa.config))
        case _:
            return _plain(404, "Not Found")


def _plain(status: int, reason: str, headers: Mapping[str, str] | None = None) -> WebAnswer:
    return WebAnswer(status, reason, f"{status} {reason}\n".encode(), "text/plain", headers or {})


# Log-in: the fixed name `admin`, and no question at all without a password (protocol.md C.1)


def _challenge(spa: Spa9000, device: Device) -> str:
    if not spa.config.web_digest:
        return f'Basic realm="{device.value}"'
    return f'Digest realm="{device.value}", nonce="{spa.web_nonce}"'


def _may_enter(spa: Spa9000, device: Device, request: WebRequest) -> bool:
    password = spa.config.admin_password
    if not password:
        return True
    if not spa.config.web_digest:
        scheme, _, rest = request.authorization.partition(" ")
        try:
            given_name = base64.b64decode(rest.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return scheme.lower() == "basic" and given_name == f"admin:{password}".encode()
    given = read_authorization(request.authorization)
    right = digest_answer(
        "admin", device.value, password, request.method, given.get("uri", ""), spa.web_nonce
    )
    return (
        given.get("username") == "admin"
        and given.get("nonce") == spa.web_nonce
        and given.get("uri") == request.path
        and given.get("response") == right
    )


# What the pages hold


def _spa9000_fields(spa: Spa9000) -> Iterator[_Field]:
    config = spa.config
    yield _Field("Current_IP", "Info/System_Information", config.host)
    yield _Field("Product_Name", "Info/Product_Information", "SPA9000")
    yield _Field("Software_Version", "Info/Product_Information", "6.1.5")
    yield _Field(
        "Admin_Passwd", "System/System_Configuration", config.admin_password, is_password=True
    )
    group = "SIP/PBX_Parameters"
    yield _Field("Multicast_Address", group, _MULTICAST)
    yield _Field("Group_Page_Address", group, "224.168.168.168:34567")
    yield _Field("Proxy_Debug_Option", group, "none")
    yield _Field("Hunt_Groups", group, "")
    yield _Field("Call_Routing_Rule", group, "")
    group = "SIP/PBX_Phone_Parameters"
    yield _Field("Next_Auto_User_ID", group, "5000")
    yield _Field("Phone_Ext_Password", group, config.password, is_password=True)
    yield _Field("Phone_Upgrade_Rule", group, "")
    yield _Field("Phone_Dial_Plan", group, "")


def _phone_fields(spa: Spa9000, now: float) -> Iterator[_Field]:
    config = spa.config
    host, port = config.phone_address
    yield _Field("Current_IP", "Info/System_Information", host)
    yield _Field("Product_Name", "Info/Product_Information", "SPA942")
    yield _Field("Software_Version", "Info/Product_Information", "6.1.5(a)")
    yield _Field("MAC_Address", "Info/Product_Information", config.mac.upper())
    calls = {call.id: call for call in spa.phone.calls}
    for n in range(1, len(config.extensions) + 1):
        yield _Field("Registration_State", f"Info/Ext_{n}_Status", spa.phone.registration_state(n))
    for line in range(1, config.lines + 1):
        for m in range(1, _CALLS_PER_LINE + 1):
            # One call per line key here (AG941), so the second is always idle.
            call = calls.get(line) if m == 1 else None
            yield from _call_fields(f"Info/Line_{line}_Call_{m}_Status", call, now)
    group = "System/System_Configuration"
    yield _Field("Enable_Web_Server", group, "Yes")
    yield _Field("Admin_Passwd", group, config.admin_password, is_password=True)
    for name in ("Syslog_Server", "Debug_Server", "Debug_Level"):
        value = "0" if name == "Debug_Level" else ""
        yield _Field(name, "System/Optional_Network_Configuration", value)
    yield _Field("CTI_Enable", "SIP/SIP_Parameters", _yes(config.cti_enabled))
    group = "SIP/Linksys_Key_System_Parameters"
    yield _Field("Linksys_Key_System", group, _yes(config.key_system))
    yield _Field("Multicast_Address", group, _MULTICAST)
    yield _Field("Station_Name", "Phone/General", config.station)
    for line in range(1, config.lines + 1):
        group, ext = f"Phone/Line_Key_{line}", config.extension_of_line(line)
        yield _Field(f"Extension_{line}_", group, str(ext))
        yield _Field(f"Short_Name_{line}_", group, config.extensions[ext - 1].number)
        yield _Field(f"Share_Call_Appearance_{line}_", group, "private")
    for n, extension in enumerate(config.extensions, 1):
        group = f"Ext_{n}/SIP_Settings"
        yield _Field(f"SIP_Port_{n}_", group, str(port + n - 1))
        yield _Field(f"SIP_Debug_Option_{n}_", group, "none")
        group = f"Ext_{n}/Proxy_and_Registration"
        yield _Field(f"Proxy_{n}_", group, f"{config.host}:{config.port}")
        yield _Field(f"Register_{n}_", group, "Yes")
        yield _Field(f"Register_Expires_{n}_", group, str(config.station_expires))
        group = f"Ext_{n}/Subscriber_Information"
        yield _Field(f"Display_Name_{n}_", group, config.station)
        yield _Field(f"User_ID_{n}_", group, extension.number)
        yield _Field(f"Password_{n}_", group, spa.phone.password(n), is_password=True)
        yield _Field(f"Use_Auth_ID_{n}_", group, _yes(bool(extension.auth_id)))
        yield _Field(f"Auth_ID_{n}_", group, extension.auth_id)


def _call_fields(group: str, call: Call | None, now: float) -> Iterator[_Field]:
    state = call.state if call else CallState.IDLE
    way = "" if call is None else "Inbound" if call.is_incoming else "Outbound"
    duration = ""
    if call is not None and call.connected_at is not None:
        minutes, seconds = divmod(int(now - call.connected_at), 60)
        duration = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    yield _Field("Call_State", group, _WEB_STATES.get(state, state.value.capitalize()))
    yield _Field("Tone", group, "None")
    yield _Field("Type", group, way)
    yield _Field("Remote_Hold", group, "No")
    yield _Field("Peer_Name", group, call.name if call else "")
    yield _Field("Peer_Phone", group, call.number if call else "")
    yield _Field("Duration", group, duration)


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


# How they show it


def _shown(entry: _Field, masking: Masking) -> str:
    if not entry.is_password or not entry.value:
        return entry.value
    # The page's own password is never shown: whoever reads the page knows it, or needs none.
    if masking is Masking.OPEN and entry.name != "Admin_Passwd":
        return entry.value
    return "" if masking is Masking.BLANK else "*" * 8


def _as_xml(fields: Iterator[_Field], config: Config) -> bytes:
    lines = ["<flat-profile>"]
    for entry in fields:
        text = escape(_shown(entry, config.masking), quote=False)
        tag = f'{entry.name} group="{entry.group}"'
        lines.append(f"<{tag}>{text}</{entry.name}>" if text else f"<{tag}/>")
    lines.append("</flat-profile>")
    return "\n".join([*lines, ""]).encode("utf-8", "replace")


def _as_form(fields: Iterator[_Field], device: Device, config: Config) -> bytes:
    rows = "\n".join(
        f"<tr><td>{entry.group}<td>{entry.name.replace('_', ' ').strip()}:"
        f'<td><input name="{entry.name}" type="{"password" if entry.is_password else "text"}"'
        f' value="{escape(_shown(entry, config.masking))}">'
        for entry in fields
    )
    title = f"{device.value} Configuration"
    page = (
        f"<html><head><title>{title}</title></head>\n<body><form><table>\n{rows}\n</table></form>"
    )
    return f"{page}</body></html>\n".encode("utf-8", "replace")
