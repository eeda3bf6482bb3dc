"""Where all that is kept lies on the disk."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

__all__ = ["Paths", "policy_file"]

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

    @classmethod
    def of(cls, profile: Path | None) -> Paths:
        """The folders of a profile, or else this user's."""
        return cls.for_user() if profile is None else cls.below(profile)

    @property
    def options(self) -> list[str]:
        """What the program is started with to find all of this again."""
        return [] if self == Paths.for_user() else [f"--profile={self.config_dir.absolute()}"]

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


def policy_file() -> Path:
    """Where the administrator's policy lies; nothing in the environment leads elsewhere."""
    return _system_folder() / _APP / "policy.toml"


if sys.platform == "win32":
    import ctypes

    _PROGRAM_DATA = "{62AB5D82-FDC1-4DC3-A9DD-070D1D495D97}"  # FOLDERID_ProgramData

    def _system_folder() -> Path:
        """ProgramData by its known folder: the variable of that name is the user's to set."""
        ole, shell = ctypes.OleDLL("ole32"), ctypes.OleDLL("shell32")
        folder, text = (ctypes.c_byte * 16)(), ctypes.c_wchar_p()
        ole.CLSIDFromString(ctypes.c_wchar_p(_PROGRAM_DATA), ctypes.byref(folder))
        shell.SHGetKnownFolderPath(ctypes.byref(folder), 0, None, ctypes.byref(text))
        path = Path(text.value or "")
        ole.CoTaskMemFree.restype = None
        ole.CoTaskMemFree.argtypes = [ctypes.c_wchar_p]
        ole.CoTaskMemFree(text)
        return path
else:

    def _system_folder() -> Path:
        return Path("/Library/Application Support" if sys.platform == "darwin" else "/etc")
