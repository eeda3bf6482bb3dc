"""The portable archive: it works where no Python is, once the system has the libraries of Qt."""

from __future__ import annotations

import re
from pathlib import Path

from installer.check.desk import desk_in
from installer.check.package import field_of
from installer.check.report import Report, StepError
from installer.check.root import Root, Roots
from tests.desktop.desktop import Panel

__all__ = ["check_bundle", "names_of"]


def check_bundle(
    archive: Path, package: Path, roots: Roots, report: Report, pictures: Path
) -> None:
    """The smoke test; the libraries are those the Debian package depends on."""
    with (
        report.part("the portable archive without Python"),
        roots.unpacked(roots.desktop()) as root,
    ):
        with report.step("the libraries it needs are installed") as step:
            came = root.install(*names_of(field_of(package, "Depends")))
            step.remark = f"{len(came)} packages"
        with report.step("there is no Python"):
            _expect_no_python(root)
        with report.step(f"an ordinary user unpacks {archive.name}, as its README says") as step:
            program = _put_in_place(root, archive)
            step.remark = root.run(program, "--version", as_user=True).strip()
        with report.step("every part of it loads"):
            root.run(program, "self-test", as_user=True)
        with desk_in(root, Panel.TRAYER, [program], pictures, "bundle") as desk:
            with report.step("the wizard is filled in by keys, and it registers") as step:
                step.remark = desk.start_for_the_first_time()
            with report.step("an incoming call shows a card"):
                desk.take_a_call("5551234", "Anna Lee")
            with report.step("it says good-bye"):
                desk.leave()
            with report.step("the next start asks for nothing") as step:
                step.remark = desk.start_again()
                desk.leave()
            with report.step("a 403 shows the documented box, which ends the program"):
                desk.be_refused()
            with report.step("nothing was wrong all the while"):
                desk.expect_no_trouble()


def names_of(depends: str) -> list[str]:
    """The packages of a Depends field, the first of each choice, without versions."""
    choices = (each.partition("|")[0] for each in depends.split(","))
    return [match[0] for each in choices if (match := re.match(r"[a-z0-9.+-]+", each.strip()))]


def _expect_no_python(root: Root) -> None:
    found = [
        f"/{path.relative_to(root.folder)}"
        for pattern in ("bin/python*", "sbin/python*", "lib/*/libpython*", "lib/python3*")
        for prefix in ("usr", "usr/local")
        for path in (root.folder / prefix).glob(pattern)
    ]
    found += sorted(name for name in root.packages() if "python" in name)
    if found:
        raise StepError(f"there is {', '.join(found)}")


def _put_in_place(root: Root, archive: Path) -> str:
    """Do what the archive's README says; the path of the program."""
    local = root.home / ".local"
    top = root.home / archive.name.removesuffix(".tar.xz")
    steps: tuple[tuple[str | Path, ...], ...] = (
        ("tar", "-xf", root.bring(archive), "-C", root.home),
        ("mkdir", "-p", local / "lib", local / "bin", local / "share"),
        ("cp", "-r", top / "callctrl", local / "lib"),
        ("ln", "-s", local / "lib/callctrl/callctrl", local / "bin/callctrl"),
        ("cp", "-r", f"{top}/share/.", local / "share"),
    )
    for command in steps:
        root.run(*map(str, command), as_user=True)
    return str(local / "bin/callctrl")
