"""Where all that is kept lies on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

__all__ = ["Paths"]

_APP = "callctrl"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where settings, people and calls, and logs lie."""

    config_dir: Path
    data_dir: Path
    log_dir: Path

    @classmethod
    def for_user(cls) -> Paths:
        """The folders the operating system has for this user."""
        return cls(
            platformdirs.user_config_path(_APP, appauthor=False),
            platformdirs.user_data_path(_APP, appauthor=False),
            platformdirs.user_log_path(_APP, appauthor=False),
        )

    @classmethod
    def below(cls, directory: Path) -> Paths:
        """A profile of its own: everything below one directory."""
        return cls(directory, directory, directory / "logs")

    @property
    def settings_file(self) -> Path:
        """The account and the preferences."""
        return self.config_dir / "settings.toml"

    @property
    def window_file(self) -> Path:
        """Where the window stood when it was closed."""
        return self.config_dir / "window.ini"

    @property
    def log_file(self) -> Path:
        """The log that is written now; older ones lie beside it."""
        return self.log_dir / "callctrl.log"

    @property
    def crash_file(self) -> Path:
        """Where the interpreter's last words go when it dies."""
        return self.log_dir / "crash.log"

    def create(self) -> None:
        """Make the folders that are not there yet, for this user only; may raise OSError."""
        for folder in (self.config_dir, self.log_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
