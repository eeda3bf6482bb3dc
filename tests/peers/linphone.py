"""linphonec: a telephone on the console, which leaves a SUBSCRIBE without any answer."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from callctrl.sip.packets import Address
from tests.peers.kamailio import REALM, password_of
from tests.peers.program import HERE, Program, free_ports, has_socket

__all__ = ["Linphone"]

_CONFIG = """\
[sip]
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
bind_address={here}
contact="{user}" <sip:{user}@{here}>
auto_net_state_mon=0
register_only_when_network_is_up=0
[rtp]
audio_rtp_port={rtp}
[video]
enabled=0
display=0
capture=0
"""

_ACCOUNT = """\
[proxy_0]
reg_proxy=<sip:{here}:{server};transport=udp>
reg_route=<sip:{here}:{server};transport=udp;lr>
reg_identity=sip:{user}@{here}:{server}
reg_expires=60
reg_sendregister=1
publish=0
[auth_info_0]
username={user}
passwd={password}
realm={realm}
domain={realm}
algorithm={algorithm}
"""


class Linphone:
    """A telephone without a server, spoken to directly; or one registered at a server."""

    def __init__(
        self,
        folder: Path,
        user: str,
        server: int | None = None,
        *,
        answers: bool = False,
        algorithm: str = "MD5",
    ) -> None:
        """`server` is the port; `answers` has it answer each call by itself."""
        folder.mkdir(parents=True)
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        self.address = Address(HERE, free_ports(4))
        text = _CONFIG.format(
            port=self.address.port, here=HERE, user=user, rtp=self.address.port + 2
        )
        if server is not None:
            text += _ACCOUNT.format(
                here=HERE,
                server=server,
                user=user,
                password=password_of(user),
                realm=REALM,
                algorithm=algorithm,
            )
        config = folder / "rc"
        config.write_text(text)
        self._is_registered = server is not None
        self._messages = folder / "messages"
        command = ["linphonec", "-c", str(config), "-d", "6", "-l", str(self._messages)]
        self._program = Program(folder, *command, *(["-a"] if answers else []))
        self._program.type("soundcard use files")

    def __enter__(self) -> Self:
        if self._is_registered:
            self._program.settle(self._has_registered, "linphonec's registration")
        else:
            self._program.settle(lambda: has_socket(self.address.port), "linphonec's port")
        return self

    def __exit__(self, *_: object) -> None:
        self._program.type("quit")
        self._program.stop()

    def _has_registered(self) -> bool:
        return self._messages.exists() and "LinphoneRegistrationOk" in self.messages

    @property
    def messages(self) -> str:
        """All that came and went, as it logs it."""
        return self._messages.read_text("utf-8", "replace")

    def type(self, line: str) -> None:
        """A command, such as `terminate`."""
        self._program.type(line)
