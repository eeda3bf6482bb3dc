"""Installs, upgrades and uninstalls, and looks each time whether all is where it should be.

    python installer/windows/check/roundtrip.py --bundle DIR --setup FILE --older FILE
    python installer/windows/check/roundtrip.py --stand-in

`--setup` installs the bundle in DIR, and `--older` is an older one that has a file more: where
there is makensis, `--bundle DIR --make-older FILE` makes it, and does no more. With `--stand-in`
all is made here, of a small program that stands in for ours.

On Windows it changes this PC, and wants an administrator; elsewhere it runs a Windows of wine's.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Protocol

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from installer.windows.check.wine import Wine, WineError  # noqa: E402

__all__ = [
    "RoundTrip",
    "ThisWindows",
    "UnderWine",
    "Windows",
    "make_older",
    "make_setup",
    "version_of",
]

_OLDER_VERSION = "0.0.1"
_OLDER_FILE = "_internal/only in the older.txt"
_BUILD = HERE.parent / "build.py"
_POLICY_TOLD = HERE.parents[2] / "docs" / "policy.md"

_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
_UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Call Ctrl"
_LINK = r"Software\Classes\CallCtrl.Link"
_CAPABILITIES = r"Software\Call Ctrl\Capabilities"
_REGISTERED = r"Software\RegisteredApplications"
_SHELL_FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders"

_FILES_IN_USE, _WRONG_OPTION, _NEWER_INSTALLED = 3, 6, 7
_NOT_RUNNING = 3
_INSTALLS_WITHIN = 300.0
_STARTS_WITHIN = 60.0
_TRIES = 3

_PASSWORD = "callctrl:200@192.0.2.1:5060"  # noqa: S105 - what its entry in the store is called
_OTHERS_PASSWORD = "somebody else's"  # noqa: S105

Key = dict[str, str | int]
"""The values of a registry key by their names; the unnamed one is ""."""


class Windows(Protocol):
    """Where programs of Windows run. A command is a line as `cmd` has it in a batch file."""

    def call(self, command: str, *, timeout: float) -> int:
        """Run a program to its end; its exit code. Raises subprocess.TimeoutExpired."""

    def start(self, command: str) -> None:
        """Start a program, and leave it running."""

    def path(self, name: str) -> Path:
        """How a file of Windows is reached from here."""


class ThisWindows:
    """The Windows that runs this."""

    def call(self, command: str, *, timeout: float) -> int:
        """Run a program to its end."""
        return subprocess.run(  # noqa: S603
            command, timeout=timeout, check=False, stdin=subprocess.DEVNULL
        ).returncode

    def start(self, command: str) -> None:
        """Start a program."""
        subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603

    def path(self, name: str) -> Path:
        """The file itself."""
        return Path(name)


class UnderWine:
    """A Windows of wine's, which is up."""

    def __init__(self, wine: Wine) -> None:
        """`wine` is running as long as this is used."""
        self._wine = wine

    def call(self, command: str, *, timeout: float) -> int:
        """Run a program to its end, by a batch file.

        Raises WineError where it takes longer, or `cmd` does not get to it.

        wine would put quotes of its own around words, which setup's /D= cannot have; and its `cmd`
        waits for a program without a console only where that is redirected.
        """
        told = self._wine.drive / "call-code.txt"
        told.unlink(missing_ok=True)
        lines = (
            "@echo off",
            f"{command} > NUL 2>&1 < NUL",
            r"> C:\call-code.txt echo %ERRORLEVEL%",
            "",
        )
        batch = "\r\n".join(lines).encode("cp437")  # as `cmd` reads it
        (self._wine.drive / "call.bat").write_bytes(batch)
        for _ in range(_TRIES):
            # On a busy machine `cmd` ends with 1 now and then, and has done nothing.
            self._wine.run(r"C:\call.bat", timeout=timeout, quiet=True, silent=True)
            if told.is_file():
                return int(told.read_text())
        raise WineError(f"`cmd` does not get to {command}")

    def start(self, command: str) -> None:
        """Start a program."""
        self.call(f'start "" {command}', timeout=_STARTS_WITHIN)

    def path(self, name: str) -> Path:
        """The file below the folder that is the drive C:."""
        return self._wine.drive / Path(*PureWindowsPath(name).parts[1:])


class RoundTrip:
    """One round after the other; `failures` counts what was not as it should be."""

    def __init__(self, windows: Windows, bundle: Path, setup: Path, older: Path) -> None:
        """`bundle` is what `setup` installs; all of them are files of this system."""
        self._windows = windows
        self._bundle = bundle
        self._version = version_of(setup)
        self._scratch = windows.path(r"C:\round-trip")
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()
        for source, name in ((setup, "setup.exe"), (older, "older.exe")):
            shutil.copy(source, self._scratch / name)
        self._payload = _compiled_payload(self._scratch)
        self._records_netsh = self._payload is not None and sys.platform != "win32"
        user, all_users = (self._key(f"{root}\\{_SHELL_FOLDERS}") for root in ("HKCU", "HKLM"))
        self._local = str(user["Local AppData"])
        self._program_data = str(all_users["Common AppData"])
        self._shortcuts = {
            "HKCU": (str(user["Programs"]), str(user["Desktop"])),
            "HKLM": (str(all_users["Common Programs"]), str(all_users["Common Desktop"])),
        }
        self.failures = 0

    def run(self) -> int:
        """All rounds; how many things were not as they should be."""
        if self._records_netsh:
            self._write_netsh()
        self._clear()
        self._write_settings()
        policy = self._file(self._program_data, "callctrl", "policy.toml")
        policy.parent.mkdir(parents=True, exist_ok=True)
        policy.write_text("# the administrator's\n")

        self._round_for_one_user()
        self._round_without_a_trace()
        self._round_for_all_users()
        self._is("the policy file is the administrator's, and stays", policy.is_file())
        policy.unlink()
        return self.failures

    # --- Rounds ---------------------------------------------------------------------------------

    def _round_for_one_user(self) -> None:
        print("For one user, in a folder with a blank and an umlaut")
        folder = r"C:\round-trip\Büro im Erdgeschoß\Call Ctrl"
        wished = ("/AUTOSTART=1", "/LINKS=1", "/DESKTOP=1")
        self._install("older.exe", "/CURRENTUSER", *wished, f"/D={folder}")
        self._expect_installed("HKCU", folder, _OLDER_VERSION, autostart=True, desktop=True)
        self._is("the older file is there", self._file(folder, _OLDER_FILE).is_file())
        self._is("nothing is written for all users", not self._key(rf"HKLM\{_UNINSTALL}"))
        self._is("it starts from there", self._order(folder, "self-test") == 0)

        theirs = self._file(folder, "_internal", "somebody's own.txt")
        theirs.write_text("not ours")
        self._is("a wrong option is refused", self._setup("/AUTOSTART=yes") == _WRONG_OPTION)
        self._is("and nothing is changed", self._installed_version("HKCU") == _OLDER_VERSION)

        other = r"C:\round-trip\another profile"
        self._windows.start(rf'"{folder}\Call Ctrl.exe" --minimized --profile "{other}"')
        self._wait("a program with a profile of its own runs", lambda: self._runs(folder, other))
        self._is("it is not upgraded while that runs", self._setup() == _FILES_IN_USE)
        self._is("and nothing is changed", self._installed_version("HKCU") == _OLDER_VERSION)
        self._order(folder, "quit", other)
        self._wait("it ends", lambda: not self._runs(folder, other))

        programs, _ = self._shortcuts["HKCU"]
        self._windows.start(rf'"{programs}\Call Ctrl.lnk"')
        self._wait("it runs by its shortcut in the Start menu", lambda: self._runs(folder))
        self._install("setup.exe")
        self._expect_installed("HKCU", folder, self._version, autostart=True, desktop=True)
        self._is("the older file is gone", not self._file(folder, _OLDER_FILE).exists())
        self._is("what is not ours is still there", theirs.is_file())
        self._is("settings are kept", (self._settings() / "settings.toml").is_file())
        self._wait("the program was ended for the upgrade, and runs again", self._has_restarted)
        self._is("it ends when asked to", self._order(folder, "quit") == 0)

        code = self._setup(setup="older.exe")
        self._is("an older version is refused", code == _NEWER_INSTALLED)
        self._is("and nothing is changed", self._installed_version("HKCU") == self._version)
        self._install("setup.exe", "/AUTOSTART=0", "/DESKTOP=0", "/LINKS=0")
        self._expect_installed("HKCU", folder, self._version, links=False)
        self._install("older.exe", "/DOWNGRADE", "/AUTOSTART=1", "/LINKS=1")
        self._expect_installed("HKCU", folder, _OLDER_VERSION, autostart=True)

        elsewhere = r"C:\round-trip\elsewhere"
        self._install("setup.exe", f"/D={elsewhere}")
        self._expect_installed("HKCU", elsewhere, self._version, autostart=True)
        ours = [each for each in self._file(folder).rglob("*") if each.is_file() and each != theirs]
        self._is("nothing of ours stays in the folder before", not ours, ours)

        self._keep_passwords()
        theirs = self._file(elsewhere, "somebody's own.txt")
        theirs.write_text("not ours")
        self._uninstall(elsewhere)
        self._expect_gone("HKCU", elsewhere, theirs)
        self._is("settings are kept", (self._settings() / "settings.toml").is_file())
        self._is("the password is kept", self._has_password(_PASSWORD))

    def _round_without_a_trace(self) -> None:
        print("For one user, in the usual folder, and with the settings gone at the end")
        self._install("setup.exe", "/AUTOSTART=1")
        folder = rf"{self._local}\Programs\Call Ctrl"
        self._expect_installed("HKCU", folder, self._version, autostart=True)
        self._uninstall(folder, "/SETTINGS=1")
        self._expect_gone("HKCU", folder)
        self._is("settings are gone", not self._settings().exists())
        self._is("the password is gone", not self._has_password(_PASSWORD))
        self._is("that of others is not", self._has_password(_OTHERS_PASSWORD))

    def _round_for_all_users(self) -> None:
        print("For all users, beside one for this user")
        anybodys = r"C:\round-trip\anybody's"
        shutil.copytree(self._bundle, self._file(anybodys))
        self._windows.start(rf'"{anybodys}\Call Ctrl.exe" --minimized')
        self._wait("a program that nobody has installed runs", lambda: self._runs(anybodys))
        code = self._setup("/ALLUSERS", f"/D={anybodys}")
        self._is("an administrator replaces it not while it runs", code == _FILES_IN_USE, code)
        self._is("nor starts it to end it", self._runs(anybodys))
        self._order(anybodys, "quit")

        own = r"C:\round-trip\my own"
        self._install("setup.exe", "/CURRENTUSER", f"/D={own}")
        everybodys = ("/ALLUSERS", "/AUTOSTART=1", "/DESKTOP=1")
        self._install("older.exe", *everybodys)
        folder = str(self._key(rf"HKLM\{_UNINSTALL}").get("InstallLocation", ""))
        self._is("it is below the program files", folder == r"C:\Program Files\Call Ctrl", folder)
        for version in (_OLDER_VERSION, self._version):
            if version == self._version:
                self._install("setup.exe")
            self._expect_installed("HKLM", folder, version, autostart=True, desktop=True)
            self._expect_firewall_rules(folder)
        self._expect_installed("HKCU", own, self._version)
        self._write_settings()
        self._uninstall(folder, "/SETTINGS=1")
        self._expect_gone("HKLM", folder)
        self._expect_firewall_rules("")
        self._is("settings are gone", not self._settings().exists())
        self._expect_installed("HKCU", own, self._version)
        self._uninstall(own)
        self._expect_gone("HKCU", own)

    # --- What is done ---------------------------------------------------------------------------

    def _setup(self, *options: str, setup: str = "setup.exe") -> int:
        command = " ".join((rf"C:\round-trip\{setup}", "/S", *options))
        return self._windows.call(command, timeout=_INSTALLS_WITHIN)

    def _install(self, setup: str, *options: str) -> None:
        code = self._setup(*options, setup=setup)
        self._is(" ".join((setup, "/S", *options)), code == 0, code)

    def _uninstall(self, folder: str, *options: str) -> None:
        """Uninstall in silence; the uninstaller goes on as a copy of itself, so wait for that."""
        uninstaller = rf"{folder}\uninstall.exe"
        said = " ".join(("/S", *options))
        self._windows.call(f'"{uninstaller}" {said}', timeout=_INSTALLS_WITHIN)
        what = f"uninstall.exe {said}"
        self._wait(what, lambda: not self._file(uninstaller).exists())
        time.sleep(1.0)  # what comes after it: its folder, its keys

    def _order(self, folder: str, order: str, profile: str = "") -> int:
        words = f'{order} --profile "{profile}"' if profile else order
        return self._windows.call(rf'"{folder}\callctrl.exe" {words}', timeout=_STARTS_WITHIN)

    def _runs(self, folder: str, profile: str = "") -> bool:
        return self._order(folder, "status", profile) != _NOT_RUNNING

    def _has_restarted(self) -> bool:
        folder = str(self._key(rf"HKCU\{_UNINSTALL}")["InstallLocation"])
        return self._runs(folder)

    def _clear(self) -> None:
        """Take away what a round before has left that was broken off."""
        for root in ("HKCU", "HKLM"):
            folder = str(self._key(rf"{root}\{_UNINSTALL}").get("InstallLocation", ""))
            if folder and self._file(folder, "uninstall.exe").is_file():
                self._uninstall(folder)
            elif folder:
                self._windows.call(rf'reg delete "{root}\{_UNINSTALL}" /f', timeout=60)

    def _write_settings(self) -> None:
        self._settings().mkdir(parents=True, exist_ok=True)
        (self._settings() / "settings.toml").write_text("# somebody's settings\n")

    def _keep_passwords(self) -> None:
        for name in (_PASSWORD, _OTHERS_PASSWORD):
            if self._payload is not None:
                self._windows.call(f'{self._payload} keep "{name}"', timeout=30)
            else:
                words = f'cmdkey "/generic:{name}" /user:200 /pass:secret'
                self._windows.call(words, timeout=30)

    def _has_password(self, name: str) -> bool:
        if self._payload is not None:
            return self._windows.call(f'{self._payload} has "{name}"', timeout=30) == 0
        return self._windows.call(f'cmd /c cmdkey "/list:{name}" | find "200"', timeout=30) == 0

    def _write_netsh(self) -> None:
        """Let wine have a netsh that writes down how it is called: its own does nothing."""
        assert self._payload is not None
        key = r"HKCU\Software\Wine\DllOverrides"
        self._windows.call(f"reg add {key} /v netsh.exe /d native,builtin /f", timeout=60)
        netsh = self._windows.path(r"C:\windows\system32\netsh.exe")
        netsh.unlink(missing_ok=True)
        shutil.copy(self._windows.path(self._payload), netsh)

    # --- What is looked at ----------------------------------------------------------------------

    def _is(self, what: str, passed: bool, found: object = None) -> None:
        self.failures += not passed
        told = "" if passed or found is None else f" (found: {found})"
        print(f"  {'ok    ' if passed else 'FAILED'}  {what}{told}", flush=True)

    def _wait(self, what: str, condition: Callable[[], bool]) -> None:
        ends_at = time.monotonic() + _STARTS_WITHIN
        while not (passed := condition()) and time.monotonic() < ends_at:
            time.sleep(0.25)
        self._is(what, passed)

    def _expect_installed(
        self,
        root: str,
        folder: str,
        version: str,
        *,
        autostart: bool = False,
        links: bool = True,
        desktop: bool = False,
    ) -> None:
        self._expect_files(folder)
        program = rf"{folder}\Call Ctrl.exe"
        entry = self._key(rf"{root}\{_UNINSTALL}")
        size = entry.pop("EstimatedSize", 0)
        expected: Key = {
            "DisplayName": "Call Ctrl",
            "DisplayVersion": version,
            "DisplayIcon": program,
            "Publisher": "The Call Ctrl project",
            "InstallLocation": folder,
            "UninstallString": rf'"{folder}\uninstall.exe"',
            "QuietUninstallString": rf'"{folder}\uninstall.exe" /S',
            "NoModify": 1,
            "NoRepair": 1,
        }
        self._is("Windows lists it among the programs", entry == expected, entry)
        bytes_there = sum(each.stat().st_size for each in self._bundle.rglob("*") if each.is_file())
        close = isinstance(size, int) and abs(size - bytes_there / 1024) < 64 + size / 10
        self._is("with its size", close, f"{size} KB of {bytes_there} bytes")

        line = self._key(rf"{root}\{_RUN}").get("Call Ctrl")
        wanted = f'"{program}" --minimized' if autostart else None
        self._is(
            f"it {'starts' if autostart else 'does not start'} at log-on", line == wanted, line
        )
        found = self._links(root)
        self._is(
            f"links are {'' if links else 'not '}offered to it", found == _links(program, links)
        )
        programs, desk = self._shortcuts[root]
        self._expect_shortcut(programs, program, there=True)
        self._expect_shortcut(desk, program, there=desktop)

    def _expect_files(self, folder: str) -> None:
        wrong = [
            str(each.relative_to(self._bundle))
            for each in self._bundle.rglob("*")
            if each.is_file()
            and not _same(each, self._file(folder, each.relative_to(self._bundle)))
        ]
        self._is(f"all files are in {folder}", not wrong, wrong[:5])
        told = _same(_POLICY_TOLD, self._file(folder, _POLICY_TOLD.name))
        self._is("so is what there is to read on policies", told)

    def _expect_gone(self, root: str, folder: str, *stays: Path) -> None:
        here = self._file(folder)
        left = [each for each in here.rglob("*") if each not in stays]
        self._is("the files are gone, and what is not ours stays", not left, left[:5])
        self._is("so is the folder, where it is empty", here.exists() == bool(stays))
        self._is("all of what is not ours stays", all(each.is_file() for each in stays))
        self._is("it is not listed", not self._key(rf"{root}\{_UNINSTALL}"))
        self._is("nothing is started", "Call Ctrl" not in self._key(rf"{root}\{_RUN}"))
        self._is("no links are offered", not any(self._links(root).values()))
        for place in self._shortcuts[root]:
            self._expect_shortcut(place, "", there=False)

    def _expect_shortcut(self, place: str, program: str, *, there: bool) -> None:
        file = self._file(place, "Call Ctrl.lnk")
        what = f"{'a' if there else 'no'} shortcut in {PureWindowsPath(place).name}"
        if not there:
            self._is(what, not file.exists())
            return
        # Windows keeps the path in UTF-16 or in its own encoding, wine in UTF-8 or that.
        content = file.read_bytes() if file.is_file() else b""
        encodings = "utf-16-le", "cp1252", "utf-8", "cp437"
        self._is(what, any(program.encode(each) in content for each in encodings))

    def _expect_firewall_rules(self, folder: str) -> None:
        """The rules of both programs, of each one; none where there is no folder."""
        wanted = {rf"{folder}\{name}" for name in ("Call Ctrl.exe", "callctrl.exe") if folder}
        if sys.platform == "win32":
            command = 'netsh advfirewall firewall show rule name="Call Ctrl"'
            there = self._windows.call(command, timeout=60) == 0
            self._is(f"firewall rules: {len(wanted)}", there == bool(wanted))
        elif self._records_netsh:
            found = _rules(self._windows.path(r"C:\netsh-calls.txt"))
            self._is(f"firewall rules as asked of netsh: {len(wanted)}", found == wanted, found)
        else:
            print("  -       firewall rules: wine has no netsh, and mingw is missing")

    def _installed_version(self, root: str) -> str:
        return str(self._key(rf"{root}\{_UNINSTALL}").get("DisplayVersion", ""))

    def _links(self, root: str) -> dict[str, Key]:
        """What Windows knows of us and links, by key."""
        found = {
            key: self._key(rf"{root}\{key}")
            for key in (
                _LINK,
                rf"{_LINK}\Application",
                rf"{_LINK}\DefaultIcon",
                rf"{_LINK}\shell\open\command",
                rf"{_CAPABILITIES}\URLAssociations",
            )
        }
        registered = self._key(rf"{root}\{_REGISTERED}").get("Call Ctrl")
        return found | {_REGISTERED: {"Call Ctrl": registered} if registered else {}}

    def _key(self, name: str) -> Key:
        """The values of a key; none where it is missing."""
        file = self._scratch / "key.reg"
        file.unlink(missing_ok=True)
        command = rf'reg export "{name}" C:\round-trip\key.reg /y'
        for _ in range(_TRIES):
            # On a busy machine `reg` says now and then that a key is missing which is there.
            if self._windows.call(command, timeout=60) == 0 and file.is_file():
                return _values(file.read_text("utf-16"), name)
        return {}

    def _settings(self) -> Path:
        return self._file(self._local, "callctrl")

    def _file(self, *parts: str | Path) -> Path:
        first, *others = map(str, parts)
        return self._windows.path(first).joinpath(*others)


def _links(program: str, offered: bool) -> dict[str, Key]:
    filled: dict[str, Key] = {
        _LINK: {"": "Call Ctrl", "URL Protocol": ""},
        rf"{_LINK}\Application": {"ApplicationName": "Call Ctrl"},
        rf"{_LINK}\DefaultIcon": {"": f'"{program}",0'},
        rf"{_LINK}\shell\open\command": {"": f'"{program}" dial -- "%1"'},
        rf"{_CAPABILITIES}\URLAssociations": dict.fromkeys(
            ("tel", "sip", "callto"), "CallCtrl.Link"
        ),
        _REGISTERED: {"Call Ctrl": _CAPABILITIES},
    }
    return filled if offered else {key: {} for key in filled}


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and _digest(one) == _digest(other)


def _digest(file: Path) -> bytes:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").digest()


def _values(text: str, key: str) -> Key:
    """The values of one key in what `reg export` has written."""
    short = {"HKCU": "HKEY_CURRENT_USER", "HKLM": "HKEY_LOCAL_MACHINE"}
    root, _, path = key.partition("\\")
    heading = f"[{short[root]}\\{path}]".lower()
    found: Key = {}
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.lower() == heading
        elif inside and (match := re.fullmatch(r'(@|"(?:[^"\\]|\\.)*")=(.*)', line)):
            name, value = match.groups()
            name = "" if name == "@" else _unescaped(name)
            if value.startswith('"'):
                found[name] = _unescaped(value)
            elif value.startswith("dword:"):
                found[name] = int(value.removeprefix("dword:"), 16)
    return found


def _unescaped(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


def _rules(calls: Path) -> set[str]:
    """The programs that the calls of netsh let in, after all of them."""
    allowed: set[str] = set()
    for line in calls.read_text("utf-8-sig").splitlines():
        if 'delete rule name="Call Ctrl"' in line:
            allowed.clear()
        elif (
            'add rule name="Call Ctrl" dir=in action=allow protocol=UDP' in line
            and "profile=domain,private" in line
            and (program := re.search(r'program="([^"]*)"', line))
        ):
            allowed.add(program[1])
    return allowed


def version_of(setup: Path) -> str:
    """The version that an installer's version resource tells."""
    content = setup.read_bytes()
    found = re.search(
        "ProductVersion\0".encode("utf-16-le") + rb"(?:\0\0)*((?:[0-9.]\0)+)\0\0", content
    )
    if found is None:
        raise ValueError(f"{setup} has no version resource")
    return found[1].decode("utf-16-le")


def _compiled_payload(folder: Path) -> str | None:
    """What looks after passwords and records calls of netsh; None where there is no mingw."""
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    if compiler is None:
        return None
    program = folder / "payload.exe"
    options = ("-O1", "-s", "-municode", "-Wall", "-Wextra", "-Werror")
    subprocess.run(  # noqa: S603
        [compiler, *options, "-o", program, HERE / "payload.c", "-ladvapi32"], check=True
    )
    return rf"C:\{folder.name}\payload.exe"


# --- What is installed ----------------------------------------------------------------------------


def make_setup(bundle: Path, out: Path, *options: str) -> None:
    """The installer of a bundle, by makensis; raises CalledProcessError."""
    words = ["--bundle", str(bundle), "--out", str(out), *options]
    subprocess.run([sys.executable, str(_BUILD), *words], check=True)  # noqa: S603


def make_older(bundle: Path, out: Path) -> None:
    """The installer of what passes for an older version; raises CalledProcessError."""
    with tempfile.TemporaryDirectory(dir=bundle.parent) as scratch:
        copy = Path(scratch, "older")
        shutil.copytree(bundle, copy, copy_function=os.link)
        (copy / _OLDER_FILE).write_text("Only the older version has this file.\n")
        make_setup(copy, out, "--quick", "--version", _OLDER_VERSION)


def make_stand_in(folder: Path) -> Path:
    """A bundle of a small program that stands in for ours."""
    bundle = folder / "bundle"
    (bundle / "_internal" / "Größe $x").mkdir(parents=True)
    (bundle / "_internal" / "Größe $x" / "a $y, ä.txt").write_text("a file\n")
    if _compiled_payload(folder) is None:
        raise FileNotFoundError("x86_64-w64-mingw32-gcc is missing (Debian: mingw-w64)")
    for name in ("Call Ctrl.exe", "callctrl.exe"):
        shutil.copy(folder / "payload.exe", bundle / name)
    return bundle


def main() -> int:
    """Make what is to be made, and go round; the exit code."""
    parser = argparse.ArgumentParser(description="Try the installer for Windows.")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="what is installed")
    parser.add_argument("--setup", type=Path, metavar="FILE", help="its installer")
    parser.add_argument("--older", type=Path, metavar="FILE", help="an older one")
    parser.add_argument("--make-older", type=Path, metavar="FILE", help="only make that")
    parser.add_argument("--stand-in", action="store_true", help="make all three here")
    parser.add_argument("--wine", type=Path, metavar="DIR", help="where wine is to keep all")
    options = parser.parse_args()
    if options.bundle and options.make_older:
        make_older(options.bundle, options.make_older)
        return 0
    if not options.stand_in and None in (options.bundle, options.setup, options.older):
        parser.error("--stand-in, or all of --bundle, --setup and --older")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bundle, setup, older = options.bundle, options.setup, options.older
        if options.stand_in:
            bundle = make_stand_in(folder)
            setup, older = folder / "callctrl-setup.exe", folder / "callctrl-older-setup.exe"
            make_setup(bundle, setup, "--quick")
            make_older(bundle, older)
        if sys.platform == "win32":
            failures = RoundTrip(ThisWindows(), bundle, setup, older).run()
        else:
            wine = Wine((options.wine or folder / "wine").absolute())
            with wine.running():
                failures = RoundTrip(UnderWine(wine), bundle, setup, older).run()
    print(f"{failures} not as it should be" if failures else "All as it should be")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
