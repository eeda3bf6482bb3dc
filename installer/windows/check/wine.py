"""A Windows in a folder: wine with a registry, a drive, a home and a screen of its own.

wine 8 gives a program broken standard handles where Linux has pipes or files for it. So everything
is started by `cmd`, whose redirections are handles of Windows; `Wine.run` hands over what comes.

Nothing here reaches beyond the folder: the wineserver that is ended is that of this prefix, and the
links that wine makes from a Windows user's folders lead to a home in here.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

__all__ = ["Wine", "WineError"]

_NEEDED = ("wine", "wineserver", "Xvfb")
_OVERRIDES = (
    "mscoree,mshtml=",  # no questions about .NET and a browser
    "winemenubuilder.exe=d",  # no shortcuts in the menu of this desktop
    "netprofm=d",  # Qt asks it about the network, and in wine 8 the answer never comes
)
_TRIES = 3
_LOOK_EVERY = 0.25
_SETS_UP_WITHIN = 180.0
_ENDS_WITHIN = 30.0


class WineError(Exception):
    """Windows could not be set up, or not be kept up; the text says what happened."""


class Wine:
    """A Windows to run programs in, while `running`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where all of it lies; it is kept from one time to the next."""
        self._prefix = folder / "prefix"
        self._home = folder / "home"
        self.drive = self._prefix / "drive_c"
        """The drive C: as a folder of this system."""
        self.told = ""
        """What the last command printed."""
        self._environment: dict[str, str] = {}
        self._runs = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """With Windows up; at the end every process in it is ended."""
        missing = [program for program in _NEEDED if shutil.which(program) is None]
        if missing:
            raise WineError(f"missing: {', '.join(missing)}; see .ci/prepare windows")
        self._home.mkdir(parents=True, exist_ok=True)
        with _screen() as display:
            self._environment = self._clean_environment(display)
            self._end()  # of a run that was killed
            try:
                self._set_up()
                yield
            finally:
                self._end()

    def run(
        self, command: str, *, timeout: float, quiet: bool = False, silent: bool = False
    ) -> int:
        """Run a command as `cmd` has it, and tell what it prints; its exit code.

        One that prints nothing is taken not to have run, unless it is `silent`, and is begun again:
        `cmd` may do nothing and be content with that. Raises WineError where that happens time and
        again, or where it takes longer than `timeout` seconds.
        """
        began = self.drive / "check-began.txt"
        for _ in range(_TRIES):
            began.unlink(missing_ok=True)
            begun = f"echo begun > C:\\{began.name} & {command}"
            code = self._run(begun, timeout=timeout, quiet=quiet)
            if began.exists() and (silent or code != 0 or self.told):
                return code
        raise WineError(f"not even begun: {command}")

    def _run(self, command: str, *, timeout: float, quiet: bool) -> int:
        # One for each: a program that an earlier command has left behind still holds that one's,
        # and what `cmd` cannot redirect it does not run, without a word.
        self._runs += 1
        output = self.drive / f"check-output-{self._runs}.txt"
        output.write_bytes(b"")
        self.told = ""
        process = self._start("cmd", "/c", f"{command} > C:\\{output.name} 2>&1 < NUL")
        ends_at = time.monotonic() + timeout
        with output.open("rb") as told:
            while process.poll() is None and time.monotonic() < ends_at:
                time.sleep(_LOOK_EVERY)
                self._tell(told.read(), quiet)
            self._tell(told.read(), quiet)
        output.unlink()
        if process.poll() is None:
            self._end()
            raise WineError(f"not done within {timeout:g} s: {command}")
        return process.returncode

    def path(self, place: Path) -> PureWindowsPath:
        """What a file on the drive is called in Windows."""
        return PureWindowsPath("C:/", place.relative_to(self.drive))

    def _tell(self, output: bytes, quiet: bool) -> None:
        text = output.decode("utf-8", "replace").replace("\r\n", "\n")
        self.told += text
        if not quiet:
            sys.stdout.write(text)
            sys.stdout.flush()

    def _clean_environment(self, display: str) -> dict[str, str]:
        """Windows gets all of it as its own; so nothing of the caller's but his PATH."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "DISPLAY": display,
            "LC_ALL": "C.UTF-8",
            "WINEPREFIX": str(self._prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": ";".join(_OVERRIDES),
        }

    def _set_up(self) -> None:
        if (self._prefix / "user.reg").exists():
            return
        for command in (
            ["wineboot", "--init"],
            ["reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"],
        ):
            process = self._start(*command)
            try:
                code = process.wait(_SETS_UP_WITHIN)
            except subprocess.TimeoutExpired as error:
                raise WineError(f"{command[0]} does not end") from error
            if code != 0:
                raise WineError(f"{command[0]} ended with {code}")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603
            ["wine", *arguments],  # noqa: S607
            env=self._environment,
            cwd=self._home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _end(self) -> None:
        """End every process in this prefix, and what serves them; wait until it has written all."""
        for order in ("--kill", "--wait"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(  # noqa: S603
                    ["wineserver", order],  # noqa: S607
                    env=self._environment,
                    timeout=_ENDS_WITHIN,
                    capture_output=True,
                    check=False,
                )


@contextlib.contextmanager
def _screen() -> Iterator[str]:
    """An X server that nobody looks at; the display's name."""
    told, tells = os.pipe()
    server = subprocess.Popen(  # noqa: S603
        ["Xvfb", *("-displayfd", str(tells)), *("-screen", "0", "1280x900x24")],  # noqa: S607
        pass_fds=[tells],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(tells)
    try:
        ready, _, _ = select.select([told], [], [], _ENDS_WITHIN)
        number = os.read(told, 16).decode().strip() if ready else ""
        if not number:
            raise WineError("Xvfb does not start")
        yield f":{number}"
    finally:
        os.close(told)
        server.send_signal(signal.SIGTERM)
        server.wait(_ENDS_WITHIN)
