"""A call of ours without sound, from the INVITE to the last BYE (RFC 3261 sections 9, 13 to 15).

A proxy may fork an INVITE, so that several telephones answer it. The first that does is the call;
each other is acknowledged and hung up at once (section 13.2.2.4). Whichever way it ends, nobody is
left off hook: what is not answered gets a CANCEL, what is or becomes answered all the same a BYE.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from callctrl.sip import LocalProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.dialog import InviteDialog
from callctrl.sip.exchange import Exchange, Outcome, Outgoing
from callctrl.sip.headers import NameAddr
from callctrl.sip.inspection import (
    Capabilities,
    Refusal,
    inspect_body,
    inspect_headers,
    inspect_method,
    is_body_optional,
)
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Packet
from callctrl.sip.sessiondescription import CONTENT_TYPE, SilentSession
from callctrl.sip.transaction import ServerTransaction
from callctrl.sip.useragent import UserAgent

__all__ = ["Invitation"]

_log = logging.getLogger(__name__)

_MOST_EARLY = 32
"""Telephones that one INVITE may make ring; who names more is not believed."""
_MOST_LEGS = 64
"""Telephones that may answer it, those included."""

Fields = tuple[tuple[str, str], ...]


class _LegState(Enum):
    """Where the dialog with one telephone stands.

    1xx          2xx: ACK             our BYE            it is answered
    ---> [EARLY] --------> [CONFIRMED] -------> [LEAVING] -------> [GONE]
            |                   |                                    ^
            +-------------------+---------- BYE of the peer ---------+
    """

    EARLY = auto()
    CONFIRMED = auto()
    LEAVING = auto()
    GONE = auto()


class _Input(Enum):
    ACK = auto()
    LEAVE = auto()
    """A BYE of ours goes out."""
    LEFT = auto()
    """It is answered, or is given up."""
    BYE = auto()
    """The telephone is put down."""


_NEXT: dict[_LegState, dict[_Input, _LegState]] = {
    _LegState.EARLY: {_Input.ACK: _LegState.CONFIRMED, _Input.BYE: _LegState.GONE},
    _LegState.CONFIRMED: {_Input.LEAVE: _LegState.LEAVING, _Input.BYE: _LegState.GONE},
    _LegState.LEAVING: {_Input.LEFT: _LegState.GONE, _Input.BYE: _LegState.GONE},
    _LegState.GONE: {},
}


@dataclass(eq=False, slots=True)
class _Leg:
    """One telephone that the INVITE has reached."""

    dialog: InviteDialog
    state: _LegState = _LegState.EARLY
    ack: Packet | None = field(default=None, repr=False)
    """Of its 2xx; that may come again."""

    def step(self, what: _Input) -> bool:
        """Move, if the table allows it; whether it did."""
        target = _NEXT[self.state].get(what)
        if target is None:
            return False
        self.state = target
        return True


class Invitation:
    """Calls one address, and offers it a session of silence."""

    def __init__(
        self,
        agent: UserAgent,
        *,
        target: str,
        caller: NameAddr,
        fields: Fields,
        able: Capabilities,
        authenticator: Authenticator,
        on_provisional: Callable[[Response, float], None],
        on_accepted: Callable[[float], None],
        on_refused: Callable[[Outcome, float], None],
        on_hung_up: Callable[[float], None],
    ) -> None:
        """`target` is the URI that is called, `caller` who calls it, without a tag.

        `fields` go into the INVITE, and `able` says what is understood inside the dialog. Of
        `on_accepted` and `on_refused` one is called, once, and `on_hung_up` behind the former if
        the telephone is put down, or instead of it if that was done at once. Behind `hang_up` none
        of them is.
        """
        self.call_id = agent.tokens.call_id()
        self._agent = agent
        self._target = target
        self._local = caller._replace(parameters={"tag": agent.tokens.tag()})
        self._fields = fields
        self._able = able
        self._authenticator = authenticator
        self._on_provisional = on_provisional
        self._on_accepted = on_accepted
        self._on_refused = on_refused
        self._on_hung_up = on_hung_up
        self._session = SilentSession(agent.local.host, agent.tokens.tag())
        self._exchange: Exchange | None = None
        self._number = 0
        """Of the latest INVITE; each one that is challenged is followed by another."""
        self._is_answered = False
        self._is_unwanted = False
        self._legs: dict[str, _Leg] = {}
        """By the tag of the telephone."""
        self._call: _Leg | None = None
        """The one that was first to answer."""

    @property
    def leaves_nothing(self) -> bool:
        """Whether no telephone rings or is off hook because of it, as far as we can know."""
        is_ringing = self._exchange is not None and not self._is_answered
        live = (_LegState.CONFIRMED, _LegState.LEAVING)
        return not is_ringing and not any(leg.state in live for leg in self._legs.values())

    @property
    def dialog(self) -> InviteDialog:
        """That of the call; there is one from `on_accepted` on."""
        assert self._call is not None
        return self._call.dialog

    def send(self, now: float) -> None:
        """Send the INVITE; raises LocalProtocolError where it would not be SIP."""
        outgoing = Outgoing(
            method="INVITE",
            uri=self._target,
            from_=self._local,
            to=NameAddr(self._target),
            call_id=self.call_id,
            before_length=(self._able.allow, *self._fields, ("Content-Type", CONTENT_TYPE)),
            body=self._session.offer(),
            number=self._next_number,
        )
        self._exchange = self._agent.request(
            outgoing, self._authenticator, self._answered, now, self._provisional
        )

    def hang_up(self, now: float) -> None:
        """End it, however far it has come; nothing is told any more."""
        self._is_unwanted = True
        if self._exchange is not None and not self._is_answered:
            self._exchange.cancel(now)
        for leg in list(self._legs.values()):
            self._leave(leg, now)

    def inside(self, dialog: InviteDialog, method: str, fields: Fields = ()) -> Outgoing:
        """A request inside a dialog (section 12.2.1.1)."""
        uri, route_set = dialog.way
        return Outgoing(
            method=method,
            uri=uri,
            from_=dialog.local,
            to=dialog.remote,
            call_id=dialog.call_id,
            before_length=fields,
            route_set=route_set,
            number=dialog.next_number,
        )

    # What comes of the INVITE

    def _next_number(self) -> int:
        self._legs.clear()  # early ones end with the INVITE that was challenged (section 12.3)
        self._number += 1
        return self._number

    def _provisional(self, response: Response, now: float) -> None:
        tag = response.to_tag
        if tag is not None and response.status > 100:
            self._leg_with(response.to, _MOST_EARLY)
        if not self._is_unwanted:
            self._on_provisional(response, now)

    def _answered(self, outcome: Outcome, now: float) -> None:
        """Take a final response; of 2xx there may be many."""
        self._is_answered = True
        if outcome.is_success:
            self._accepted(outcome.response, now)
            return
        self._legs.clear()  # early ones end with the INVITE (section 12.3)
        if not self._is_unwanted:
            self._on_refused(outcome, now)

    def _accepted(self, response: Response, now: float) -> None:
        """Acknowledge a 2xx; keep the first telephone that answered, hang up the others."""
        leg = self._leg_with(response.to)
        if leg is None:
            return
        if leg.ack is not None:
            self._agent.acknowledge_again(leg.ack)
            return
        leg.dialog.confirm(response)
        self._acknowledge(leg)
        if self._call is None and not self._is_unwanted:
            self._call = leg
            tell = self._on_accepted if leg.state is _LegState.CONFIRMED else self._on_hung_up
            tell(now)
        else:
            self._leave(leg, now)

    def _acknowledge(self, leg: _Leg) -> None:
        assert self._exchange is not None
        ack = self.inside(leg.dialog, "ACK")
        try:
            leg.ack = self._agent.acknowledge(ack, self._number, self._exchange.credentials)
            leg.step(_Input.ACK)
        except LocalProtocolError as error:  # what has to be repeated of its 2xx is too much
            _log.warning("a call cannot be kept: %s", error)
            leg.step(_Input.BYE)

    def _leg_with(self, remote: NameAddr, most: int = _MOST_LEGS) -> _Leg | None:
        """The dialog with a telephone, which may be new; None for one too many."""
        tag = remote.tag or ""
        leg = self._legs.get(tag)
        if leg is None and len(self._legs) < most:
            dialog = InviteDialog(self.call_id, self._local, remote, self._target, self._number)
            leg = self._legs[tag] = _Leg(dialog)
        return leg

    def _leave(self, leg: _Leg, now: float) -> None:
        """Hang up what is up; a BYE that nobody answers has done what it can (section 15.1.1)."""
        if not leg.step(_Input.LEAVE):
            return

        def on_outcome(_outcome: Outcome, _now: float) -> None:
            leg.step(_Input.LEFT)

        try:
            bye = self.inside(leg.dialog, "BYE")
            self._agent.request(bye, self._authenticator, on_outcome, now)
        except LocalProtocolError as error:
            _log.warning("a call cannot be hung up: %s", error)
            leg.step(_Input.LEFT)

    # Requests of the telephones

    def owns(self, request: Request) -> bool:
        """Whether a request comes in one of the dialogs of this call."""
        return request.call_id == self.call_id and request.to_tag == self._local.tag

    def inspect(self, request: Request) -> Refusal | None:
        """What is to be refused in a request whatever it is about (section 8.2)."""
        refusal = inspect_method(request, self._able) or inspect_headers(request, self._able)
        is_body_left_aside = is_body_optional(request) or _tolerate_a_body_in_a_bye(request)
        return refusal if is_body_left_aside else refusal or inspect_body(request, self._able)

    def receive_request(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a request that it `owns`, and that is about the call itself.

        Raises RemoteProtocolError where what has to be echoed is too much for an answer.
        """
        request = transaction.request
        if request.method == "CANCEL":  # of an INVITE that was answered as it came
            self._agent.answer_cancel(transaction, now)
        elif (refusal := self.inspect(request)) is not None:
            self._agent.respond(transaction, refusal.status, now, refusal.fields)
        elif request.method == "BYE":
            self._answer_bye(transaction, now)
        else:
            self._answer_inside(transaction, now)

    def _answer_bye(self, transaction: ServerTransaction, now: float) -> None:
        """The telephone is put down, it may be ahead of 2xxs that were all lost (section 15)."""
        request = transaction.request
        tag = request.from_tag or ""
        is_refused = self._is_answered and self._call is None
        leg = self._legs.get(tag) if is_refused else self._leg_with(request.from_)
        if leg is None or not leg.step(_Input.BYE):
            self._agent.respond(transaction, 481, now)
            return
        self._agent.respond(transaction, 200, now)
        if leg is self._call and not self._is_unwanted:
            self._on_hung_up(now)

    def _answer_inside(self, transaction: ServerTransaction, now: float) -> None:
        """Answer OPTIONS, UPDATE or a re-INVITE (sections 11.2 and 14.2, RFC 3311 section 5.2)."""
        request = transaction.request
        leg = self._legs.get(request.from_tag or "")
        if leg is None or leg.state in (_LegState.LEAVING, _LegState.GONE):
            self._agent.respond(transaction, 481, now)
        elif not leg.dialog.accept(request):
            self._agent.respond(transaction, 500, now)  # a later one has overtaken it
        elif request.method == "OPTIONS":
            self._agent.respond(transaction, 200, now, self._able.fields)
        elif leg.state is _LegState.EARLY and (request.method == "INVITE" or request.body):
            self._agent.respond(transaction, 491, now)  # our own offer is not answered yet
        else:
            self._answer_offer(transaction, now)

    def _answer_offer(self, transaction: ServerTransaction, now: float) -> None:
        """Agree to whatever is offered, in silence; a telephone may hold us before it obeys."""
        request = transaction.request
        description: bytes | None = b""
        if request.body:
            description = self._session.answer(request.body)
        elif request.method == "INVITE":
            description = self._session.offer()  # answered in the ACK, which changes nothing
        if description is None:
            self._agent.respond(transaction, 488, now)
            return
        fields = [("Contact", str(NameAddr(str(self._agent.contact)))), self._able.allow]
        if description:
            fields.append(("Content-Type", CONTENT_TYPE))
        self._agent.respond(transaction, 200, now, fields, description)


def _tolerate_a_body_in_a_bye(request: Request) -> bool:
    """Whatever it is, say statistics or ISUP: for a 415 the telephone would stay in the call."""
    return request.method == "BYE"
