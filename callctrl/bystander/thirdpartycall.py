"""Click-to-dial at any SIP PBX: a call placed between the own phone and another one.

    us                          own phone                    who is wanted
    |-- INVITE, no sound ---------->|  rings
    |<- 180, 200 -------------------|  is picked up
    |-- ACK, REFER ---------------->|  is told whom to call
    |<- 202 ------------------------|-- INVITE ----------------->|
    |<- NOTIFY 100, 180, 200 -------|<- 180, 200 ----------------|
    |-- BYE ----------------------->|<======== they talk =======>|

The PBX may stand in the middle of it, or the phone may do all that itself (RFC 3515, RFC 7647).
Whatever goes wrong, our part ends with a CANCEL or a BYE, so that the phone is not left off hook
talking to nobody (decision 21).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto

from callctrl.calls import DialFailure, DialStage
from callctrl.eventpackages import UnreadableBodyError
from callctrl.eventpackages.sipfrag import read_sipfrag
from callctrl.sip import LocalProtocolError, RemoteProtocolError
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.exchange import Exchange, Outcome
from callctrl.sip.headers import NameAddr, Uri, parse_parameters
from callctrl.sip.inspection import Capabilities, Refusal
from callctrl.sip.invitation import Invitation
from callctrl.sip.message import Request, Response
from callctrl.sip.sessiondescription import CONTENT_TYPE
from callctrl.sip.transaction import ServerTransaction
from callctrl.sip.useragent import UserAgent

__all__ = ["ThirdPartyCall"]

_log = logging.getLogger(__name__)

_RING = 30.0
"""Seconds for the own phone to be picked up; the INVITE says so, for when nobody can cancel it."""
_OBEY = 4.0
"""Seconds for the answer to the REFER."""
_REPORT = 60.0
"""Seconds from then for the word of what became of it."""
_LINGER = 32.0
"""Seconds in which what is late gets its answer (64 times T1, RFC 3261 section 13.2.2.4)."""

_ABLE = Capabilities(
    methods=("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "UPDATE", "NOTIFY"),
    events=("refer",),
    accepts=(CONTENT_TYPE, "message/sipfrag"),
)
"""What is understood inside the call. INFO is not: no package of it is ours (RFC 6086)."""

_F = DialFailure
_OWN_RINGING = {
    408: _F.OWN_NO_ANSWER,
    480: _F.OWN_NO_ANSWER,
    486: _F.OWN_REJECTED,
    487: _F.OWN_NO_ANSWER,
    600: _F.OWN_REJECTED,
    603: _F.OWN_REJECTED,
}
"""What a refusal of the own phone means that has rung: 486 is what a PBX makes of a rejection."""
_OWN_SILENT = {486: _F.OWN_BUSY, 600: _F.OWN_BUSY, 603: _F.OWN_REJECTED}
"""The same where it has not rung."""
_NEVER = {
    401: _F.REJECTED,
    403: _F.REJECTED,
    404: _F.NO_SUCH_NUMBER,
    407: _F.REJECTED,
    410: _F.NO_SUCH_NUMBER,
    484: _F.NO_SUCH_NUMBER,
    603: _F.REJECTED,
    604: _F.NO_SUCH_NUMBER,
}
_THEIRS_RINGING = {
    **_NEVER,
    408: _F.NO_ANSWER,
    480: _F.NO_ANSWER,
    486: _F.REJECTED,
    487: _F.NO_ANSWER,
    600: _F.REJECTED,
}
_THEIRS_SILENT = {**_NEVER, 408: _F.NO_ANSWER, 486: _F.BUSY, 487: _F.NO_ANSWER, 600: _F.BUSY}
"""The same of who is wanted; some phones tell of no ringing, and 408 is what it ends with."""


class ThirdPartyCallState(Enum):
    """How far it has come.

    [IDLE] --start--> [RINGING_OWN] --2xx--> [ANSWERED] --202--> [REFERRED]
                           |                     |                   |   |
                           | refused, no answer, given up, no news   |   | 2xx in a NOTIFY
                           +-------------------> + <-----------------+   v
                                             [FAILED]            [HANDED_OVER]
    """

    IDLE = auto()
    RINGING_OWN = auto()
    ANSWERED = auto()
    """The phone is told whom to call, and has not said whether it will."""
    REFERRED = auto()
    """It calls them."""
    HANDED_OVER = auto()
    FAILED = auto()


class _Input(Enum):
    START = auto()
    PICK_UP = auto()
    """The own phone has answered."""
    OBEY = auto()
    """It has taken the order to call."""
    HAND_OVER = auto()
    """Who is wanted has answered."""
    FAIL = auto()


_S = ThirdPartyCallState
_FAILS = {_Input.FAIL: _S.FAILED}
_NEXT: dict[ThirdPartyCallState, dict[_Input, ThirdPartyCallState]] = {
    _S.IDLE: {_Input.START: _S.RINGING_OWN, **_FAILS},
    _S.RINGING_OWN: {_Input.PICK_UP: _S.ANSWERED, **_FAILS},
    _S.ANSWERED: {_Input.OBEY: _S.REFERRED, **_FAILS},
    _S.REFERRED: {_Input.HAND_OVER: _S.HANDED_OVER, **_FAILS},
    _S.HANDED_OVER: {},
    _S.FAILED: {},
}
_LONGEST = {
    _S.RINGING_OWN: _RING,
    _S.ANSWERED: _OBEY,
    _S.REFERRED: _REPORT,
    _S.HANDED_OVER: _LINGER,
    _S.FAILED: _LINGER,
}
"""Seconds in a state."""
_TOO_LATE = {
    _S.RINGING_OWN: _F.OWN_NO_ANSWER,
    _S.ANSWERED: _F.NOT_OBEYED,
    _S.REFERRED: _F.NO_NEWS,
}
"""What has failed where time is up."""


class ThirdPartyCall:
    """One call, from the click until the two talk with each other or we know why not."""

    def __init__(
        self,
        agent: UserAgent,
        *,
        phone: str,
        target: str,
        caller: str,
        display_name: str,
        authenticator: Authenticator,
        on_stage: Callable[[DialStage, float], None],
        on_end: Callable[[DialFailure | None, int, float], None],
    ) -> None:
        """`phone`, `target` and `caller` are URIs: of the own phone, who is wanted, our account.

        `display_name` is what the own phone shows while it rings. `on_stage` is called with each
        stage, once; `on_end` once, with what failed or None, and the SIP status behind it: 408
        where no answer came, 503 where nothing listens, 487 where it was given up. What is left to
        be hung up goes on behind it, until `leaves_nothing`.
        """
        self.state = ThirdPartyCallState.IDLE
        self._agent = agent
        self._target = target
        self._caller = caller
        self._authenticator = authenticator
        self._on_stage = on_stage
        self._on_end = on_end
        self._deadline: float | None = None
        self._rings = False
        """Whether whoever is called at the moment has begun to ring."""
        self._stage: DialStage | None = None
        self._refer: Exchange | None = None
        self._refer_number: int | None = None
        """Of the REFER, while it has a subscription to what comes of it; names that (RFC 3515)."""
        self._invitation = Invitation(
            agent,
            target=phone,
            caller=NameAddr(caller, display_name),
            fields=(*_auto_answer_fields(phone), ("Expires", f"{_RING:.0f}")),
            able=_ABLE,
            authenticator=authenticator,
            on_provisional=self._own_phone_progressed,
            on_accepted=self._picked_up,
            on_refused=self._refused,
            on_hung_up=self._put_down,
        )

    @property
    def leaves_nothing(self) -> bool:
        """Whether no phone rings or is off hook because of us any more."""
        return self._invitation.leaves_nothing

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done, and nothing late can come: it may be forgotten."""
        has_begun = self.state is not _S.IDLE
        return has_begun and self._deadline is None and self.leaves_nothing

    def start(self, now: float) -> None:
        """Call the own phone; raises LocalProtocolError where its URI or ours is none."""
        self._invitation.send(now)
        self._step(_Input.START, now)

    def cancel(self, now: float) -> None:
        """Give it up: nobody wants it any more, or the program ends."""
        self._fail(DialFailure.GIVEN_UP, 487, now)

    def unreachable(self, now: float) -> None:
        """The way to the PBX is lost, and what it has to tell with it."""
        self._fail(DialFailure.NO_NEWS, 503, now)

    def handle_timeout(self, now: float) -> None:
        """Give up what has not come in time."""
        if self._deadline is None or now < self._deadline:
            return
        self._deadline = None
        if (failure := _TOO_LATE.get(self.state)) is not None:
            self._fail(failure, 408, now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        return self._deadline

    def owns(self, request: Request) -> bool:
        """Whether a request is part of this call: give it to `receive_request`."""
        return self._invitation.owns(request)

    def receive_request(self, transaction: ServerTransaction, now: float) -> None:
        """Answer a request inside the call.

        Raises RemoteProtocolError where what has to be echoed is too much for an answer.
        """
        if transaction.request.method == "NOTIFY":
            self._answer_notify(transaction, now)
        else:
            self._invitation.receive_request(transaction, now)

    # The own phone

    def _own_phone_progressed(self, response: Response, now: float) -> None:
        if response.status > 100:
            self._rings = self._rings or response.status == 180
            self._tell(DialStage.RINGING, now)

    def _refused(self, outcome: Outcome, now: float) -> None:
        if not outcome.was_answered:
            failure = DialFailure.NO_NEWS
        else:
            meanings = _OWN_RINGING if self._rings else _OWN_SILENT
            failure = meanings.get(outcome.status, DialFailure.OWN_UNREACHABLE)
        self._fail(failure, outcome.status, now)

    def _picked_up(self, now: float) -> None:
        """Tell the phone whom to call (RFC 3515 section 2.4.1, RFC 3892)."""
        self._rings = False
        self._step(_Input.PICK_UP, now)
        self._tell(DialStage.ANSWERED, now)
        fields = (("Refer-To", f"<{self._target}>"), ("Referred-By", f"<{self._caller}>"))
        dialog = self._invitation.dialog
        refer = replace(
            self._invitation.inside(dialog, "REFER", fields), number=self._next_refer_number
        )
        try:
            self._refer = self._agent.request(refer, self._authenticator, self._refer_answered, now)
        except LocalProtocolError as error:
            _log.warning("the phone cannot be told whom to call: %s", error)
            self._fail(DialFailure.NOT_OBEYED, 488, now)

    def _next_refer_number(self) -> int:
        self._refer_number = self._invitation.dialog.next_number()
        return self._refer_number

    def _refer_answered(self, outcome: Outcome, now: float) -> None:
        """Take the 202; where a NOTIFY was faster, no refusal, and no silence, counts any more."""
        if outcome.is_success:
            self._invitation.dialog.refresh(outcome.response)
            self._obeyed(now)
            if (outcome.response.headers.get("Refer-Sub") or "").strip().lower() == "false":
                self._fail(DialFailure.NO_NEWS, outcome.status, now)  # RFC 4488
        elif self.state is _S.ANSWERED:
            self._fail(DialFailure.NOT_OBEYED, outcome.status, now)

    def _obeyed(self, now: float) -> None:
        if self._step(_Input.OBEY, now):
            self._tell(DialStage.REFERRED, now)

    def _put_down(self, now: float) -> None:
        """The handset is down before all is told.

        Once the phone was told whom to call this may be how it does that: what became of it is
        still to be told, since the BYE ends the call and not the REFER (RFC 5057 section 4.1).
        """
        if self.state is not _S.REFERRED:
            self._fail(DialFailure.GIVEN_UP, 487, now)

    # What the phone, or the PBX for it, tells of who is wanted

    def _answer_notify(self, transaction: ServerTransaction, now: float) -> None:
        notify = transaction.request
        refusal = self._invitation.inspect(notify) or self._inspect_notify(notify)
        if refusal is not None:
            self._agent.respond(transaction, refusal.status, now, refusal.fields)
            return
        # Whether a later one has overtaken it makes no difference: what is final stays so.
        self._invitation.dialog.accept(notify)
        self._agent.respond(transaction, 200, now)
        state = (notify.headers.get("Subscription-State") or "").partition(";")[0].strip().lower()
        if state == "terminated":
            self._refer_number = None
        self._obeyed(now)  # a NOTIFY may be faster than the 202 (RFC 6665 section 4.1.2.4)
        status = _status_in(notify.body)
        if status == 180:
            self._rings = True
        if status is not None and status >= 200:
            self._theirs_answered(status, now)
        elif state == "terminated":
            self._fail(DialFailure.NO_NEWS, 408, now)

    def _inspect_notify(self, notify: Request) -> Refusal | None:
        """489 for another event; 481 where it is not about our REFER (RFC 6665 section 4.1.3).

        Behind our BYE it still may be, until it has said that it is the last (RFC 5057).
        """
        event, _, rest = (notify.headers.get("Event") or "").partition(";")
        if event.strip().lower() != "refer":
            return Refusal(489, (_ABLE.allow_events,))
        number = self._refer_number
        id_ = parse_parameters(rest).get("id")
        is_ours = number is not None and id_ in (None, str(number))
        return None if is_ours and self._invitation.dialog.matches(notify) else Refusal(481)

    def _theirs_answered(self, status: int, now: float) -> None:
        if status < 300:
            self._end(_Input.HAND_OVER, None, status, now)
            return
        meanings = _THEIRS_RINGING if self._rings else _THEIRS_SILENT
        self._fail(meanings.get(status, DialFailure.UNREACHABLE), status, now)

    # The end

    def _fail(self, failure: DialFailure, status: int, now: float) -> None:
        self._end(_Input.FAIL, failure, status, now)

    def _end(self, how: _Input, failure: DialFailure | None, status: int, now: float) -> None:
        """Hang up and tell, the first time."""
        if not self._step(how, now):
            return
        if self._refer is not None:
            self._refer.abandon()
        self._invitation.hang_up(now)
        self._on_end(failure, status, now)

    def _tell(self, stage: DialStage, now: float) -> None:
        if stage is not self._stage:
            self._stage = stage
            self._on_stage(stage, now)

    def _step(self, what: _Input, now: float) -> bool:
        """Move, if the table allows it; whether it did."""
        target = _NEXT[self.state].get(what)
        if target is None:
            return False
        _log.info("third-party call %s -> %s", self.state.name, target.name)
        self.state = target
        self._deadline = now + _LONGEST[target]
        return True


def _auto_answer_fields(phone: str) -> tuple[tuple[str, str], ...]:
    """What has a phone pick up by itself that is set up so; a PBX may drop it.

    There is no standard: of the two that are common each asks some phones. The URI is not used, but
    there must be one, and that of a picture or a sound would be fetched.
    """
    try:
        anywhere = Uri("sip", Uri.parse(phone).host)
    except RemoteProtocolError:
        return ()
    return (
        ("Call-Info", f"<{anywhere}>;answer-after=0"),
        ("Alert-Info", f"<{anywhere}>;info=alert-autoanswer"),
    )


def _status_in(body: bytes) -> int | None:
    """The status of whoever is wanted, or None where the report does not say."""
    try:
        return read_sipfrag(body) if body else None
    except UnreadableBodyError as error:
        _log.warning("a report of a call is not understood: %s", error)
        return None
