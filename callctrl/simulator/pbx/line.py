"""What the parts of the PBX need of it: a way to the network, the office, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from callctrl.simulator.events import Event
from callctrl.simulator.pbx.office import Office
from callctrl.sip import RemoteProtocolError
from callctrl.sip.headers import Uri, split_outside_quotes
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Address, Packet

__all__ = ["Answer", "Line", "contact_of", "listed", "user_in_from"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer a request, apart from what every response repeats of it."""

    status: int
    fields: tuple[tuple[str, str], ...] = ()
    tag: str = ""
    """The To tag; empty for one that is made up."""
    body: bytes = b""


class Line(Protocol):
    """The PBX, as its parts see it."""

    office: Office
    random: Random

    def admit(self, request: Request) -> Answer | None:
        """What to answer somebody who may not ask; None where that is fine."""
        ...

    def tell(self, event: Event) -> None:
        """Tell whoever looks on what happened."""
        ...

    def note(self, request: Request, answer: Answer) -> None:
        """Tell whoever looks on that a request was refused, if it was."""
        ...

    def response(self, request: Request, source: Address, answer: Answer) -> Response:
        """A response as the PBX writes it."""
        ...

    def request(
        self,
        method: str,
        target: str,
        remote: Address,
        fields: Iterable[tuple[str, str]],
        body: bytes = b"",
    ) -> Request:
        """A request as the PBX writes it."""
        ...

    def send(
        self,
        request: Request,
        remote: Address,
        on_response: Callable[[Response, float], None],
        now: float,
    ) -> None:
        """Send a request and wait for the answer."""
        ...

    def put(self, packet: Packet) -> None:
        """Send what has no answer, or is repeated by whoever puts it."""
        ...

    def here(self, remote: Address) -> str:
        """The PBX's own Contact, for whoever is at `remote`."""
        ...


def user_in_from(request: Request) -> str:
    """In whose name a request comes."""
    return Uri.parse(request.from_.uri).user


def contact_of(request: Request) -> str:
    """Where requests to the other side go; raises RemoteProtocolError where that is nowhere."""
    uri = request.contacts[0].uri if request.contacts else ""
    if uri.split() != [uri]:
        raise RemoteProtocolError(f"expected a Contact, found {uri[:80]!r}")
    Uri.parse(uri)
    return uri


def listed(request: Request, name: str) -> list[str]:
    """The items of a header field that is a list, in lower case and without parameters."""
    values = request.headers.get_all(name)
    pieces = [piece for value in values for piece in split_outside_quotes(value, ",")]
    return [piece.partition(";")[0].strip().lower() for piece in pieces]
