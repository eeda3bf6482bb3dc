"""baresip: a telephone that makes real calls, to a wave file, steered over its control socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import wave
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.peers.kamailio import REALM, password_of
from tests.peers.mailbox import Mailbox
from tests.peers.program import HERE, PATIENCE, Program, eventually, find_library, free_ports

__all__ = ["Baresip"]

_CONFIG = """\
poll_method epoll
sip_listen {here}:{port}
net_interface {here}
audio_path {folder}
audio_player aufile,{folder}/heard.wav
audio_source aufile,{folder}/said.wav
audio_alert aufile,{folder}/alert.wav
rtp_ports {rtp}-{rtp_end}
call_max_calls 4
module_path {modules}
module stdio.so
module g711.so
module aufile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {here}:{control}
"""

_ACCOUNT = (
    "<sip:{user}@{realm}>;auth_user={user};auth_pass={password};"
    'outbound="sip:{here}:{server};transport=udp";answermode={answer};regint=60;'
    "audio_codecs=PCMU/8000/1\n"
)

_ACTIVE = re.compile(r"Active calls \((\d+)\)")


class Baresip:
    """A telephone registered at a server."""

    def __init__(self, folder: Path, user: str, server: int, *, answers: bool = False) -> None:
        """`server` is the port; `answers` has it answer each call by itself."""
        folder.mkdir(parents=True)
        first = free_ports(16)  # SIP, SIP over TLS beside it, control, speech
        self._control = first + 2
        with wave.open(str(folder / "said.wav"), "wb") as said:
            said.setnchannels(1)
            said.setsampwidth(2)
            said.setframerate(8000)
            said.writeframes(bytes(2 * 8000 * 30))
        (folder / "config").write_text(
            _CONFIG.format(
                here=HERE,
                port=first,
                control=self._control,
                rtp=first + 4,
                rtp_end=first + 15,
                folder=folder,
                modules=find_library("baresip/modules"),
            )
        )
        (folder / "accounts").write_text(
            _ACCOUNT.format(
                user=user,
                realm=REALM,
                password=password_of(user),
                here=HERE,
                server=server,
                answer="auto" if answers else "manual",
            )
        )
        (folder / "contacts").touch()
        self._told = Mailbox()
        self._program = Program(folder, "baresip", "-f", folder)

    async def __aenter__(self) -> Self:
        try:
            await eventually(lambda: self._program.has_logged("200 OK"), "baresip's registration")
            self._reader, self._writer = await asyncio.open_connection(HERE, self._control)
        except BaseException:
            self._program.stop()
            raise
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reading.cancel()
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
        # It unregisters; where it did not, the next telephone of that user would not ring alone.
        await asyncio.to_thread(self._program.stop, PATIENCE)

    async def order(self, command: str, parameters: str = "") -> str:
        """Have a command carried out, such as `dial`, `accept` or `hangup`; what it says to it."""
        text = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        self._writer.write(b"%d:%s," % (len(text), text))
        answer = await self.hear(response=True, token=command)
        return str(answer["data"])

    async def hear(self, **wanted: object) -> dict[str, Any]:
        """Wait for a message with these values, such as `type="CALL_INCOMING"`.

        Each is heard once, others stay for later. Added are `peer`, the user whom it is about, and
        `heard_at`, when it came on the loop's clock.
        """
        return await self._told.hear(dict, lambda message: wanted.items() <= message.items())

    async def count_calls(self) -> int:
        """How many calls it has, by its own list of them."""
        return sum(int(count) for count in _ACTIVE.findall(await self.order("listcalls")))

    async def is_quiet(self) -> None:
        """Wait until it has no call."""
        while await self.count_calls():
            await self.hear(type="CALL_CLOSED")

    async def _read(self) -> None:
        """Take what it says as it comes: JSON with its length before and a comma behind."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):  # it has ended
            while True:
                length = (await self._reader.readuntil(b":"))[:-1]
                message: dict[str, Any] = json.loads(await self._reader.readexactly(int(length)))
                await self._reader.readexactly(1)
                message["heard_at"] = asyncio.get_running_loop().time()
                message["peer"] = message.get("peeruri", "").removeprefix("sip:").partition("@")[0]
                self._told.put(message)
