"""`callctrl watch --json` at a desk: our own program, its events as they are printed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.peers.kamailio import Kamailio, password_of
from tests.peers.lister import Lister
from tests.peers.mailbox import Mailbox
from tests.peers.program import HERE, PATIENCE, ROOT, eventually

__all__ = ["Desk"]


class Desk:
    """The program with an account of its own, beside a telephone; it is left by `quit`."""

    def __init__(
        self,
        folder: Path,
        pbx: Kamailio | Lister,
        *options: str,
        phone: str = "1002",
        user: str = "1001",
        transport: str = "tcp",
    ) -> None:
        """`phone` is the telephone on the desk, `user` the program's own account.

        What goes over the wire is in its `log`.
        """
        port = pbx.address.port if isinstance(pbx, Lister) else pbx.address(transport.upper()).port
        self._folder = folder
        self._password = password_of(user)
        self._arguments = ["watch", "--debug", "--json", "--password-stdin", "--kind", "sip"]
        self._arguments += ["--pbx", f"{HERE}:{port}", "--transport", transport]
        if transport == "tls" and isinstance(pbx, Kamailio):
            self._arguments += ["--ca-file", str(pbx.ca_file)]
        self._arguments += ["--user", user, "--my-phone", phone, "--local-port", "0", *options]
        self._told = Mailbox()
        self.exit_code: int | None = None
        """What it ended with; None while it runs."""

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "callctrl", *self._arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=self._folder,
                env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "HOME": str(self._folder)},
            )
        self._reading = asyncio.create_task(self._read())
        self.type(self._password)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill() if error else self.type("quit")
        try:
            async with asyncio.timeout(PATIENCE):
                self.exit_code = await self._process.wait()
        except TimeoutError:
            self._process.kill()
            raise
        finally:
            await self._reading

    @property
    def log(self) -> str:
        """What it has printed beside its events: every message, and its complaints."""
        return (self._folder / "log").read_text("utf-8", "replace")

    @property
    def unread(self) -> list[dict[str, Any]]:
        """What it has told and nobody has asked for yet."""
        return self._told.unread

    def type(self, line: str) -> None:
        """A line of input, such as `dial 1003`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def hear(self, **wanted: object) -> dict[str, Any]:
        """Wait for an event with these values, such as `event="lamp", state="busy"`.

        Each is heard once, others stay for later; `heard_at` is when it came, on the loop's clock.
        """
        return await self._told.hear(dict, lambda event: wanted.items() <= event.items())

    async def is_told(self, event: str, who: str) -> None:
        """Wait for the first NOTIFY of an event of somebody, which may say nothing.

        From then on the PBX tells of each change.
        """
        first = re.compile(
            rf"^NOTIFY .*\n(?:.+\n)*From: <sip:{who}@.*\n(?:.+\n)*Event: {event}$", re.MULTILINE
        )
        await eventually(lambda: first.search(self.log), f"a NOTIFY of {event} of {who}")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._told.put(json.loads(line) | {"heard_at": asyncio.get_running_loop().time()})
