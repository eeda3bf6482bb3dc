"""A whole throw-away desktop: X server, session bus, window manager, tray and password store.

Everything lies below one folder and ends with the `with` block; nothing of the real desktop is
seen or touched. Debian's packages for it are in `.ci/prepare desktop`.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from jeepney import DBusAddress, Properties, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

__all__ = ["Desktop", "Panel", "Picture", "Window", "missing_tool", "until"]

_T = TypeVar("_T")

_KEYRING_PASSWORD = "throw-away"
_MARK = "CALLCTRL_TEST_DESKTOP"
"""In the environment of all that is started here: whoever carries it may be ended here."""


class Panel(Enum):
    """Who shows tray icons. The first two take different ways through Qt."""

    LXQT = "lxqt-panel"
    """By D-Bus: StatusNotifierItem."""
    TRAYER = "trayer"
    """By X: XEmbed."""
    NONE = ""


_TOOLS = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "dbus-daemon": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "secret-tool": "libsecret-tools",
    "xdotool": "xdotool",
    "xwininfo": "x11-utils",
    "xprop": "x11-utils",
    "import": "imagemagick",
    "lxqt-panel": "lxqt-panel",
    "trayer": "trayer",
}


def missing_tool() -> str:
    """What the tests cannot do without and is not installed; empty where all is there."""
    if not sys.platform.startswith("linux"):
        return "a Linux desktop"
    missing = [f"{tool} ({package})" for tool, package in _TOOLS.items() if not shutil.which(tool)]
    return ", ".join(missing)


def until(condition: Callable[[], _T], what: str, *, within: float = 20.0) -> _T:
    """Wait for something true and return it; `what` is said where it does not come in time.

    The deadline is generous: it ends a test that has failed, and measures nothing.
    """
    ends_at = time.monotonic() + within
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > ends_at:
            raise AssertionError(f"expected within {within:g} s: {what}; found {found!r}")
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Window:
    """A window as the X server has it."""

    id: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What a part of the screen shows: three bytes a pixel."""

    width: int
    height: int
    pixels: bytes

    def count(self, colour: str, *, near: int = 40) -> int:
        """How many pixels are close to a colour such as "#199a5c"."""
        red, green, blue = bytes.fromhex(colour.removeprefix("#"))
        found = 0
        for at in range(0, len(self.pixels), 3):
            r, g, b = self.pixels[at : at + 3]
            found += abs(r - red) + abs(g - green) + abs(b - blue) < near
        return found


class Desktop:
    """An X server and all that makes a desktop of it."""

    def __init__(self, folder: Path, panel: Panel, *, size: str = "1280x800") -> None:
        self.folder = folder
        self.panel = panel
        self.env: dict[str, str] = {}
        """The whole environment of what is started here."""
        self._size = size
        self._started: list[subprocess.Popen[bytes]] = []
        self._bus: DBusConnection | None = None
        self._log = folder / "desktop.log"

    def __enter__(self) -> Desktop:
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    # Programs

    def start(
        self,
        *command: str,
        out: int | None = None,
        stdin: int = subprocess.DEVNULL,
        env: Mapping[str, str] | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a program on this desktop; it ends with it at the latest."""
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command,
                env=self.env | dict(env or {}),
                stdin=stdin,
                stdout=log if out is None else out,
                stderr=log,
                pass_fds=pass_fds,
            )
        self._started.append(process)
        return process

    def run(self, *command: str, given: str = "") -> str:
        """Run a tool to its end; what it printed, or an error where it failed."""
        done = subprocess.run(
            command, env=self.env, input=given, capture_output=True, text=True, timeout=30
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def processes(self) -> Iterator[Path]:
        """The folders below /proc of all that was started here, be it by others in turn."""
        mark = f"{_MARK}={self.env[_MARK]}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield folder

    # Hands: the keyboard; the mouse only where the thing under test is a click

    def keys(self, *keys: str) -> None:
        """Press keys one after the other, such as "alt+n" or "Return"."""
        self.run("xdotool", "key", "--clearmodifiers", "--delay", "20", *keys)

    def type(self, text: str) -> None:
        """Type; the text goes through a pipe, so no list of processes shows it."""
        self.run("xdotool", "type", "--clearmodifiers", "--delay", "8", "--file", "-", given=text)

    def click(self, x: int, y: int, *, right: bool = False) -> None:
        """Click with the mouse."""
        self.run("xdotool", "mousemove", str(x), str(y), "click", "3" if right else "1")

    # Eyes

    def windows(self, title: str) -> list[Window]:
        """The visible windows of that title, be it a dialog, a menu or an icon in trayer."""
        tree = self.run("xwininfo", "-root", "-tree")
        ids = re.findall(rf'(0x[0-9a-f]+) "{re.escape(title)}": ', tree)
        return [window for each in ids if (window := self._window(each)) is not None]

    def window(self, title: str) -> Window:
        """Wait for the window of that title which has the keys."""

        def look() -> Window | None:
            active = self.run("xprop", "-root", "_NET_ACTIVE_WINDOW").split()[-1]
            return next((each for each in self.windows(title) if each.id == active), None)

        return until(look, f"an active window {title!r}")

    def picture(self, x: int, y: int, width: int, height: int) -> Picture:
        """What a part of the screen shows now."""
        command = ["import", "-silent", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}"]
        command += ["-depth", "8", "rgb:-"]
        done = subprocess.run(command, env=self.env, capture_output=True, timeout=30, check=True)
        return Picture(width, height, done.stdout)

    def save_picture(self, file: Path, *crop: int) -> None:
        """Keep the screen, or the part x, y, width, height of it, as a PNG."""
        command = ["import", "-silent", "-window", "root"]
        if crop:
            x, y, width, height = crop
            command += ["-crop", f"{width}x{height}+{x}+{y}", "+repage"]
        self.run(*command, str(file))

    # The session bus

    @property
    def bus(self) -> DBusConnection:
        """Our own connection to the session bus."""
        assert self._bus is not None
        return self._bus

    def call(
        self, address: DBusAddress, method: str, signature: str | None = None, *arguments: object
    ) -> tuple[object, ...]:
        """Call a method on the bus; an error where it answers with one."""
        message = new_method_call(address, method, signature, arguments)
        reply = self.bus.send_and_get_reply(message, timeout=5)
        if reply.header.message_type.name == "error":
            raise LookupError(f"{method} of {address.object_path}: {reply.body}")
        return tuple(reply.body)

    def property(self, address: DBusAddress, name: str) -> object:
        """A property of something on the bus."""
        reply = self.bus.send_and_get_reply(Properties(address).get(name), timeout=5)
        if reply.header.message_type.name == "error":
            raise LookupError(f"{name} of {address.object_path}: {reply.body}")
        (_signature, value) = reply.body[0]
        return value

    def bus_names(self, pid: int) -> list[str]:
        """The unique names a process has on the bus."""
        found = []
        for name in self._ask_bus(message_bus.ListNames())[0]:
            with contextlib.suppress(LookupError):
                if (
                    name.startswith(":")
                    and self._ask_bus(message_bus.GetConnectionUnixProcessID(name))[0] == pid
                ):
                    found.append(name)
        return found

    # The password store

    def kept_password(self, service: str, user: str) -> str:
        """What the password store holds, read by a program that is not ours."""
        return self.run("secret-tool", "lookup", "service", service, "username", user)

    # Its parts

    def _open(self) -> None:
        home, run = self.folder / "home", self.folder / "run"
        for folder in (home / ".config", home / ".cache", home / ".local" / "share"):
            folder.mkdir(parents=True)
        run.mkdir(mode=0o700)
        self.env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_RUNTIME_DIR": str(run),
            "PYTHONDONTWRITEBYTECODE": "1",
            _MARK: self.folder.name + os.urandom(8).hex(),
        }
        screen = ["-screen", "0", f"{self._size}x24", "-nolisten", "tcp", "-noreset"]
        self.env["DISPLAY"] = ":" + self._start_told("Xvfb", *screen, tell="-displayfd {}")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._start_told(
            "dbus-daemon", "--session", "--nofork", "--nopidfile", tell="--print-address={}"
        )
        self._bus = open_dbus_connection(self.env["DBUS_SESSION_BUS_ADDRESS"])
        self.start("openbox")
        keyring = self.start(
            "gnome-keyring-daemon",
            "--foreground",
            "--unlock",
            "--components=secrets",
            stdin=subprocess.PIPE,
        )
        assert keyring.stdin is not None
        with keyring.stdin as stdin:
            stdin.write(_KEYRING_PASSWORD.encode())
        until(self._has_window_manager, "openbox")
        self._start_panel()
        until(lambda: self._has_owner("org.freedesktop.secrets"), "gnome-keyring-daemon")

    def _start_panel(self) -> None:
        if self.panel is Panel.LXQT:
            folder = self.folder / "home" / ".config" / "lxqt"
            folder.mkdir()
            (folder / "panel.conf").write_text(_LXQT)
            self.start("lxqt-panel")
            until(self._has_notifier_host, "lxqt-panel")
        elif self.panel is Panel.TRAYER:
            self.start("trayer", *_TRAYER)
            until(lambda: self.windows("panel"), "trayer")

    def _start_told(self, *command: str, tell: str) -> str:
        """Start a program that tells us a word by a file descriptor; the word."""
        reading, writing = os.pipe()
        try:
            told = tell.format(writing).split(" ")
            process = self.start(*command, *told, pass_fds=(writing,))
        finally:
            os.close(writing)
        with os.fdopen(reading) as stream:
            ready, _, _ = select.select([stream], [], [], 20)
            word = stream.readline().strip() if ready else ""
        if not word:
            raise RuntimeError(f"{command[0]} did not start ({process.poll()}), see {self._log}")
        return word

    def _close(self) -> None:
        if self._bus is not None:
            self._bus.close()
            self._bus = None
        started, self._started = self._started, []
        for process in reversed(started[2:]):  # not yet the bus and the X server
            process.terminate()
        for process in reversed(started):
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        for folder in list(self.processes()) if _MARK in self.env else []:  # those by way of the bus
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(folder.name), signal.SIGKILL)

    def _has_window_manager(self) -> bool:
        return "window id" in self.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")

    def _has_owner(self, name: str) -> bool:
        return bool(self._ask_bus(message_bus.NameHasOwner(name))[0])

    def _has_notifier_host(self) -> bool:
        if not self._has_owner("org.kde.StatusNotifierWatcher"):
            return False
        return bool(self.property(_WATCHER, "IsStatusNotifierHostRegistered"))

    def _ask_bus(self, message: object) -> tuple[object, ...]:
        reply = self.bus.send_and_get_reply(message, timeout=5)
        if reply.header.message_type.name == "error":
            raise LookupError(str(reply.body))
        return tuple(reply.body)

    def _window(self, number: str) -> Window | None:
        """What the X server knows of a window; None for a hidden one, or one that has gone."""
        try:
            lines = self.run("xwininfo", "-id", number).splitlines()
        except RuntimeError:
            return None
        facts = dict(line.strip().partition(":")[::2] for line in lines)
        if facts["Map State"].strip() != "IsViewable":
            return None
        names = ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        return Window(number, *(int(facts[name]) for name in names))


_WATCHER = DBusAddress(
    "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"
)

_LXQT = """\
panels=panel1
[panel1]
plugins=taskbar,statusnotifier
position=Bottom
panelSize=32
background-color=@Variant(\\0\\0\\0\\x43\\x1\\xff\\xff\\xee\\xee\\xf0\\xf0\\xf2\\xf2\\0\\0)
opacity=100
[taskbar]
type=taskbar
alignment=Left
[statusnotifier]
type=statusnotifier
alignment=Right
"""

_TRAYER = (
    "--edge bottom --align right --widthtype request --heighttype pixel --height 32 --expand true "
    "--transparent true --alpha 0 --tint 0xeef0f2"
).split()
