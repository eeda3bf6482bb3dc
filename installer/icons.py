"""The program's icon as the systems want it: PNG files of several sizes, or one ICO file."""

from __future__ import annotations

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

__all__ = ["DRAWING", "SIZES", "ico", "png"]

DRAWING = Path(__file__).resolve().parents[1] / "resources" / "icons" / "callctrl.svg"

SIZES = (16, 22, 24, 32, 48, 64, 128, 256)
"""In pixels: the folders of a Linux icon theme that desktops look into."""

_ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
"""In pixels: what Windows shows at 100 to 250 %."""


def png(size: int) -> bytes:
    """The icon as a PNG file of `size` x `size` pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # its stub wants the name as bytes
    return bytes(content.data())


def ico() -> bytes:
    """The icon as an ICO file: a directory of PNG files, which Windows reads since Vista."""
    pictures = [png(size) for size in _ICO_SIZES]
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    entries = []
    for size, picture in zip(_ICO_SIZES, pictures, strict=True):
        side = size % 256  # 0 stands for 256
        entries.append(struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(picture), offset))
        offset += len(picture)
    return head + b"".join(entries) + b"".join(pictures)
