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

from tests.desktop.bus import Bus, Thing

__all__ = [
    "KEYRING_PASSWORD",
    "WATCHER",
    "Desktop",
    "Panel",
    "Picture",
    "Place",
    "Window",
    "missing_tool",
    "until",
]

_T = TypeVar("_T")

KEYRING_PASSWORD = "throw-away"
"""What unlocks the password store."""

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
    "gio": "libglib2.0-bin",
    "xdg-open": "xdg-utils",
    "desktop-file-validate": "desktop-file-utils",
}


def missing_tool() -> str:
    """What the tests cannot do without and is not installed; empty where all is there."""
    if not sys.platform.startswith("linux"):
        return "a Linux desktop"
    missing = [f"{tool} ({package})" for tool, package in _TOOLS.items() if not shutil.which(tool)]
    return ", ".join(missing)


def until(condition: Callable[[], _T | None], what: str, *, within: float = 20.0) -> _T:
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
class Place:
    """Where all that belongs to a desktop runs: on this system, or inside another root."""

    callctrl: tuple[str, ...] = (sys.executable, "-m", "callctrl")
    """The program under test."""
    path: str = os.environ["PATH"]
    """Where the others are found."""
    enter: tuple[str, ...] = ()
    """The command that goes there and becomes the one it is given."""
    window_manager: tuple[str, ...] = ("openbox",)
    root: Path = Path("/")
    """Its file system as seen from here. The desktop's own folder has the same name in both."""
    user: int | None = None
    """Who runs it, and owns that folder; we unless given."""


_HERE = Place()


@dataclass(frozen=True, slots=True)
class Window:
    """A window as the X server has it."""

    id: str
    x: int
    y: int
    width: int
    height: int

    @property
    def geometry(self) -> str:
        """Size and place as X writes them."""
        return f"{self.width}x{self.height}+{self.x}+{self.y}"


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

    def __init__(
        self,
        folder: Path,
        panel: Panel,
        *,
        dark: bool = False,
        size: str = "1280x800",
        place: Place = _HERE,
    ) -> None:
        self.folder = folder
        self.place = place
        self.panel = panel
        self.is_dark = dark
        self.env: dict[str, str] = {}
        """The whole environment of what is started here."""
        self._size = size
        self._started: list[subprocess.Popen[bytes]] = []
        self._bus: Bus | None = None
        self.log = folder / "desktop.log"
        """What everything started here prints."""

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
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*self.place.enter, *command],
                env=self.env | dict(env or {}),
                stdin=stdin,
                stdout=log if out is None else out,
                stderr=log,
                pass_fds=pass_fds,
            )
        self._started.append(process)
        return process

    def start_panel(self, panel: Panel) -> subprocess.Popen[bytes] | None:
        """Start what shows tray icons, and wait until it can."""
        self.panel = panel
        if panel is Panel.LXQT:
            folder = self.folder / "home" / ".config" / "lxqt"
            folder.mkdir(exist_ok=True)
            (folder / "panel.conf").write_text(_LXQT % (_DARK_PANEL if self.is_dark else _PANEL))
            self._give_away()
            process = self.start("lxqt-panel")
            until(self._has_notifier_host, "lxqt-panel")
            return process
        if panel is Panel.TRAYER:
            process = self.start(
                "trayer", *_TRAYER, "--tint", "0x26282d" if self.is_dark else "0xeef0f2"
            )
            until(lambda: '"panel": ("panel" "trayer")' in self._tree(), "trayer")
            return process
        return None

    def run(self, *command: str, given: str = "") -> str:
        """Run a tool to its end; what it printed, or an error where it failed."""
        return self._output(*command, given=given).decode()

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
        ids = re.findall(rf'(0x[0-9a-f]+) "{re.escape(title)}": ', self._tree())
        return [window for each in ids if (window := self._window(each)) is not None]

    def window(self, title: str) -> Window:
        """Wait for the window of that title which has the keys."""

        def look() -> Window | None:
            said = self.run("xprop", "-root", "_NET_ACTIVE_WINDOW")
            active = re.findall("0x[0-9a-f]+", said)[:1]  # xfwm4 tells of a second one, too
            return next((each for each in self.windows(title) if each.id in active), None)

        return until(look, f"an active window {title!r}")

    @property
    def tray(self) -> Window:
        """Where Call Ctrl's icon is: at lxqt-panel's right end, or a window inside trayer."""
        if self.panel is Panel.LXQT:
            width, height = (int(each) for each in self._size.split("x"))
            return Window("", width - _PANEL_HEIGHT, height - _PANEL_HEIGHT, *[_PANEL_HEIGHT] * 2)
        small = until(
            lambda: [w for w in self.windows("Call Ctrl") if w.height <= _PANEL_HEIGHT], "an icon"
        )
        return small[0]

    def picture(self, area: Window) -> Picture:
        """What a part of the screen shows now."""
        command = ["import", "-silent", "-window", "root", "-crop", area.geometry]
        return Picture(area.width, area.height, self._output(*command, "-depth", "8", "rgb:-"))

    def save_picture(self, file: Path, area: Window | None = None) -> None:
        """Keep the screen, or a part of it, as a PNG."""
        crop = [] if area is None else ["-crop", area.geometry, "+repage"]
        file.write_bytes(self._output("import", "-silent", "-window", "root", *crop, "png:-"))

    @property
    def bus(self) -> Bus:
        """The session bus."""
        assert self._bus is not None
        return self._bus

    # The password store

    def kept_password(self, service: str, user: str) -> str:
        """What the password store holds, read by a program that is not ours."""
        return self.run("secret-tool", "lookup", "service", service, "username", user)

    def lock_passwords(self) -> None:
        """Lock the password store, as it is where nobody typed a password to log in."""
        self.bus.call(_SECRETS, "Lock", "ao", ["/org/freedesktop/secrets/collection/login"])

    # Its parts

    def _open(self) -> None:
        home, run = self.folder / "home", self.folder / "run"
        for folder in (home / ".config", home / ".cache", home / ".local" / "share"):
            folder.mkdir(parents=True, exist_ok=True)
        run.mkdir(mode=0o700, exist_ok=True)
        self._give_away()
        self.env = {
            "PATH": self.place.path,
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_RUNTIME_DIR": str(run),
            "PYTHONDONTWRITEBYTECODE": "1",
            _MARK: self.folder.name + os.urandom(8).hex(),
        }
        if self.is_dark:  # told in KDE's way, the only one that needs no service
            (home / ".config" / "kdeglobals").write_text(_DARK)
            self.env |= {"XDG_CURRENT_DESKTOP": "KDE", "KDE_SESSION_VERSION": "5"}
        screen = ["-screen", "0", f"{self._size}x24", "-nolisten", "tcp", "-noreset"]
        self.env["DISPLAY"] = ":" + self._start_told("Xvfb", *screen, tell="-displayfd {}")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._start_told(
            "dbus-daemon", "--session", "--nofork", "--nopidfile", tell="--print-address={}"
        )
        self._bus = Bus(self._seen_from_here(self.env["DBUS_SESSION_BUS_ADDRESS"]))
        self.start(*self.place.window_manager)
        keyring = self.start(
            "gnome-keyring-daemon",
            "--foreground",
            "--unlock",
            "--components=secrets",
            stdin=subprocess.PIPE,
        )
        assert keyring.stdin is not None
        with keyring.stdin as stdin:
            stdin.write(KEYRING_PASSWORD.encode())
        until(self._has_window_manager, "a window manager")
        # At the first key the server tells everybody of a new keyboard, and openbox lets go of its
        # own keys for a moment. That one must not be a key that matters.
        self.keys("Shift_L")
        self.start_panel(self.panel)
        until(lambda: self.bus.has_owner(_SECRETS.name), "gnome-keyring-daemon")

    def _output(self, *command: str, given: str = "") -> bytes:
        """Run a tool to its end; what it printed, or an error where it failed."""
        done = subprocess.run(
            [*self.place.enter, *command],
            env=self.env,
            input=given.encode(),
            capture_output=True,
            timeout=30,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace")
            raise RuntimeError(f"{command[0]} failed: {said}")
        return done.stdout

    def _give_away(self) -> None:
        """Let the user who runs all this own what was made for them."""
        user = self.place.user
        if user is not None:
            for each in (self.folder, *self.folder.rglob("*")):
                os.chown(each, user, user, follow_symlinks=False)

    def _seen_from_here(self, address: str) -> str:
        """The address of a bus, whose socket may lie inside another root."""
        return address.replace("unix:path=/", f"unix:path={self.place.root}/".replace("//", "/"))

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
            raise RuntimeError(f"{command[0]} did not start ({process.poll()}), see {self.log}")
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
        left = list(self.processes()) if _MARK in self.env else []
        for folder in left:  # what the bus started for us
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(folder.name), signal.SIGKILL)

    def _has_window_manager(self) -> bool:
        return "window id" in self.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")

    def _has_notifier_host(self) -> bool:
        if not self.bus.has_owner(WATCHER.name):
            return False
        return bool(self.bus.property(WATCHER, "IsStatusNotifierHostRegistered"))

    def _tree(self) -> str:
        """All windows there are, shown or not, as xwininfo lists them."""

        def look() -> str | None:
            try:
                return self.run("xwininfo", "-root", "-tree")
            except RuntimeError:  # one of them went while it was listed
                return None

        return until(look, "a list of all windows")

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


WATCHER = Thing(
    "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"
)
"""Where tray icons are announced by D-Bus."""

_SECRETS = Thing(
    "org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"
)

_PANEL_HEIGHT = 32

# A colour as Qt's settings have it: red, green and blue, two bytes each.
_PANEL = r"\xee\xee\xf0\xf0\xf2\xf2"
_DARK_PANEL = r"\x26\x26\x28\x28\x2d\x2d"

_LXQT = """\
panels=panel1
[panel1]
plugins=taskbar,statusnotifier
position=Bottom
panelSize=32
background-color=@Variant(\\0\\0\\0\\x43\\x1\\xff\\xff%s\\0\\0)
opacity=100
[taskbar]
type=taskbar
alignment=Left
[statusnotifier]
type=statusnotifier
alignment=Right
"""

_TRAYER = [
    *("--edge", "bottom", "--align", "right", "--widthtype", "request"),
    *("--heighttype", "pixel", "--height", str(_PANEL_HEIGHT), "--expand", "true"),
    *("--transparent", "true", "--alpha", "0", "--SetPartialStrut", "true"),
]

_DARK = """\
[General]
ColorScheme=Dark
[Colors:Window]
BackgroundNormal=32,35,38
ForegroundNormal=252,252,252
[Colors:View]
BackgroundNormal=20,22,24
ForegroundNormal=252,252,252
[Colors:Button]
BackgroundNormal=41,44,48
ForegroundNormal=252,252,252
[Colors:Selection]
BackgroundNormal=61,174,233
ForegroundNormal=252,252,252
[Colors:Tooltip]
BackgroundNormal=41,44,48
ForegroundNormal=252,252,252
"""
