"""A policy file of a test's own in /etc, for the real program: an overlay in a mount namespace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["PolicyFolder"]

_OVER_ETC = 'mount -t overlay overlay -o "ro,lowerdir=$1:/etc" /etc && shift && exec "$@"'


class PolicyFolder:
    """What lies over /etc for the programs started with `enter` before their command."""

    def __init__(self, folder: Path) -> None:
        """Skips the test where that cannot be done, and fails it in CI, where it can."""
        self._etc = folder / "etc"
        self.file = self._etc / "callctrl" / "policy.toml"
        """The policy, as seen from outside."""
        for each in (self._etc, self.file.parent):
            each.mkdir()
            each.chmod(0o755)
        self.enter = ("unshare", "-m", "sh", "-c", _OVER_ETC, "sh", str(self._etc))
        """The command that goes there and becomes the one it is given."""
        if missing := self._missing_right():
            # In CI there is, and a test that quietly does not run would be no test.
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {missing}")

    def write(self, text: str) -> None:
        """Put a policy in force."""
        self.file.write_text(text, "utf-8")
        self.file.chmod(0o644)

    def _missing_right(self) -> str:
        if sys.platform != "linux" or not shutil.which("unshare"):
            return "Linux with unshare"
        tried = subprocess.run([*self.enter, "true"], capture_output=True, timeout=60)
        return "" if tried.returncode == 0 else "the right to lay an overlay over /etc"
