"""Where a freedesktop.org desktop keeps its files (XDG Base Directory Specification 0.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Folders"]


@dataclass(frozen=True, slots=True)
class Folders:
    """The user's own folder and the system's, of each kind; what comes first counts most."""

    config_home: Path
    config_dirs: tuple[Path, ...]
    data_home: Path
    data_dirs: tuple[Path, ...]
    desktops: tuple[str, ...] = ()
    """The names this desktop goes by, such as ("ubuntu", "GNOME")."""

    @classmethod
    def of(cls, environment: Mapping[str, str], home: Path) -> Folders:
        """The folders that the variables of a session name."""

        def one(name: str, default: Path) -> Path:
            # A relative path is to be ignored.
            path = Path(environment.get(name, ""))
            return path if path.is_absolute() else default

        def several(name: str, default: str) -> tuple[Path, ...]:
            paths = (Path(each) for each in (environment.get(name) or default).split(":"))
            return tuple(path for path in paths if path.is_absolute())

        return cls(
            one("XDG_CONFIG_HOME", home / ".config"),
            several("XDG_CONFIG_DIRS", "/etc/xdg"),
            one("XDG_DATA_HOME", home / ".local" / "share"),
            several("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
            tuple(filter(None, environment.get("XDG_CURRENT_DESKTOP", "").split(":"))),
        )

    @property
    def all_config(self) -> tuple[Path, ...]:
        """The user's own folder of settings, then the system's."""
        return self.config_home, *self.config_dirs

    @property
    def all_data(self) -> tuple[Path, ...]:
        """The user's own folder of data, then the system's."""
        return self.data_home, *self.data_dirs
