"""A session on a socket: what the desktop program and the command line both run."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import logging
import random
import socket
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from callctrl import PRODUCT, __version__
from callctrl.accounts import Account, PbxKind, Policy, SipTransport
from callctrl.calllist import CallList
from callctrl.calls import (
    Ability,
    Action,
    Call,
    Command,
    CommandAnswered,
    Dropped,
    Event,
    Lamp,
    Messages,
    SessionChanged,
    SessionState,
    Stopped,
    Trouble,
)
from callctrl.locating import find_host
from callctrl.network import LOOK_EVERY, Change, Network
from callctrl.phones.generic import GenericPhone
from callctrl.phones.spa import SpaPhone
from callctrl.reaching import OpenWay, find_behind_proxy, find_places, open_way, trust_for
from callctrl.session import Session
from callctrl.sip.backoff import BackOff
from callctrl.sip.location import is_ip_address
from callctrl.sip.packets import Address
from callctrl.sip.tokens import Tokens
from callctrl.transport import (
    Streams,
    Transport,
    UdpSocket,
    UntrustedError,
    local_host_towards,
)
from callctrl.way import SessionSetup

if TYPE_CHECKING:
    from callctrl.bystander.engine import Bystander

__all__ = ["Connection", "computer_name"]

_log = logging.getLogger(__name__)

_PHONE_SOUGHT_EVERY = 6
"""Looks at the network between two for a phone that could not be found."""


def computer_name() -> str:
    """This PC's name as it goes into From and Contact, e.g. "RECEPTION"."""
    return socket.gethostname().partition(".")[0] or "callctrl"


def _product() -> str:
    """The User-Agent: product, version and user name (S13)."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user: a container, say
        user = ""
    user = "".join(char for char in user if char.isprintable())
    return f"{PRODUCT} {__version__} {user}".rstrip()


class Connection:
    """Finds the PBX, opens a way to it and runs a session there, until stopped.

    Over TCP and TLS our Contact is our end of the connection, as nobody reaches us otherwise. One
    that is opened anew has another end: the session is told, and registers from there. So it is
    where the network gives us another address, was gone, or the computer has slept.
    """

    def __init__(
        self,
        account: Account,
        password: str,
        on_event: Callable[[Event], None],
        policy: Policy | None = None,
    ) -> None:
        """`on_event` gets each event of the session; `Stopped` is the last."""
        self.account = account
        self.password = password
        self._on_event = on_event
        self._policy = policy or Policy()
        self._phone: SpaPhone | GenericPhone = (
            GenericPhone(account.extension) if account.kind is PbxKind.SIP else SpaPhone()
        )
        self._tokens = Tokens(random.SystemRandom())
        self._session: Session | Bystander | None = None
        self._transport: Transport | None = None
        trust = trust_for(account)
        self._is_named = not is_ip_address(trust.name)
        """Whether the PBX may be elsewhere one day, for all that the account says."""
        self._streams = Streams(trust, self._opened)
        self._extensions: tuple[str, ...] = ()
        self._udp: UdpSocket | None = None
        self._network = Network(local_host_towards)
        self._looks = 0
        self._is_fresh = False
        """Whether the phone has come under control since the last look."""
        self._next_look: asyncio.TimerHandle | None = None
        self._hurry = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_finding = False
        self._opening: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self.local: Address | None = None
        """Our end of the route to the PBX, once it is open."""

    @property
    def calls(self) -> CallList:
        """The calls as the phone reported them."""
        return self._session.calls if self._session is not None else CallList()

    @property
    def lamps(self) -> tuple[Lamp, ...]:
        """What is known of the colleagues' phones."""
        return self._session.lamps if self._session is not None else ()

    @property
    def messages(self) -> Messages | None:
        """What waits in the mailbox; None where the PBX does not tell."""
        return self._session.messages if self._session is not None else None

    def ability(self, action: Action, call: Call | None) -> Ability:
        """Whether the phone can be told to do this with that call, or with any."""
        return self._phone.ability(action, call)

    @property
    def dropped(self) -> Dropped:
        """What came in and came to nothing."""
        return self._session.dropped if self._session is not None else Dropped()

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy = policy
        if self._session is not None:
            self._session.policy = policy

    @property
    def is_encrypted(self) -> bool:
        """Whether what goes to the PBX and back is carried by TLS."""
        if self._session is None:
            return self.account.transport is SipTransport.TLS
        return self._session.remote.transport == "TLS"

    def start(self) -> None:
        """Begin; must be called on the running event loop."""
        self._opening = asyncio.get_running_loop().create_task(self._open())
        self._opening.add_done_callback(_log_failure)

    def perform(self, command: Command) -> None:
        """Ask the phone to act; what comes of it arrives as `CommandAnswered`."""
        if self._session is None or self._transport is None or self._stopped.is_set():
            self._on_event(CommandAnswered(command, 480))
        else:
            self._transport.do(partial(self._session.perform, command))

    def watch(self, extensions: Sequence[str]) -> None:
        """Watch the phones of these colleagues, where the phone system tells of them."""
        self._extensions = tuple(extensions)
        if self._session is not None and self._transport is not None:
            self._transport.do(partial(self._session.watch, self._extensions))

    def network_changed(self) -> None:
        """Look at once what has become of the network; somebody says that it is another now."""
        self._hurry.set()
        self._look(is_told=True)

    def stop(self) -> None:
        """Leave politely; `Stopped` follows within two seconds."""
        if self._session is not None and self._transport is not None:
            self._transport.do(self._session.stop)
        elif not self._stopped.is_set():
            if self._opening is not None:
                self._opening.cancel()
            self._streams.close()
            self._handle(Stopped())

    async def stopped(self) -> None:
        """Wait for the end."""
        await self._stopped.wait()

    async def _open(self) -> None:
        """Find the PBX and start the session; where there is no way to it, try again, for ever."""
        backoff = BackOff(self._tokens)
        while True:
            try:  # the way last: whoever stops us meanwhile would leave its socket open
                behind = await find_behind_proxy(self.account, self._tokens.fraction)
                way = await self._find_way()
            except OSError as error:
                await self._wait_after(error, backoff.next_pause(was_answered=False))
            else:
                break
        setup = SessionSetup(
            way.local,
            way.remote,
            self._known_phone(),
            _product(),
            places=way.places,
            trusted=behind,
            datagrams_at=way.udp.local,
        )
        self._session = self._session_for(setup)
        self._udp = way.udp
        self._transport = Transport(
            self._session, way.udp, self._handle, self._session.hears, self._streams
        )
        self._transport.open()
        self._transport.do(self._session.start)
        self.watch(self._extensions)
        self._network = Network(local_host_towards)
        self._look_later()
        if self._session.phone is None:
            self._spawn(self._find_phone())
        if not way.remote.is_reliable:
            await self._listen(way.udp.local)

    def _session_for(self, setup: SessionSetup) -> Session | Bystander:
        if isinstance(self._phone, GenericPhone):
            # Here, as a desk at a SPA9000 does not need half of it and starts sooner without.
            from callctrl.bystander.engine import Bystander

            return Bystander(
                self.account, self.password, self._phone, setup, self._tokens, policy=self._policy
            )
        return Session(
            self.account, self.password, self._phone, setup, self._tokens, policy=self._policy
        )

    async def _find_way(self) -> OpenWay:
        """A place of the PBX that can be reached; raises OSError where there is none."""
        places = await find_places(self.account, self._tokens.fraction)
        if places[0].transport == "TLS":
            places = [place for place in places if place.transport == "TLS"]  # never less secure
        udp = UdpSocket.towards(places[0], self.account.local_port)
        self.local = udp.local
        way = await open_way(places, udp, self._streams)
        self.local = way.local
        return way

    async def _listen(self, local: Address) -> None:
        """Take by TCP what is too long for a datagram (RFC 3261 section 18.2.1)."""
        assert self._session is not None
        self._streams.stop_listening()
        try:
            await self._streams.listen(local.host, local.port, admits=self._session.hears)
        except OSError as error:
            _log.info("no port for TCP: %s", error)

    async def _wait_after(self, error: OSError, pause: float) -> None:
        """Tell why there is no way to the PBX, and let some time pass before the next try."""
        _log.info("no way to %s: %s", self.account.pbx, error)
        is_untrusted = isinstance(error, UntrustedError)
        trouble = Trouble.CERTIFICATE if is_untrusted else Trouble.NO_ANSWER
        detail = str(error) if is_untrusted else ""
        self._handle(SessionChanged(SessionState.RETRYING, trouble, None, pause, detail))
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._hurry.wait()

    # The network's life

    def _look_later(self) -> None:
        def look() -> None:
            self._look_later()
            self._look()

        self._next_look = asyncio.get_running_loop().call_later(LOOK_EVERY, look)

    def _look(self, *, is_told: bool = False) -> None:
        """See whether the network is another than the session believes, and act on it."""
        session, transport = self._session, self._transport
        if session is None or transport is None or self._stopped.is_set():
            return
        self._looks += 1
        change = self._network.look(session.remote, session.local.host)
        if change is Change.BACK and self._is_fresh:
            change = Change.NONE  # the session was sooner to find the way
        self._is_fresh = False
        if change is not Change.NONE:
            _log.info("the network has changed: %s", change.value)
            self._move(session.remote)
        elif is_told:
            transport.do(session.refresh)
        if is_told or change is not Change.NONE:
            self._spawn(self._find_phone())
            self._spawn(self._find_again())
        elif session.phone is None and self._looks % _PHONE_SOUGHT_EVERY == 0:
            self._spawn(self._find_phone())

    def _move(self, remote: Address, places: tuple[Address, ...] = ()) -> None:
        """Have the session go on from our address of now, with the PBX at `remote`."""
        session, transport, udp = self._session, self._transport, self._udp
        assert session is not None
        assert transport is not None
        assert udp is not None
        try:
            host = local_host_towards(remote)
            if host != udp.local.host:
                udp = self._udp = UdpSocket.towards(remote, self.account.local_port)
                transport.rebind(udp)
                if not remote.is_reliable:
                    self._spawn(self._listen(udp.local))
        except OSError as error:
            _log.info("no way to %s: %s", remote, error)
            return
        local = udp.local
        if remote.is_reliable:
            self._streams.drop(remote)  # it is the one of before, or there is none
            local = Address(host, session.local.port, remote.transport)  # until another is open
        self.local = local
        transport.do(
            partial(session.relocate, local, remote, places=places, datagrams_at=udp.local)
        )

    async def _find_again(self, *, is_failing: bool = False) -> None:
        """Ask anew where the PBX is, and go there if the session asks at none of its places."""
        if not self._is_named or self._is_finding:
            return
        self._is_finding = True
        try:
            places = tuple(await find_places(self.account, self._tokens.fraction))
        except OSError as error:
            _log.info("the PBX cannot be found anew: %s", error)
            return
        finally:
            self._is_finding = False
        session = self._session
        if session is None or self._stopped.is_set():
            return
        is_news = set(places) != set(session.places)
        if session.remote not in places or (is_failing and is_news):
            self._move(places[0], places)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something beside, until we stop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)

    def _fit(self) -> None:
        """A stream that was open before the session turned to it has told its end in vain."""
        if self._session is not None:
            remote = self._session.remote
            end = self._streams.end_of(remote)
            if end is not None:
                self._opened(end, remote)

    def _opened(self, local: Address, remote: Address) -> None:
        """A connection has come about, and not the first: we are reached at its end now."""
        session, transport = self._session, self._transport
        if session is None or transport is None or remote != session.remote:
            return
        if local != session.local:
            self.local = local
            transport.do(partial(session.relocate, local, remote))

    def _known_phone(self) -> Address | None:
        """The phone's address, where the account gives it as a number."""
        if is_ip_address(self.account.phone):
            return Address(self.account.phone, self.account.phone_port)
        return None

    async def _find_phone(self) -> None:
        """Tell the session where the phone is; it may do without, since the PBX relays reports."""
        if not self.account.phone or self._known_phone() is not None:
            return
        try:
            phone = await find_host(self.account.phone, self.account.phone_port)
        except OSError as error:
            _log.warning("no address of the phone %s: %s", self.account.phone, error)
            return
        if self._session is not None:
            self._session.place_phone(phone)

    def _handle(self, event: Event) -> None:
        if isinstance(event, SessionChanged) and self._session is not None:
            asyncio.get_running_loop().call_soon(self._fit)
            self._is_fresh = self._is_fresh or event.state is SessionState.READY
            if event.trouble is Trouble.NO_ANSWER:
                self._spawn(self._find_again(is_failing=True))
                event = self._with_certificate(event)
        if isinstance(event, Stopped):
            self._stopped.set()
            if self._next_look is not None:
                self._next_look.cancel()
            for task in self._tasks:
                task.cancel()
            if self._transport is not None:
                self._transport.close()
        self._on_event(event)

    def _with_certificate(self, changed: SessionChanged) -> SessionChanged:
        """What the session knows as silence may be a certificate that was refused."""
        untrusted = self._streams.untrusted
        if untrusted is None:
            return changed
        return replace(changed, trouble=Trouble.CERTIFICATE, detail=str(untrusted))


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("the connection failed", exc_info=error)
