"""What every test may rely on: no screen, no real keyring, both kinds of event loop."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
