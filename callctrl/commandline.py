"""The command line: the programs beside the desktop one, and orders to the running one.

Nothing here imports Qt; only the desktop program and the demo with a screen do, when they start.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from callctrl import PRODUCT, __version__, launching
from callctrl.accounts import Account, PbxKind, Policy
from callctrl.demo import Stage, run_in_terminal
from callctrl.headless.lines import Lines
from callctrl.headless.options import (
    LockedError,
    WrongUsageError,
    account_from,
    add_connection,
    add_profile,
    names_phone,
    refuse_locked,
)
from callctrl.headless.policywords import faults_in_words, policy_as_json, policy_in_words
from callctrl.headless.programs import (
    ExitCode,
    leave_on_signals,
    run,
    run_abilities,
    run_check,
    run_setup,
    run_watch,
)
from callctrl.headless.thispc import What, Wish, run_desktop_command
from callctrl.headless.words import store_problem_in_words
from callctrl.numbers import is_link
from callctrl.pressing import KEYS, tell_reply
from callctrl.remote import NobodyThere, RemoteError, Reply, address_of, call
from callctrl.simulator.config import Config
from callctrl.simulator.pbx import PbxConfig
from callctrl.simulator.program import (
    Simulation,
    add_options,
    certificate_from,
    config_from,
    weather_from,
)
from callctrl.simulator.scenarios import SCENARIOS
from callctrl.store.passwords import KeyringPasswords, PasswordStoreError
from callctrl.store.paths import policy_file
from callctrl.store.settings import Paths, Settings, administration_here, load, policy_in
from callctrl.system.program import own_command, start_detached
from callctrl.system.thispc import ThisPc

if TYPE_CHECKING:  # at run time argparse's class takes no parameter
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["main", "make_parser"]

_EXIT_CODES = """\
exit codes:
  0  fine                      3  no settings yet; no running program to give an order to
  1  something else failed,    4  no answer from the phone system
     or an order was refused   5  credentials refused (401)
  2  wrong usage, or locked    6  not allowed to watch the phone (403, 404, 489, …)
                               7  TLS: its certificate is not to be trusted
"""

_REPLY_WITHIN = 30.0
"""Seconds; the running program answers within 20, be it that the phone has not."""
_DIAL_REPLY_WITHIN = 150.0
"""The same for a call that the PBX places: 20 until the phone rings, and 40 at each stage."""

_STARTS_WITHIN = 60.0
"""Seconds until a program that a link has started takes orders."""


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a caller's name may be in any script
    parser = make_parser()
    options = parser.parse_args(arguments)
    if options.debug and options.run is not launching.run:
        logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(name)s: %(message)s")
    try:
        code: int = options.run(options)
    except WrongUsageError as error:
        parser.error(str(error))
    except LockedError as error:
        print(error, file=sys.stderr)
        return ExitCode.WRONG_USAGE
    except _NoSettingsError as error:
        print(error, file=sys.stderr)
        return ExitCode.NO_SETTINGS
    except _NoPasswordError as error:
        print(error, file=sys.stderr)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        return ExitCode.FAILED
    return code


# What can be asked for


def make_parser() -> argparse.ArgumentParser:
    """The whole command line; the man page is made of it, too."""
    parser = argparse.ArgumentParser(
        prog="callctrl",
        description=f"{PRODUCT} {__version__}: a receptionist's desk phone on her PC. Without a "
        "command it starts the desktop program; its first start opens the settings wizard.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --password must not pass for --password-stdin
    )
    parser.add_argument("--version", action="version", version=f"{PRODUCT} {__version__}")
    launching.add_options(parser)
    parser.set_defaults(run=launching.run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_demo(commands)
    _add_simulate(commands)
    _add_setup(commands)
    _add_policy(commands)
    _add_check(commands)
    _add_abilities(commands)
    _add_watch(commands)
    _add_orders(commands)
    _add_self_test(commands)
    _add_desktop(commands)
    return parser


def _add_command(commands: _Commands, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text.partition(".")[0],
        description=text,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --password must not pass for --password-stdin
    )
    return parser


def _add_check(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "check",
        "Test a connection. One round and a polite good-bye: REGISTER and SUBSCRIBE at a SPA9000, "
        "SUBSCRIBE alone at another phone system; prints each step and a verdict in plain words.",
    )
    add_connection(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    _add_timeout(parser)
    parser.set_defaults(run=_run_check)


def _add_abilities(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "abilities",
        "Tell what works at this desk. Asks another SIP phone system once for each thing there is "
        "to see; of a SPA9000 it is known. Nothing is registered, and nothing rings.",
    )
    add_connection(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    _add_timeout(parser)
    parser.set_defaults(run=_run_abilities)


def _add_setup(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "setup",
        "The settings wizard without a screen. Tests the connection, then saves the settings, and "
        "the password in the system's keyring.",
    )
    add_connection(parser, saves=True)
    parser.add_argument("--save-anyway", action="store_true", help="save even where the test fails")
    _add_timeout(parser)
    parser.set_defaults(run=_run_setup)


def _add_policy(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "policy",
        "Tell what the administrator's policy file makes the default, and what it locks. A file "
        "that is named is looked through before it is put in place; exit code 1 where it has a "
        "fault.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a policy to look at")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.set_defaults(run=_run_policy)


def _add_watch(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "watch",
        "Stay connected without a screen. Prints each event; takes commands on standard input: "
        "dial NUMBER, answer, reject, divert NUMBER, hold, resume, hangup (with a call number "
        "where there are several), calls, lamps, messages, status, quit. Leaves cleanly on the end "
        "of input, Ctrl-C or SIGTERM. In JSON a lamp's `since` is a local time (ISO 8601).",
    )
    add_connection(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--stay", action="store_true", help="keep trying after 403 Forbidden instead of ending"
    )
    parser.set_defaults(run=_run_watch)


def _add_orders(commands: _Commands) -> None:
    """What the running program is asked to do; each word goes to it as it is given."""
    dial = _add_order(
        commands,
        "dial",
        "Dial on the phone. A number is dialled at once, feature codes such as *69 included. The "
        "number in a tel:, sip: or callto: link is shown in the window first; Enter dials it.",
    )
    dial.add_argument("number", metavar="NUMBER|LINK", help="what to dial")
    for name, text in (
        ("answer", "Answer the ringing call."),
        ("reject", "Refuse the ringing call."),
        ("divert", "Send the ringing call to another number."),
        ("resume", "Take the held call back."),
        ("hangup", "End the call."),
    ):
        parser = _add_order(commands, name, text)
        parser.add_argument(
            "call_id",
            nargs="?",
            metavar="ID",
            help="which call, as `callctrl calls` numbers them; wanted where there are several",
        )
        if name == "divert":
            parser.add_argument("number", metavar="NUMBER", help="where to send it")
    press = _add_order(
        commands,
        "press",
        "Do what a key of the window does, for the key settings of a desktop: answer the call that "
        "rings; hold the call that is talked on, or take the held one back; hang up, or "
        "with nobody on the line reject the call that rings.",
    )
    press.add_argument("key", choices=KEYS, metavar="KEY", help=f"one of {', '.join(KEYS)}")
    for name, text in (
        ("hold", "Hold the call that is talked on."),
        ("show", "Bring the running program's window forward."),
        ("quit", "End the running program. Returns once it has signed off from the phone system."),
    ):
        _add_order(commands, name, text)
    for name, text in (
        ("calls", "List the phone's calls. In JSON `since` is how many seconds ago."),
        (
            "lamps",
            "List what the colleagues' phones do. In JSON `since` is a local time (ISO 8601).",
        ),
        ("messages", "Tell what waits in the mailbox."),
        ("status", "Tell how the running program is doing: connection, phone, calls."),
    ):
        parser = _add_order(commands, name, text)
        parser.add_argument("--json", action="store_true", help="print JSON instead of sentences")


def _add_order(commands: _Commands, name: str, text: str) -> argparse.ArgumentParser:
    parser = _add_command(commands, name, text)
    add_profile(parser, "whose program is meant")
    parser.set_defaults(run=_run_order, order=name, key=None, call_id=None, number=None, json=False)
    return parser


def _add_desktop(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "desktop",
        "Tell or change what this user's desktop does with the program. `autostart` starts it at "
        "log-in, `links` opens tel:, sip: and callto: links with it.",
    )
    add_profile(parser, "for whose program")
    parser.add_argument("what", choices=get_args(What))
    parser.add_argument("wish", choices=get_args(Wish), nargs="?", default="status")
    parser.set_defaults(run=_run_desktop_command)


def _add_demo(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "demo",
        "Show the program at work. It runs against a built-in SPA9000 and phone, in a throw-away "
        "profile; the keyring is left alone. Without a screen it plays in the terminal.",
    )
    parser.add_argument("--headless", action="store_true", help="play in the terminal")
    parser.add_argument(
        "--scenario", choices=sorted(SCENARIOS), default="demo", help="which story to play"
    )
    parser.set_defaults(run=_run_demo)


def _add_simulate(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "simulate",
        "A built-in SPA9000 with a phone, to try things out. Commands on standard input drive it: "
        "ring, far-hangup, reboot, help, and more.",
    )
    add_options(parser)
    parser.set_defaults(run=_run_simulate)


def _add_self_test(commands: _Commands) -> None:
    parser = _add_command(
        commands,
        "self-test",
        "Try whether an installation is whole. Loads each part of the program once, without a "
        "screen, and prints one JSON object with what came of it; exit code 0 if all is well.",
    )
    parser.add_argument(
        "--json-file", type=Path, metavar="FILE", help="write the object into this file, too"
    )
    parser.add_argument(
        "--keyring", action="store_true", help="also keep, read and forget a password"
    )
    parser.set_defaults(run=_run_self_test)


def _add_timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=40.0,
        metavar="S",
        help="give up after S seconds; 40 unless given",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("expected a number of seconds, more than 0")
    return seconds


# What is done


class _NoSettingsError(Exception):
    """There is no account yet; the text says what to do."""


class _NoPasswordError(Exception):
    """The saved password cannot be had; the text says why and what to do."""


def _settings_from(options: argparse.Namespace) -> Settings:
    administration = administration_here()
    if administration.faults:
        print(faults_in_words(administration), file=sys.stderr)
    try:
        settings = load(Paths.of(options.profile), administration).settings
    except OSError as error:
        raise WrongUsageError(f"the settings cannot be read: {error}") from error
    if options.debug:
        refuse_locked(administration, "preferences", "debug", True, "--debug")
    return settings


def _connection_from(
    options: argparse.Namespace, settings: Settings, lines: Lines
) -> tuple[Account, str]:
    """The account and its password; only a saved account has its password in the keyring."""
    account = account_from(options, settings.account, settings.administration)
    if account is None:
        draft = settings.draft
        what_to_do = "Run `callctrl setup`, or name a phone with --pbx."
        if options.run is _run_setup:
            is_sip = draft.kind is PbxKind.SIP
            by = "--user and --my-phone" if is_sip else "--extension and --station"
            what_to_do = f"Name a phone: {by if draft.pbx else '--pbx, ' + by}."
        raise _NoSettingsError(f"{_what_is_missing(draft)} {what_to_do}")
    if options.password_stdin:
        return account, lines.secret()
    if names_phone(options):
        return account, ""
    try:
        return account, run(KeyringPasswords().get(account)) or ""
    except PasswordStoreError as error:
        raise _NoPasswordError(
            f"{store_problem_in_words(error.problem)} --password-stdin gives the password by hand."
        ) from error


def _what_is_missing(draft: Account) -> str:
    names = ("pbx", "extension", "station", "computer")
    missing = [name for name in names if not getattr(draft, name)]
    if len(missing) == len(names):
        return "No settings yet."
    return f"The account in the settings lacks: {', '.join(missing)}."


def _run_check(options: argparse.Namespace) -> ExitCode:
    account, password = _connection_from(options, _settings_from(options), Lines(sys.stdin))
    return run(run_check(account, password, seconds=options.timeout, as_json=options.json))


def _run_abilities(options: argparse.Namespace) -> ExitCode:
    account, password = _connection_from(options, _settings_from(options), Lines(sys.stdin))
    return run(run_abilities(account, password, seconds=options.timeout, as_json=options.json))


def _run_watch(options: argparse.Namespace) -> ExitCode:
    lines = Lines(sys.stdin)
    settings = _settings_from(options)
    if options.stay:
        refuse_locked(settings.administration, "policy", "stay_open", True, "--stay")
    policy = settings.administration.obeyed("policy", Policy(stay_open=options.stay))
    account, password = _connection_from(options, settings, lines)
    return run(run_watch(account, password, lines, as_json=options.json, policy=policy))


def _run_setup(options: argparse.Namespace) -> ExitCode:
    settings = _settings_from(options)
    account, password = _connection_from(options, settings, Lines(sys.stdin))
    return run(
        run_setup(
            account,
            password,
            Paths.of(options.profile),
            settings,
            KeyringPasswords(),
            seconds=options.timeout,
            save_anyway=options.save_anyway,
        )
    )


def _run_policy(options: argparse.Namespace) -> ExitCode:
    place, is_candidate = policy_file(), options.file is not None
    if is_candidate:
        administration = policy_in(options.file, distrust=lambda _: "")
        if administration.file is None:
            raise WrongUsageError(f"there is no file {options.file}")
    else:
        administration = administration_here()
    if options.json:
        print(policy_as_json(administration, place))
    else:
        words = policy_in_words(administration, place, is_candidate=is_candidate)
        print(words, file=sys.stderr if administration.faults else sys.stdout)
    return ExitCode.FAILED if administration.faults else ExitCode.FINE


def _run_desktop_command(options: argparse.Namespace) -> ExitCode:
    paths, settings = Paths.of(options.profile), _settings_from(options)
    return run_desktop_command(options.what, options.wish, ThisPc.of_user(paths), paths, settings)


def _run_order(options: argparse.Namespace) -> int:
    return tell_reply(lambda: _ask(options), as_json=options.json)


def _ask(options: argparse.Namespace) -> Reply:
    """Ask the running program, and start it where a link wants its window."""
    paths = Paths.of(options.profile)
    address = address_of(paths.config_dir)
    about = options.key, options.call_id, options.number
    words = [options.order, *filter(None, about)]
    if options.order != "dial":
        return call(address, words, _REPLY_WITHIN, until_gone=options.order == "quit")
    try:
        return call(address, words, _DIAL_REPLY_WITHIN)
    except NobodyThere:
        if not is_link(options.number) or launching.why_no_window():
            raise
    try:
        start_detached([*own_command(windowed=True), *paths.options])
    except OSError as error:
        raise RemoteError(f"Call Ctrl cannot be started: {error}.") from error
    return call(address, words, _DIAL_REPLY_WITHIN, patience=_STARTS_WITHIN)


def _run_simulate(options: argparse.Namespace) -> ExitCode:
    lines = Lines(sys.stdin)
    config = config_from(options, lines.secret)
    return run(_simulate(options, config, lines))


async def _simulate(
    options: argparse.Namespace, config: Config | PbxConfig, lines: Lines
) -> ExitCode:
    def say(text: str) -> None:
        try:
            print(text, flush=True)
        except OSError:  # nobody reads us any more, as behind `| head`; Windows has its own word
            simulation.over.set()

    try:
        simulation = Simulation(
            config,
            say,
            weather=weather_from(options),
            seed=options.seed,
            certificate=certificate_from(options),
        )
        await simulation.open(options.http_port)
    except OSError as error:
        print(f"The simulator cannot start: {error}", file=sys.stderr)
        return ExitCode.FAILED
    leave_on_signals(simulation.over.set)
    lines.begin(simulation.execute, lambda: None)
    if options.scenario:
        simulation.play(SCENARIOS[options.scenario])
    await simulation.over.wait()
    simulation.close()
    return ExitCode.FINE


def _run_self_test(options: argparse.Namespace) -> ExitCode:
    try:
        from callctrl.selftest import run_self_test
    except ImportError as error:
        print(f"A part of the program is missing: {error}", file=sys.stderr)
        return ExitCode.FAILED
    return run_self_test(json_file=options.json_file, keyring=options.keyring)


def _run_demo(options: argparse.Namespace) -> ExitCode:
    reason = "" if options.headless else launching.why_no_window()
    if reason:
        print(f"{reason} The demo plays in the terminal.")
    if reason or options.headless:
        return run(run_in_terminal(options.scenario))
    from callctrl.starting import run_demo

    return run_demo(Stage(options.scenario))
