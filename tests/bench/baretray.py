"""The least a program with an icon in the tray can be: the icon, a socket, and Qt's own loop."""

from __future__ import annotations

import socket
import sys

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QSystemTrayIcon


def _main() -> int:
    app = QApplication(["bare"])
    app.setQuitOnLastWindowClosed(False)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    notifier = QSocketNotifier(udp.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: udp.recv(65_536))
    picture = QPixmap(22, 22)
    picture.fill(QColor("#199a5c"))
    icon = QSystemTrayIcon(QIcon(picture))
    icon.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(_main())
