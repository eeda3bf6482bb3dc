"""linphonec: a telephone on the console, which leaves a SUBSCRIBE without any answer."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from callctrl.sip.packets import Address
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
[rtp]
audio_rtp_port={rtp}
[video]
enabled=0
display=0
capture=0
"""


class Linphone:
    """A telephone without a server, spoken to directly."""

    def __init__(self, folder: Path, user: str) -> None:
        folder.mkdir(parents=True)
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        self.address = Address(HERE, free_ports(4))
        config = folder / "rc"
        config.write_text(
            _CONFIG.format(port=self.address.port, here=HERE, user=user, rtp=self.address.port + 2)
        )
        self._messages = folder / "messages"
        self._program = Program(folder, "linphonec", "-c", config, "-d", "6", "-l", self._messages)
        self._program.type("soundcard use files")

    def __enter__(self) -> Self:
        self._program.settle(lambda: has_socket(self.address.port), "linphonec's port")
        return self

    def __exit__(self, *_: object) -> None:
        self._program.type("quit")
        self._program.stop()

    @property
    def messages(self) -> str:
        """All that came and went, as it logs it."""
        return self._messages.read_text("utf-8", "replace")
