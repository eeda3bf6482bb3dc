"""One program per profile: the lock it holds, and the door at which later starts knock.

    claim() -- ours --> listen() -- a line of words --> on_request -- a reply --> a line
       |
       +-- another's --> the second start hands over, by `callctrl.remote.call`

The lock closes the race between two starts and outlives no process; the door is a socket in a
folder of this user, or a named pipe for this user only. Whoever comes in is mistrusted all the
same: few at a time, one short line each, and no dawdling.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from callctrl.remote import LINE_LIMIT, Reply, make_room, read_request, reply_line

__all__ = ["Instance", "OnRequest"]

_log = logging.getLogger(__name__)

OnRequest = Callable[[list[str], Callable[[Reply], None]], object]
"""Takes the words of a request, and what to call with the reply, at once or later."""

_MOST_CLIENTS = 8
_PATIENCE = 5.0
"""Seconds for a client to say what it wants, and to hang up when it has been answered."""
_REPLY_WITHIN = 60.0
"""Seconds after which nobody waits for a reply any more; who answers has limits of its own."""


class Instance(QObject):
    """This process among those that were started with one profile."""

    def __init__(self, config_dir: Path, address: str, *, patience: float = _PATIENCE) -> None:
        """`address` is where to listen, as `remote.address_of` tells; `patience` is in seconds."""
        super().__init__()
        self.address = address
        self._patience = patience
        self._config_dir = config_dir
        self._lock = QLockFile(str(config_dir / "callctrl.lock"))
        self._lock.setStaleLockTime(0)  # it is held for days: only a dead process makes it stale
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._let_in)
        self._clients: set[_Client] = set()
        self._on_request: OnRequest | None = None

    def claim(self) -> bool:
        """Whether this is the profile's program from now on; otherwise another one is.

        A folder that cannot be written to holds no lock: then there may be several programs.
        """
        try:
            self._config_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            _log.warning("no lock in %s: %s", self._config_dir, error)
            return True
        if self._lock.tryLock(0):
            return True
        if self._lock.error() is QLockFile.LockError.LockFailedError:
            return False
        _log.warning("no lock in %s: %s", self._config_dir, self._lock.error().name)
        return True

    def take_over(self) -> bool:
        """Claim from a holder that does not listen; False where it lives and is only deaf.

        It has ended meanwhile. Or it died, and its number was given to another process: then the
        system tells, which lets go of a file's lock with the process that took it.
        """
        return self.claim() or (self._lock.removeStaleLockFile() and self.claim())

    def holder(self) -> str:
        """Who holds the lock, e.g. "process 4711 on RECEPTION"."""
        process, computer, _program = self._lock.getLockInfo()
        return f"process {process} on {computer}"

    def listen(self, on_request: OnRequest) -> None:
        """Open the door; where that fails it is logged, and the program is deaf to outsiders."""
        self._on_request = on_request
        try:
            make_room(self.address)
        except OSError as error:
            _log.warning("no orders from outside: %s", error)
            return
        # What a killed program has left there is in nobody's use, since the lock is ours.
        QLocalServer.removeServer(self.address)
        if not self._server.listen(self.address):
            _log.warning("no orders from outside: %s", self._server.errorString())

    def close(self) -> None:
        """Shut the door and give the profile free; then hang up on who waits for our end."""
        self._server.close()
        self._lock.unlock()
        for client in list(self._clients):
            client.hang_up()

    def _let_in(self) -> None:
        while self._server.hasPendingConnections():
            connection = self._server.nextPendingConnection()
            if len(self._clients) >= _MOST_CLIENTS or not _is_ours(connection):
                _log.warning("somebody was turned away at the door")
                connection.abort()
                connection.deleteLater()
                continue
            assert self._on_request is not None
            client = _Client(connection, self._on_request, self._patience)
            self._clients.add(client)
            client.gone.connect(self._forget)

    def _forget(self, client: _Client) -> None:
        self._clients.discard(client)
        client.deleteLater()


class _Client(QObject):
    """One who came in: says a line, gets a line, goes."""

    gone = Signal(object)
    """It has hung up, or was hung up on; carries this object."""

    def __init__(self, connection: QLocalSocket, on_request: OnRequest, patience: float) -> None:
        super().__init__()
        self._on_request = on_request
        self._patience = patience
        self._heard = bytearray()
        self._has_asked = False
        self._has_left = False
        self._connection = connection
        connection.setParent(self)
        connection.setReadBufferSize(LINE_LIMIT + 1)
        connection.readyRead.connect(self._hear)
        connection.disconnected.connect(self._leave)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._cut_off)
        self._allow(patience)

    def hang_up(self) -> None:
        """Say what is still to be said, and close."""
        self._connection.flush()
        self._connection.disconnectFromServer()

    def _cut_off(self) -> None:
        self._connection.abort()

    def _hear(self) -> None:
        heard = self._connection.readAll().data()
        if self._has_asked:
            return  # one request each
        self._heard += heard
        line, end, _ = self._heard.partition(b"\n")
        if not end and len(self._heard) < LINE_LIMIT:
            return
        self._has_asked = True
        self._heard.clear()
        try:
            words = read_request(bytes(line + end))
        except ValueError as error:
            _log.info("a request was not understood: %s", error)
            self._answer(Reply(f"The request was not understood: {error}.", exit_code=2))
            return
        self._allow(_REPLY_WITHIN)
        self._on_request(words, self._answer)

    def _answer(self, reply: Reply) -> None:
        if self._has_left:
            return
        try:
            line = reply_line(reply)
        except ValueError as error:
            line = reply_line(Reply(f"The answer is too long: {error}.", exit_code=1))
        self._connection.write(line)
        self._connection.flush()
        self._allow(self._patience)

    def _allow(self, seconds: float) -> None:
        self._clock.start(round(seconds * 1000))

    def _leave(self) -> None:
        if not self._has_left:
            self._has_left = True
            self._clock.stop()
            self.gone.emit(self)


def _is_ours(connection: QLocalSocket) -> bool:
    """Whether the other end is a process of this user, where the system tells."""
    if not sys.platform.startswith("linux"):
        return True  # the door itself lets nobody else in
    try:
        with socket.socket(fileno=os.dup(int(connection.socketDescriptor()))) as copy:
            told = copy.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    except OSError:  # gone already
        return False
    _pid, user, _group = struct.unpack("3i", told)
    return bool(user == os.getuid())
