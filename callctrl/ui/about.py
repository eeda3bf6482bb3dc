"""The About box."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from callctrl import PRODUCT, __version__
from callctrl.ui.icons import app_icon
from callctrl.ui.widgets import button, fit_height, frame, label, set_width

__all__ = ["show_about"]

translate = QCoreApplication.translate


def show_about(parent: QWidget | None = None) -> QDialog:
    """Open the box; keep the dialog until it has `finished`."""
    box = QDialog(parent)
    box.setWindowTitle(translate("About", "About Call Ctrl"))
    box.setWindowIcon(app_icon())
    picture = QLabel()
    picture.setPixmap(app_icon().pixmap(QSize(64, 64), box.devicePixelRatio()))
    words = QVBoxLayout()
    words.setSpacing(4)
    words.addWidget(label(PRODUCT, "title"))
    words.addWidget(
        label(translate("About", "Version {version}").format(version=__version__), "quiet")
    )
    words.addSpacing(8)
    words.addWidget(label(translate("About", "The desk phone beside you, on your PC."), wrap=True))
    words.addWidget(
        label(
            translate(
                "About",
                "Free software under the MIT licence, made with Python, Qt and PySide6.",
            ),
            "quiet",
            wrap=True,
        )
    )
    line = QHBoxLayout()
    line.setSpacing(16)
    line.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
    line.addLayout(words, 1)
    body, buttons = frame(box)
    body.setContentsMargins(20, 20, 20, 20)
    body.addLayout(line)
    close = button(translate("About", "&Close"), primary=True)
    close.clicked.connect(box.accept)
    buttons.addWidget(close)
    set_width(box, 27)
    box.open()
    fit_height(box)
    return box
