"""All calls that programs place: INVITE, ACK, CANCEL, and what comes inside their dialogs."""

from __future__ import annotations

import math

from callctrl.simulator.events import Controlled, NotUnderstood
from callctrl.simulator.pbx.config import Style
from callctrl.simulator.pbx.inviteserver import InviteServer
from callctrl.simulator.pbx.line import Answer, Line, contact_of, user_in_from
from callctrl.simulator.pbx.office import Leg
from callctrl.simulator.pbx.thirdparty import ProgramCall, ProgramCallState, refuses_offer
from callctrl.simulator.subscription import hex_token
from callctrl.sip import RemoteProtocolError
from callctrl.sip.matching import server_key
from callctrl.sip.message import Request
from callctrl.sip.packets import Address
from callctrl.sip.transaction import Timers

__all__ = ["Calls"]


class Calls:
    """The calls, and the INVITEs that may still come again."""

    def __init__(self, line: Line, timers: Timers) -> None:
        self._line = line
        self._timers = timers
        self._servers: dict[tuple[str, ...], InviteServer] = {}
        self._calls: list[ProgramCall] = []

    def __len__(self) -> int:
        """How many there are that a program began."""
        return len(self._calls)

    def invite(self, request: Request, source: Address, now: float) -> None:
        """Take an INVITE, a new one or one that was here before."""
        server = self._servers.get(server_key(request, "INVITE"))
        if server is not None:
            server.repeat()
            return
        server = InviteServer(request, source, self._timers, self._line.put)
        self._servers[server.key] = server
        try:
            answer = self._begin(server, now)
        except RemoteProtocolError as error:
            self._line.tell(NotUnderstood(source, str(error)))
            answer = Answer(error.status)
        if answer is not None:
            self._line.note(request, answer)
            server.respond(self._line.response(request, source, answer), now)

    def _begin(self, server: InviteServer, now: float) -> Answer | None:
        """Ring the phone; the refusal where that cannot be done."""
        request, office = server.request, self._line.office
        config = office.config
        if request.to_tag is not None:
            return Answer(488 if any(call.matches(request) for call in self._calls) else 481)
        if refusal := self._line.admit(request):
            return refusal
        _ = contact_of(request)
        server.respond(self._line.response(request, server.source, Answer(100)), now)
        if refuses_offer(request):
            return Answer(488)
        phone = office.phones.get(request.target.user)
        if phone is None or (not phone.is_there and config.style is Style.KAMAILIO):
            return Answer(404)
        if not phone.is_there:
            return Answer(503)
        user = user_in_from(request)
        # A proxy hands the caller's own words on; a back-to-back agent has a name for each account.
        name = next((login.name for login in config.logins if login.user == user), "")
        if config.style is Style.KAMAILIO:
            name = request.from_.display_name
        leg = office.ring(phone.number, user, name, now=now)
        if leg is None:
            return Answer(486)
        call = ProgramCall(self._line, server, leg, hex_token(self._line.random, 8))
        self._calls.append(call)
        call.begin(now)
        return None

    def acknowledge(self, ack: Request, now: float) -> None:
        """Take an ACK: of a refusal it belongs to the INVITE, of a 200 to the dialog."""
        server = self._servers.get(server_key(ack, "INVITE"))
        if server is not None and server.status >= 300:
            server.acknowledge(now)
        for call in self._calls:
            if call.matches(ack):
                call.acknowledge(ack, now)

    def cancel(self, request: Request, now: float) -> Answer:
        """Take a CANCEL (RFC 3261 section 9.2)."""
        server = self._servers.get(server_key(request, "INVITE"))
        if server is None:
            return Answer(481)
        for call in self._calls:
            if call.server is server:
                call.cancel(now)
        return Answer(200)

    def answer(self, request: Request, now: float) -> Answer | None:
        """Act on a request inside a dialog; None where it gets no answer."""
        call = next((each for each in self._calls if each.matches(request)), None)
        if call is None:
            return Answer(481)
        status = call.answer(request, now)
        if status is None:
            return None
        if status == 202:
            order = f"{call.leg.phone} to call on"
            self._line.tell(Controlled(user_in_from(request), order, None, ""))
        return Answer(status, (("Contact", f"<{call.contact}>"),))

    def leg_changed(self, leg: Leg, now: float) -> None:
        """A phone's end of some call has changed."""
        for call in list(self._calls):
            call.leg_changed(leg, now)

    def next_timeout(self) -> float:
        """When `handle_timeout` is wanted, be it never."""
        return min((each.next_timeout() for each in self._servers.values()), default=math.inf)

    def handle_timeout(self, now: float) -> None:
        """Repeat what is to be acknowledged, and hang up where no ACK comes."""
        for server in list(self._servers.values()):
            server.handle_timeout(now)
            if server.is_over:
                del self._servers[server.key]
                for call in self._calls:
                    if call.server is server and not server.is_acknowledged:
                        call.hang_up(now)

    def settle(self, now: float) -> None:
        """Tell what is new, and forget what is over."""
        for call in self._calls:
            call.notify_next(now)
        self._calls = [call for call in self._calls if call.state is not ProgramCallState.OVER]
