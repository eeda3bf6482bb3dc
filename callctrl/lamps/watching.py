"""The lamps of colleagues: what their phones do, as the PBX tells a bystander.

One subscription each to the calls of an extension (event package `dialog`, RFC 4235), and one to
its presence where the PBX offers that. Where the administrator has named a list on the PBX (RFC
4662) one subscription tells the calls of all its members; extensions that are not on it, and all
where it is of no use, are asked for alone. A lamp never shows "free" but on somebody's word: what
was refused, lost or never told is unknown.

To be driven beside the engine whose user agent it shares.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from callctrl.accounts import Account, Policy
from callctrl.answering import Watch
from callctrl.calls import Lamp, LampDoubt, LampListFailed, LampListTrouble
from callctrl.eventpackages import UnreadableBodyError, number_of
from callctrl.eventpackages.resourcelist import Member, ResourceList
from callctrl.lamps.facts import LampFacts
from callctrl.lamps.resourcelist import ABLE_LIST, LampList
from callctrl.sip.authenticator import Authenticator
from callctrl.sip.deadlines import earliest
from callctrl.sip.exchange import Outcome
from callctrl.sip.headers import Uri
from callctrl.sip.inspection import Capabilities
from callctrl.sip.message import Request
from callctrl.sip.pacedsubscriptions import (
    REFUSING_REASONS,
    PacedSubscription,
    PacedSubscriptions,
    Standing,
    StandingReceiver,
)
from callctrl.sip.useragent import UserAgent
from callctrl.sparing import SparingLog

__all__ = ["Lamps"]

_log = logging.getLogger(__name__)

_CALLS = Capabilities(("NOTIFY",), ("dialog",), ("application/dialog-info+xml",))
_PRESENCE = Capabilities(("NOTIFY",), ("presence",), ("application/pidf+xml",))

_NO_PRESENCE = frozenset({405, 489, 501})
"""Answers of a PBX that reports no presence at all."""
_ENOUGH_REFUSALS = 5
"""So many refused of those whose calls are reported, and nothing granted, tell the same."""

_MOST_MEMBERS = 2000
"""Extensions that a list may bring; a server may send what it likes."""

_DOUBTS = {Standing.REFUSED: LampDoubt.REFUSED, Standing.LOST: LampDoubt.LOST}


class _Colleague:
    """One extension, and the subscriptions that tell of it."""

    __slots__ = ("calls", "facts", "is_listed", "lamp", "presence")

    def __init__(self, who: str, now: float) -> None:
        self.lamp = Lamp(who, since=now)
        self.facts = LampFacts()
        self.is_listed = False
        """Whether the list tells its calls."""
        self.calls: PacedSubscription | None = None
        self.presence: PacedSubscription | None = None


class Lamps:
    """Watches extensions. `watch` says which, `on_change` hears of each lamp that changes."""

    able = Capabilities(
        ("NOTIFY",),
        (*_CALLS.events, *_PRESENCE.events),
        (*ABLE_LIST.accepts, *_PRESENCE.accepts),
        ABLE_LIST.extensions,
    )
    """What whoever answers requests must name, so that none of theirs is refused beforehand."""

    def __init__(
        self,
        agent: UserAgent,
        account: Account,
        authenticator: Authenticator,
        on_change: Callable[[Lamp, float], None],
        *,
        on_list_failure: Callable[[LampListFailed, float], None] | None = None,
        policy: Policy | None = None,
        asks_presence: bool = True,
    ) -> None:
        """`asks_presence` is False where the PBX is known not to offer it.

        `policy` may be replaced while the lamps are watched. The authenticator may be that of
        others who talk to the same PBX: then not even the first SUBSCRIBE is challenged.
        """
        self.policy = policy or Policy()
        self._account = account
        self._on_change = on_change
        self._on_list_failure = on_list_failure
        self._asks_presence = asks_presence
        self._presence_refusals = 0
        self._has_presence = False
        """Whether the PBX has let us watch one."""
        self._complaints = SparingLog(_log)
        self._has_stopped = False
        self._may_ask = False
        """Whether the PBX has been there once."""
        self._is_in_doubt = False
        """Whether it was gone since."""
        self._colleagues: dict[str, _Colleague] = {}
        self._subscriptions = PacedSubscriptions(
            agent,
            from_=str(Uri("sip", account.pbx, account.extension)),
            authenticator=authenticator,
        )
        self._list: LampList | None = None
        self._is_list_awaited = bool(account.lamp_list)
        """Whether it is still to show which extensions are on the list."""
        self._members: set[str] = set()
        """Extensions that the list has named."""

    # Which there are

    @property
    def all(self) -> Iterable[Lamp]:
        """What each shows now."""
        return [colleague.lamp for colleague in self._colleagues.values()]

    def watch(self, extensions: Iterable[str], now: float) -> None:
        """Watch these extensions from now on, in this order, those on the list, and no others."""
        wanted = dict.fromkeys(each for each in extensions if each)
        kept = {*wanted, *self._members}
        for who in [who for who in self._colleagues if who not in kept]:
            self._end(self._colleagues.pop(who), now)
        for who in wanted:
            self._colleague(who, now)
        if self._may_ask:
            self._ask(now)

    def _ask(self, now: float) -> None:
        if self._is_list_awaited and self._list is None:
            self._list = self._ask_for_list(self._account.lamp_list)
        self._ask_for_all(now)

    def _colleague(self, who: str, now: float) -> _Colleague:
        if who not in self._colleagues:
            self._colleagues[who] = _Colleague(who, now)
        return self._colleagues[who]

    def _ask_for_all(self, now: float) -> None:
        """Subscribe to all that nobody tells yet; not before it shows what the list tells."""
        if self._is_list_awaited:
            return
        for who, colleague in self._colleagues.items():
            if colleague.is_listed:
                if colleague.calls is not None:
                    self._subscriptions.end(colleague.calls, now)
                    colleague.calls = None
            elif colleague.calls is None:
                colleague.calls = self._subscribe(
                    who,
                    _CALLS,
                    partial(self._calls_stand, colleague),
                    partial(self._read_calls, colleague),
                )
            if self._asks_presence and colleague.presence is None:
                colleague.presence = self._subscribe(
                    who,
                    _PRESENCE,
                    partial(self._presence_stands, colleague),
                    partial(self._read_presence, colleague),
                    rank=1,
                )

    def _subscribe(
        self,
        who: str,
        able: Capabilities,
        on_standing: StandingReceiver,
        on_notify: Callable[[Request, float], None],
        rank: int = 0,
    ) -> PacedSubscription:
        target, to = self._uris_of(who)
        return self._subscriptions.begin(
            able,
            target=target,
            to=to,
            on_standing=on_standing,
            on_notify=on_notify,
            rank=rank,
        )

    def _uris_of(self, who: str) -> tuple[str, str]:
        """Where a SUBSCRIBE goes, and whom it is for."""
        uri = Uri("sip", self._account.pbx, who)
        return str(replace(uri, port=self._account.port or None)), str(uri)

    def _end(self, colleague: _Colleague, now: float) -> None:
        for subscription in (colleague.calls, colleague.presence):
            if subscription is not None:
                self._subscriptions.end(subscription, now)
        colleague.calls = colleague.presence = None

    # What happens to the PBX, and to us

    def reachable(self, now: float) -> None:
        """The PBX is there, and knows us: ask; where it was gone, whether it has forgotten us."""
        if self._is_in_doubt:
            self._is_in_doubt = False
            self._subscriptions.doubt(now)
        if not self._may_ask:
            self._may_ask = True
            self._ask(now)

    def doubt(self) -> None:
        """The PBX may have forgotten all of them: `reachable` sees to it."""
        self._is_in_doubt = True

    def relocate(self, now: float) -> None:
        """The user agent, or the PBX, is elsewhere now: tell our new contact."""
        self._subscriptions.relocate(now)

    def forget(self, now: float) -> None:
        """The PBX is another one: all lamps are unknown until it has been asked."""
        self._subscriptions.forget(now)

    def unreachable(self, now: float) -> None:
        """The PBX is not there: all lamps are unknown, and nothing is asked until `reachable`."""
        self._is_in_doubt = True
        self._subscriptions.unreachable(now)

    def stop(self, now: float) -> None:
        """Leave; `has_left` tells when there is nothing more to wait for.

        No lamp changes any more: what the PBX says good-bye with tells of no phone.
        """
        self._has_stopped = True
        self._subscriptions.stop(now)

    @property
    def has_left(self) -> bool:
        """Whether the PBX watches nobody for us any more, as far as we know."""
        return self._subscriptions.has_left

    # The engine's verbs

    def watch_of(self, request: Request) -> Watch | None:
        """Who is owed a request of the PBX; None where it comes in no dialog of these."""
        each = self._subscriptions.find(request)
        if each is None:
            return None
        return Watch(each.able, partial(self._receive_notify, each), each.on_notify)

    def handle_timeout(self, now: float) -> None:
        """Do what is due by `now`."""
        if self._list is not None:
            self._list.handle_timeout(now)
        self._subscriptions.handle_timeout(now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        list_at = self._list.next_timeout() if self._list is not None else None
        return earliest(self._subscriptions.next_timeout(), list_at)

    # What is told of them

    def _receive_notify(self, each: PacedSubscription, notify: Request, now: float) -> bool:
        is_news = self._subscriptions.receive_notify(each, notify, now)
        if is_news and not notify.body:
            each.on_notify(notify, now)
        return is_news

    def _calls_stand(
        self, colleague: _Colleague, standing: Standing, _outcome: Outcome | None, now: float
    ) -> None:
        if standing is Standing.GRANTED:
            colleague.facts.may_be_told()
        else:
            colleague.facts.doubt_calls(_DOUBTS[standing])
        self._show(colleague, now)

    def _read_calls(self, colleague: _Colleague, notify: Request, now: float) -> None:
        each = colleague.calls
        if each is None or each.standing is not Standing.GRANTED:
            return
        if not each.is_told:
            colleague.facts.doubt_calls(LampDoubt.NO_WORD)
        elif not self._is_complete(colleague, notify.body, now):
            self._subscriptions.ask_for_full_state(each, now)
        self._show(colleague, now)

    def _is_complete(self, colleague: _Colleague, body: bytes, now: float) -> bool:
        """Take a report on calls; False where the full state is to be asked for."""
        if not body:
            colleague.facts.take_silence(is_free=self.policy.silence_is_free)
            return True
        try:
            return colleague.facts.take_calls(body)
        except UnreadableBodyError as error:
            self._complain(colleague, error, now)
            return True

    # The list

    def _ask_for_list(self, name: str) -> LampList:
        target, to = self._uris_of(name)
        return LampList(
            self._subscriptions,
            target=target,
            to=to,
            on_report=self._read_list,
            on_doubt=self._doubt_listed,
            on_failure=self._list_failed,
        )

    def _read_list(self, report: ResourceList, now: float) -> None:
        told = Counter(number_of(member.uri) for member in report.members)
        for member in report.members:
            who = number_of(member.uri)
            is_known = who in self._colleagues or len(self._members) < _MOST_MEMBERS
            if who and is_known:
                # Of several phones of one extension a list tells each for itself: so ask for all.
                self._read_member(who, member, now, is_listed=told[who] == 1)
        if report.is_full:
            for who, colleague in self._colleagues.items():
                if who not in told:
                    self._take_off_list(colleague, now)
        self._is_list_awaited = False
        self._ask_for_all(now)

    def _read_member(self, who: str, member: Member, now: float, *, is_listed: bool) -> None:
        self._members.add(who)
        colleague = self._colleague(who, now)
        if not is_listed:
            self._take_off_list(colleague, now)
            return
        colleague.is_listed = True
        match member.state:
            case "active" if member.content_type in ("", *_CALLS.accepts):
                if not self._is_complete(colleague, member.body, now) and self._list is not None:
                    self._list.ask_for_full_state(now)
            case "terminated":
                is_refused = member.reason.lower() in REFUSING_REASONS
                colleague.facts.doubt_calls(LampDoubt.REFUSED if is_refused else LampDoubt.LOST)
            case _:
                colleague.facts.doubt_calls(LampDoubt.NO_WORD)
        self._show(colleague, now)

    def _take_off_list(self, colleague: _Colleague, now: float) -> None:
        if colleague.is_listed:
            colleague.is_listed = False
            colleague.facts.doubt_calls(LampDoubt.NOT_ASKED)
            self._show(colleague, now)

    def _doubt_listed(self, doubt: LampDoubt, now: float) -> None:
        for colleague in self._colleagues.values():
            if colleague.is_listed:
                colleague.facts.doubt_calls(doubt)
                self._show(colleague, now)

    def _list_failed(self, trouble: LampListTrouble, now: float) -> None:
        failed = LampListFailed(self._account.lamp_list, trouble)
        _log.warning("the list %r is of no use (%s)", failed.name, trouble.value)
        for colleague in self._colleagues.values():
            self._take_off_list(colleague, now)
        self._list = None
        self._is_list_awaited = False
        self._ask_for_all(now)
        if self._on_list_failure is not None:
            self._on_list_failure(failed, now)

    # Presence

    def _presence_stands(
        self, colleague: _Colleague, standing: Standing, outcome: Outcome | None, now: float
    ) -> None:
        if standing is Standing.GRANTED:
            self._has_presence = True
            return
        colleague.facts.doubt_presence()
        self._show(colleague, now)
        if standing is Standing.REFUSED and not self._has_presence:
            is_unknown = outcome is not None and outcome.status in _NO_PRESENCE
            calls = colleague.calls
            is_reported = calls is not None and calls.standing is Standing.GRANTED
            self._presence_refusals += is_reported or colleague.is_listed
            if is_unknown or self._presence_refusals >= _ENOUGH_REFUSALS:
                self._ask_no_presence(now)

    def _ask_no_presence(self, now: float) -> None:
        """The PBX reports none: spare it the question."""
        _log.info("the PBX does not tell which phones are there")
        self._asks_presence = False
        for colleague in self._colleagues.values():
            if colleague.presence is not None:
                self._subscriptions.end(colleague.presence, now)
                colleague.presence = None

    def _read_presence(self, colleague: _Colleague, notify: Request, now: float) -> None:
        each = colleague.presence
        if each is None or each.standing is not Standing.GRANTED:
            return
        try:
            colleague.facts.take_presence(notify.body if each.is_told else b"")
        except UnreadableBodyError as error:
            self._complain(colleague, error, now)
        self._show(colleague, now)

    # One lamp

    def _complain(self, colleague: _Colleague, error: UnreadableBodyError, now: float) -> None:
        self._complaints.warning(now, "report on %s not understood: %s", colleague.lamp.who, error)

    def _show(self, colleague: _Colleague, now: float) -> None:
        lamp = colleague.facts.lamp(colleague.lamp, now)
        if lamp != colleague.lamp and not self._has_stopped:
            colleague.lamp = lamp
            self._on_change(lamp, now)
