"""What only an administrator changes about the way to the phone system, behind one button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from callctrl.accounts import Account, PbxKind, SipTransport
from callctrl.authorities import FileFault, fault_of
from callctrl.places import place_from
from callctrl.ui.locked import lock
from callctrl.ui.widgets import DropDown, Field, label

__all__ = ["ConnectionFields", "port_edit", "port_in"]

translate = QCoreApplication.translate

_SPA9000_PORT = 6060
_SIP_PORT = 5060


class ConnectionFields(QObject):
    """The lines of a form that say how the phone system is reached; hidden until asked for."""

    changed = Signal()
    """Lines have come or gone."""

    def __init__(self, form: QGridLayout, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._kind = PbxKind.SPA9000
        self._why_locked = ""
        """Who has set the transport for good; empty where it can be chosen."""
        self._button = QPushButton(self.tr("Ad&vanced"))
        self._button.setProperty("role", "link")
        self._button.setCheckable(True)
        self._button.setAccessibleDescription(
            self.tr("Shows or hides transport, ports, outbound proxy and authorities")
        )
        form.addWidget(self._button, form.rowCount(), 1, Qt.AlignmentFlag.AlignLeft)
        self._transport = DropDown()
        for transport in SipTransport:
            self._transport.addItem(_transport_name(transport), transport)
        name, self._transport_hint = _words(form, self.tr("T&ransport"), self._transport)
        self._transport_line = (name, self._transport, self._transport_hint)
        self._port = Field(
            form,
            self.tr("SPA9000's p&ort"),
            port_edit(str(_SPA9000_PORT)),
            self.tr("6060 unless somebody changed it."),
        )
        self._local_port = Field(
            form,
            self.tr("Port on th&is PC"),
            port_edit(str(_SIP_PORT)),
            self.tr("For UDP. Another is taken where it is in use; 0 takes any."),
        )
        self._proxy = Field(
            form,
            self.tr("Outbound pro&xy"),
            QLineEdit(),
            self.tr("Mostly none. Everything goes through it, such as edge.example.com:5060."),
        )
        choose = QPushButton(self.tr("&Choose…"))
        choose.setProperty("role", "link")
        choose.setAccessibleName(self.tr("Choose the authorities file"))
        self._ca_file = Field(
            form,
            self.tr("&Authorities file"),
            QLineEdit(),
            self.tr("PEM. For a certificate from an authority this PC does not know by itself."),
            choose,
        )
        self._button.toggled.connect(self._show_lines)
        self._transport.currentIndexChanged.connect(self._show_lines)
        self._proxy.edit.textChanged.connect(self._look_at_proxy)
        self._ca_file.edit.textChanged.connect(self._look_at_ca_file)
        choose.clicked.connect(self._choose_ca_file)
        self._show_lines()

    def set_account(self, account: Account) -> None:
        """Fill in what is known."""
        if account.kind is PbxKind.SPA9000:
            self._port.edit.setText(str(account.port))
        self._local_port.edit.setText(str(account.local_port))
        self._transport.setCurrentIndex(self._transport.findData(account.transport))
        self._proxy.edit.setText(account.outbound_proxy)
        self._ca_file.edit.setText(account.ca_file)

    def lock(self, why_locked: Callable[[str], str]) -> None:
        """Lock what is locked of the account's fields, each by its name."""
        self._port.lock(why_locked("port"))
        self._local_port.lock(why_locked("local_port"))
        self._proxy.lock(why_locked("outbound_proxy"))
        self._ca_file.lock(why_locked("ca_file"))
        self._why_locked = why_locked("transport")
        lock(self._transport, self._why_locked)
        self._show_lines()

    def show_kind(self, kind: PbxKind) -> None:
        """Ask for what this phone system needs."""
        self._kind = kind
        self._show_lines()

    def applied_to(self, account: Account) -> Account:
        """The account with what stands here; the port only where it is a SPA9000's."""
        if self._kind is PbxKind.SPA9000:
            account = replace(account, port=port_in(self._port.text()))
        return replace(
            account,
            local_port=port_in(self._local_port.text()),
            transport=self._transport.currentData(),
            outbound_proxy=self._proxy.text(),
            ca_file=self._ca_file.text(),
        )

    def is_complete(self) -> bool:
        """Whether all of it can be used; what cannot is shown and complained of."""
        problems: list[tuple[Field, str]] = []
        if self._kind is PbxKind.SPA9000 and port_in(self._port.text()) < 1:
            problems.append((self._port, self.tr("A port is a number from 1 to 65535.")))
        if port_in(self._local_port.text()) < 0:
            problems.append((self._local_port, self.tr("A port is a number from 0 to 65535.")))
        problems.append((self._proxy, _proxy_problem(self._proxy.text())))
        if self._may_be_tls():
            problems.append((self._ca_file, _file_problem(self._ca_file.text())))
        for field, problem in problems:
            if problem:
                self._button.setChecked(True)
                field.complain(problem)
                return False
        return True

    def _may_be_tls(self) -> bool:
        return self._transport.currentData() in (SipTransport.AUTO, SipTransport.TLS)

    def _show_lines(self) -> None:
        shown = self._button.isChecked()
        for widget in self._transport_line:
            widget.setVisible(shown)
        self._port.set_visible(shown and self._kind is PbxKind.SPA9000)
        self._local_port.set_visible(shown)
        self._proxy.set_visible(shown)
        self._ca_file.set_visible(shown and self._may_be_tls())
        hint = self._why_locked or _transport_hint(self._transport.currentData())
        self._transport_hint.setText(hint)
        self._transport.setAccessibleDescription(hint)
        self.changed.emit()

    def _look_at_proxy(self, text: str) -> None:
        if not _may_become_a_place(text.strip()):
            self._proxy.warn(_proxy_problem(text.strip()))

    def _look_at_ca_file(self, text: str) -> None:
        self._ca_file.warn(_file_problem(text.strip()))

    def _choose_ca_file(self) -> None:
        dialog = QFileDialog(self._page, self.tr("Choose a file of authorities"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [
                self.tr("Certificates ({patterns})").format(patterns="*.pem *.crt *.cer"),
                self.tr("All files ({patterns})").format(patterns="*"),
            ]
        )
        if self._ca_file.text():
            dialog.setDirectory(str(Path(self._ca_file.text()).parent))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._ca_file.edit.setText(str(Path(name))))
        dialog.open()


def _words(form: QGridLayout, name: str, edit: QWidget) -> tuple[QLabel, QLabel]:
    """The label and the quiet line of what is chosen rather than typed, as a `Field` has them."""
    title, hint = label(name, "strong"), label("", "quiet", wrap=True)
    title.setTextFormat(Qt.TextFormat.AutoText)  # for the mnemonic
    title.setBuddy(edit)
    edit.setAccessibleName(name.replace("&", ""))
    hint.setContentsMargins(0, 0, 0, 12)
    row = form.rowCount()
    form.addWidget(title, row, 0)
    form.addWidget(edit, row, 1)
    form.addWidget(hint, row + 1, 1)
    return title, hint


def port_edit(port: str) -> QLineEdit:
    """A line for a port, with one filled in."""
    edit = QLineEdit(port)
    edit.setMaxLength(5)
    return edit


def port_in(text: str) -> int:
    """The port typed, from 0 to 65535, or -1 where it is none."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    return number if number <= 65535 else -1


def _transport_name(transport: SipTransport) -> str:
    match transport:
        case SipTransport.AUTO:
            return translate("Wizard", "Automatic")
        case SipTransport.UDP:
            return translate("Wizard", "UDP")
        case SipTransport.TCP:
            return translate("Wizard", "TCP")
        case SipTransport.TLS:
            return translate("Wizard", "TLS, encrypted")


def _transport_hint(transport: SipTransport) -> str:
    match transport:
        case SipTransport.AUTO:
            return translate("Wizard", "As the name server says; UDP where it says nothing.")
        case SipTransport.UDP:
            return translate("Wizard", "What phone systems of an office mostly take.")
        case SipTransport.TCP:
            return translate("Wizard", "Where UDP does not get through.")
        case SipTransport.TLS:
            return translate(
                "Wizard", "Only where the phone system shows a certificate this PC trusts."
            )


def _may_become_a_place(text: str) -> bool:
    """Whether it is one, or more typing may make it one."""
    is_begun = text.endswith(":") or (text.startswith("[") and "]" not in text)
    return is_begun or not _proxy_problem(text)


def _proxy_problem(text: str) -> str:
    try:
        is_right = not text or place_from(text).port != 0
    except ValueError:
        is_right = False
    if is_right:
        return ""
    return translate("Wizard", "A name or an address is expected, with or without :port.")


def _file_problem(text: str) -> str:
    """What is wrong with the file of authorities; none is right."""
    if not text:
        return ""
    if not Path(text).is_absolute():
        return translate("Wizard", "The whole path is needed; Choose finds it.")
    match fault_of(Path(text)):
        case FileFault.NOT_THERE:
            return translate("Wizard", "There is no such file.")
        case FileFault.UNREADABLE:
            return translate("Wizard", "This file cannot be read.")
        case FileFault.NO_CERTIFICATE:
            return translate("Wizard", "This file holds no certificate in PEM form.")
        case None:
            return ""
