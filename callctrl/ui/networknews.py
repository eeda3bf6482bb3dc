"""What the operating system says of its network: a cable is in, a network was joined or left."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkInformation

__all__ = ["NetworkNews"]

_log = logging.getLogger(__name__)

_TOGETHER_MS = 200
"""Milliseconds within which several changes are one: a new medium is reachable as well."""


class NetworkNews(QObject):
    """Tells of changes as soon as the system does; where it does not, nothing is told."""

    changed = Signal()
    """The network is another than it was."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._together = QTimer(self)
        self._together.setSingleShot(True)
        self._together.setInterval(_TOGETHER_MS)
        self._together.timeout.connect(self.changed)

    def listen(self) -> bool:
        """Load what speaks with the system, and begin to listen; False where there is no such."""
        if not QNetworkInformation.loadDefaultBackend():
            _log.info("the system does not tell of its network")
            return False
        system = QNetworkInformation.instance()
        # From slot to slot, so that Qt forgets the connections when this object is deleted.
        system.reachabilityChanged.connect(self._hear)
        system.transportMediumChanged.connect(self._hear)
        return True

    def _hear(self) -> None:
        _log.info("the system says that the network has changed")
        if not self._together.isActive():
            self._together.start()
