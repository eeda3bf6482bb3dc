"""Programs that answer a NOTIFY, each with another stack: `python -m tests.bench.stacks NAME`.

Each finds the dialog by its Call-ID, reads the XML and answers 200. The first line it prints is
its port. `ours` is the shipped connection on the shipped loop with Qt loaded: it registers and
subscribes with the PBX at the port that follows the name. The others are the least that their
libraries ask for.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

__all__ = ["DIALOG", "STACKS"]

DIALOG = "1-2-3"
"""The Call-ID of the one dialog the peers know."""


def _handled(call_id: str, body: bytes) -> bool:
    """What the peers' programs do with a NOTIFY; whether they know its dialog."""
    dialog = {DIALOG: 1}.get(call_id)
    calls = [call.attrib for call in ElementTree.fromstring(body).iter("call")]  # noqa: S314
    return dialog is not None and bool(calls)


def _ours(port: int) -> None:
    from PySide6.QtWidgets import QApplication

    from callctrl.accounts import Account
    from callctrl.connection import Connection
    from callctrl.ui.eventloop import CallLoop

    async def main() -> None:
        account = Account("127.0.0.1", "200", "FrontDesk", "RECEPTION", port=port, local_port=0)
        connection = Connection(account, "4321", lambda _event: None)
        connection.start()
        gc.freeze()  # as the program does when it has started
        print(0, flush=True)
        await connection.stopped()

    app = QApplication(["bench"])
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: CallLoop(app)) as runner:
        runner.run(main())


def _ours_with_stock_buffer(port: int) -> None:
    """As on a Linux whose administrator has not raised `net.core.rmem_max`."""
    import_module("callctrl.transport.udp")._RECEIVE_BUFFER = 212_992  # type: ignore[attr-defined]
    _ours(port)


def _aiosipua(_port: int) -> None:
    asyncio.run(_serve_aiosipua())


async def _serve_aiosipua() -> None:
    transports, messages = import_module("aiosipua.transport"), import_module("aiosipua.message")
    dialogs = import_module("aiosipua.dialog")
    dialog = dialogs.Dialog(DIALOG, "2", "pbx")

    def on_message(request: Any, _address: tuple[str, int]) -> None:
        if isinstance(request, messages.SipRequest) and _handled(request.call_id, request.body):
            transport.send_reply(dialog.create_response(request, 200, "OK"))

    transport = transports.UdpSipTransport(("127.0.0.1", 0), on_message)
    await transport.start()
    print(transport._udp_transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.Event().wait()


def _sipmessage(_port: int) -> None:
    from PySide6.QtWidgets import QApplication
    from qasync import QEventLoop

    messages = import_module("sipmessage")

    class Answering(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self._transport = transport
            print(transport.get_extra_info("sockname")[1], flush=True)

        def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
            request = messages.Message.parse(data)
            if not _handled(request.call_id, request.body):
                return
            answer = messages.Response(200, "OK")
            for name in ("Via", "From", "To", "Call-ID", "CSeq"):
                answer.headers.setlist(name, request.headers.getlist(name))
            answer.content_length = 0
            via = request.via[0]
            self._transport.sendto(bytes(answer), (via.host, via.port or 5060))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(Answering, local_addr=("127.0.0.1", 0))
        await asyncio.Event().wait()

    app = QApplication(["bench"])
    app.setQuitOnLastWindowClosed(False)
    with QEventLoop(app) as loop:
        loop.run_until_complete(main())


def _sippy(port: int) -> None:
    managers = import_module("sippy.SipTransactionManager")
    dispatcher = import_module("sippy.Core.EventDispatcher").ED2

    class Silent:
        def write(self, *_: object, **__: object) -> None:
            """The log is off."""

    def on_request(request: Any, _transaction: Any) -> tuple[Any, None, None]:
        known = _handled(str(request.getHFBody("call-id")), request.getBody().content.encode())
        answer = (200, "OK") if known else (481, "Unknown")
        return request.genResponse(*answer), None, None

    config: dict[str, Any] = {
        "_sip_address": "127.0.0.1",
        "_sip_port": port,
        "_sip_logger": Silent(),
    }
    config["_sip_tm"] = managers.SipTransactionManager(config, on_request)
    print(port, flush=True)
    dispatcher.loop()


STACKS: dict[str, Callable[[int], None]] = {
    "ours": _ours,
    "stock": _ours_with_stock_buffer,
    "aiosipua": _aiosipua,
    "sippy": _sippy,
    "sipmessage": _sipmessage,
}


if __name__ == "__main__":
    logging.disable()
    STACKS[sys.argv[1]](int(sys.argv[2]))
