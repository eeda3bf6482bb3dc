"""Whether all that the program is made of is here and loads: for who packs or installs it.

A package may lack a plug-in, a file or a library that is only missed on the day it is wanted. So
each of them is loaded once. No window opens, nothing goes over the network, and the keyring is
written to only where that is asked for.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import pkgutil
import platform
import secrets
import sqlite3
import ssl
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import metadata
from pathlib import Path

from callctrl import PRODUCT, __version__
from callctrl.accounts import Account
from callctrl.headless.exitcodes import ExitCode
from callctrl.numbers.world import countries, country
from callctrl.store.contacts import SCHEMA
from callctrl.store.database import open_in_memory
from callctrl.store.passwords import KeyringPasswords

__all__ = ["CHECKS", "run_self_test"]


class _FaultError(Exception):
    """Something is not as it should be; the text says what."""


def run_self_test(*, json_file: Path | None = None, keyring: bool = False) -> ExitCode:
    """Try each part; prints what came of it as one JSON object, and writes it to `json_file`.

    With `keyring` a password is kept, read and forgotten. The object is
    `{"program", "version", "frozen", "python", "system", "ok", "checks": [{"name", "ok",
    "detail"}]}`. Qt opens no screen unless QT_QPA_PLATFORM names one.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    checks = CHECKS | ({"keyring round trip": _keep_a_password} if keyring else {})
    results = [_result(name, check) for name, check in checks.items()]
    is_ok = all(result["ok"] for result in results)
    told = {
        "program": PRODUCT,
        "version": __version__,
        "frozen": bool(getattr(sys, "frozen", False)),
        "python": platform.python_version(),
        "system": platform.platform(),
        "ok": is_ok,
        "checks": results,
    }
    text = json.dumps(told, indent=2)
    print(text)
    if json_file is not None:  # a program for windows has no standard output
        try:
            json_file.write_text(text + "\n", "utf-8")
        except OSError as error:
            print(f"The result cannot be written: {error}", file=sys.stderr)
            return ExitCode.FAILED
    return ExitCode.FINE if is_ok else ExitCode.FAILED


def _result(name: str, check: Callable[[], str]) -> dict[str, str | bool]:
    try:
        detail, is_ok = check(), True
    except Exception as error:  # noqa: BLE001 — a broken package may fail in any way
        detail, is_ok = f"{type(error).__name__}: {error}", False
    return {"name": name, "ok": is_ok, "detail": detail}


# What is tried; each gives a line of detail, or raises


def _start_qt() -> str:
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    app = QGuiApplication.instance() or QApplication([PRODUCT])
    assert isinstance(app, QGuiApplication)
    return f"Qt {qVersion()}, platform {app.platformName()}"


_PLUGINS = {
    "linux": {
        "platforms": ("qxcb", "qwayland", "qoffscreen"),
        "platformthemes": ("qxdgdesktopportal",),
        "wayland-shell-integration": ("xdg-shell",),
        "tls": ("qopensslbackend",),
    },
    "win32": {"platforms": ("qwindows", "qoffscreen"), "tls": ("qschannelbackend",)},
}
"""Of Qt, by folder: those that are not loaded here all the same, or not on this screen."""


def _load_plugins() -> str:
    from PySide6.QtCore import QCoreApplication, QPluginLoader

    wanted = {
        "iconengines": ("qsvgicon",),
        "imageformats": ("qsvg",),
        **_PLUGINS.get(sys.platform, {}),
    }
    folders = [Path(path) for path in QCoreApplication.libraryPaths()]
    loaded = []
    for kind, names in wanted.items():
        for name in names:
            files = [file for folder in folders for file in (folder / kind).glob(f"*{name}.*")]
            if not files:
                raise _FaultError(f"no plug-in {kind}/{name} in {', '.join(map(str, folders))}")
            loader = QPluginLoader(str(files[0]))
            if not loader.load():  # as where a library of the system is missing
                raise _FaultError(loader.errorString())
            loaded.append(name.removeprefix("q"))
    return ", ".join(loaded)


def _show_an_icon() -> str:
    from PySide6.QtGui import QIcon

    from callctrl.ui import resource
    from callctrl.ui.icons import state_icon
    from callctrl.ui.state import PhoneState

    file = resource("icons/callctrl.svg")
    if QIcon(str(file)).pixmap(32).isNull() or state_icon(PhoneState.READY).isNull():
        raise _FaultError(f"expected a picture, found none in {file}")
    return str(file)


def _load_every_module() -> str:
    ours = importlib.import_module(__package__)
    names = sorted(
        module.name
        for module in pkgutil.walk_packages(ours.__path__, f"{__package__}.")
        if not module.name.endswith("__main__")
    )
    for name in names:  # those that begin with an import that is missing are found
        importlib.import_module(name)
    if len(names) < _FEWEST_MODULES:
        raise _FaultError(f"expected {_FEWEST_MODULES} modules or more, found {len(names)}")
    return f"{len(names)} modules"


_FEWEST_MODULES = 100
"""Far fewer than there are; a package that cannot be looked through has none."""


def _trust_authorities() -> str:
    context = ssl.create_default_context()
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    return f"{ssl.OPENSSL_VERSION}, {context.cert_store_stats()['x509_ca']} authorities"


def _find_a_keyring() -> str:
    import keyring

    if sys.platform == "linux":
        from secretstorage import dhcrypto  # loads cryptography, which the Secret Service needs

        dhcrypto.Session()
    names = sorted(f"{type(each).__module__}" for each in keyring.backend.get_all_keyring())
    wanted = {"linux": "SecretService", "win32": "Windows", "darwin": "macOS"}.get(sys.platform, "")
    known = {point.name for point in metadata.entry_points(group=_BACK_ENDS)}
    if wanted not in known:
        raise _FaultError(f"expected the back end {wanted}, found {', '.join(sorted(known))}")
    return f"{wanted} is known; usable here: {', '.join(names)}"


_BACK_ENDS = "keyring.backends"


def _keep_a_password() -> str:
    account = Account(
        pbx="self-test.invalid", extension=secrets.token_hex(4), station="", computer=""
    )
    password = secrets.token_hex(8)

    async def keep() -> None:
        passwords = KeyringPasswords()
        await passwords.set(account, password)
        found = await passwords.get(account)
        await passwords.delete(account)
        if found != password or await passwords.get(account) is not None:
            raise _FaultError("what was kept was not what was read, or was not forgotten")

    asyncio.run(keep())
    return "kept, read and forgotten"


def _open_a_database() -> str:
    with closing(open_in_memory(SCHEMA).connection):
        return f"SQLite {sqlite3.sqlite_version}"


def _know_the_countries() -> str:
    known = [name for name in countries() if country(name).code]
    if len(known) < _FEWEST_COUNTRIES:
        raise _FaultError(
            f"expected the numbers of {_FEWEST_COUNTRIES} countries, found {len(known)}"
        )
    return f"{len(known)} countries"


_FEWEST_COUNTRIES = 240


def _read_name_server_records() -> str:
    import dns.rdata
    import dns.resolver
    import dns.version

    for kind, text in (("SRV", "1 2 5060 sip."), ("NAPTR", '1 2 "s" "SIP+D2U" "" _sip._udp.')):
        dns.rdata.from_text("IN", kind, text)  # each kind is a module that is found by its name
    return f"dnspython {dns.version.version}"


def _speak_to_the_desktop() -> str:
    if sys.platform != "linux":
        return "not by D-Bus here"
    from jeepney import auth, bus  # type: ignore[import-untyped]

    return f"D-Bus by {auth.__name__} and {bus.__name__}"


CHECKS: dict[str, Callable[[], str]] = {
    "qt": _start_qt,
    "plug-ins": _load_plugins,
    "icons": _show_an_icon,
    "modules": _load_every_module,
    "tls": _trust_authorities,
    "keyring": _find_a_keyring,
    "database": _open_a_database,
    "numbers": _know_the_countries,
    "name server": _read_name_server_records,
    "desktop": _speak_to_the_desktop,
}
"""Each part of the program, and what tries it."""
