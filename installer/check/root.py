"""A clean Debian system in a folder, entered by chroot.

It is made by debootstrap from the mirror this machine's apt uses, kept as a tar archive, and
unpacked anew for each use. A second archive holds the same and a desktop: what a user has already
who installs Call Ctrl. Whoever calls this is in a mount namespace and a process namespace of their
own (`__main__.py`), so that nothing mounted or started here outlives them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from installer.check.report import StepError

__all__ = ["DESKTOP", "USER", "Root", "Roots", "Source", "run", "sources_of"]

DESKTOP = (
    *("xvfb", "xfwm4", "lxqt-panel", "trayer", "dbus", "gnome-keyring", "libsecret-tools"),
    *("x11-utils", "xdotool", "imagemagick", "xz-utils"),
)
"""Packages of a desktop and of what looks at it. None of them needs Python, as openbox would."""

USER = 1000
"""Number of the ordinary user, and of their group."""

_NAME = "reception"
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_NO_SERVICES = "#!/bin/sh\nexit 101\n"
"""What keeps packages from starting services, as Debian's policy has it."""
_ROOT_ON_THE_BUS = """\
<busconfig><policy context="mandatory"><allow user="root"/></policy></busconfig>
"""
"""Lets us, who are root outside, look at the session bus as a screen reader would."""
_WITHIN = 900.0
"""Seconds that one command may take."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where apt gets packages from."""

    address: str
    suite: str
    component: str

    def __str__(self) -> str:
        return f"deb {self.address} {self.suite} {self.component}"


def sources_of(targets: str) -> list[Source]:
    """Debian's own among what `apt-get indextargets` lists as origin|address|suite|component."""
    rows = [line.split("|") for line in targets.splitlines()]
    found = [Source(*row[1:]) for row in rows if row[0] == "Debian" and len(row) == 4]
    return list(dict.fromkeys(found))


class Root:
    """One such system, unpacked and mounted."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder = folder
        self.shared = shared
        """The user's own: the same folder under the same name inside and outside."""
        self.home = shared / "home"

    def enter(self, *, as_user: bool) -> tuple[str, ...]:
        """The command that goes inside and becomes the one it is given."""
        who = (f"--userspec={USER}:{USER}", f"--groups={USER}") if as_user else ()
        return str(shutil.which("chroot")), *who, str(self.folder)

    def run(self, *command: str, as_user: bool = False, code: int = 0) -> str:
        """Run a command inside to its end; what it printed.

        Raises `StepError` where it ends with another code.
        """
        home = str(self.home) if as_user else "/root"
        proxies = {name: text for name, text in os.environ.items() if name.endswith("_proxy")}
        env = _ENVIRONMENT | {"HOME": home} | proxies
        return run(*self.enter(as_user=as_user), *command, env=env, code=code)

    def install(self, *packages: str) -> list[str]:
        """Install packages, and no more than they need; the names of all that came."""
        before = self.packages()
        self.run("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages)
        return sorted(self.packages() - before)

    def packages(self) -> set[str]:
        """The names of all installed packages."""
        lines = self.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n").splitlines()
        return {line.split()[1] for line in lines if line.startswith("ii")}

    def bring(self, file: Path) -> str:
        """Put a file where it can be read inside; its path there."""
        shutil.copyfile(file, self.shared / file.name)
        os.chown(self.shared / file.name, USER, USER)
        return str(self.shared / file.name)


class Roots:
    """The archives, below a folder, and what is unpacked from them."""

    def __init__(self, cache: Path, announce: Callable[[str], None]) -> None:
        self._cache = cache
        self._announce = announce
        self._release = _release()
        cache.mkdir(parents=True, exist_ok=True)

    def bare(self) -> Path:
        """The archive of the least that is a Debian system; made where there is none."""
        return self._made("bare", self._make_bare, "")

    def desktop(self) -> Path:
        """The archive of one with a desktop."""
        return self._made("desktop", self._make_desktop, " ".join(DESKTOP) + _ROOT_ON_THE_BUS)

    @contextlib.contextmanager
    def unpacked(self, archive: Path) -> Iterator[Root]:
        """A system of our own from an archive."""
        work = Path(tempfile.mkdtemp(prefix="callctrl-check-"))
        root = Root(work / "root", work / "user")
        try:
            root.folder.mkdir()
            root.home.mkdir(parents=True)
            for each in (root.shared, root.home):
                os.chown(each, USER, USER)
            run("tar", "-xpf", str(archive), "--numeric-owner", "-C", str(root.folder))
            for name in ("resolv.conf", "hosts"):
                shutil.copyfile(f"/etc/{name}", root.folder / "etc" / name)
            self._mount(root)
            root.run("useradd", "-u", str(USER), "-d", str(root.home), "-s", "/bin/sh", _NAME)
            root.run("apt-get", "update", "-q")
            yield root
        finally:
            _end_all_in(root.folder)
            _remove(work)

    def _made(self, name: str, make: Callable[[Path], None], contents: str) -> Path:
        digest = hashlib.sha256(contents.encode()).hexdigest()[:8]
        archive = self._cache / f"{self._release}-{platform.machine()}-{name}-{digest}.tar"
        if not archive.exists():
            self._announce(f"Making a {name} system of Debian {self._release} (once: {archive})")
            part = archive.with_suffix(".part")
            make(part)
            for older in self._cache.glob(f"{self._release}-{platform.machine()}-{name}-*.tar"):
                older.unlink()
            part.rename(archive)
        return archive

    def _make_bare(self, archive: Path) -> None:
        sources = _sources()
        mirror = next((each for each in sources if each.suite == self._release), None)
        if mirror is None:
            raise StepError(f"apt here has no source of Debian {self._release}")
        work = Path(tempfile.mkdtemp(prefix="callctrl-check-"))
        folder = work / "root"
        try:
            self._announce(f"debootstrap from {mirror.address}")
            run("debootstrap", "--variant=minbase", self._release, str(folder), mirror.address)
            apt = folder / "etc/apt"
            (apt / "sources.list").write_text("".join(f"{each}\n" for each in sources))
            (apt / "apt.conf.d/90callctrl-check").write_text(run("apt-config", "dump", "Acquire"))
            services = folder / "usr/sbin/policy-rc.d"
            services.write_text(_NO_SERVICES)
            services.chmod(0o755)
            _unmount_below(folder)
            _pack(folder, archive)
        finally:
            _remove(work)

    def _make_desktop(self, archive: Path) -> None:
        with self.unpacked(self.bare()) as root:
            root.install(*DESKTOP)
            (root.folder / "etc/dbus-1/session-local.conf").write_text(_ROOT_ON_THE_BUS)
            root.run("userdel", _NAME)
            _pack(root.folder, archive)

    def _mount(self, root: Root) -> None:
        archives = self._cache / "archives"
        (archives / "partial").mkdir(parents=True, exist_ok=True)
        folder = root.folder
        _mount("-t", "proc", "proc", folder / "proc")
        _mount("-t", "sysfs", "-o", "ro", "sys", folder / "sys")
        _mount("-t", "tmpfs", "-o", "mode=755", "dev", folder / "dev")
        for name in _DEVICES:
            (folder / "dev" / name).touch()
            _mount("--bind", f"/dev/{name}", folder / "dev" / name)
        for name, options in (("pts", "newinstance,ptmxmode=666"), ("shm", "mode=1777")):
            (folder / "dev" / name).mkdir()
            kind = "devpts" if name == "pts" else "tmpfs"
            _mount("-t", kind, "-o", options, name, folder / "dev" / name)
        for name, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd")):
            (folder / "dev" / name).symlink_to(target)
        _mount("-t", "tmpfs", "-o", "mode=755", "run", folder / "run")
        _mount("-t", "tmpfs", "-o", "mode=1777", "tmp", folder / "tmp")
        _mount("--bind", archives, folder / "var/cache/apt/archives")
        inside = folder / root.shared.relative_to("/")
        inside.mkdir(parents=True)
        _mount("--bind", root.shared, inside)


def _release() -> str:
    """The code name of the Debian release this machine has."""
    facts = platform.freedesktop_os_release()
    if facts.get("ID") != "debian":
        raise StepError(f"this is not Debian, but {facts.get('PRETTY_NAME', 'another system')}")
    return facts["VERSION_CODENAME"]


def _sources() -> list[Source]:
    form = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    return sources_of(run("apt-get", "indextargets", "--format", form, "Created-By: Packages"))


def run(
    *command: str,
    env: Mapping[str, str] | None = None,
    code: int = 0,
    folder: Path | None = None,
) -> str:
    """Run a command to its end; what it printed. Raises `StepError` where the code is another."""
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_WITHIN,
        check=False,
        text=True,
        errors="replace",
    )
    if done.returncode != code:
        raise StepError(f"{' '.join(command)} gave {done.returncode}: {done.stdout.strip()}")
    return done.stdout


def _mount(*arguments: str | Path) -> None:
    run("mount", *map(str, arguments))


def _mounts_below(folder: Path) -> list[str]:
    """What is mounted inside a folder, the innermost first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4].replace("\\040", " ") for line in lines]
    return sorted((each for each in points if Path(each).is_relative_to(folder)), reverse=True)


def _unmount_below(folder: Path) -> None:
    for each in _mounts_below(folder):
        run("umount", each)


def _end_all_in(folder: Path) -> None:
    """End every process whose root a folder is, and wait until it has gone."""
    ends_at = time.monotonic() + 10
    while (found := list(_processes_in(folder))) and time.monotonic() < ends_at:
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.05)


def _processes_in(folder: Path) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "root").readlink() == folder:
                yield int(process.name)


def _pack(folder: Path, archive: Path) -> None:
    run("tar", "-cf", str(archive), "--one-file-system", "--numeric-owner", "-C", str(folder), ".")


def _remove(folder: Path) -> None:
    """Remove a folder with all in it; never what is mounted there."""
    _unmount_below(folder)
    if left := _mounts_below(folder):
        raise StepError(f"still mounted: {', '.join(left)}")
    shutil.rmtree(folder)
