"""Whether the bundle works on Windows: asked, played, and used for a call, like a user would.

    python -m installer.windows.check.frozen DIR

DIR is the bundle. It takes a profile of its own, but keeps a password in this user's store for a
moment. On Windows, or the Python for Windows under wine.
"""

from __future__ import annotations

import argparse
import json
import locale
import queue
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from callctrl import PRODUCT, __version__
from installer.windows.check.report import Report

__all__ = ["ALL_WELL", "check"]

ALL_WELL = "The bundle works."

_ENDS_WITHIN = 120.0
_PASSWORD = "4321"  # noqa: S105 - the simulator's own
_NO_PROGRAM = 3
_CALLER = "Anna Lee"
_STORY = ("REGISTER with credentials", "SUBSCRIBE", "NOTIFY", "Bäckerei-Öztürk", "Stopped.")
"""What is told while the story plays, in this order."""


def main() -> int:
    """Look at the bundle in the folder named; the exit code."""
    parser = argparse.ArgumentParser(description="Try a bundle on Windows.")
    parser.add_argument("bundle", type=Path, metavar="DIR")
    bundle: Path = parser.parse_args().bundle.absolute()
    if sys.platform == "win32":
        failures = check(bundle)
        print(f"{failures} not as it should be" if failures else ALL_WELL, flush=True)
        return 1 if failures else 0
    print("It runs on Windows, or by `make windows-check` under wine.", file=sys.stderr)
    return 2


def check(bundle: Path) -> int:
    """Look at a bundle, telling of each thing; how many were not as they should be."""
    with tempfile.TemporaryDirectory(prefix="callctrl ü ") as folder:
        bundled = _Bundled(bundle, Path(folder, "profile"))
        for part in (bundled.look, bundled.play, bundled.work):
            try:
                part()
            except (OSError, subprocess.TimeoutExpired) as error:
                bundled.report.expect(f"it gets on with it: {error}", is_so=False)
        return bundled.report.failures


class _Bundled:
    """A bundle, and the profile it works with."""

    def __init__(self, bundle: Path, profile: Path) -> None:
        self.report = Report()
        self._console = bundle / "callctrl.exe"
        self._windowed = bundle / f"{PRODUCT}.exe"
        self._profile = profile

    # Parts

    def look(self) -> None:
        """What it says of itself."""
        expect = self.report.expect
        print("The bundle", flush=True)
        for program in (self._console, self._windowed):
            expect(f"{program.name} is there", program.is_file())
            found = _version_of(program)
            expect("its version resource names the version", found == __version__, found)
        done = self._run("--version")
        expect("it tells its version", done.stdout.split()[-1:] == [__version__], done.stdout)
        done = self._run("dial")
        is_so = done.returncode == 2 and "usage:" in done.stderr
        expect("it explains a wrong usage", is_so, done)
        done = self._run("self-test", "--keyring")
        result = json.loads(done.stdout)
        expect("it is frozen", result["frozen"] is True)
        for part in result["checks"]:
            expect(f"self-test: {part['name']}", part["ok"], part["detail"])
        expect("self-test passes", done.returncode == 0 and result["ok"] is True, done.returncode)
        file = self._profile.with_name("self-test.json")
        code = self._start(self._windowed, "self-test", "--json-file", file).wait(_ENDS_WITHIN)
        is_so = code == 0 and json.loads(file.read_text("utf-8"))["ok"] is True
        expect("and for the program without a console", is_so, code)

    def play(self) -> None:
        """The demo, with and without a screen."""
        print("The demo", flush=True)
        done = self._run("demo", "--headless")
        rest = done.stdout
        for words in _STORY:
            _, found, rest = rest.partition(words)
            self.report.expect(f"headless, it comes to: {words}", bool(found), done.stdout[-500:])
        self.report.expect("it ends well", done.returncode == 0, done)
        program = self._start(self._windowed, "demo")
        is_seen = lambda: bool(_windows_of(program.pid))  # noqa: E731
        if self.report.wait("with a screen, it shows a window", is_seen):
            time.sleep(5)
            self.report.expect("and goes on", program.poll() is None, program.poll())
            for window in _windows_of(program.pid):
                _close(window)
        self._ends(program, "it ends with its window")

    def work(self) -> None:
        """Set up, a call, and the end, against the simulator."""
        expect, wait = self.report.expect, self.report.wait
        print("At work", flush=True)
        phone = _Simulator(self._console)
        try:
            port = phone.hear("SPA9000 at 127.0.0.1:").partition(",")[0]
            setup = ("setup", "--pbx", f"127.0.0.1:{port}", "--extension", "200")
            place = ("--station", "Reception", "--local-port", "0", "--password-stdin")
            done = self._ask(*setup, *place, said=f"{_PASSWORD}\n")
            expect("it is set up without a screen", done.returncode == 0, done)
            kept = (self._profile / "settings.toml").read_text("utf-8")
            expect("no password is in the settings", _PASSWORD not in kept, kept)

            expect("no program answers yet", self._ask("status").returncode == _NO_PROGRAM)
            program = self._start(self._windowed, "--profile", self._profile, "--minimized")
            is_ready = lambda: "under control" in self._ask("status").stdout  # noqa: E731
            if not wait("it gets the phone under control", is_ready):
                print(self._ask("status"))
            expect("it waits without a window", not _windows_of(program.pid))
            expect("it has an icon in the tray", _has_tray_icon(program.pid))

            second = self._start(self._windowed, "--profile", self._profile)
            code = second.wait(_ENDS_WITHIN)
            expect("a second start hands over", code == 0, code)
            wait("and the window comes", lambda: bool(_windows_of(program.pid)))

            before = len(_windows_of(program.pid))
            phone.say(f'ring 5551234 "{_CALLER}"')
            wait("a call rings", lambda: _CALLER in self._ask("calls").stdout)
            wait("a card comes up", lambda: len(_windows_of(program.pid)) > before)
            done = self._ask("answer")
            expect("the phone takes it", done.returncode == 0, done)
            wait("it is talked on", lambda: "connected" in self._ask("calls").stdout)
            done = self._ask("hangup")
            expect("it is ended", done.returncode == 0, done)

            done = self._ask("quit")
            expect("it is told to end", done.returncode == 0, done)
            self._ends(program, "it does")
            expect("the phone was let go of", bool(phone.hear("unregistered")))
        finally:
            phone.end()

    # What is done

    def _run(
        self, *arguments: str | Path, said: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        # By files: a service that wine starts meanwhile holds the ends of our pipes.
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as complained:
            done = subprocess.run(  # noqa: S603
                [self._console, *arguments],
                input=None if said is None else said.encode(),
                stdin=subprocess.DEVNULL if said is None else None,
                stdout=told,
                stderr=complained,
                timeout=_ENDS_WITHIN,
                check=False,
            )
            texts = []
            for file in (told, complained):
                file.seek(0)
                texts.append(file.read().decode(locale.getencoding(), "replace"))
        return subprocess.CompletedProcess(arguments, done.returncode, *texts)

    def _ask(self, order: str, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        return self._run(order, "--profile", self._profile, *arguments, said=said)

    def _start(self, program: Path, *arguments: str | Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            [program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def _ends(self, program: subprocess.Popen[bytes], what: str) -> None:
        try:
            code: int | None = program.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            program.kill()
            code = None
        self.report.expect(what, code == 0, code)


class _Simulator:
    """The simulated phone, by the same bundle."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [program, "simulate", "--port", "0", "--station", "Reception"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def hear(self, words: str) -> str:
        """What follows these words in the first line that has them; nothing if none comes."""
        ends_at = time.monotonic() + _ENDS_WITHIN
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, ends_at - time.monotonic()))
            except queue.Empty:
                return ""
            if words in line:
                return line.partition(words)[2]

    def say(self, command: str) -> None:
        """Drive it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(_ENDS_WITHIN)


# What Windows tells

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _user32 = ctypes.windll.user32
    _EnumProc = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
    _WM_CLOSE = 0x10

    def _all_windows_of(process: int) -> list[int]:
        found: list[int] = []

        def look(window: int, _: int) -> bool:
            owner = wintypes.DWORD()
            _user32.GetWindowThreadProcessId(window, ctypes.byref(owner))
            if owner.value == process:
                found.append(window)
            return True

        _user32.EnumWindows(_EnumProc(look), 0)
        return found

    def _windows_of(process: int) -> list[int]:
        """The process's windows that can be seen."""
        return [window for window in _all_windows_of(process) if _user32.IsWindowVisible(window)]

    def _has_tray_icon(process: int) -> bool:
        """Whether the process has the window by which Qt hears from its icon in the tray."""
        name = ctypes.create_unicode_buffer(256)
        for window in _all_windows_of(process):
            _user32.GetClassNameW(window, name, len(name))
            if "TrayIcon" in name.value:
                return True
        return False

    def _close(window: int) -> None:
        _user32.PostMessageW(window, _WM_CLOSE, 0, 0)

    def _version_of(program: Path) -> str:
        """The product's version in a program's version resource."""
        size = ctypes.windll.version.GetFileVersionInfoSizeW(str(program), None)
        data = ctypes.create_string_buffer(size)
        ctypes.windll.version.GetFileVersionInfoW(str(program), 0, size, data)
        found, length = ctypes.c_wchar_p(), wintypes.UINT()
        for table in ("040904B0", "000004B0", "040904E4"):
            query = rf"\StringFileInfo\{table}\ProductVersion"
            place = (ctypes.byref(found), ctypes.byref(length))
            if ctypes.windll.version.VerQueryValueW(data, query, *place):
                return found.value or ""
        return ""
else:

    def _windows_of(process: int) -> list[int]:
        raise NotImplementedError

    def _has_tray_icon(process: int) -> bool:
        raise NotImplementedError

    def _close(window: int) -> None:
        raise NotImplementedError

    def _version_of(program: Path) -> str:
        raise NotImplementedError


if __name__ == "__main__":
    sys.exit(main())
