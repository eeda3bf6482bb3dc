"""The Debian package: what its files say, and how it comes, works, is followed, and goes."""

from __future__ import annotations

import os
import shlex
import tempfile
from pathlib import Path

from installer.check.desk import desk_in
from installer.check.listing import differences, look
from installer.check.report import Report, StepError
from installer.check.root import Root, Roots, run
from tests.desktop.desktop import Panel

__all__ = ["check_files", "check_in_bare_system", "check_on_desktop", "field_of"]

_OLDER = "0.0.9"
_ONLY_IN_OLDER = "usr/share/doc/callctrl/only-in-the-older"
_BY = "IT department, extension 500"
_CALLCTRL = "/usr/bin/callctrl"


def check_files(package: Path, report: Report) -> None:
    """What can be said of the package without installing it."""
    with report.part("what the package says of itself"), tempfile.TemporaryDirectory() as folder:
        with report.step("SHA256SUMS holds"):
            run("sha256sum", "--check", "--strict", "SHA256SUMS", folder=package.parent)
        with report.step("lintian finds no error") as step:
            env = {**os.environ, "TMPDIR": folder}  # lintian forgets some of its files
            tags = run("lintian", "--fail-on", "error", str(package), env=env).splitlines()
            warnings = [line for line in tags if line.startswith("W:")]
            step.remark = "; ".join(warnings) or "and no warning"
        with report.step("desktop-file-validate is content") as step:
            run("dpkg-deb", "-x", str(package), folder)
            entries = _files(Path(folder), "usr/share/applications/*.desktop")
            said = run("desktop-file-validate", *map(str, entries)).strip()
            if said:
                raise StepError(said)
            step.remark = ", ".join(each.name for each in entries)
        with report.step("appstreamcli is content") as step:
            facts = _files(Path(folder), "usr/share/metainfo/*.xml")
            run("appstreamcli", "validate", "--no-net", *map(str, facts))
            step.remark = ", ".join(each.name for each in facts)


def check_in_bare_system(package: Path, roots: Roots, report: Report) -> None:
    """In the least that is a Debian system: apt brings all that is needed, and takes it away."""
    with report.part("the package in a bare system"), roots.unpacked(roots.bare()) as root:
        before = look(root.folder)
        with report.step(f"apt installs {package.name}") as step:
            came = root.install(root.bring(package))
            step.remark = f"with {len(came) - 1} packages it needs"
        with report.step("every part of it loads") as step:
            root.run(_CALLCTRL, "self-test", as_user=True)
        with report.step("an ordinary user plays callctrl demo --headless") as step:
            step.remark = root.run(_CALLCTRL, "demo", "--headless", as_user=True).splitlines()[-1]
        with report.step("purge and autoremove leave no trace") as step:
            step.remark = _purge(root)
            _expect_nothing_left(differences(before, look(root.folder)))


def check_on_desktop(package: Path, roots: Roots, report: Report, pictures: Path) -> None:
    """Where a receptionist works with it, an upgrade comes, and at last it is taken away."""
    with (
        report.part("the package on a desktop"),
        roots.unpacked(roots.desktop()) as root,
        tempfile.TemporaryDirectory() as folder,
    ):
        _write_policy(root)
        before = look(root.folder)
        with report.step(f"apt installs an older version, {_OLDER}") as step:
            came = root.install(root.bring(_older(package, Path(folder))))
            step.remark = f"with {len(came) - 1} packages it needs"
        with report.step("what the administrator locked is locked for an ordinary user"):
            if _BY not in root.run(_CALLCTRL, "check", "--debug", as_user=True, code=2):
                raise StepError("the refusal does not say by whom")
        start = _command_of(root, "callctrl.desktop")
        with desk_in(root, Panel.LXQT, start, pictures, "package") as desk:
            with report.step("an ordinary user fills in the wizard by keys") as step:
                step.remark = desk.start_for_the_first_time()
            with report.step("a call rings, and is answered by a key"):
                desk.take_a_call("5551234", "Anna Lee")
            with report.step("a link to a number is shown, and not dialled"):
                link = _command_of(root, "callctrl-links.desktop", "tel:+1-212-555-2345")
                desk.open_link(link, "+12125552345")
            with report.step("callctrl demo plays beside it"):
                desk.watch_the_demo()
            settings = _settings(root)
            with report.step(f"apt puts {package.name} in its place while it runs"):
                root.install(root.bring(package))
                _expect_newer(root, package)
            with report.step("the running program goes on, and ends when it is asked to"):
                desk.take_a_call("5552345", "Bo Berg")
                desk.leave()
            with report.step("settings, password and history are kept") as step:
                desk.replace_the_phone_system()
                step.remark = desk.start_again()
                desk.has_in_history("Anna Lee")
                desk.has_in_history("Bo Berg")
                if _settings(root) != settings:
                    raise StepError(f"the settings were\n{settings}\nand are\n{_settings(root)}")
            with report.step("it ends, and nothing was wrong all the while"):
                desk.leave()
                desk.expect_no_trouble()
        with report.step("purge and autoremove leave no trace, and the user's settings") as step:
            step.remark = _purge(root)
            _expect_nothing_left(differences(before, look(root.folder)))
            if _settings(root) != settings:
                raise StepError("the user's settings have changed")


def field_of(package: Path, field: str) -> str:
    """What a package says of itself, such as its Version."""
    return run("dpkg-deb", "--field", str(package), field).strip()


def _write_policy(root: Root) -> None:
    """What an administrator may have rolled out before; no upgrade and no purge touches it."""
    file = root.folder / "etc/callctrl/policy.toml"
    file.parent.mkdir()
    file.write_text(f'by = "{_BY}"\n[locked.preferences]\ndebug = false\n', "utf-8")


def _command_of(root: Root, entry: str, link: str = "") -> list[str]:
    """What a desktop starts for a menu entry, or for a link that the entry is for."""
    text = (root.folder / "usr/share/applications" / entry).read_text("utf-8")
    (command,) = (line[5:] for line in text.splitlines() if line.startswith("Exec="))
    return [link if word == "%u" else word for word in shlex.split(command)]


def _older(package: Path, folder: Path) -> Path:
    """The same with a lower version, and a file that the newer no longer has."""
    tree = folder / "tree"
    run("dpkg-deb", "--raw-extract", str(package), str(tree))
    control = tree / "DEBIAN/control"
    version = field_of(package, "Version")
    text = control.read_text("utf-8")
    control.write_text(text.replace(f"\nVersion: {version}\n", f"\nVersion: {_OLDER}\n"), "utf-8")
    (tree / _ONLY_IN_OLDER).write_text("What a newer version has dropped.\n", "utf-8")
    older = folder / f"callctrl_{_OLDER}.deb"
    run("dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(older))
    return older


def _expect_newer(root: Root, package: Path) -> None:
    version = root.run("dpkg-query", "-W", "-f", "${Version}", "callctrl")
    if version != field_of(package, "Version"):
        raise StepError(f"version {version} is installed")
    if (root.folder / _ONLY_IN_OLDER).exists():
        raise StepError(f"/{_ONLY_IN_OLDER} is still there")


def _purge(root: Root) -> str:
    before = root.packages()
    root.run("apt-get", "purge", "-q", "-y", "callctrl")
    root.run("apt-get", "autoremove", "-q", "-y", "--purge")
    return f"{len(before - root.packages())} packages went"


def _expect_nothing_left(lines: list[str]) -> None:
    if lines:
        raise StepError(f"{len(lines)} differences: {'; '.join(lines[:20])}")


def _settings(root: Root) -> str:
    return (root.home / ".config/callctrl/settings.toml").read_text("utf-8")


def _files(folder: Path, pattern: str) -> list[Path]:
    if found := sorted(folder.glob(pattern)):
        return found
    raise StepError(f"no {pattern} in the package")
