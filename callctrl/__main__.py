"""The way in: the desktop program at once, anything else by `commandline`.

A start shows its icon first. So what the other commands are made of, the engine and the simulator
among it, is loaded only when one of them is given.
"""

from __future__ import annotations

import argparse
import sys

from callctrl.launching import add_options, run

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit code."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    add_options(parser)
    try:
        options, others = parser.parse_known_args(arguments)
    except argparse.ArgumentError:
        pass  # `commandline` finds it, too, and has the words for it
    else:
        match others:
            case []:
                return run(options)
            case ["press", key]:
                from callctrl import pressing

                if key in pressing.KEYS:
                    return pressing.press(options.profile, key)
    from callctrl import commandline

    return commandline.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
