"""The man page callctrl(1), out of the command line's own help."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from callctrl.commandline import make_parser
from callctrl.headless.exitcodes import ExitCode
from installer.product import NAME, PRODUCT, SUMMARY, VERSION, built_at

__all__ = ["manpage"]

_MEANINGS = {
    ExitCode.FINE: "Fine.",
    ExitCode.FAILED: "Something else failed, or an order was refused.",
    ExitCode.WRONG_USAGE: "Wrong usage, or what the administrator has locked.",
    ExitCode.NO_SETTINGS: "No settings yet, or no running program to give an order to.",
    ExitCode.NO_ANSWER: "No answer from the phone system.",
    ExitCode.UNAUTHORIZED: "Credentials refused (401).",
    ExitCode.FORBIDDEN: "Not allowed to watch the phone (403, 404, 489 and the like).",
    ExitCode.CERTIFICATE: "TLS: the certificate of the phone system is not to be trusted.",
}

_FILES = """\
.SH FILES
.TP
.I ~/.config/callctrl/settings.toml
The settings. The password is in the desktop's keyring, and in no file.
.TP
.I ~/.local/share/callctrl/*.sqlite3
People and calls.
.TP
.I ~/.local/state/callctrl/log/
The debug log and the crash log.
.TP
.I /etc/callctrl/policy.toml
The administrator's file: settings that are given, or locked, for all users.
.TP
.I /usr/share/doc/callctrl/policy.md
What may stand in it, where the program was installed from Debian's package.
.TP
.I ~/.config/autostart/callctrl.desktop
Starts the program at log-in, or keeps it from being started.
"""


def manpage() -> str:
    """The page in the language of man(7)."""
    parser = make_parser()
    commands = _commands(parser)
    head = [
        f'.TH CALLCTRL 1 "{built_at():%Y-%m-%d}" "{_text(PRODUCT)} {VERSION}" "User Commands"',
        ".SH NAME",
        rf"{NAME} \- {_text(SUMMARY[0].lower() + SUMMARY[1:])}",
        ".SH SYNOPSIS",
        rf".B {NAME}",
        "[options]",
        ".br",
        rf".B {NAME}",
        r"\fICOMMAND\fR [options]",
        ".SH DESCRIPTION",
        _text(_description(parser)),
        ".SH OPTIONS",
        *_options(parser),
        ".SH COMMANDS",
    ]
    body: list[str] = []
    connection: list[str] = []
    for name, command in commands.items():
        body += [f".SS {NAME} {_text(name)}", _text(command.description or "")]
        body += _options(command, leave_out="connection")
        for group in command._action_groups:
            if group.title == "connection":
                body += [".PP", "Which phone system and phone is told by the options under"]
                body += [".BR CONNECTION ."]
                connection = connection or [_text(group.description or ""), *_of_group(group)]
    tail = [".SH CONNECTION", *connection, ".SH EXIT STATUS"]
    for code in ExitCode:
        tail += [".TP", f".B {code}", _text(_MEANINGS[code])]
    return "\n".join([*head, *body, *tail, _FILES])


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (commands,) = (
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )
    return dict(commands.choices)


def _description(parser: argparse.ArgumentParser) -> str:
    """The description as sentences; in the help it begins with name and version."""
    return f"{PRODUCT} is {(parser.description or '').partition(': ')[2]}"


def _options(parser: argparse.ArgumentParser, leave_out: str = "") -> Iterator[str]:
    for group in parser._action_groups:
        if group.title != leave_out or not leave_out:
            yield from _of_group(group)


def _of_group(group: argparse._ArgumentGroup) -> Iterator[str]:
    for action in group._group_actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        if action.help == argparse.SUPPRESS:
            continue
        yield ".TP" if action.help else ".PP"
        yield _heading(action)
        if action.help:
            yield _text(action.help % _values(action))


def _values(action: argparse.Action) -> dict[str, object]:
    return vars(action) | {"choices": ", ".join(map(str, action.choices or ()))}


def _heading(action: argparse.Action) -> str:
    shown = action.metavar if isinstance(action.metavar, str) else None
    value = shown or ("|".join(map(str, action.choices)) if action.choices else "")
    if not action.option_strings:
        return rf"\fI{_text(value or action.dest)}\fR"
    names = ", ".join(rf"\fB{_text(name)}\fR" for name in action.option_strings)
    return names + (rf" \fI{_text(value)}\fR" if value and action.nargs != 0 else "")


def _text(text: str) -> str:
    """Text as man(7) reads it: minus signs, backslashes and dots mean something there."""
    text = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    text = text.replace("…", "...").replace("'", r"\(aq")
    return r"\&" + text if text.startswith(".") else text
