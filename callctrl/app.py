"""The desktop program: builds everything, tells each screen what happened, ends in order.

The composition root. Reading `_on_event` tells who reacts to what. Screens are told by plain
calls and ask by signals; nothing here waits inside a slot: what takes time is a task.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QByteArray,
    QObject,
    QProcess,
    QSettings,
    Qt,
    QUrl,
)
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QMessageBox, QWidget

from callctrl import PRODUCT
from callctrl.accounts import Account, ControlPath
from callctrl.calls import (
    Answer,
    Call,
    Command,
    CommandAnswered,
    DialProgress,
    Event,
    Lamp,
    LampChanged,
    Messages,
    PhoneSeen,
    Refused,
    RegistrationChanged,
    Reject,
    SessionChanged,
    SessionState,
    Stopped,
    Trouble,
)
from callctrl.connection import computer_name
from callctrl.desk import Desk
from callctrl.diagnostics import DebugLog
from callctrl.globalkeys import GlobalKey
from callctrl.line import Line
from callctrl.logoff import Guard
from callctrl.numbers import DialPlan, Link, LinkFault
from callctrl.store.database import StoreError
from callctrl.store.keeping import keep_account
from callctrl.store.passwords import (
    MemoryPasswords,
    Passwords,
    PasswordStoreError,
)
from callctrl.store.settings import Loaded, Paths, Settings, obeying, save
from callctrl.system.program import own_command
from callctrl.system.thispc import ThisPc
from callctrl.ui.globalkeying import (
    DEEDS,
    GlobalKeying,
    MakeWay,
    wanted_by,
    with_keystroke,
)
from callctrl.ui.leaving import LogOff
from callctrl.ui.linkwords import link_fault_in_words
from callctrl.ui.locked import why_locked
from callctrl.ui.networknews import NetworkNews
from callctrl.ui.notifying import ANSWER, Notifying, why_none_in_words
from callctrl.ui.peoplefiles import PeopleFiles
from callctrl.ui.screen import wants_motion
from callctrl.ui.storewords import failure_in_words
from callctrl.ui.switchboard import Switchboard
from callctrl.ui.toast import CardStack
from callctrl.ui.tray import Presence, Tray
from callctrl.ui.window import Window

if TYPE_CHECKING:  # each is loaded when it is first opened; the phone does not wait for them
    from callctrl.settingup import SettingUp
    from callctrl.ui.preferences import Preferences
    from callctrl.ui.refusal import RefusalBox
    from callctrl.ui.wizard import Wizard

__all__ = ["Desktop"]

_log = logging.getLogger(__name__)


class Desktop(QObject):
    """Everything a running program consists of."""

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        passwords: Passwords,
        debug_log: DebugLog,
        *,
        tray: Tray | None = None,
        pc: ThisPc | None = None,
        guard: Callable[[QWidget], Guard | None] = lambda _window: None,
        way: MakeWay = lambda _on_pressed, _on_grant: None,
        minimized: bool = False,
        practice: bool = False,
    ) -> None:
        """`tray` is one that is there already.

        `pc` is what the program may arrange on this PC, or None where that is nothing.
        `guard` makes what holds up a log-off, for a window; `way` what has keys told that are
        pressed in other windows.

        `practice` says that the phone is a make-believe one, which all screens show.
        """
        super().__init__()
        self._paths = paths
        self._settings = settings
        self._passwords = passwords
        self._debug_log = debug_log
        self._pc = pc or ThisPc.untouched()
        self._minimized = minimized
        self._is_practice = practice
        self._loop = asyncio.get_running_loop()
        self._session_passwords = MemoryPasswords()
        """What the wizard was told to keep for this session only."""
        self.session = SessionChanged(SessionState.OFFLINE)
        self._line = Line(self._on_event)
        self._connecting: asyncio.Task[None] | None = None
        """Fetches the saved password and connects, which takes as long as a locked keyring."""
        self._quit = asyncio.Event()
        self._is_phone_there: bool | None = None
        """Whether the phone is registered, as far as the phone system tells."""
        self._register_status: int | None = None
        """What the last REGISTER was answered."""
        self._refused: Refused | None = None
        self._refusal: RefusalBox | None = None
        self._wizard: Wizard | None = None
        self._setting_up: SettingUp | None = None
        self._preferences: Preferences | None = None
        self._boxes: set[QDialog] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ordered: list[tuple[Command, Callable[[DialProgress | CommandAnswered], None]]] = []
        """Commands from outside that were not answered yet, and who waits for news of them."""
        self.window = Window()
        self.window.show_dial_plan(settings.dial_plan, self._why_locked("dial_plan", "enabled"))
        self.window.dial_plan_switched.connect(self._switch_dial_plan)
        self.window.keys_requested.connect(self._open_keys)
        self.desk = Desk(
            paths.data_dir,
            settings.dial_plan,
            now=_now,
            spawn=self.spawn,
            on_party=lambda: self.switchboard.show_calls(),
            on_failure=self._tell_unkept,
        )
        self.switchboard = Switchboard(
            self.window,
            CardStack(animated=wants_motion()),
            self.desk,
            perform=self._perform,
            spawn=self.spawn,
            open_dialog=self._show,
            now=_now,
        )
        self.switchboard.shows_cards = settings.shows_cards
        self._people_files = PeopleFiles(
            self.window, self.desk, self.switchboard, spawn=self.spawn, open_dialog=self._show
        )
        self._notifying = Notifying(self._act_on_notification, self.spawn)
        self._notifying.wanted = settings.notifies
        self.switchboard.on_ringing = self._notifying.show_calls
        self.log_off = LogOff(guard(self.window), self.spawn, system_asks=sys.platform == "win32")
        self.switchboard.on_calls = self.log_off.show_calls
        self._global_keys = GlobalKeying(way, self.press, self.spawn)
        self.presence = Presence(settings.account, self.window, tray or Tray())
        self.switchboard.on_missed = self.presence.show_missed
        self.switchboard.on_watched = self._watch
        self.presence.practice_requested.connect(self._practise)
        self.presence.wizard_requested.connect(self.open_wizard)
        self.presence.preferences_requested.connect(self.open_preferences)
        self.presence.about_requested.connect(self._open_about)
        self.presence.quit_requested.connect(self.quit)
        self.network_news = NetworkNews(self)
        self.network_news.changed.connect(self._network_changed)
        if practice:
            self.presence.show_practice()

    async def main(self, loaded: Loaded) -> None:
        """Run until somebody quits, then leave politely."""
        self._place_window()
        self.presence.start()
        gc.freeze()  # what is there by now stays, so nobody need look for garbage in it again
        if not self._minimized:
            self.presence.window.come_forward()
        if loaded.faults:
            self._tell_of_damage(loaded.set_aside)
        self._tell_of_policy()
        # The phone does not wait for the disk; whatever is asked of the desk meanwhile does.
        self.spawn(self.switchboard.begin(self.desk.open(self._settings.keep_days)))
        if self._settings.account is None:
            self.open_wizard()
        else:
            self._reconnect(self._settings.account)
        self.network_news.listen()
        self._see_to_this_pc()
        self._global_keys.want(wanted_by(self._settings))
        await self._quit.wait()
        self._close_windows()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._line.disconnect()
        await self._notifying.stop()
        await self.log_off.stop()
        await self._global_keys.stop()
        await self.desk.close()

    @property
    def is_running(self) -> bool:
        """Whether nobody has quit yet."""
        return not self._quit.is_set()

    def quit(self) -> None:
        """End the program; the session leaves politely first."""
        self._quit.set()

    @property
    def _placement(self) -> QSettings:
        """Where the window stood is Qt's affair, in a file of its own."""
        return QSettings(str(self._paths.window_file), QSettings.Format.IniFormat)

    def _place_window(self) -> None:
        geometry = self._placement.value("geometry")
        if isinstance(geometry, QByteArray):
            self.window.restoreGeometry(geometry)

    def _close_windows(self) -> None:
        self._placement.setValue("geometry", self.window.saveGeometry())
        self.presence.stop()
        self.switchboard.close()
        for each in (self._wizard, self._preferences, *self._boxes):
            if each is not None:
                each.close()

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run something that takes time; what goes wrong in it is logged."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a task failed", exc_info=error)

    # The session

    def _on_event(self, event: Event) -> None:
        """Who reacts to what."""
        match event:
            case SessionChanged():
                self.session = event
            case RegistrationChanged(status=int(status)):
                self._register_status = status
            case Refused():
                self._refused = event
                self._show_refusal()
            case DialProgress() | CommandAnswered():
                self._tell_orderer(event)
            case PhoneSeen(is_there):
                self._is_phone_there = is_there
            case Stopped():
                self._is_phone_there = None
                for command, _ in list(self._ordered):
                    self._tell_orderer(CommandAnswered(command, 480))
            case _:
                pass
        if not isinstance(event, LampChanged):  # hundreds come at once, and none is of our phone
            self._show_state()
        self.desk.hear(event)
        if self.is_running:
            self.switchboard.hear(event, self.calls)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls there are, as the phone reported them; none where nobody listens to it."""
        connection = self._line.connection
        if connection is None or self.session.state is SessionState.STOPPED:
            return ()
        return tuple(connection.calls)

    @property
    def lamps(self) -> tuple[Lamp, ...]:
        """The colleagues' lamps, as they were told last."""
        connection = self._line.connection
        return connection.lamps if connection is not None else ()

    @property
    def messages(self) -> Messages | None:
        """What waits in the mailbox; None where that is not known."""
        connection = self._line.connection
        return connection.messages if connection is not None else None

    def _show_state(self) -> None:
        connection = self._line.connection
        is_encrypted = connection is not None and connection.is_encrypted
        self.presence.show_state(
            self.session,
            self.calls,
            is_encrypted=is_encrypted,
            is_there=self._is_phone_there,
        )

    def _watch(self, extensions: Sequence[str]) -> None:
        """Have the phones of these colleagues watched, where the phone system tells of them."""
        if self._line.connection is not None:
            self._line.connection.watch(extensions)

    def _network_changed(self) -> None:
        if self._line.connection is not None:
            self._line.connection.network_changed()

    def _perform(self, command: Command) -> None:
        """Order something of the phone; what came of it arrives as an event."""
        if self._line.connection is not None:
            self._line.connection.perform(command)
        else:
            self._on_event(CommandAnswered(command, 480))

    def _reconnect(self, account: Account) -> None:
        """Connect with what is saved; a try that is under way makes room."""
        if self._connecting is not None:
            self._connecting.cancel()
        self._connecting = self.spawn(self._connect_saved(account))

    async def _connect_saved(self, account: Account) -> None:
        """Connect with the password that is kept; where there is none, ask by the wizard."""
        try:
            password = await self._session_passwords.get(account)
            if password is None:
                password = await self._passwords.get(account)
        except PasswordStoreError as error:
            _log.warning("%s", error)
            self._ask_for_password(
                self.tr("The password store did not give the password of extension {extension}."),
                account,
            )
            return
        if password is None:
            self._ask_for_password(
                self.tr("The password of extension {extension} is not in the password store."),
                account,
            )
            return
        await self._connect(account, password)

    async def _connect(self, account: Account, password: str) -> None:
        self._refused = self._register_status = self._is_phone_there = None
        self._withdraw_refusal()
        self.presence.show_account(account)
        self.switchboard.show_account(account)
        await self._line.connect(account, password, self._settings.policy)
        if self._line.connection is not None:
            self.switchboard.show_abilities(self._line.connection.ability)
            self._line.connection.watch(self.switchboard.watched)

    # Boxes

    def _show_refusal(self) -> None:
        """The documented message; closing it ends the program.

        While the wizard is open somebody is putting things right already: the message waits.
        """
        if self._refused is None or self._wizard is not None or self._refusal is not None:
            return
        from callctrl.ui.refusal import RefusalBox

        account = self._settings.account
        is_password_refused = account is not None and self._register_status == 401
        self._refusal = RefusalBox(
            self._refused,
            self._paths.log_file,
            password_of=account.extension if account and is_password_refused else "",
            debugging=self._debug_log.is_debugging,
            debug_locked=self._why_locked("preferences", "debug"),
        )
        self._refusal.wizard_requested.connect(self.open_wizard)
        self._refusal.debugging_requested.connect(self._debug_from_now_on)
        self._refusal.finished.connect(self._refusal_finished)
        self._refusal.finished.connect(self.quit)
        self._open(self._refusal)

    def _withdraw_refusal(self) -> None:
        """Put the box away: things are put right, so that this is no longer the end."""
        if self._refusal is not None:
            self._refusal.finished.disconnect(self.quit)
            self._refusal.close()

    def _refusal_finished(self) -> None:
        self._refusal = None

    def _debug_from_now_on(self) -> None:
        self._set_debug(True)

    def _ask_for_password(self, text: str, account: Account) -> None:
        self.session = SessionChanged(SessionState.OFFLINE, Trouble.NO_PASSWORD)
        self._show_state()
        box = self._message_box(
            text.format(extension=account.extension),
            self.tr("Unlock the password store and try again, or run the Settings Wizard."),
        )
        again = box.addButton(self.tr("Try again"), QMessageBox.ButtonRole.AcceptRole)
        wizard = box.addButton(self.tr("Settings Wizard"), QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Close)

        def finish() -> None:
            if box.clickedButton() is again:
                self._reconnect(account)
            elif box.clickedButton() is wizard:
                self.open_wizard()

        box.finished.connect(finish)
        self._open(box)

    def _tell_of_damage(self, set_aside: Path | None) -> None:
        detail = self.tr("What could be read was kept; look through the preferences.")
        if set_aside is not None:
            detail = self.tr("The damaged file was kept as {file}.").format(file=set_aside)
        self._open(self._message_box(self.tr("The settings were damaged."), detail))

    def _tell_of_policy(self) -> None:
        """Say what keeps the administrator's policy from being obeyed."""
        administration = self._settings.administration
        if administration.faults:
            text = self.tr("The administrator's policy file {file} is not obeyed: {fault}.")
            self.window.tell(
                text.format(file=administration.file, fault=administration.faults[0]),
                is_trouble=True,
            )

    def _why_locked(self, table: str, key: str) -> str:
        return why_locked(self._settings.administration, table, key)

    def _message_box(self, text: str, detail: str) -> QMessageBox:
        box = QMessageBox(QMessageBox.Icon.Warning, PRODUCT, text)
        box.setTextFormat(Qt.TextFormat.PlainText)  # a file or a phone may be called "<b>"
        box.setInformativeText(detail)
        return box

    def _open(self, box: QDialog) -> None:
        """Show a box before all else, without stopping the loop."""
        self._hold(box)
        box.open()

    def _show(self, dialog: QDialog) -> None:
        """Show a dialog beside the window, which goes on taking keys for the calls."""
        self._hold(dialog)
        self.window.lend_keys(dialog)
        dialog.show()

    def _hold(self, dialog: QDialog) -> None:
        """Hold on to a dialog until it is closed."""
        self._boxes.add(dialog)
        dialog.finished.connect(lambda _: self._boxes.discard(dialog))

    def _open_about(self) -> None:
        from callctrl.ui.about import show_about

        self._hold(show_about())

    def _open_keys(self) -> None:
        from callctrl.ui.keycard import KeyCard

        self._show(KeyCard(self.window))

    def _practise(self) -> None:
        """Play a rush hour in a program of its own, so that the real phone is not lost sight of."""
        program, *words = own_command(windowed=True)
        QProcess.startDetached(program, [*words, "demo", "--scenario", "practice"])

    # The wizard

    def open_wizard(self) -> None:
        """Open the settings wizard, or bring the open one forward."""
        if self._is_practice:  # there are ways to it beside the menus
            self.window.tell(self.tr("The practice has a phone of its own; nothing is to be set."))
            return
        if self._wizard is not None:
            self._wizard.raise_()
            self._wizard.activateWindow()
            return
        from callctrl.settingup import SettingUp
        from callctrl.ui.wizard import Secret, Wizard

        connection = self._line.connection
        known = Secret(connection.password if connection is not None else "")
        self._wizard = Wizard(
            computer_name(), self._settings.draft, known, self._settings.administration
        )
        self._setting_up = SettingUp(
            self._wizard, before_test=self._line.disconnect, keep=self._keep, spawn=self.spawn
        )
        self._wizard.finished.connect(self._wizard_finished)
        self._withdraw_refusal()
        self._wizard.open()

    async def _keep(self, account: Account, password: str, session_only: bool) -> None:
        """Keep everything the wizard asked for, and connect with it."""
        account = self._settings.administration.obeyed("account", account)
        if self._connecting is not None:
            self._connecting.cancel()
        if session_only:
            await self._session_passwords.set(account, password)
            self._change(replace(self._settings, account=account))
        else:
            await self._keep_for_good(account, password)
        await self._connect(account, password)

    async def _keep_for_good(self, account: Account, password: str) -> None:
        try:
            self._settings = await keep_account(
                account,
                password,
                paths=self._paths,
                settings=self._settings,
                passwords=self._passwords,
            )
        except (OSError, ValueError) as error:
            self._settings = replace(self._settings, account=account)
            self._tell_unsaved(error)
        # What was for one session only would otherwise be taken before what is for good.
        await self._session_passwords.delete(account)

    def _wizard_finished(self) -> None:
        """Saved or closed: what runs is the account that is kept."""
        if self._setting_up is None:
            return
        self._setting_up.cancel()
        self._wizard = self._setting_up = None
        if not self.is_running:
            return
        account = self._settings.account
        if self._line.connection is None and account is not None:
            self._reconnect(account)
        else:
            self._show_refusal()

    # Orders from outside (`DeskInterface`)

    @property
    def account(self) -> Account | None:
        """The account in use."""
        return self._settings.account

    @property
    def missed(self) -> int:
        """How many missed calls nobody has looked at."""
        return self.switchboard.missed

    def perform(
        self, command: Command, on_news: Callable[[DialProgress | CommandAnswered], None]
    ) -> None:
        """Ask the phone to act; `on_news` gets how far this very command is, and the outcome."""
        command = self.switchboard.rewritten(command)
        self._ordered.append((command, on_news))
        self._perform(command)

    def _tell_orderer(self, event: DialProgress | CommandAnswered) -> None:
        for ordered in self._ordered:
            command, on_news = ordered
            if command is event.command:
                if isinstance(event, CommandAnswered):
                    self._ordered.remove(ordered)
                on_news(event)
                return

    def offer_number(self, link: Link) -> None:
        """Put a number that came in a link into the field; Enter dials it."""
        self.window.offer_number(link.number)
        if link.extension:
            text = self.tr("When they have answered, key in the extension {extension}.")
            self.window.tell(text.format(extension=link.extension))

    def refuse_link(self, fault: LinkFault) -> None:
        """Say why a link is not followed."""
        self.window.come_forward()
        self.window.tell(link_fault_in_words(fault), is_trouble=True)

    def press(self, key: GlobalKey) -> str:
        """Do what the key means now; why nothing is done, or empty."""
        return self.window.press(DEEDS[key])

    def show(self) -> None:
        """Bring the window forward."""
        self.window.come_forward()

    # Preferences

    def open_preferences(self) -> None:
        """Open the preferences, or bring them forward."""
        if self._preferences is not None:
            self._preferences.raise_()
            self._preferences.activateWindow()
            return
        from callctrl.ui.preferences import Preferences

        preferences = Preferences(
            self._settings,
            self._paths.log_file,
            debug=self._debug_log.is_debugging,
            pc=self._pc,
            command=[*own_command(windowed=False), *self._paths.options],
        )
        preferences.direct_changed.connect(self._set_direct)
        preferences.cards_changed.connect(self._set_cards)
        preferences.notifications_changed.connect(self._set_notifications)
        preferences.keep_days_changed.connect(self._set_keep_days)
        preferences.dial_plan_changed.connect(self._set_dial_plan)
        preferences.colleagues_changed.connect(self._set_colleagues)
        preferences.debug_changed.connect(self._set_debug)
        preferences.stay_open_changed.connect(self._set_stay_open)
        preferences.at_login_changed.connect(self._note_at_login)
        preferences.minimized_changed.connect(self._set_minimized)
        preferences.links_changed.connect(self._note_links)
        preferences.system_settings_requested.connect(_open_system_settings)
        preferences.open_log_folder_requested.connect(self._open_log_folder)
        preferences.wizard_requested.connect(self.open_wizard)
        preferences.keys.switched.connect(self._switch_global_keys)
        preferences.keys.key_changed.connect(self._set_global_key)
        preferences.keys.show_grant(self._global_keys.grant)
        self._global_keys.on_grant = preferences.keys.show_grant
        preferences.finished.connect(self._preferences_finished)
        self._preferences = preferences
        self.window.lend_keys(preferences)
        preferences.show()
        self.spawn(self._tell_why_no_notifications(preferences))
        self.spawn(self._tell_whether_keys_can_be_had(preferences))

    def _preferences_finished(self) -> None:
        self._preferences = None
        self._global_keys.on_grant = lambda _grant: None

    def _set_debug(self, on: bool) -> None:
        self._change(replace(self._settings, debug=on))
        on = self._settings.debug
        self._debug_log.set_debugging(on)
        if self._preferences is not None:
            self._preferences.show_debug(on)

    def _set_stay_open(self, on: bool) -> None:
        policy = replace(self._settings.policy, stay_open=on)
        self._change(replace(self._settings, policy=policy))
        if self._line.connection is not None:
            self._line.connection.policy = self._settings.policy

    def _set_direct(self, on: bool) -> None:
        account = self._settings.account
        if account is not None:
            control = ControlPath.PHONE if on else ControlPath.PBX
            self._change_account(replace(account, control=control))

    def _set_colleagues(self, lamps: tuple[str, ...], lamp_list: str, voicemail: str) -> None:
        account = self._settings.account
        if account is not None:
            self._change_account(
                replace(account, lamps=lamps, lamp_list=lamp_list, voicemail=voicemail)
            )

    def _change_account(self, account: Account) -> None:
        before = self._settings.account
        self._change(replace(self._settings, account=account))
        account = self._settings.account or account
        if account != before:  # and not all of the change was locked
            self._reconnect(account)

    def _set_cards(self, on: bool) -> None:
        self._change(replace(self._settings, shows_cards=on))
        self.switchboard.shows_cards = self._settings.shows_cards
        self.switchboard.show_calls()

    def _set_notifications(self, on: bool) -> None:
        self._change(replace(self._settings, notifies=on))
        self._notifying.wanted = self._settings.notifies
        self.switchboard.show_calls()

    def _switch_global_keys(self, on: bool) -> None:
        self._change(replace(self._settings, global_keys=on))
        self._global_keys.want(wanted_by(self._settings))

    def _set_global_key(self, key: GlobalKey, keystroke: str) -> None:
        self._change(with_keystroke(self._settings, key, keystroke))
        self._global_keys.want(wanted_by(self._settings))

    async def _tell_whether_keys_can_be_had(self, preferences: Preferences) -> None:
        preferences.keys.show_has_way(await self._global_keys.has_way())

    async def _tell_why_no_notifications(self, preferences: Preferences) -> None:
        preferences.show_why_no_notifications(
            why_none_in_words(await self._notifying.availability())
        )

    def _act_on_notification(self, call_id: str, action: str) -> None:
        self.switchboard.order(Answer(call_id) if action == ANSWER else Reject(call_id))

    def _set_keep_days(self, days: int) -> None:
        self._change(replace(self._settings, keep_days=days))
        self.switchboard.forget_older_than(self._settings.keep_days)

    def _set_dial_plan(self, plan: DialPlan) -> None:
        self._change(replace(self._settings, dial_plan=plan))
        self.desk.plan = self._settings.dial_plan
        self.window.show_dial_plan(self.desk.plan)
        self.switchboard.look_again()

    def _switch_dial_plan(self, on: bool) -> None:
        plan = replace(self._settings.dial_plan, enabled=on)
        if on and not plan.country:
            from callctrl.ui.dialplanpage import country_here

            plan = replace(plan, country=country_here())
        self._set_dial_plan(plan)
        if self._preferences is not None:
            self._preferences.dial_plan.show_enabled(self._settings.dial_plan.enabled)
        if self._settings.dial_plan.enabled and not self._settings.dial_plan.country:
            self._ask_for_country()

    def _ask_for_country(self) -> None:
        """Numbers are rewritten for a country; nothing here tells which it is."""
        self.open_preferences()
        if self._preferences is not None:
            self._preferences.show_dial_plan_page()

    def _see_to_this_pc(self) -> None:
        """Have on this PC what the settings want at each start."""
        try:
            self._pc.see_to(self._settings)
        except OSError as error:
            _log.warning("this PC could not be arranged as the settings want it: %s", error)

    def _set_minimized(self, on: bool) -> None:
        self._change(replace(self._settings, starts_minimized=on))

    def _note_at_login(self, on: bool) -> None:
        """See to it no more, once somebody has switched it off."""
        if not on and self._settings.starts_at_login:
            self._change(replace(self._settings, starts_at_login=False))

    def _note_links(self, are_taken: bool) -> None:
        if not are_taken and self._settings.opens_links:
            self._change(replace(self._settings, opens_links=False))

    def _open_log_folder(self) -> None:
        self._paths.create()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._paths.log_dir)))

    def _change(self, settings: Settings) -> None:
        """Take new settings but for what is locked, and keep them where the disk lets us."""
        self._settings = obeying(settings)
        try:
            save(self._paths, self._settings)
        except (OSError, ValueError) as error:
            self._tell_unsaved(error)

    def _tell_unkept(self, error: StoreError) -> None:
        self.window.tell(failure_in_words(error), is_trouble=True)

    def _tell_unsaved(self, error: Exception) -> None:
        _log.error("the settings could not be saved: %s", error)
        self._open(self._message_box(self.tr("The settings could not be saved."), str(error)))


def _open_system_settings(page: str) -> None:
    QDesktopServices.openUrl(QUrl(page))


def _now() -> datetime:
    return datetime.now().astimezone()
