"""kamailio: a registrar and presence server, with UDP, TCP and TLS side by side."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import trustme

from callctrl.sip.packets import Address
from callctrl.transport import Trust
from tests.peers.program import HERE, PATIENCE, Program, free_ports

__all__ = ["REALM", "Kamailio", "has_ipv6", "password_of"]

REALM = "pbx.test"
"""The domain of its users."""

_SCHEMA = Path("/usr/share/kamailio/db_sqlite")
_TABLES = Path("/usr/share/kamailio/dbtext/kamailio")

_LISTS = (
    '<?xml version="1.0"?><rls-services xmlns="urn:ietf:params:xml:ns:rls-services" '
    'xmlns:l="urn:ietf:params:xml:ns:resource-lists"><service uri="{name}"><list>{entries}</list>'
    "<packages><package>dialog</package></packages></service></rls-services>"
)

_TLS = """\
[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = {folder}/key.pem
certificate = {folder}/certificate.pem

[client:default]
verify_certificate = no
require_certificate = no
"""


_OVER = 5
"""The state of a call that is deleted, in its module "dialog"."""


def password_of(user: str) -> str:
    """The password of one of the users 1001 to 1009."""
    return f"pw{user}"


class Kamailio:
    """A server at ports of its own, which it keeps over a restart."""

    def __init__(
        self,
        folder: Path,
        authority: trustme.CA,
        *,
        algorithm: str = "MD5",
        max_expires: int = 3600,
        nonce_lives: int = 120,
        rings_for: int = 120,
        resolves_gruu: bool = False,
        colleagues: Sequence[str] = (),
        name: str = HERE,
    ) -> None:
        """`authority` signs its certificate for the `name`; times are in seconds.

        `rings_for` is how long it lets a phone ring; `resolves_gruu` whether it finds a phone again
        that has named itself by a GRUU (RFC 5627), which many do not. `colleagues` are on a list of
        that name, which the user 1001 may subscribe to (RFC 4662).
        """
        self.folder = folder
        self.port = free_ports(2)
        self.tls_port = self.port + 1
        folder.mkdir(parents=True)
        self.ca_file = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        certificate = authority.issue_cert(name)
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        for each in certificate.cert_chain_pems:
            each.write_to_path(folder / "certificate.pem", append=True)
        (folder / "tls.cfg").write_text(_TLS.format(folder=folder))
        with sqlite3.connect(folder / "kamailio.db") as database:
            for name in ("standard", "presence"):
                database.executescript((_SCHEMA / f"{name}-create.sql").read_text())
        database.close()
        if colleagues:
            _keep_list(folder / "lists", "1001", colleagues)
        self._has_lists = bool(colleagues)
        words = {
            "HOST": HERE,
            "PORT": self.port,
            "TLSPORT": self.tls_port,
            "REALM": REALM,
            "FOLDER": folder,
            "ALGORITHM": algorithm,
            "EXPIRES": max_expires,
            "NONCES": nonce_lives,
            "RINGING": 1000 * rings_for,
        }
        config = Path(__file__).with_name("kamailio.cfg").read_text()
        for word, value in words.items():
            config = config.replace(f"_{word}_", str(value))
        (folder / "kamailio.cfg").write_text(config)
        self._resolves_gruu = resolves_gruu
        self._program: Program | None = None

    @property
    def log(self) -> str:
        """What it has heard and done."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def trust(self) -> Trust:
        """What to believe of it over TLS."""
        return Trust(HERE, str(self.ca_file))

    def address(self, transport: str) -> Address:
        """Where it listens for "UDP", "TCP" or "TLS"."""
        return Address(HERE, self.tls_port if transport == "TLS" else self.port, transport)

    def calls(self) -> list[str]:
        """The Call-IDs of the calls it carries; it keeps those that are over a little longer."""
        return [each["call-id"] for each in self._ask("dlg.list") if each["state"] != _OVER]

    def _ask(self, method: str) -> Any:
        """What it answers to a question by JSON-RPC."""
        question = {"jsonrpc": "2.0", "method": method, "id": 1}
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
            asking.settimeout(PATIENCE)
            asking.bind("")  # to a name of the system's choice, for the answer to come to
            asking.connect(str(self.folder / "asked"))
            asking.send(json.dumps(question).encode())
            return json.loads(asking.recv(65535))["result"]

    def start(self) -> None:
        """Start it, and return when it answers."""
        command = ["kamailio", "-DD", "-E", "-f", "kamailio.cfg", "-Y", str(self.folder)]
        command += ["-w", str(self.folder), "-m", "64", "-M", "8"]
        if has_ipv6():
            command += ["-A", "WITH_IPV6"]
        if self._resolves_gruu:
            command += ["-A", "WITH_GRUU"]
        if self._has_lists:
            command += ["-A", "WITH_LISTS"]
        self._program = Program(self.folder, *command)
        self._program.settle(lambda: _is_alive(self.port), "kamailio's answer to OPTIONS")

    def kill(self) -> None:
        """Have it gone at once, and say no word to anybody."""
        assert self._program is not None
        self._program.kill()
        self._program = None

    def stop(self) -> None:
        """Stop it; whatever it knew is forgotten."""
        if self._program is not None:
            self._program.stop()
            self._program = None


def _keep_list(folder: Path, owner: str, members: Sequence[str]) -> None:
    """Write down the list "colleagues" as kamailio's module for lists wants it (RFC 4826)."""
    folder.mkdir()
    for table in ("rls_presentity", "rls_watchers", "version"):
        shutil.copy(_TABLES / table, folder / table)
    entries = "".join(f'<l:entry uri="sip:{member}@{REALM}"/>' for member in members)
    document = _LISTS.format(name=f"sip:colleagues@{REALM}", entries=entries)
    kind, source, port = "8", "0", "0"
    row = ["1", owner, REALM, document, kind, "tag", source, "index", port]
    columns = (_TABLES / "xcap").read_text().rstrip("\n")
    line = ":".join(value.replace(":", "\\:") for value in row)
    (folder / "xcap").write_text(f"{columns}\n{line}\n")


def has_ipv6() -> bool:
    """Whether this machine has a loop-back address of IPv6."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def _is_alive(port: int) -> bool:
    """Whether an OPTIONS is answered."""
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.1)
        udp.connect((HERE, port))
        host, own_port = udp.getsockname()
        lines = [
            f"OPTIONS sip:{HERE}:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{own_port};branch=z9hG4bKalive{own_port}",
            "Max-Forwards: 70",
            f"From: <sip:test@{HERE}>;tag=alive",
            f"To: <sip:{HERE}>",
            f"Call-ID: alive-{own_port}",
            "CSeq: 1 OPTIONS",
            "Content-Length: 0",
        ]
        try:
            udp.send("\r\n".join([*lines, "", ""]).encode())
            return udp.recv(2048).startswith(b"SIP/2.0 200")
        except OSError:  # nobody listens yet
            return False
