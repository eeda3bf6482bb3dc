"""The dial plan: where the desk stands, how numbers are rewritten, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QLocale, QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from callctrl.numbers import DialPlan, Kind, Preview, countries, examples
from callctrl.store.administration import Administration
from callctrl.ui.locked import lock, lock_note, why_locked
from callctrl.ui.switchline import SwitchLine
from callctrl.ui.widgets import DropDown, label, rule

__all__ = ["DialPlanPage", "country_here"]

translate = QCoreApplication.translate

_LONGEST_INTERNAL = 10
"""Digits."""


def country_here() -> str:
    """The country the system is set to, as ISO 3166 has it; empty where that is none."""
    code = QLocale.territoryToCode(QLocale.system().territory())
    return code if len(code) == 2 else ""


class DialPlanPage(QWidget):
    """Each field works at once; below them stands what the phone would dial."""

    changed = Signal(object)
    """The `DialPlan` as it is now."""

    def __init__(
        self,
        plan: DialPlan,
        administration: Administration | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan = plan
        self._administration = administration or Administration()
        hint = self.tr(
            "Off: every character is passed on as it is typed. Emergency numbers are never "
            "rewritten."
        )
        switch = SwitchLine(self.tr("&Enable Dial Plan"), hint, checked=plan.enabled)
        self._enabled = switch.switch

        self._country = DropDown()
        self._country.addItem(self.tr("not said"), "")
        for code, country in _countries_by_name():
            self._country.addItem(f"{country} ({code})", code)
        self._country.setCurrentIndex(max(0, self._country.findData(plan.country)))
        self._area = _digits(plan.area_code)
        self._outside = _digits(plan.outside_digit)
        self._long_distance = _digits(plan.long_distance_digit)
        self._internal = DropDown()
        self._internal.addItem(self.tr("none"), 0)
        for digits in range(1, _LONGEST_INTERNAL + 1):
            text = self.tr("up to {digits} digits").format(digits=digits)
            self._internal.addItem(text, digits)
        self._internal.setCurrentIndex(max(0, self._internal.findData(plan.internal_length)))
        form = QGridLayout()
        form.setColumnStretch(1, 1)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        for row, (text, field) in enumerate(
            (
                (self.tr("Co&untry"), self._country),
                (self.tr("&Area code"), self._area),
                (self.tr("&Outside line"), self._outside),
                (self.tr("Long &distance"), self._long_distance),
                (self.tr("I&nternal numbers"), self._internal),
            )
        ):
            name_of_field = label(text, "strong", wrap=True)
            name_of_field.setTextFormat(Qt.TextFormat.AutoText)
            name_of_field.setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
            form.addWidget(name_of_field, row, 0)
            form.addWidget(field, row, 1)

        fields_of: dict[str, QWidget] = {
            "enabled": self._enabled,
            "country": self._country,
            "area_code": self._area,
            "outside_digit": self._outside,
            "long_distance_digit": self._long_distance,
            "internal_length": self._internal,
        }
        for key, widget in fields_of.items():
            lock(widget, why_locked(self._administration, "dial_plan", key))
        locked = why_locked(self._administration, "dial_plan", *fields_of)
        note = lock_note(self.tr("What is grey"), locked)

        self._try = QLineEdit()
        self._try.setPlaceholderText(self.tr("Try a number"))
        self._try.setAccessibleName(self.tr("Try a number"))
        self._result = label("", "strong", wrap=True)
        self._samples = label("", "panel", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addLayout(switch)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(rule())
        column.addWidget(self._try)
        column.addWidget(self._result)
        column.addWidget(self._samples)
        column.addStretch(1)

        self._enabled.toggled.connect(self._switch)
        self._country.activated.connect(self._change)
        for edit in (self._area, self._outside, self._long_distance):
            edit.textEdited.connect(self._change)
        self._internal.activated.connect(self._change)
        self._try.textChanged.connect(self._show)
        self._show()

    @property
    def plan(self) -> DialPlan:
        """The plan as it is on the page."""
        return self._plan

    def preview(self) -> str:
        """What the page says of the number that is tried."""
        return self._result.text()

    def samples(self) -> str:
        """What the page says of a few numbers of the country."""
        return self._samples.text()

    def show_enabled(self, enabled: bool) -> None:
        """Show that the plan was switched elsewhere."""
        self._enabled.blockSignals(True)
        self._enabled.setChecked(enabled)
        self._enabled.blockSignals(False)
        self._plan = replace(self._plan, enabled=enabled)
        self._show()

    def _switch(self, enabled: bool) -> None:
        if enabled and self._country.isEnabled() and not self._country.currentData():
            here = self._country.findData(country_here())
            self._country.setCurrentIndex(max(0, here))
        self._change()

    def _change(self) -> None:
        plan = DialPlan(
            enabled=self._enabled.isChecked(),
            country=self._country.currentData(),
            area_code=self._area.text(),
            outside_digit=self._outside.text(),
            long_distance_digit=self._long_distance.text(),
            internal_length=self._internal.currentData(),
        )
        self._plan = self._administration.obeyed("dial_plan", plan)
        self._show()
        self.changed.emit(self._plan)

    def _show(self) -> None:
        tried = self._try.text().strip()
        self._result.setText(_in_words(self._plan.preview(tried)) if tried else "")
        self._result.setVisible(bool(tried))
        previews = [self._plan.preview(each) for each in examples(self._plan.country)]
        self._samples.setText("\n".join(_in_words(each) for each in previews))
        self._samples.setVisible(bool(previews))


def _in_words(preview: Preview) -> str:
    text = translate("DialPlan", "{typed} → the phone dials {dialled} ({kind})")
    return text.format(
        typed=preview.typed, dialled=preview.dialled, kind=_kind_in_words(preview.kind)
    )


def _kind_in_words(kind: Kind) -> str:
    match kind:
        case Kind.UNCHANGED:
            return translate("DialPlan", "unchanged")
        case Kind.EMERGENCY:
            return translate("DialPlan", "emergency, never rewritten")
        case Kind.INTERNAL:
            return translate("DialPlan", "internal")
        case Kind.CODE:
            return translate("DialPlan", "feature code")
        case Kind.LOCAL:
            return translate("DialPlan", "local")
        case Kind.NATIONAL:
            return translate("DialPlan", "long distance")
        case Kind.INTERNATIONAL:
            return translate("DialPlan", "international")


def _countries_by_name() -> list[tuple[str, str]]:
    named = [
        (code, QLocale.territoryToString(QLocale.codeToTerritory(code))) for code in countries()
    ]
    return sorted(
        ((code, name) for code, name in named if name != "Default"), key=lambda each: each[1]
    )


def _digits(text: str) -> QLineEdit:
    edit = QLineEdit(text)
    edit.setMaxLength(8)
    edit.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9*#]*"), edit))
    return edit
