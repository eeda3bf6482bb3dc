"""The page of the preferences: whose phones are watched besides the people's, and the voicemail."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from callctrl.accounts import MOST_LAMPS, Account, PbxKind
from callctrl.numbers import extensions_in
from callctrl.store.administration import Administration
from callctrl.ui.locked import why_locked
from callctrl.ui.widgets import Field, label

__all__ = ["WatchingPage"]


class WatchingPage(QWidget):
    """Each line works when it is left, or Enter is pressed in it."""

    changed = Signal(object, str, str)
    """The extensions as a tuple, the name of the list, and the number of the voicemail."""

    def __init__(
        self,
        account: Account | None,
        administration: Administration | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        administration = administration or Administration()
        form = QGridLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(4)
        form.setColumnStretch(1, 1)
        self._lamps = Field(
            form,
            self.tr("E&xtensions"),
            QLineEdit(),
            self.tr(
                "Such as 1003, 1004. Those of your people are watched anyway, once the extension "
                "is typed in with their names."
            ),
        )
        self._list = Field(
            form,
            self.tr("Lis&t"),
            QLineEdit(),
            self.tr(
                "Mostly left empty. The name of a list of extensions that the phone system keeps, "
                "where the administrator has made one."
            ),
        )
        self._voicemail = Field(
            form,
            self.tr("&Voicemail"),
            QLineEdit(),
            self.tr("The number that plays messages, such as *97. Mostly the phone system tells."),
        )
        fields = {
            "lamps": self._lamps,
            "lamp_list": self._list,
            "voicemail": self._voicemail,
        }
        is_told = account is not None and account.kind is PbxKind.SIP
        if account is not None and is_told:
            self._lamps.edit.setText(", ".join(account.lamps))
            self._list.edit.setText(account.lamp_list)
            self._voicemail.edit.setText(account.voicemail)
        self._told = self._now()
        for key, field in fields.items():
            field.lock(why_locked(administration, "account", key))
            field.edit.setEnabled(is_told)
            field.edit.editingFinished.connect(self.tell)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        if not is_told:
            why = self.tr("A SPA9000 tells nothing of colleagues.")
            if account is None:
                why = self.tr("Set up a phone system first: the Settings Wizard asks for it.")
            column.addWidget(label(why, "strong", wrap=True))
        column.addLayout(form)
        column.addStretch(1)

    def _now(self) -> tuple[tuple[str, ...], str, str]:
        return extensions_in(self._lamps.text()), self._list.text(), self._voicemail.text()

    def tell(self) -> None:
        """Tell what stands here now, if that is news."""
        now = self._now()
        if len(now[0]) > MOST_LAMPS:
            self._lamps.warn(
                self.tr("At most {most} extensions can be watched.").format(most=MOST_LAMPS)
            )
        elif now != self._told:
            self._told = now
            self.changed.emit(*now)
