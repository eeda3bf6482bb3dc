"""The pages of the settings wizard, one after the other."""

# ruff: noqa: RUF001 — the sign before "SIP Parameters" leads through a menu

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from callctrl.abilities import WhatWorks
from callctrl.accounts import PASSWORD_LIMIT, Account, PbxKind
from callctrl.offers import Seen
from callctrl.store.passwords import StoreProblem
from callctrl.ui.deskwords import lines_of_desk
from callctrl.ui.locked import lock_note
from callctrl.ui.widgets import Choice, Field, Outcome, Row, announce, rule
from callctrl.ui.wizardconnection import ConnectionFields, port_edit, port_in
from callctrl.ui.wizardwords import (
    FetchRequest,
    Found,
    Line,
    Secret,
    StepResult,
    TestStep,
    lines_about,
    step_line,
    store_line,
)

__all__ = ["AddressPage", "KindPage", "NamesPage", "Page", "TestPage"]

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Face:
    """What the wizard shows round a page as it stands."""

    title: str
    subtitle: str
    primary: str
    """What the next step is called."""
    second: str = ""
    """What the other way on is called, or empty where there is none."""
    is_busy: bool = False
    """Whether the next step has to wait."""
    may_go_back: bool = True


class Page(QWidget):
    """One page: its face, and what its two ways on do."""

    changed = Signal()
    """The face is to be shown afresh."""
    finished = Signal()
    """On to the next page."""

    def face(self) -> Face:
        """What to show round it."""
        raise NotImplementedError

    def first_to_fill(self) -> QWidget | None:
        """Where the caret belongs; None where everything is filled in."""
        return None

    def press_primary(self) -> None:
        """Take the next step."""
        self.finished.emit()

    def press_second(self) -> None:
        """Take the other way on."""

    def lock(self, why_locked: Callable[[str], str]) -> None:
        """Let what is locked be read only; `why_locked` says who locked a field of the account."""

    def enter(self) -> None:
        """The page is shown."""

    def leave(self) -> None:
        """The person goes back, or away."""


# Page 1


class KindPage(Page):
    """Which phone system."""

    kind_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._buttons = {
            PbxKind.SPA9000: Choice(
                self.tr("&Linksys or Cisco SPA9000"),
                self.tr("With Linksys or Cisco SPA desk phones. Most settings are read from them."),
            ),
            PbxKind.SIP: Choice(
                self.tr("&Another SIP phone system"),
                self.tr(
                    "Such as Asterisk or FreePBX. Calls, colleagues and messages are shown, and "
                    "numbers dialled; calls are answered on the handset."
                ),
            ),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        group = QButtonGroup(self)
        for radio in self._buttons.values():
            group.addButton(radio)
            radio.toggled.connect(self._tell)
            column.addWidget(radio)
        self._column = column
        column.addStretch(1)
        self._buttons[PbxKind.SPA9000].setChecked(True)

    def kind(self) -> PbxKind:
        """The phone system that is chosen."""
        return next(kind for kind, radio in self._buttons.items() if radio.isChecked())

    def set_kind(self, kind: PbxKind) -> None:
        """Choose one."""
        self._buttons[kind].setChecked(True)

    def lock(self, why_locked: Callable[[str], str]) -> None:
        """Leave only the kind there is."""
        if why := why_locked("kind"):
            chosen = self._buttons[self.kind()]
            for radio in self._buttons.values():
                radio.setEnabled(radio is chosen)
            self._column.insertWidget(len(self._buttons), lock_note(chosen.accessibleName(), why))

    def face(self) -> Face:
        """Nothing here can go wrong."""
        return Face(
            title=self.tr("Which phone system do you have?"),
            subtitle=self.tr("Call Ctrl works through it. Whoever looks after your phones knows."),
            primary=self.tr("&Next"),
            may_go_back=False,
        )

    def first_to_fill(self) -> QWidget:
        """The choice that is made; the arrow keys change it."""
        return self._buttons[self.kind()]

    def _tell(self, checked: bool) -> None:
        if checked:
            self.kind_changed.emit(self.kind())


# Page 2


class _Reading(Enum):
    """How far reading the devices has come."""

    NOT_YET = "not yet"
    UNDER_WAY = "under way"
    TOLD = "told"


class AddressPage(Page):
    """Where the phone system is; at a SPA9000, what it and the phone tell of themselves."""

    fetch_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._kind = PbxKind.SPA9000
        self._reading = _Reading.NOT_YET
        self._request = FetchRequest("")
        form = _form()
        self.pbx = Field(form, "", QLineEdit(), "")
        self._port = Field(
            form,
            self.tr("P&ort"),
            port_edit(""),
            self.tr("Mostly left empty: 5060, or 5061 with TLS, or as the name server says."),
        )
        self._phone = Field(
            form,
            self.tr("&Phone's address"),
            QLineEdit(),
            self.tr("The desk phone's; its menu shows it under Network."),
        )
        show = _show_button()
        self._admin = Field(
            form,
            self.tr("&Admin password"),
            _password_edit(show),
            self.tr("Of their web pages, where one is set. It is not kept."),
            show,
        )
        self._rows = QVBoxLayout()
        self._rows.setSpacing(12)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addLayout(self._rows)
        column.addStretch(1)
        for field in (self.pbx, self._phone, self._admin):
            field.edit.textEdited.connect(self._start_over)
        self.show_kind(self._kind)

    def set_account(self, account: Account) -> None:
        """Fill in what is known."""
        self.pbx.edit.setText(account.pbx)
        self._phone.edit.setText(account.phone)
        if account.kind is PbxKind.SIP:
            self._port.edit.setText(str(account.port or ""))

    def lock(self, why_locked: Callable[[str], str]) -> None:
        """Let an address that is locked be read only."""
        self.pbx.lock(why_locked("pbx"))
        self._port.lock(why_locked("port"))
        self._phone.lock(why_locked("phone"))

    def show_kind(self, kind: PbxKind) -> None:
        """Ask for what this phone system needs."""
        self._kind = kind
        is_spa = kind is PbxKind.SPA9000
        if is_spa:
            self.pbx.rename(
                self.tr("&SPA9000's address"),
                self.tr("Name or IP address, such as 192.168.1.10."),
            )
        else:
            self.pbx.rename(
                self.tr("&Server's address"),
                self.tr("Name or IP address of the phone system, such as pbx.example.com."),
            )
        self._port.set_visible(not is_spa)
        self._phone.set_visible(is_spa)
        self._admin.set_visible(is_spa)
        self._start_over()

    def port_number(self) -> int:
        """The port typed here, which is asked for where it is no SPA9000; 0 where none is."""
        return port_in(self._port.text() or "0")

    def pbx_host(self) -> str:
        """The phone system's address; a port typed with it is that of its web page."""
        return _without_port(self.pbx.text())

    def phone_address(self) -> str:
        """The phone's address, or empty; likewise."""
        return _without_port(self._phone.text()) if self._kind is PbxKind.SPA9000 else ""

    def show_found(self, found: Found) -> bool:
        """List what was read and what not; whether anybody still wants to know."""
        if self._reading is not _Reading.UNDER_WAY:
            return False
        self._reading = _Reading.TOLD
        if found.phone_address and not self._phone.text() and not self._phone.is_locked:
            self._phone.edit.setText(found.phone_address)
        lines = lines_about(found, self._request)
        _clear(self._rows)
        for line in lines:
            row = Row(*line)
            self._rows.addWidget(row)
            row.show()  # now, not when the loop comes round: the wizard measures it
        self.changed.emit()
        announce(self, " ".join(line.title + "." for line in lines))
        return True

    def face(self) -> Face:
        """At a SPA9000 the next step is to read, unless that has been done."""
        if self._kind is PbxKind.SIP:
            return Face(
                title=self.tr("Where is the phone system?"),
                subtitle=self.tr("Nothing is asked there before the test on the last page."),
                primary=self.tr("&Next"),
            )
        primary, second = {
            _Reading.NOT_YET: (self.tr("&Read settings"), self.tr("&Type them in")),
            _Reading.UNDER_WAY: (self.tr("Reading…"), self.tr("&Type them in")),
            _Reading.TOLD: (self.tr("&Next"), self.tr("&Read again")),
        }[self._reading]
        return Face(
            title=self.tr("Where are the SPA9000 and the phone?"),
            subtitle=self.tr(
                "Their web pages tell most settings, as far as they let Call Ctrl in."
            ),
            primary=primary,
            second=second,
            is_busy=self._reading is _Reading.UNDER_WAY,
        )

    def first_to_fill(self) -> QWidget | None:
        """What is needed and empty; the admin password mostly stays so."""
        fields = [self.pbx, self._phone] if self._kind is PbxKind.SPA9000 else [self.pbx]
        return next((each.edit for each in fields if not (each.text() or each.is_locked)), None)

    def press_primary(self) -> None:
        """Read, or go on with what was read."""
        if not self._is_complete():
            return
        if self._kind is PbxKind.SIP or self._reading is _Reading.TOLD:
            self.finished.emit()
        else:
            self._read()

    def press_second(self) -> None:
        """Go on without reading, or read again."""
        if not self._is_complete():
            return
        if self._reading is _Reading.TOLD:
            self._read()
        else:
            self.finished.emit()

    def _read(self) -> None:
        _clear(self._rows)
        self._reading = _Reading.UNDER_WAY
        self._request = FetchRequest(
            self.pbx.text(), self._phone.text(), Secret(self._admin.edit.text())
        )
        self.changed.emit()
        self.fetch_requested.emit(self._request)

    def _start_over(self) -> None:
        self._reading = _Reading.NOT_YET
        _clear(self._rows)
        self.changed.emit()

    def _is_complete(self) -> bool:
        self.pbx.edit.setText(_host(self.pbx.text()))
        self._phone.edit.setText(_host(self._phone.text()))
        if _is_missing(self.pbx, self.tr("Type the address of the phone system.")):
            return False
        for field in (self.pbx, self._phone):
            if not _is_host(field.text()):
                field.complain(self.tr("An address has no blanks, such as 192.168.1.10."))
                return False
        if self._kind is PbxKind.SIP and self.port_number() < 0:
            self._port.complain(self.tr("A port is a number from 1 to 65535, or nothing."))
            return False
        return True


# Page 3


class NamesPage(Page):
    """The names, kept apart: four at a SPA9000, elsewhere two and whose they are."""

    def __init__(self, computer: str) -> None:
        super().__init__()
        self._kind = PbxKind.SPA9000
        form = _form()
        self.computer = Field(form, self.tr("This &PC's name"), QLineEdit(computer), "")
        self.extension = Field(form, "", QLineEdit(), "")
        self.station = Field(form, "", QLineEdit(), "")
        show = _show_button()
        self.password = Field(form, self.tr("Pass&word"), _password_edit(show), "", show)
        self.connection = ConnectionFields(form, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addStretch(1)
        self.connection.changed.connect(self.changed)
        self.show_kind(self._kind)

    def set_account(self, account: Account, secret: Secret) -> None:
        """Fill in what is known."""
        self.computer.edit.setText(account.computer or self.computer.edit.text())
        self.extension.edit.setText(account.extension)
        self.station.edit.setText(account.station)
        self.password.edit.setText(secret.text)
        self.connection.set_account(account)

    def lock(self, why_locked: Callable[[str], str]) -> None:
        """Let names that are locked be read only."""
        self.computer.lock(why_locked("computer"))
        self.extension.lock(why_locked("extension"))
        self.station.lock(why_locked("station"))
        self.connection.lock(why_locked)

    def fill(self, found: Found) -> None:
        """Fill in what was read, over what was stored but not over what was typed."""
        read = {
            self.extension: found.extension or None,
            self.station: found.station or None,
            self.password: None if found.password is None else found.password.text,
        }
        for field, text in read.items():
            if text is not None and not (field.edit.isModified() or field.is_locked):
                field.edit.setText(text)

    def show_kind(self, kind: PbxKind) -> None:
        """Call things as this phone system calls them."""
        self._kind = kind
        if kind is PbxKind.SPA9000:
            self.computer.rename(
                self.tr("This &PC's name"),
                self.tr("How the SPA9000 knows this PC. Its own name is right."),
            )
            self.extension.rename(
                self.tr("&Extension"),
                self.tr("The phone's User ID, such as 200 (Ext 1 › Subscriber Information)."),
            )
            self.station.rename(
                self.tr("&Station name"),
                self.tr("The phone's own name, such as FrontDesk (Phone › General)."),
            )
            self.password.rename(
                self.tr("Pass&word"),
                self.tr(
                    "The SPA9000's Phone Ext Password (SIP › PBX Phone Parameters). "
                    "Where that is empty, leave it empty here."
                ),
            )
        else:
            self.extension.rename(
                self.tr("&User name"),
                self.tr(
                    "Of an account of Call Ctrl's own, just as the phone system has it. Ask the "
                    "administrator for one."
                ),
            )
            self.station.rename(
                self.tr("&My phone's extension"),
                self.tr(
                    "Of the phone on your desk. Its own account will not do above: its calls "
                    "would come to this PC, and the phone stay silent."
                ),
            )
            self.password.rename(
                self.tr("Pass&word"), self.tr("Of Call Ctrl's own account, used just as typed.")
            )
        self.computer.set_visible(kind is PbxKind.SPA9000)
        self.connection.show_kind(kind)

    def face(self) -> Face:
        """What is easily mixed up."""
        if self._kind is PbxKind.SPA9000:
            subtitle = self.tr(
                "Four things easily mixed up, each with the place where it is found."
            )
        else:
            subtitle = self.tr("Two accounts easily mixed up: Call Ctrl's own, and your phone's.")
        return Face(
            title=self.tr("Who is who?"),
            subtitle=subtitle,
            primary=self.tr("&Test the connection"),
        )

    def first_to_fill(self) -> QWidget | None:
        """The first that is empty."""
        fields = *self._names(), self.password
        return next((field.edit for field in fields if not field.edit.text()), None)

    def _names(self) -> tuple[Field, ...]:
        """What has to be filled in; only a SPA9000 knows this PC by a name."""
        if self._kind is PbxKind.SPA9000:
            return self.computer, self.extension, self.station
        return self.extension, self.station

    def press_primary(self) -> None:
        """Go on to the test."""
        if self._is_complete():
            self.finished.emit()

    def _is_complete(self) -> bool:
        for field in self._names():
            if _is_missing(field, self.tr("This is needed.")):
                return False
            if not field.text().isprintable():
                field.complain(self.tr("Only letters, digits and signs, please."))
                return False
        account = Account("", self.extension.text(), self.station.text(), "", kind=self._kind)
        if account.is_own_phone:
            self.extension.complain(
                self.tr(
                    "That is the phone's own account: its calls would come to this PC, and the "
                    "phone stay silent. Ask the administrator for one of Call Ctrl's own."
                )
            )
            return False
        if len(self.password.edit.text()) > PASSWORD_LIMIT:
            self.password.complain(
                self.tr("A password has at most {limit} characters.").format(limit=PASSWORD_LIMIT)
            )
            return False
        return self.connection.is_complete()


# Page 4


class _Stage(Enum):
    """How far the last page has come."""

    IDLE = "idle"
    TESTING = "testing"
    FAILED = "failed"
    PASSED = "passed"
    SAVING = "saving"
    UNSAVED = "unsaved"
    """Saving was tried and the password store did not play along."""


class TestPage(Page):
    """The live test, line by line, and what became of saving."""

    test_requested = Signal()
    test_cancelled = Signal()
    save_requested = Signal(bool)

    __test__ = False  # no test class, whatever pytest thinks

    def __init__(self) -> None:
        super().__init__()
        self._stage = _Stage.IDLE
        self._account = Account("", "", "", "")
        self._results: dict[TestStep, StepResult] = {}
        self._rows = {step: Row(Outcome.WAITING, "") for step in TestStep}
        self._desk = QVBoxLayout()
        """What works at this desk besides, where that was asked."""
        self._desk.setSpacing(10)
        self._end = Row(Outcome.WAITING, "")
        self._end.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for row in self._rows.values():
            column.addWidget(row)
            column.addWidget(rule())
        column.addLayout(self._desk)
        column.addWidget(self._end)
        column.addStretch(1)
        self.setAccessibleName(self.face().title)

    def set_account(self, account: Account) -> None:
        """What the test will be about."""
        self._account = account

    def show_step(self, result: StepResult) -> None:
        """Tell how one step stands."""
        self._results[result.step] = result
        note = "" if result.ms is None else self.tr("{ms} ms").format(ms=result.ms)
        row = self._rows[result.step]
        row.show_outcome(*step_line(result, self._account), note)
        if result.outcome is Outcome.FAILED:
            announce(self, row.text())
        self.changed.emit()

    def show_desk(self, sees: tuple[Seen, ...], does: tuple[WhatWorks, ...]) -> None:
        """Tell what works at this desk besides; of nothing that was not asked, nothing is told."""
        if self._stage is _Stage.TESTING and sees:
            lines = lines_of_desk(self._account, sees, does)
            for line in lines:
                for part in (Row(*line), rule()):
                    self._desk.addWidget(part)
                    part.show()  # now, not when the loop comes round: the wizard measures it
            self.changed.emit()
            announce(self, " ".join(line.title + "." for line in lines))

    def show_verdict(self, passed: bool) -> None:
        """Tell that the test is over; what still ran did not come to its end."""
        if self._stage is not _Stage.TESTING:
            return
        for step, result in list(self._results.items()):
            if result.outcome is Outcome.RUNNING:
                self.show_step(StepResult(step, Outcome.WAITING))
        if passed:
            self._show(
                _Stage.PASSED,
                Line(
                    Outcome.PASSED,
                    self.tr("The connection works")
                    if self._account.kind is PbxKind.SIP  # and of the rest each line tells
                    else self.tr("Everything works"),
                    self.tr("Finish saves it, the password in the system's password store."),
                ),
            )
        else:
            self._show(_Stage.FAILED)

    def is_saving(self) -> bool:
        """Whether what is kept is just being written."""
        return self._stage is _Stage.SAVING

    def show_keyring_problem(self, problem: StoreProblem) -> None:
        """Tell why the password could not be kept."""
        self._show(_Stage.UNSAVED, store_line(problem))

    def face(self) -> Face:
        """The two ways on depend on how far it has come."""
        again, anyway = self.tr("&Test again"), self.tr("Save &anyway")
        primary, second = {
            _Stage.IDLE: (again, anyway),
            _Stage.TESTING: (self.tr("Testing…"), anyway),
            _Stage.FAILED: (again, anyway),
            _Stage.PASSED: (self.tr("&Finish"), ""),
            _Stage.SAVING: (self.tr("Saving…"), ""),
            _Stage.UNSAVED: (self.tr("&Try again"), self.tr("&Keep for this session only")),
        }[self._stage]
        return Face(
            title=self.tr("Testing the connection"),
            subtitle=self.tr("Nothing is saved until this works, or you say so."),
            primary=primary,
            second=second,
            is_busy=self._stage in (_Stage.TESTING, _Stage.SAVING),
            may_go_back=self._stage is not _Stage.SAVING,
        )

    def press_primary(self) -> None:
        """Test, or save."""
        if self._stage in (_Stage.PASSED, _Stage.UNSAVED):
            self._save(session_only=False)
        else:
            self.enter()

    def press_second(self) -> None:
        """Save untested, or for this session only."""
        session_only = self._stage is _Stage.UNSAVED
        self.leave()
        self._save(session_only)

    def enter(self) -> None:
        """Begin the test afresh."""
        self._results.clear()
        _clear(self._desk)
        for step in TestStep:
            self.show_step(StepResult(step, Outcome.WAITING))
        self._show(_Stage.TESTING)
        self.test_requested.emit()

    def leave(self) -> None:
        """Call the test off where it still runs."""
        if self._stage is _Stage.TESTING:
            self._stage = _Stage.IDLE
            self.test_cancelled.emit()

    def _save(self, session_only: bool) -> None:
        self._show(
            _Stage.SAVING,
            Line(
                Outcome.RUNNING,
                self.tr("Saving"),
                self.tr("Waiting for the system's password store, which may ask you something."),
            ),
        )
        self.save_requested.emit(session_only)

    def _show(self, stage: _Stage, line: Line | None = None) -> None:
        self._stage = stage
        self._end.setVisible(line is not None)
        if line is not None:
            self._end.show_outcome(*line)
            announce(self, self._end.text())
        self.changed.emit()


# Small things


def _clear(rows: QVBoxLayout) -> None:
    while (item := rows.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def _form() -> QGridLayout:
    form = QGridLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(4)
    form.setColumnStretch(1, 1)
    return form


def _show_button() -> QPushButton:
    """Says "Show" and lets a password be read while it is down."""
    it = QPushButton(translate("Wizard", "S&how"))
    it.setProperty("role", "link")
    it.setCheckable(True)
    it.setAccessibleName(translate("Wizard", "Show the password"))
    return it


def _password_edit(show: QPushButton) -> QLineEdit:
    edit = QLineEdit()
    edit.setEchoMode(QLineEdit.EchoMode.Password)
    mode = QLineEdit.EchoMode
    show.toggled.connect(lambda on: edit.setEchoMode(mode.Normal if on else mode.Password))
    return edit


def _host(text: str) -> str:
    """The host of what was typed, which may be copied from a browser."""
    return re.sub(r"^[a-z]+://|/.*$", "", text.strip(), flags=re.IGNORECASE)


def _without_port(host: str) -> str:
    """`192.168.1.10:8080` without the port; an IPv6 address stays as it is."""
    name, colon, port = host.partition(":")
    return name if colon and port.isdigit() else host


def _is_host(text: str) -> bool:
    return not re.search(r"[\s@]", text) and text.isprintable()


def _is_missing(field: Field, problem: str) -> bool:
    if field.text():
        return False
    field.complain(problem)
    return True
