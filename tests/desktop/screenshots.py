"""Makes the pictures of the documentation: `python -m tests.desktop.screenshots DIR [LOOK…]`.

LOOK is light, dark or light-1.5x; all of them unless named. What is pictured is the program as it
runs on a real desktop, in Inter where that typeface is installed (fonts-inter), and made small by
pngquant where that is. For addresses as in an office, give it a network of its own:

    unshare -rn sh -c 'ip link set lo up; ip addr add 192.168.1.10/24 dev lo
                       exec .venv/bin/python -m tests.desktop.screenshots docs/screenshots'
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket

from callctrl.calls import Direction
from callctrl.people import Number, NumberKind, Person
from callctrl.store.history import Record
from callctrl.store.records import Outcome
from tests.desktop.accessible import Screen
from tests.desktop.desktop import Desktop, Panel, Window, missing_tool, until
from tests.desktop.programs import FIELD, CallCtrl, PhoneSystem, furnish, ready, set_up

_PASSWORD = "make-believe"
_WIZARD = "Settings Wizard — Call Ctrl"
_PREFERENCES = "Preferences — Call Ctrl"


_PERSON = "Change a person — Call Ctrl"
_CHOOSING = "Import people from a file"
_IMPORT = "Import people — Call Ctrl"
_WINDOW = "Call Ctrl"
_URGENT = 62.0
"""Seconds after which a held call is shown as urgent, and a little more."""
_ROOM = 12
"""Pixels of the screen around a window that is shown on it."""
_FRAME = 24
"""Pixels of the window's frame above it, and a little more."""

_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <alias binding="same"><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
</fontconfig>
"""

_PEOPLE = (
    Person(
        "Anna Lee",
        (Number("555 1234"), Number("555 9876", NumberKind.MOBILE)),
        "Lee & Daughters",
        note="Prefers to be called back before noon",
        favourite=1,
    ),
    Person("Andreas Höfer", (Number("214", NumberKind.EXTENSION),), "Accounts", favourite=2),
    Person(
        "Ana Pérez",
        (Number("231", NumberKind.EXTENSION), Number("+1 646 555 0132", NumberKind.MOBILE)),
        "Dispatch",
        "ana@example.com",
        favourite=3,
    ),
    Person("Bäckerei Öztürk", (Number("555 0199"),)),
    Person("Northwind Traders", (Number("+1 212 555 0188"),)),
    Person("Dr. Maria da Silva", (Number("555 7788"),), "Practice on the Square", favourite=4),
)

_COLLEAGUES = (
    Person("Andreas Höfer", (Number("1002", NumberKind.EXTENSION),), "Accounts", favourite=1),
    Person(
        "Birgit Sommer",
        (Number("1003", NumberKind.EXTENSION), Number("+1 646 555 0132", NumberKind.MOBILE)),
        "Dispatch",
        favourite=2,
    ),
    Person("Chen Wei", (Number("1004", NumberKind.EXTENSION),), "Sales", favourite=3),
    Person("Elena Petrova", (Number("1006", NumberKind.EXTENSION),), "Sales"),
    Person("Hugo Lindqvist", (Number("1009", NumberKind.EXTENSION),), "Management"),
    Person("Jonas Weber", (Number("1011", NumberKind.EXTENSION),), "Workshop"),
    Person("Meeting room", (Number("1090", NumberKind.EXTENSION),)),
    Person("Anna Lee", (Number("555 1234"),), "Lee & Daughters"),
    Person("Andrea Baker", (Number("555 4141"),), "Baker & Sons"),
)
"""Who works in the office of a SIP PBX; nobody there has the meeting room's extension."""

_TABLE = """\
Name,Company,Business Phone,Mobile Phone,E-mail
John Park,Park Stationery,555 2020,+1 646 555 0144,john@example.com
Sofia Rossi,Rossi Catering,555 3131,,sofia@example.com
Emma Nowak,,,+1 646 555 0161,
Front door,,299,,
"""


def _calls(now: datetime) -> list[Record]:
    """A morning's calls, the oldest first."""

    def call(
        id_: int,
        minutes: int,
        lasted: int,
        way: Direction,
        outcome: Outcome,
        number: str,
        name: str = "",
        note: str = "",
    ) -> Record:
        began = now - timedelta(minutes=minutes)
        answered = began + timedelta(seconds=6) if lasted else None
        ended = began + timedelta(seconds=6 + lasted)
        return Record(
            id_,
            began,
            answered,
            ended,
            way,
            outcome,
            number,
            name,
            1,
            note,
            looked_at=outcome is not Outcome.MISSED,
        )

    came, went = Direction.INCOMING, Direction.OUTGOING
    return [
        call(1, 1500, 312, came, Outcome.ANSWERED, "5557788", note="Appointment moved to the 3rd"),
        call(2, 1460, 48, went, Outcome.PLACED, "214"),
        call(3, 95, 127, came, Outcome.ANSWERED, "5551234", "Anna Lee", "Asked for the invoice"),
        call(4, 62, 0, came, Outcome.REJECTED, "6465550147"),
        call(5, 41, 0, came, Outcome.MISSED, "+12125550188", "Northwind Traders"),
        call(6, 26, 0, went, Outcome.NO_ANSWER, "231"),
        call(7, 12, 75, came, Outcome.ANSWERED, "5550199", "Bäckerei Öztürk"),
        call(8, 4, 0, came, Outcome.MISSED, "5557788"),
    ]


_NO_DATES = ("-strip", "-define", "png:exclude-chunk=date,time")
"""What shows the same is the same file."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the desktop is set up, and what of it is kept; nothing named means all."""

    name: str
    dark: bool = False
    scale: float = 1.0
    kept: frozenset[str] = frozenset()


_SOME = frozenset(
    {
        "window-ringing",
        "window-two-calls",
        "window-search",
        "window-history",
        "preferences-dial-plan",
        "preferences-this-pc",
        "preferences-keys",
        "wizard-names",
        "wizard-test-failed",
        "wizard-sip",
        "abilities",
        "colleagues",
        "lamps-search",
        "incoming-bystander",
        "messages",
        "unknown-since",
        "refusal",
    }
)
LOOKS = (
    Look("light"),
    Look("dark", dark=True, kept=_SOME),
    Look("light-1.5x", scale=1.5, kept=_SOME),
)


class Tour:
    """One walk through the program, with a camera."""

    def __init__(self, folder: Path, look: Look) -> None:
        self._folder = folder
        self._look = look
        self._host = "192.168.1.10"
        with socket() as probe:
            try:
                probe.bind((self._host, 0))
            except OSError:
                self._host = "127.0.0.1"

    def go(self) -> None:
        """Take all pictures of one look."""
        for walk in (self._wizard, self._windows, self._refusal, self._bystander):
            with self._desktop(Panel.LXQT) as desktop:
                walk(desktop)
        if self._look.scale == 1:
            for panel in (Panel.LXQT, Panel.TRAYER):
                with self._desktop(panel) as desktop:
                    self._tray(desktop)

    @contextmanager
    def _desktop(self, panel: Panel) -> Iterator[Desktop]:
        """A desktop below a folder whose name may be seen."""
        size = "1920x1200" if self._look.scale > 1 else "1280x800"
        folder = Path(tempfile.gettempdir(), "call-ctrl")
        folder.mkdir()
        try:
            with Desktop(folder, panel, dark=self._look.dark, size=size) as desktop:
                _dress(desktop, size, dark=self._look.dark)
                desktop.env["QT_SCALE_FACTOR"] = f"{self._look.scale:g}"
                yield desktop
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _phone_system(self, desktop: Desktop, *options: str) -> PhoneSystem:
        return PhoneSystem(
            desktop, _PASSWORD, f"--bind={self._host}", "--port=6060", "--expires=6", *options
        )

    def _wizard(self, desktop: Desktop) -> None:
        http_port = 8080 if self._host.startswith("127.") else 80
        phone_system = self._phone_system(desktop, f"--http-port={http_port}")
        screen = CallCtrl(desktop, desktop.folder / "profile").screen
        screen.wait_for_focus(_WIZARD, "Linksys or Cisco SPA9000")
        self._take(desktop, _WIZARD, "wizard-kind")
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "SPA9000's address")
        desktop.type(phone_system.web_address("SPA9000").removesuffix(":80"))
        desktop.keys("Tab")
        desktop.type(phone_system.web_address("SPA942"))
        desktop.keys("Return")
        screen.wait_for(_WIZARD, "Station name FrontDesk read")
        self._take(desktop, _WIZARD, "wizard-address")
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "Test the connection")
        desktop.keys("alt+p")
        desktop.type("RECEPTION")
        desktop.keys("alt+w", "End")
        self._take(desktop, _WIZARD, "wizard-names")
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "Finish")
        self._take(desktop, _WIZARD, "wizard-test")
        phone_system.say("password another")
        desktop.keys("alt+b")
        screen.wait_for(_WIZARD, "Test the connection")
        desktop.keys("alt+t")
        screen.wait_for_focus(_WIZARD, "Test again")
        self._take(desktop, _WIZARD, "wizard-test-failed")

    def _windows(self, desktop: Desktop) -> None:
        """The main window through a busy quarter of an hour."""
        phone_system = self._phone_system(desktop)
        profile = desktop.folder / "profile"
        furnish(profile, _PEOPLE, _calls(datetime.now(UTC)))
        screen = ready(desktop, profile, phone_system, _PASSWORD).screen
        self._move(desktop)
        screen.wait_for(_WINDOW, "Andreas Höfer")
        self._take(desktop, _WINDOW, "window-ready")

        phone_system.say('ring 5551234 "Anna Lee"')
        screen.wait_for(_WINDOW, "Anna Lee, Ringing")
        self._take(desktop, _WINDOW, "window-ringing", beside="Incoming call")
        desktop.keys("Return")
        screen.wait_for(_WINDOW, "Anna Lee, Talking")
        desktop.keys("F4")
        screen.wait_for_focus(_WINDOW, "Note on this call")
        desktop.type("Delivery on Friday, not Thursday")
        desktop.keys("F3")
        screen.wait_for_focus(_WINDOW, FIELD)
        self._take(desktop, _WINDOW, "window-on-a-call")
        desktop.keys("F7")
        screen.wait_for(_WINDOW, "Anna Lee, On hold")
        held_at = time.monotonic()
        phone_system.say('ring +12125550188 "Northwind Traders"')
        screen.wait_for(_WINDOW, "Northwind Traders, Ringing")
        desktop.keys("Return")
        screen.wait_for(_WINDOW, "Northwind Traders, Talking")
        self._take(desktop, _WINDOW, "window-two-calls")
        self._strip(desktop, screen)
        if self._wants("window-held-urgent"):
            until(lambda: time.monotonic() - held_at > _URGENT, "a minute on hold", within=90)
            self._take(desktop, _WINDOW, "window-held-urgent")
        desktop.keys("F8")
        until(lambda: "Northwind Traders" not in screen.names(_WINDOW), "one call only")
        desktop.keys("F7")
        screen.wait_for(_WINDOW, "Anna Lee, Talking")
        desktop.keys("F8")
        screen.wait_for(_WINDOW, "Ready")

        desktop.type("ana")
        screen.wait_for(_WINDOW, "Ana Pérez")
        self._take(desktop, _WINDOW, "window-search")
        desktop.keys("ctrl+e")
        screen.wait_for_focus(_PERSON, "Name")
        self._take(desktop, _PERSON, "person")
        desktop.keys("Escape", "Escape")
        phone_system.say('ring 5550199 "Bäckerei Öztürk"')
        screen.wait_for(_WINDOW, "Bäckerei Öztürk, Ringing")
        desktop.keys("F5", "a", "n")
        screen.wait_for(_WINDOW, "Andreas Höfer")
        self._take(desktop, _WINDOW, "window-divert")
        desktop.keys("Escape", "Escape", "F8")
        screen.wait_for(_WINDOW, "Ready")
        desktop.keys("ctrl+3")
        screen.wait_for(_WINDOW, "Anna Lee")
        self._take(desktop, _WINDOW, "window-favourites")
        desktop.keys("ctrl+2")
        screen.wait_for(_WINDOW, "Dr. Maria da Silva")
        self._take(desktop, _WINDOW, "window-history")
        desktop.keys("ctrl+1")

        self._boxes(desktop, screen)
        phone_system.quit()
        screen.wait_for(_WINDOW, "No connection")
        self._take(desktop, _WINDOW, "window-trouble")

    def _strip(self, desktop: Desktop, screen: Screen) -> None:
        """The window at the screen's edge, and back."""
        desktop.keys("alt+v", "s")
        screen.wait_for_focus(_WINDOW, FIELD)
        self._take(desktop, _WINDOW, "strip")
        desktop.keys("alt+v", "s")
        screen.wait_for_focus(_WINDOW, FIELD)

    def _boxes(self, desktop: Desktop, screen: Screen) -> None:
        """What the menus open."""
        file = desktop.folder / "people.csv"
        file.write_text(_TABLE, "utf-8")
        desktop.keys("alt+e", "i")
        screen.wait_for(_CHOOSING, "Look in:")
        desktop.type(str(file))
        desktop.keys("Return")
        screen.wait_for(_IMPORT, "Import people")
        self._take(desktop, _IMPORT, "import")
        desktop.keys("Escape")
        screen.wait_for_focus(_WINDOW, FIELD)
        desktop.keys("alt+e", "p")
        screen.wait_for_focus(_PREFERENCES, "Show a card")
        self._take(desktop, _PREFERENCES, "preferences-calls")
        desktop.keys("alt+p", "alt+u")
        screen.wait_for_focus(_PREFERENCES, "not said")
        desktop.type("United")
        desktop.keys("Down", "Down")
        screen.wait_for_focus(_PREFERENCES, "United States")
        desktop.keys("alt+a")
        screen.wait_for_focus(_PREFERENCES, "Area code")
        desktop.type("212")
        desktop.keys("alt+o")
        screen.wait_for_focus(_PREFERENCES, "Outside line")
        desktop.type("9")
        desktop.keys("alt+e")
        screen.wait_for_focus(_PREFERENCES, "Enable Dial Plan")
        self._take(desktop, _PREFERENCES, "preferences-dial-plan")
        desktop.keys("alt+h")
        screen.wait_for(_PREFERENCES, "Start when I log in")
        self._take(desktop, _PREFERENCES, "preferences-this-pc")
        desktop.keys("alt+y")
        screen.wait_for(_PREFERENCES, "Answer, hold and hang up")
        self._take(desktop, _PREFERENCES, "preferences-keys")
        desktop.keys("Escape")
        screen.wait_for_focus(_WINDOW, FIELD)
        desktop.keys("F1")
        screen.wait_for("Keys — Call Ctrl", "Keys")
        self._take(desktop, "Keys — Call Ctrl", "keys")
        desktop.keys("Escape")
        screen.wait_for_focus(_WINDOW, FIELD)
        desktop.keys("alt+h", "a")
        screen.wait_for("About Call Ctrl", "Version")
        self._take(desktop, "About Call Ctrl", "about")
        desktop.keys("Escape")
        screen.wait_for_focus(_WINDOW, FIELD)

    def _move(self, desktop: Desktop) -> None:
        """Put the window where it will stand beside the card."""
        window = desktop.window(_WINDOW)
        x = str(round(380 * self._look.scale))
        desktop.run("xdotool", "windowmove", window.id, x, str(_FRAME))
        until(lambda: desktop.window(_WINDOW) != window, "the window moved")

    def _refusal(self, desktop: Desktop) -> None:
        phone_system = self._phone_system(desktop)
        profile = desktop.folder / "profile"
        set_up(desktop, profile, phone_system, "wrong", "--save-anyway")
        program = CallCtrl(desktop, profile, "--minimized")
        program.screen.wait_for_focus("Call Ctrl", "Close Call Ctrl")
        self._take(desktop, "Call Ctrl", "refusal")

    def _bystander(self, desktop: Desktop) -> None:
        """Any SIP phone system: set up, and what is seen of it."""
        phone_system = PhoneSystem(
            desktop, _PASSWORD, "--kind=sip", f"--bind={self._host}", "--port=5060"
        )
        for line in ("callers on", "holds on"):
            phone_system.say(line)
        profile = desktop.folder / "profile"
        furnish(profile, _COLLEAGUES)
        screen = CallCtrl(desktop, profile).screen
        screen.wait_for_focus(_WIZARD, "Linksys or Cisco SPA9000")
        desktop.keys("Down", "Return")
        screen.wait_for_focus(_WIZARD, "Server's address")
        desktop.type(phone_system.host)
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "User name")
        desktop.type("callctrl")
        desktop.keys("Tab")
        desktop.type("1001")
        desktop.keys("Tab")
        desktop.type(_PASSWORD)
        self._take(desktop, _WIZARD, "wizard-sip")
        desktop.keys("Return")
        screen.wait_for_focus(_WIZARD, "Finish")
        self._take(desktop, _WIZARD, "abilities")
        desktop.keys("Return")
        screen.wait_for(_WINDOW, "Ready")
        screen.wait_for_focus(_WINDOW, FIELD)
        self._move(desktop)

        for line in (
            "dial 1002 5550123",
            "busy 1003 5557788",
            "hold 1003",
            "ring 1006 5550199",
            "off 1011",
        ):
            phone_system.say(line)
        desktop.keys("ctrl+4")
        for words in (
            "Andreas Höfer, on a call",
            "Birgit Sommer, on hold",
            "Chen Wei, free",
            "Elena Petrova, rings",
            "Jonas Weber, away",
            "Meeting room, unknown since",
        ):
            screen.wait_for(_WINDOW, words)
        self._take(desktop, _WINDOW, "colleagues")
        desktop.keys("ctrl+1")
        desktop.type("an")
        screen.wait_for(_WINDOW, "Andrea Baker")
        self._take(desktop, _WINDOW, "lamps-search")
        desktop.keys("Escape")
        phone_system.say('ring 1001 5551234 "Anna Lee"')
        screen.wait_for(_WINDOW, "Anna Lee, Ringing")
        self._take(desktop, _WINDOW, "incoming-bystander", beside="Incoming call")
        phone_system.say("give-up 5551234")
        phone_system.say("messages 1001 2 1")
        screen.wait_for(_WINDOW, "2 new messages")
        screen.wait_for(_WINDOW, "Ready")
        self._take(desktop, _WINDOW, "messages")
        desktop.keys("ctrl+4")
        phone_system.quit()
        screen.wait_for(_WINDOW, "No connection")
        screen.wait_for(_WINDOW, "Chen Wei, unknown since")
        self._take(desktop, _WINDOW, "unknown-since")

    def _tray(self, desktop: Desktop) -> None:
        """The six states side by side, the last of them with a missed call."""
        phone_system = self._phone_system(desktop)
        profile = desktop.folder / "profile"
        set_up(desktop, profile, phone_system, _PASSWORD)
        phone_system.say("silence on")
        screen = CallCtrl(desktop, profile).screen
        states: list[str] = []
        for command, words, is_kept in (
            ("", "Connecting", True),
            ("silence off", "Ready", True),
            ('ring 5551234 "Anna Lee"', "Ringing", True),
            ("answer", "On a call", True),
            ("hold", "On hold", True),
            ("hangup", "Ready", False),
            ("ring 5552345", "Ringing", False),
            ("give-up 5552345", "1 missed", True),
            ("quit", "No connection", True),
        ):
            phone_system.say(command)
            screen.wait_for("Call Ctrl", words)
            if not is_kept:
                continue
            file = desktop.folder / f"{len(states)}.png"
            settle(desktop, desktop.tray)
            desktop.save_picture(file, desktop.tray)
            states.append(str(file))
        room = []
        if desktop.panel is Panel.TRAYER:  # which leaves none around an icon
            room = ["-bordercolor", "#26282d" if self._look.dark else "#eef0f2", "-border", "5x1"]
        file = self._folder / f"tray-{desktop.panel.value}-{self._look.name}.png"
        desktop.run("convert", *states, *room, "+append", *_NO_DATES, str(file))

    def _wants(self, name: str) -> bool:
        return not self._look.kept or name in self._look.kept

    def _take(self, desktop: Desktop, title: str, name: str, *, beside: str = "") -> None:
        """Keep what a window shows, once it has come to rest; on the screen, beside another."""
        if not self._wants(name):
            return

        def area() -> Window:
            window = desktop.window(title)
            return _round(window, *desktop.windows(beside)) if beside else window

        settle(desktop, area())
        file = self._folder / f"{name}-{self._look.name}.png"
        desktop.save_picture(file, area())
        edge = [] if beside else ["-bordercolor", "#b9bec7", "-border", "1"]
        desktop.run("convert", str(file), *edge, *_NO_DATES, str(file))
        _quantise(desktop, file)


def _round(*windows: Window) -> Window:
    """The part of the screen that holds them, with some of what is around."""
    left = min(each.x for each in windows) - _ROOM
    top = min(each.y for each in windows) - _FRAME - _ROOM
    right = max(each.x + each.width for each in windows) + _ROOM
    bottom = max(each.y + each.height for each in windows) + _ROOM
    return Window("", max(0, left), max(0, top), right - max(0, left), bottom - max(0, top))


def _quantise(desktop: Desktop, file: Path) -> None:
    """Make the file small; the eye sees no difference."""
    if shutil.which("pngquant"):
        desktop.run(
            "pngquant", "--force", "--strip", "--nofs", "--output", str(file), "64", str(file)
        )
    else:
        desktop.run("convert", str(file), "+dither", "-colors", "256", *_NO_DATES, f"PNG8:{file}")


def settle(desktop: Desktop, area: Window) -> None:
    """Wait until nothing moves; a caret that blinks may."""
    shown: list[bytes] = []

    def is_still() -> bool:
        shown.append(desktop.picture(area).pixels)
        return len(shown) > 2 and shown[-1] == shown[-2] == shown[-3]

    until(is_still, "the screen at rest")


def _dress(desktop: Desktop, size: str, *, dark: bool) -> None:
    """A quiet background, and a typeface made for screens where it is installed."""
    fonts = desktop.folder / "home" / ".config" / "fontconfig"
    fonts.mkdir()
    (fonts / "fonts.conf").write_text(_FONTS)
    colour = "#1c2027" if dark else "#d5dbe3"
    # It paints, and then says that it failed.
    desktop.start("display", "-window", "root", "-size", size, f"xc:{colour}").wait(20)


def main() -> None:
    """The command line."""
    if missing := missing_tool():
        sys.exit(f"needs {missing}")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, *names = Path(sys.argv[1]), *sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    for look in LOOKS:
        if not names or look.name in names:
            Tour(folder, look).go()


if __name__ == "__main__":
    main()
