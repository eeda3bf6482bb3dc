"""What the screen lets a window do: be seen through, stand where it likes, move."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtGui import QGuiApplication, QNativeInterface
from PySide6.QtWidgets import QApplication

__all__ = ["lets_windows_place_themselves", "shows_translucency", "wants_motion"]


def shows_translucency() -> bool:
    """Whether what is transparent in a window shows what lies behind it; else it shows black."""
    match QGuiApplication.platformName():
        case "windows" | "cocoa" | "wayland" | "offscreen":
            return True
        case "xcb":
            return _x_has_a_compositor()
        case _:
            return False


def lets_windows_place_themselves() -> bool:
    """Whether a window can stand in a corner and leave the keyboard alone: not under Wayland."""
    return not QGuiApplication.platformName().startswith("wayland")


def _x_has_a_compositor() -> bool:
    """Whether somebody owns the selection `_NET_WM_CM_S0`, as the EWMH have it.

    To be asked only on X: elsewhere the display Qt gives is none.
    """
    app = QApplication.instance()
    native = app.nativeInterface() if isinstance(app, QApplication) else None
    if not isinstance(native, QNativeInterface.QX11Application):
        return False
    try:
        x = ctypes.CDLL("libX11.so.6")
    except OSError:
        return False
    display = ctypes.c_void_p(native.display())
    x.XInternAtom.restype = x.XGetSelectionOwner.restype = ctypes.c_ulong
    atom = ctypes.c_ulong(x.XInternAtom(display, b"_NET_WM_CM_S0", 0))
    return bool(x.XGetSelectionOwner(display, atom))


_SPI_GETCLIENTAREAANIMATION = 0x1042


def wants_motion() -> bool:
    """Whether the system lets things move; Qt has no word for it (6.11)."""
    if sys.platform == "win32":
        told = ctypes.c_int(1)
        ctypes.windll.user32.SystemParametersInfoW(
            _SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(told), 0
        )
        return bool(told.value)
    # Of the Linux desktops, KDE's file can be read at once; others may be told by our setting.
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    file = QStandardPaths.locate(place, "kdeglobals")
    if not file:
        return True
    speed = QSettings(file, QSettings.Format.IniFormat).value("KDE/AnimationDurationFactor", "1")
    return str(speed) not in ("0", "0.0")
