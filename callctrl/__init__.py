"""Call Ctrl: a receptionist's desk phone on her PC.

The program is a remote control and a mirror. The phone makes the calls, carries the sound and is
always right; Call Ctrl shows what it reports and asks it to act. ARCHITECTURE.md has the map.
"""

__all__ = ["PRODUCT", "__version__"]

__version__ = "0.1.0"

PRODUCT = "Call Ctrl"
