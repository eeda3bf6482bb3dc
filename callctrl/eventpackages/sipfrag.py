"""What became of a REFER: the status line of a response, as a NOTIFY of it brings it (RFC 3420)."""

from __future__ import annotations

import re

from callctrl.eventpackages import UnreadableBodyError

__all__ = ["read_sipfrag"]

_STATUS_LINE = re.compile(rb"\s*SIP/2\.0[ \t]+([1-6]\d\d)(?!\S)", re.IGNORECASE)


def read_sipfrag(body: bytes) -> int:
    """The status in a body of the type message/sipfrag, e.g. 180 of `SIP/2.0 180 Ringing`.

    What follows it is not looked at. Raises UnreadableBodyError where the body does not begin with
    a status line, as RFC 3515 section 2.4.5 has it.
    """
    found = _STATUS_LINE.match(body)
    if found is None:
        raise UnreadableBodyError(f"expected a status line, found {body[:40]!r}")
    return int(found[1])
