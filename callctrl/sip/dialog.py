"""What two user agents remember of each other between requests (RFC 3261 section 12)."""

from __future__ import annotations

from dataclasses import replace

from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import NameAddr, Uri, split_outside_quotes
from callctrl.sip.message import Message, Request, Response

__all__ = ["Dialog", "InviteDialog"]

_RENUMBERED = 64
"""A CSeq further back than this is no overtaken request but a new count."""
_LATEST = (1 << _RENUMBERED) - 1
_REFRESHES_TARGET = frozenset({"INVITE", "NOTIFY", "REFER", "SUBSCRIBE", "UPDATE"})
"""Requests whose Contact is where the peer is from then on (RFC 5057 section 5.4)."""


class Dialog:
    """One dialog that a request of ours asks for, from before it is answered.

    It is early while the remote tag is unknown; a response or a request of the peer brings it. Of
    a subscription the peer's first request has the last word: a proxy may have forked ours, and
    then who answered need not be who reports (RFC 6665 section 4.4.1).
    """

    def __init__(self, call_id: str, local: NameAddr, remote: NameAddr, target: str) -> None:
        """`local` carries our tag; `target` is the Request-URI until a Contact replaces it."""
        self.call_id = call_id
        self.local = local
        self.remote = remote
        self.target = target
        self.route_set: list[str] = []
        self._local_cseq = 0
        self._remote_cseq: int | None = None
        self._seen = 0
        """Which numbers were there, a bit each: the lowest is that of the last request."""
        self._contacts: list[str] = []
        """The Contact fields that `target` is from."""

    @property
    def is_confirmed(self) -> bool:
        """Whether the peer's tag is known."""
        return self.remote.tag is not None

    @property
    def way(self) -> tuple[str, tuple[str, ...]]:
        """Request-URI and Route fields of a request of ours (RFC 3261 section 12.2.1.1).

        A first proxy that is a strict router, as those of RFC 2543, takes the Request-URI for its
        own: then the peer stands at the end of the route.
        """
        router = _strict_router(self.route_set[0]) if self.route_set else None
        if router is None:
            return self.target, tuple(self.route_set)
        return router, (*self.route_set[1:], f"<{self.target}>")

    def next_number(self) -> int:
        """The CSeq of the next request of ours (RFC 3261 section 12.2.1.1)."""
        self._local_cseq += 1
        return self._local_cseq

    def matches(self, request: Request) -> bool:
        """Whether a request of the peer belongs here (RFC 3261 section 12.2.2).

        The request that comes first is at home whatever its tag (RFC 6665 section 4.4.1).
        """
        if request.call_id != self.call_id or request.to_tag != self.local.tag:
            return False
        if request.from_tag == self.remote.tag or not self.is_confirmed:
            return True
        return self._remote_cseq is None and request.from_tag is not None

    def confirm(self, response: Response) -> None:
        """Take tag, target and route set from a 2xx to our request (section 12.1.2).

        One of another tag than the peer's requests have is that of another branch of a fork.
        """
        tag = response.to.tag
        is_settled = self.is_confirmed and self._remote_cseq is not None
        if is_settled and tag not in (None, self.remote.tag):
            return
        if tag is not None:
            self.remote = response.to
        self._retarget(response)
        if not self.route_set:
            self.route_set = _addresses_in(response.headers.get_all("Record-Route"))[::-1]

    def accept(self, request: Request) -> bool:
        """Take a matching request; False where a later one has overtaken it.

        Numbers must not fall (section 12.2.2). The SPA phones' do outside a dialog, each NOTIFY
        beginning somewhere else (protocol.md F.1), and a server that has restarted may go on from
        what it has noted last. So old news is only what is missing among the numbers just below
        the last; one that has been there, or is far below, begins a new count.
        """
        number = request.cseq.number
        last = self._remote_cseq
        ahead = number - last if last is not None else _RENUMBERED
        if -_RENUMBERED < ahead < 0 and not self._seen >> -ahead & 1:
            return False
        is_next = 0 < ahead < _RENUMBERED
        self._seen = 1 | (self._seen << ahead & _LATEST if is_next else 0)
        self._remote_cseq = number
        if last is None:
            self._settle_by(request)
        if request.method in _REFRESHES_TARGET:
            self._retarget(request)
        return True

    def _settle_by(self, request: Request) -> None:
        """Take tag and route set from the peer's first request (RFC 6665 section 4.4.1).

        Proxies of before that RFC record no route there; then the way of the 2xx stays.
        """
        self.remote = request.from_
        route_set = _addresses_in(request.headers.get_all("Record-Route"))
        self.route_set = route_set or self.route_set

    def _retarget(self, message: Message) -> None:
        fields = message.headers.get_all("Contact")
        if fields == self._contacts:
            return  # as in nearly every NOTIFY
        self._contacts = fields
        contacts = message.contacts
        if contacts:
            self.target = contacts[0].uri


class InviteDialog(Dialog):
    """The dialog with one of those who answer an INVITE: each has his own (section 13.2.2.4).

    So its peer is known from the beginning and for good.
    """

    def __init__(
        self, call_id: str, local: NameAddr, remote: NameAddr, target: str, number: int
    ) -> None:
        """`number` is that of the INVITE, from which our requests count on (section 12.1.2)."""
        super().__init__(call_id, local, remote, target)
        self._local_cseq = number

    def matches(self, request: Request) -> bool:
        """Whether a request of the peer belongs here (section 12.2.2)."""
        is_ours = request.call_id == self.call_id and request.to_tag == self.local.tag
        return is_ours and request.from_tag == self.remote.tag

    def confirm(self, response: Response) -> None:
        """Take target and route set anew from a 2xx to the INVITE (section 13.2.2.4)."""
        self.remote = response.to
        self._retarget(response)
        self.route_set = _addresses_in(response.headers.get_all("Record-Route"))[::-1]

    def refresh(self, response: Response) -> None:
        """Take the target from a 2xx to another request of ours (section 12.2.1.2)."""
        self._retarget(response)

    def _retarget(self, message: Message) -> None:
        before = self.target
        super()._retarget(message)
        self.target = _tolerate_a_contact_that_is_no_uri(self.target, before)

    def _settle_by(self, request: Request) -> None:
        """Nothing about the peer is unsettled, and the way to it stays (section 12.2)."""


def _tolerate_a_contact_that_is_no_uri(target: str, before: str) -> str:
    """Stay with the target of before: who cannot be sent an ACK or BYE is left off hook."""
    return target if target.split() == [target] else before


def _addresses_in(values: list[str]) -> list[str]:
    return [piece for value in values for piece in split_outside_quotes(value, ",") if piece]


def _strict_router(route: str) -> str | None:
    """The URI of a proxy as a Request-URI, where it knows no loose routing; else None.

    Where it cannot be read, or not be written there, it stays a Route.
    """
    try:
        address = NameAddr.parse(route)
        uri = Uri.parse(address.uri)
    except RemoteProtocolError:
        return None
    is_loose = "lr" in uri.parameters or _tolerate_lr_outside_the_brackets(address)
    kept = {name: value for name, value in uri.parameters.items() if name != "method"}
    text = str(replace(uri, parameters=kept))  # without headers too (section 19.1.1)
    is_strict = uri.scheme in ("sip", "sips") and not is_loose and text.split() == [text]
    return text if is_strict else None


def _tolerate_lr_outside_the_brackets(address: NameAddr) -> bool:
    """`Record-Route: sip:proxy;lr`: a route must have brackets (RFC 3261 section 20.30)."""
    return "lr" in address.parameters
