"""What a status code means, in the words that stand beside it (RFC 3261 section 21)."""

from __future__ import annotations

__all__ = ["reason_for"]

_REASONS = {
    100: "Trying",
    200: "OK",
    400: "Bad Request",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    488: "Not Acceptable Here",
    489: "Bad Event",  # RFC 6665 section 8.3.2
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    505: "Version Not Supported",
    513: "Message Too Large",
}


def reason_for(status: int) -> str:
    """The reason phrase of a response of ours."""
    return _REASONS.get(status, "Refused")
