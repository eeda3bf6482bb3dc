"""Responses as the SPA9000 writes them: its headers, in its order (KB50059)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from callctrl.simulator.crooked import without_semicolon
from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import NameAddr
from callctrl.sip.message import Request, Response

__all__ = ["PHONE_SERVER", "Answer", "write_date", "write_response"]

PHONE_SERVER = "Linksys/SPA942-6.1.5(a)"
_SERVER = "Linksys/SPA9000-6.1.5"
_ALLOW_EVENTS = "talk, hold, conference, x-spa-cti"
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    489: "Bad Event",
    501: "Not Implemented",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer a request, apart from what every response repeats of it."""

    status: int
    tag: str = ""
    """The To tag; empty stands for the proxy's, which most answers have (B.8 no. 10)."""
    server: str = _SERVER
    contacts: tuple[str, ...] = ()
    challenge: str = ""
    expires: int | None = None
    date: str = ""


def write_response(
    request: Request, answer: Answer, proxy_tag: str, *, crooked: bool = False
) -> Response:
    """The response: To before From, Date behind Content-Length, Allow-Events always (S17)."""
    asked = request.headers
    from_ = asked.get("From") or ""
    if crooked and answer.status == 401 and "Authorization" not in asked:
        from_ = without_semicolon(from_)
    fields = [
        ("To", _with_tag(asked.get("To") or "", answer.tag or proxy_tag)),
        ("From", from_),
        ("Call-ID", asked.get("Call-ID") or ""),
        ("CSeq", asked.get("CSeq") or ""),
        *(("Via", via) for via in asked.get_all("Via")),  # whatever its branch (B.8 no. 1)
        *(("Contact", contact) for contact in answer.contacts),
        ("Server", answer.server),
        ("WWW-Authenticate", answer.challenge),
        ("Expires", "" if answer.expires is None else str(answer.expires)),
        ("Allow-Events", _ALLOW_EVENTS),
        ("Content-Length", "0"),
        ("Date", answer.date),
    ]
    reason = _REASONS.get(answer.status, "Refused")
    return Response(answer.status, reason, [(name, value) for name, value in fields if value])


def _with_tag(to: str, tag: str) -> str:
    """`to` with a tag, unless it has one or cannot be read."""
    try:
        has_tag = NameAddr.parse(to).tag is not None
    except RemoteProtocolError:
        has_tag = True
    return to if has_tag else f"{to};tag={tag}"


def write_date(at: datetime) -> str:
    """Local time with a zone word and a day of one digit, as printed (S22).

    Not by strftime: its names are in the user's language once Qt has set the locale.
    """
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day}, {at.day} {month} {at:%Y %H:%M:%S} {at.tzname() or 'GMT'}"
