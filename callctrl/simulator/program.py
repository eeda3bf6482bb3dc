"""The simulated phone system as a program: on sockets, driven from standard input."""

from __future__ import annotations

import argparse
import asyncio
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from callctrl.simulator.config import Config, Extension, Masking, NotifyForm
from callctrl.simulator.console import Console
from callctrl.simulator.network import Network, Weather
from callctrl.simulator.pbx import COLLEAGUES, Login, Pbx, PbxConfig, Place, Style
from callctrl.simulator.pbx.console import PbxConsole
from callctrl.simulator.scenarios import PBX_SCENARIOS, SCENARIOS, Player, Step
from callctrl.simulator.spa9000 import Spa9000
from callctrl.simulator.verbs import Typed
from callctrl.simulator.webadmin import Device
from callctrl.simulator.webserver import serve_web
from callctrl.sip.headers import format_host
from callctrl.transport import Streams, Transport, UdpSocket

__all__ = [
    "DEFAULT_PASSWORD",
    "SIP_ACCOUNT",
    "Simulation",
    "add_options",
    "certificate_from",
    "config_from",
    "pbx_config",
    "play",
    "weather_from",
]

DEFAULT_PASSWORD = "4321"  # noqa: S105 - of a make-believe phone system
SIP_ACCOUNT = "callctrl"
"""The user name of the account that a SIP PBX has for the program."""
_PORTS_TO_TRY = 20
"""Where any will do, until one is free for UDP and TCP alike."""


class Simulation:
    """A simulated phone system on loop-back sockets, until it is closed."""

    def __init__(
        self,
        config: Config | PbxConfig,
        say: Callable[[str], None],
        *,
        weather: Weather | None = None,
        seed: int | None = None,
        certificate: ssl.SSLContext | None = None,
    ) -> None:
        """`say` gets each line to be printed. A `seed` makes all that is made up repeatable.

        With a `certificate` it listens for TLS too.
        """
        random = Random(seed)  # noqa: S311 - nothing here is worth protecting
        self.over = asyncio.Event()
        """Set when `quit` was typed."""
        self._say = say
        self._config = config
        self._certificate = certificate
        self._system: Spa9000 | Pbx
        self._console: Typed
        if isinstance(config, PbxConfig):
            self._system = pbx = Pbx(config, random)
            self._network = Network(pbx, random)
            self._console = PbxConsole(pbx, self._network)
        else:
            self._system = spa = Spa9000(config, random)
            self._network = Network(spa, random)
            self._console = Console(spa, self._network)
        self._network.weather = weather or Weather()
        self._transport: Transport | None = None
        self._web: list[asyncio.Server] = []
        self._player: asyncio.Task[None] | None = None

    @property
    def spa(self) -> Spa9000:
        """The SPA9000; there must be one."""
        assert isinstance(self._system, Spa9000)
        return self._system

    async def open(self, http_port: int | None = None) -> int:
        """Bind and begin; the SIP port. Raises OSError where a port is taken.

        With `http_port` a SPA9000's pages are served there and its phone's on the next port; 0
        takes any two.
        """
        streams = Streams()
        udp = await self._bind(streams)
        tls_port = self._config.tls_port
        if self._certificate is not None:
            try:
                tls_port = await streams.listen(self._config.host, tls_port, tls=self._certificate)
            except OSError:
                udp.close()
                streams.close()
                raise
        self._system.listens_at(udp.local.port, tls_port)
        self._transport = Transport(self._network, udp, self._report, streams=streams)
        self._transport.open()
        self._transport.do(self._system.start)
        self._say(self._system.greeting)
        if self._certificate is not None:
            self._say(f"TLS at {format_host(udp.local.host)}:{tls_port}")
        if http_port is not None and isinstance(self._system, Spa9000):
            for index, device in enumerate((Device.SPA9000, Device.PHONE)):
                port = http_port + index if http_port else 0
                await self._serve_web(self._system, device, port)
        return udp.local.port

    async def _bind(self, streams: Streams) -> UdpSocket:
        """Bind the same port for UDP and TCP (RFC 3261 section 18.2.1)."""
        is_any, tries_left = self._config.port == 0, _PORTS_TO_TRY
        while True:
            udp = UdpSocket(self._config.host, self._config.port)
            try:
                await streams.listen(self._config.host, udp.local.port)
            except OSError:
                udp.close()
                tries_left -= 1
                if not is_any or not tries_left:
                    raise
            else:
                return udp

    def execute(self, line: str) -> None:
        """Carry out one console command and say what came of it."""
        if self._transport is not None:
            self._transport.do(partial(self._execute, line))

    def play(self, steps: Sequence[Step]) -> asyncio.Task[None]:
        """Carry out a scenario, beginning now; the task ends with it."""
        self._player = asyncio.create_task(play(steps, self._play))
        return self._player

    def close(self) -> None:
        """Free the ports."""
        if self._player is not None:
            self._player.cancel()
        if self._transport is not None:
            self._transport.close()
        for server in self._web:
            server.close()

    async def _serve_web(self, spa: Spa9000, device: Device, port: int) -> None:
        loop = asyncio.get_running_loop()
        server = await serve_web(spa, device, loop.time, host=self._config.host, port=port)
        self._web.append(server)
        host, bound_port, *_ = server.sockets[0].getsockname()
        self._say(f"web pages of the {device.value} at http://{host}:{bound_port}/")

    def _play(self, line: str) -> None:
        if not line.startswith("password"):
            self._say(f"> {line}")
        self.execute(line)

    def _execute(self, line: str, now: float) -> None:
        for answer in self._console.execute(line, now):
            self._say(answer)
        if self._console.is_over:
            self.over.set()

    def _report(self, event: Any) -> None:
        self._say(str(event))


async def play(steps: Sequence[Step], carry_out: Callable[[str], object]) -> None:
    """Hand each line to `carry_out` when its time has come."""
    loop = asyncio.get_running_loop()
    player = Player(steps, loop.time())
    while (when := player.next_timeout()) is not None:
        await asyncio.sleep(max(0.0, when - loop.time()))
        for line in player.due(loop.time()):
            carry_out(line)


# The command line


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `callctrl simulate`."""
    parser.add_argument(
        "--kind",
        choices=["spa9000", "sip"],
        help="a SPA9000 with a phone, unless it or the scenario is to be a SIP PBX with colleagues",
    )
    parser.add_argument("--bind", metavar="HOST", default="127.0.0.1", help="the PBX's address")
    parser.add_argument("--port", type=int, metavar="N", default=6060, help="6060; 0 for any")
    parser.add_argument("--tls-port", type=int, metavar="N", default=5061, help="5061; 0 for any")
    parser.add_argument(
        "--certificate", metavar="FILE", help="listen for TLS with this certificate (PEM)"
    )
    parser.add_argument("--key", metavar="FILE", help="its key, where that is another file")
    parser.add_argument(
        "--http-port",
        type=int,
        metavar="N",
        help="serve the SPA9000's web pages at N and the phone's at N + 1; 0 for any two",
    )
    parser.add_argument(
        "--extension",
        metavar="USER",
        help=f"the phone's User ID, 200 unless given; for sip our account, {SIP_ACCOUNT}",
    )
    parser.add_argument(
        "--style",
        choices=[each.value for each in Style],
        default=Style.ASTERISK.value,
        help="for sip: whose habits it has",
    )
    parser.add_argument(
        "--colleagues",
        type=_count,
        metavar="N",
        help="for sip: how many there are; 11 unless given",
    )
    parser.add_argument("--station", metavar="NAME", default="FrontDesk", help="its Station Name")
    password = parser.add_mutually_exclusive_group()
    password.add_argument(
        "--password", metavar="PW", help=f"Phone Ext Password; {DEFAULT_PASSWORD} unless given"
    )
    password.add_argument("--no-password", action="store_true", help="challenge nobody")
    password.add_argument(
        "--password-stdin", action="store_true", help="the first line of standard input is it"
    )
    parser.add_argument("--admin-password", metavar="PW", default="", help="of the web pages")
    parser.add_argument(
        "--mask",
        choices=[each.value for each in Masking],
        default=Masking.OPEN.value,
        help="how the web pages show passwords",
    )
    parser.add_argument(
        "--expires",
        type=int,
        metavar="S",
        help="seconds granted: to a REGISTER, 60 unless given; for sip to a SUBSCRIBE, 3600",
    )
    parser.add_argument(
        "--notify",
        choices=[each.value for each in NotifyForm],
        default=NotifyForm.DIALOG.value,
        help="the form of status NOTIFYs",
    )
    parser.add_argument("--forbid", action="store_true", help="403 to every SUBSCRIBE")
    parser.add_argument("--silent", action="store_true", help="hear nothing, say nothing")
    parser.add_argument("--crooked", action="store_true", help="the slips of the captured messages")
    parser.add_argument(
        "--loss", type=_share, metavar="SHARE", default=0.0, help="lose datagrams, 0 to 1"
    )
    parser.add_argument("--delay", type=float, metavar="S", default=0.0, help="delay datagrams")
    parser.add_argument("--seed", type=int, metavar="N", help="make all chance repeatable")
    parser.add_argument(
        "--scenario", choices=sorted(SCENARIOS), metavar="NAME", help=", ".join(sorted(SCENARIOS))
    )


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("expected a share from 0 to 1")
    return share


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 8998:
        raise argparse.ArgumentTypeError("expected a number from 1 to 8998")
    return count


def config_from(options: argparse.Namespace, first_line: Callable[[], str]) -> Config | PbxConfig:
    """What the options ask for; raises ValueError where they cannot be."""
    if options.no_password:
        password = ""
    elif options.password_stdin:
        password = first_line()
    else:
        password = DEFAULT_PASSWORD if options.password is None else options.password
    if (options.kind == "sip") or (options.kind is None and options.scenario in PBX_SCENARIOS):
        return pbx_config(
            password,
            user=options.extension or SIP_ACCOUNT,
            colleagues=options.colleagues,
            host=options.bind,
            port=options.port,
            tls_port=options.tls_port,
            style=Style(options.style),
            subscription_expires=options.expires or 3600,
            forbid=options.forbid,
            silent=options.silent,
        )
    return Config(
        host=options.bind,
        port=options.port,
        tls_port=options.tls_port,
        station=options.station,
        extensions=(Extension(options.extension or "200"),),
        password=password,
        admin_password=options.admin_password,
        registration_expires=options.expires or 60,
        notify_form=NotifyForm(options.notify),
        masking=Masking(options.mask),
        forbid=options.forbid,
        silent=options.silent,
        crooked=options.crooked,
    )


def pbx_config(
    password: str, *, user: str = SIP_ACCOUNT, colleagues: int | None = None, **knobs: Any
) -> PbxConfig:
    """A SIP PBX with one account for a program, all colleagues on the list `lamps`."""
    count = len(COLLEAGUES) if colleagues is None else 1 + colleagues
    unnamed = (Place(str(1001 + n), f"Colleague {n}") for n in range(len(COLLEAGUES), count))
    places = (*COLLEAGUES[:count], *unnamed)
    lamps = tuple(place.number for place in places[1:])
    return PbxConfig(
        places=places, logins=(Login(user, password),), lists=(("lamps", lamps),), **knobs
    )


def certificate_from(options: argparse.Namespace) -> ssl.SSLContext | None:
    """What to show to whoever comes by TLS; raises OSError where the files are no good."""
    if options.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(options.certificate, options.key)
    return context


def weather_from(options: argparse.Namespace) -> Weather:
    """The network the options ask for."""
    return Weather(loss=options.loss, delay=options.delay)
