"""What is read from apt and dpkg."""

from __future__ import annotations

from installer.check.bundle import names_of
from installer.check.root import Source, sources_of


def test_only_debians_own_sources_are_taken_and_each_once() -> None:
    targets = (
        "Debian|http://deb.debian.org/debian/|bookworm|main\n"
        "Debian|http://deb.debian.org/debian/|bookworm|main\n"
        "Debian|http://deb.debian.org/debian-security/|bookworm-security|main\n"
        "Node Source|https://deb.nodesource.com/node_20.x/|nodistro|main\n"
        "\n"
    )
    sources = sources_of(targets)
    assert sources == [
        Source("http://deb.debian.org/debian/", "bookworm", "main"),
        Source("http://deb.debian.org/debian-security/", "bookworm-security", "main"),
    ]
    assert str(sources[0]) == "deb http://deb.debian.org/debian/ bookworm main"


def test_of_a_choice_the_first_package_is_taken_and_no_version() -> None:
    depends = (
        "libc6 (>= 2.34), libegl1, fonts-dejavu-core | fonts-liberation, libstdc++6:amd64 (>= 5)"
    )
    assert names_of(depends) == ["libc6", "libegl1", "fonts-dejavu-core", "libstdc++6"]
    assert names_of("") == []
