"""Which request of others is a new one, and which was here before (RFC 3261 section 17.2.3)."""

from __future__ import annotations

from hashlib import sha256

from callctrl.sip.message import Request

__all__ = ["MAGIC_COOKIE", "identity", "server_key"]

MAGIC_COOKIE = "z9hG4bK"
"""How every branch of RFC 3261 begins (section 8.1.1.7)."""


def server_key(request: Request, method: str) -> tuple[str, ...]:
    """What tells a repeated request from a new one (RFC 3261 section 17.2.3).

    `method` is the request's own; for an ACK or CANCEL also that of the request it speaks of.
    """
    via = request.via
    branch = via.branch or ""
    if branch.startswith(MAGIC_COOKIE) and branch != MAGIC_COOKIE:
        return (branch, via.host.lower(), str(via.port), method)
    return _tolerate_branch_without_cookie(request, branch, method)


def _tolerate_branch_without_cookie(request: Request, branch: str, method: str) -> tuple[str, ...]:
    """RFC 2543 matching, for the seed's `branch=k1hk2bD-12345678` (protocol.md B.8 no. 1).

    That branch is the same in different messages, so it cannot name a transaction by itself; nor
    can the rest for SPA Call Manager, which counts nothing: its controls differ in the body. An
    ACK shares neither body nor To tag with its INVITE.
    """
    key = (
        branch,
        request.uri,
        request.call_id,
        f"{request.cseq.number} {method}",
        request.from_.tag or "",
        str(request.via),
    )
    if method == "INVITE":
        return key
    return (*key, request.to.tag or "", sha256(request.body).hexdigest())


def identity(request: Request) -> tuple[str, ...] | None:
    """What is the same in a request that comes on two paths (RFC 3261 section 8.2.2.2).

    None inside a dialog, and for a CANCEL, which goes from hop to hop.
    """
    if request.method == "CANCEL" or request.to_tag is not None:
        return None
    return (request.from_tag or "", request.call_id, str(request.cseq))
