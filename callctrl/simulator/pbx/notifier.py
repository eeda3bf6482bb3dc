"""Everybody who watches something: SUBSCRIBE in, NOTIFY out (RFC 6665 section 4.2)."""

from __future__ import annotations

import math
from functools import partial

from callctrl.simulator.events import Subscribed, SubscriptionEnded, TooLong
from callctrl.simulator.pbx.config import PbxConfig, Style
from callctrl.simulator.pbx.documents import address_of
from callctrl.simulator.pbx.line import Answer, Line, contact_of, listed, user_in_from
from callctrl.simulator.pbx.subscription import Notice, Subscription
from callctrl.simulator.subscription import hex_token
from callctrl.sip.message import Request, Response
from callctrl.sip.packets import Address

__all__ = ["Notifier"]

_TYPES = {
    "dialog": "application/dialog-info+xml",
    "presence": "application/pidf+xml",
    "message-summary": "application/simple-message-summary",
}
_ENDS_SUBSCRIPTION = {404, 408, 410, 481, 489}
"""Answers to a NOTIFY after which nobody is there any more (section 4.2.2)."""
_LONGEST_DATAGRAM = 65_507
_LONGEST_HEAD = 1000
"""Bytes; what is left for the head of a NOTIFY when its body is weighed."""


class Notifier:
    """All subscriptions, and who is still to be told that theirs is over."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._subscriptions: dict[tuple[str, str], Subscription] = {}
        self._leaving: list[Subscription] = []

    @property
    def _config(self) -> PbxConfig:
        return self._line.office.config

    @property
    def subscriptions(self) -> list[Subscription]:
        """Who watches what."""
        return list(self._subscriptions.values())

    # SUBSCRIBE

    def subscribe(self, request: Request, source: Address, now: float) -> Answer:
        """Make, refresh or end a subscription."""
        config = self._config
        package = (request.headers.get("Event") or "").partition(";")[0].strip().lower()
        key = (request.call_id, request.from_tag or "")
        subscription = self._subscriptions.get(key)
        if request.to_tag is not None:
            if subscription is None or subscription.tag != request.to_tag:
                return Answer(481)
            if request.cseq.number <= subscription.remote_cseq:
                return Answer(500)  # RFC 3261 section 12.2.2
        if package not in config.packages or not _accepts(request, _TYPES[package]):
            return Answer(489, (("Allow-Events", ", ".join(config.packages)),))
        target = contact_of(request)
        seconds = config.subscription_expires
        if request.expires is not None:
            seconds = min(request.expires, seconds)
        if 0 < seconds < config.min_expires:
            return Answer(423, (("Min-Expires", str(config.min_expires)),))
        if subscription is None:
            made = self._make(request, package, key, source)
            if made is None:
                return Answer(404)
            subscription = self._subscriptions[key] = made
        subscription.remote_cseq = request.cseq.number
        subscription.target, subscription.remote = target, source
        subscription.expires_at = now + seconds
        watched = f"{subscription.name} ({package})"
        self._line.tell(Subscribed(subscription.user, watched, seconds))
        if seconds:
            subscription.tell_all(self._line.office, self._line.random)
        fields = [("Expires", str(seconds)), ("Contact", f"<{self._line.here(source)}>")]
        if subscription.is_list:
            fields.append(("Require", "eventlist"))
        return Answer(200, tuple(fields), subscription.tag)

    def _make(
        self, request: Request, package: str, key: tuple[str, str], source: Address
    ) -> Subscription | None:
        """A new subscription, or None where there is no such extension or list."""
        name, config = request.target.user, self._config
        members = dict(config.lists).get(name, ())
        # What cannot do lists takes their names for those of extensions, and kamailio takes any.
        is_known = name in self._line.office.phones or config.style is Style.KAMAILIO
        is_known = is_known or (bool(members) and not config.has_lists)
        is_listening = package == "dialog" and "eventlist" in listed(request, "Supported")
        if not (config.has_lists and is_listening):
            members = ()
        if not members and not is_known:
            return None
        return Subscription(
            key=key,
            user=user_in_from(request),
            package=package,
            name=name,
            members=members,
            subscriber=request.from_,
            tag=hex_token(self._line.random, 16),
            cseq=self._line.random.randrange(1, 30_000),
            target=contact_of(request),
            remote=source,
        )

    # What changes

    def changed(self, number: str, now: float) -> None:
        """Something is new about an extension."""
        for subscription in self._subscriptions.values():
            if subscription.concerns(number):
                subscription.tell(number, self._line.office, self._line.random, now)

    def stop(self) -> None:
        """Break off all that is under way, and forget the subscriptions unless they are kept."""
        self._leaving.clear()
        if not self._config.keeps_subscriptions:
            self._subscriptions.clear()
        for subscription in self._subscriptions.values():
            subscription.resume()

    def resume(self) -> None:
        """Tell everybody all, as a start does."""
        for subscription in self._subscriptions.values():
            subscription.tell_all(self._line.office, self._line.random)

    def next_timeout(self) -> float:
        """When `settle` is wanted, be it never."""
        instants = [
            min(each.expires_at, each.gathered_until) for each in self._subscriptions.values()
        ]
        return min(instants, default=math.inf)

    def settle(self, now: float) -> None:
        """End what ran out, and send what is to be told."""
        for subscription in self.subscriptions:
            if subscription.expires_at <= now:
                self._drop(subscription, "time is up")
                subscription.end("timeout", self._line.office)
                self._leaving.append(subscription)
            elif subscription.gathered_until <= now:
                subscription.tell_gathered(self._line.office, self._line.random)
        for subscription in [*self._subscriptions.values(), *self._leaving]:
            self._notify_next(subscription, now)
        self._leaving = [each for each in self._leaving if each.waiting]

    def _drop(self, subscription: Subscription, reason: str) -> None:
        if self._subscriptions.get(subscription.key) is subscription:
            del self._subscriptions[subscription.key]
            what = f"{subscription.name} ({subscription.package}), {reason}"
            self._line.tell(SubscriptionEnded(subscription.user, what))

    # NOTIFY

    def _notify_next(self, subscription: Subscription, now: float) -> None:
        while subscription.waiting and not subscription.is_notifying:
            notice = subscription.waiting.popleft()
            subscription.cseq += 1
            size, longest = len(notice.document.body), self._config.list_bytes
            if not subscription.remote.is_reliable:
                longest = min(longest, _LONGEST_DATAGRAM)
            if size + _LONGEST_HEAD > longest:
                # What happens at Asterisk: an error in its log, and silence on the wire.
                self._line.tell(TooLong(subscription.name, size))
                continue
            subscription.is_notifying = True
            request = self._notify(subscription, notice, now)
            self._line.send(
                request, subscription.remote, partial(self._notified, subscription), now
            )

    def _notify(self, subscription: Subscription, notice: Notice, now: float) -> Request:
        content_type, body = notice.document
        tag = subscription.subscriber.tag
        seconds = max(0, round(subscription.expires_at - now))
        state = f"terminated;reason={notice.end}" if notice.end else f"active;expires={seconds}"
        own = address_of(subscription.name, self._config)
        fields = [
            ("From", f"<{own}>;tag={subscription.tag}"),
            ("To", f"<{subscription.subscriber.uri}>" + (f";tag={tag}" if tag else "")),
            ("Call-ID", subscription.key[0]),
            ("Contact", f"<{self._line.here(subscription.remote)}>"),
            ("CSeq", f"{subscription.cseq} NOTIFY"),
            ("Event", subscription.package),
            ("Subscription-State", state),
        ]
        if subscription.is_list:
            fields.append(("Require", "eventlist"))
        if content_type:
            fields.append(("Content-Type", content_type))
        return self._line.request("NOTIFY", subscription.target, subscription.remote, fields, body)

    def _notified(self, subscription: Subscription, response: Response, _now: float) -> None:
        if response.status < 200:
            return
        subscription.is_notifying = False
        if response.status in _ENDS_SUBSCRIPTION:
            subscription.waiting.clear()
            self._drop(subscription, f"{response.status} to a NOTIFY")


def _accepts(request: Request, content_type: str) -> bool:
    """Whether a body of that type may be sent; without Accept the package's own type may."""
    accepted = listed(request, "Accept")
    return not accepted or content_type in accepted or "*/*" in accepted
