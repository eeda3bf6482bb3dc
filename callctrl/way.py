"""The way to the PBX: at which of its places it is asked, and whether that still works.

A PBX may have several places (RFC 3263). The one in use is left when it fails; while it is not the
best one, that is asked now and then, and gone back to when it answers. Line ends keep the way open
(RFC 5626), and show when it is dead. Who may be heard follows from all this.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from callctrl.accounts import Account, SipTransport
from callctrl.places import place_from
from callctrl.sip.backoff import BackOff
from callctrl.sip.deadlines import earliest
from callctrl.sip.framing import KEEP_ALIVE_PING, KEEP_ALIVE_PONG
from callctrl.sip.headers import NameAddr, Uri
from callctrl.sip.keepalive import KeepAlive
from callctrl.sip.packets import Address, Packet
from callctrl.sip.probe import Probe
from callctrl.sip.targets import Targets
from callctrl.sip.useragent import UserAgent

__all__ = ["SessionSetup", "Way", "route_set_of"]

_log = logging.getLogger(__name__)

_LONG_LIVED = 120.0
"""Seconds between two losses of the PBX that have nothing to do with each other (RFC 5626 4.5)."""


@dataclass(frozen=True, slots=True)
class SessionSetup:
    """What a session must know of the world it is started in."""

    local: Address
    """Our end of the route to the PBX: goes into Via and Contact."""
    remote: Address
    """The PBX, its name resolved; the one of its `places` to begin with."""
    phone: Address | None = None
    """The phone itself, where it is known: it may report directly, and may take orders so."""
    product: str = "Call Ctrl"
    """The User-Agent header field: product, version and user name (S13)."""
    places: tuple[Address, ...] = ()
    """All places of the PBX, the best first (RFC 3263 section 4.3); empty where it has just one."""
    trusted: frozenset[str] = frozenset()
    """Further IP addresses the PBX may speak from: its own, where `remote` is a proxy before it."""
    datagrams_at: Address | None = None
    """Our end for datagrams, where `local` is or may become that of a stream."""


def route_set_of(account: Account) -> tuple[str, ...]:
    """The Route to the outbound proxy, a loose router (RFC 3261 sections 8.1.2 and 16.12)."""
    if not account.outbound_proxy:
        return ()
    place = place_from(account.outbound_proxy)
    parameters: dict[str, str | None] = {"lr": None}
    if account.transport is not SipTransport.AUTO:
        parameters = {"transport": account.transport.value, **parameters}
    proxy = Uri("sip", place.host, port=place.port or None, parameters=parameters)
    return (str(NameAddr(str(proxy))),)


class Way:
    """Where the PBX is asked just now, and all that could be elsewhere tomorrow."""

    def __init__(
        self,
        agent: UserAgent,
        setup: SessionSetup,
        *,
        user: str,
        host: str,
        port: int | None,
        on_moved: Callable[[float], None],
        on_back: Callable[[float], None],
        on_dead: Callable[[float], None],
    ) -> None:
        """`user` is who asks, `host` and `port` are those of the PBX, as in `Probe`.

        `on_moved` is called when another place is asked from now on, which knows of no dialog with
        us; `on_back` when the best place answers again, and `go_back` is wanted; `on_dead` when
        the stream in use no longer answers and has been ended.
        """
        self._agent = agent
        self._targets = Targets(setup.places or (setup.remote,))
        self._targets.use(setup.remote)
        self._pbx_hosts = setup.trusted
        self._phone = setup.phone
        self._trust()
        self._probe = Probe(agent, user=user, host=host, port=port, on_answer=self._answered_at)
        self._keep_alive = KeepAlive()
        self._line_ends: list[Packet] = []
        """Pings and pongs to send, and nothing, which ends a dead stream."""
        self._losses = BackOff(agent.tokens)
        self._lost_at: float | None = None
        """When all seemed well and nobody was there, last."""
        self._on_moved = on_moved
        self._on_back = on_back
        self._on_dead = on_dead

    @property
    def remote(self) -> Address:
        """The place in use."""
        return self._targets.current

    @property
    def places(self) -> tuple[Address, ...]:
        """All that are known, the best first."""
        return self._targets.places

    def hears(self, source: Address) -> bool:
        """Whether what comes from there is read: from the PBX or the phone, at any port."""
        return source.host in self._trusted

    def trust_phone(self, phone: Address) -> None:
        """Hear the phone itself as well."""
        self._phone = phone
        self._trust()

    # Places

    def relocate(
        self,
        local: Address,
        remote: Address,
        places: tuple[Address, ...],
        datagrams_at: Address | None,
    ) -> bool:
        """We are at `local` now and the PBX at `remote`; whether that is another way than before.

        `places` are all those of the PBX; without them those known stay, where `remote` is one.
        """
        if places:
            self._targets = Targets(places)
        if remote != self._targets.current:
            self._targets.use(remote)
        self._trust()
        self._probe.end()
        self._keep_alive.stop()
        is_news = (local.host, remote) != (self._agent.local.host, self._agent.remote)
        self._agent.relocate(local, remote, datagrams_at)
        return is_news

    def leave_place(self, now: float) -> bool:
        """The place in use has failed: ask at another (RFC 3263 section 4.3).

        False where all have failed by now; then the best has its turn again after a pause.
        """
        has_next = self._targets.next_after_failure()
        self._go_to_target(now)
        return has_next

    def go_back(self, now: float) -> None:
        """Ask at the best place again."""
        self._targets.use(self._targets.best)
        self._go_to_target(now)

    def watch_best(self, now: float) -> None:
        """The PBX answers here; where this is not its best place, watch that one."""
        if self.remote != self._targets.best:
            self._probe.begin(self._targets.best, now)

    def found_good(self) -> None:
        """The place in use is of use."""
        self._targets.found_good()
        if self.remote == self._targets.best:
            self._probe.settle()

    def pause_after_loss(self, now: float) -> float:
        """Seconds to wait before one asks again whoever was lost out of the blue.

        None at first. Who is lost again soon is asked after growing pauses (RFC 5626 section 4.5):
        a PBX that crashes on what we ask, or sends what ends the stream, would be asked for ever
        without a breath.
        """
        self._keep_alive.stop()
        if self._lost_at is None or now - self._lost_at > _LONG_LIVED:
            self._losses.reset()
        self._lost_at = now
        return self._losses.no_pause_at_first(was_answered=False)

    # Keep-alive (RFC 5626 section 4.4.1)

    def keep_open(self, every: float, now: float) -> None:
        """Send line ends each `every` seconds from now on, unless that is done already."""
        self._keep_alive.start(every, now)

    def receive_line_ends(self, data: bytes, source: Address) -> bool:
        """Take a ping or a pong; False where the message is neither.

        A datagram of line ends only keeps a NAT's entry alive.
        """
        if data not in (KEEP_ALIVE_PING, KEEP_ALIVE_PONG):
            return False
        if source.transport != "UDP":
            if data == KEEP_ALIVE_PING:
                self._line_ends.append(Packet(KEEP_ALIVE_PONG, source))
            elif source == self.remote:
                self._keep_alive.answered()
        return True

    # The engine's verbs

    def handle_timeout(self, now: float, *, keep_alive: float) -> None:
        """Do what is due by `now`; `keep_alive` is the seconds between pings, 0 for no more."""
        if self._keep_alive.is_lost(now):
            _log.info("%s no longer answers line ends", self.remote)
            self._line_ends.append(Packet(b"", self.remote))
            self._keep_alive.stop()
            self._on_dead(now)
        elif self._keep_alive.is_ping_due(now):
            if keep_alive:
                self._line_ends.append(Packet(KEEP_ALIVE_PING, self.remote))
                self._keep_alive.pinged(keep_alive, now)
            else:
                self._keep_alive.stop()
        self._probe.handle_timeout(now)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is wanted, or None."""
        return earliest(self._keep_alive.next_timeout(), self._probe.next_timeout())

    def packets_to_send(self) -> list[Packet]:
        """The line ends that are to go out."""
        line_ends, self._line_ends = self._line_ends, []
        return line_ends

    def _trust(self) -> None:
        """Hear the PBX at each of its places, the phone, and nobody else."""
        self._trusted = {place.host for place in self._targets.places} | self._pbx_hosts
        if self._phone is not None:
            self._trusted.add(self._phone.host)

    def _go_to_target(self, now: float) -> None:
        remote = self._targets.current
        if remote != self._agent.remote:
            _log.info("the PBX is tried at %s", remote)
            self._keep_alive.stop()
            self._agent.relocate(self._agent.local_for(remote.transport), remote)
            self._on_moved(now)
        if remote == self._targets.best:
            self._probe.end()

    def _answered_at(self, place: Address, now: float) -> None:
        if place == self._targets.best != self.remote:
            self._on_back(now)
