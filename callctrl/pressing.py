"""`callctrl press KEY`, without all that other commands load.

A desktop starts it when a key is pressed, and somebody waits for the call to be answered.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from callctrl.globalkeys import GlobalKey
from callctrl.headless.exitcodes import ExitCode
from callctrl.remote import NobodyThere, RemoteError, Reply, address_of, call
from callctrl.store.paths import Paths

__all__ = ["KEYS", "press", "tell_reply"]

KEYS = tuple(key.value for key in GlobalKey)
"""What can be pressed."""

_REPLY_WITHIN = 30.0
"""Seconds; the running program answers at once."""


def press(profile: Path | None, key: str) -> int:
    """Have a key pressed in the running program with that profile; the exit code."""
    address = address_of(Paths.of(profile).config_dir)
    return tell_reply(lambda: call(address, ["press", key], _REPLY_WITHIN))


def tell_reply(ask: Callable[[], Reply], *, as_json: bool = False) -> int:
    """Print what the running program answers; the exit code."""
    try:
        reply = ask()
    except NobodyThere as error:
        print(f"{error} Start it with `callctrl`.", file=sys.stderr)
        return ExitCode.NOT_RUNNING
    except RemoteError as error:
        print(error, file=sys.stderr)
        return ExitCode.FAILED
    text = json.dumps(reply.data) if as_json and reply.ok else reply.text
    if text:
        print(text, file=sys.stdout if reply.ok else sys.stderr)
    return reply.exit_code
