"""The options that say which phone system and which phone, and the account they make."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from callctrl.accounts import MOST_LAMPS, Account, ControlPath, PbxKind, SipTransport
from callctrl.authorities import FileFault, fault_of
from callctrl.connection import computer_name
from callctrl.headless.policywords import set_by_in_words, value_in_words
from callctrl.numbers import extensions_in
from callctrl.places import place_from
from callctrl.store.administration import Administration

__all__ = [
    "LockedError",
    "WrongUsageError",
    "account_from",
    "add_connection",
    "add_profile",
    "names_phone",
    "refuse_locked",
]


class WrongUsageError(Exception):
    """The options do not fit together; the text says how."""


class LockedError(Exception):
    """An option would change what the administrator has locked; the text says which and who."""


def add_connection(parser: argparse.ArgumentParser, *, saves: bool = False) -> None:
    """Let a command be told which phone is meant; `saves` where it keeps what it is told."""
    group = parser.add_argument_group(
        "connection",
        "Which phone system and phone. Either --profile, or --pbx with what follows, which the "
        "administrator's policy may give instead; the password "
        "is read from standard input, never from the command line; without --password-stdin it is "
        "empty, or the saved one.",
    )
    add_profile(group, "where the settings " + ("are saved" if saves else "lie"))
    group.add_argument(
        "--kind",
        choices=[each.value for each in PbxKind],
        help="an SPA9000, or another SIP phone system; unless given, --my-phone or port 0 tell "
        "that it is another",
    )
    group.add_argument(
        "--pbx",
        metavar="HOST[:PORT]",
        help="the SPA9000, port 6060 unless given; or the other SIP phone system, by the name "
        "server, which is mostly port 5060, unless a port is given",
    )
    group.add_argument(
        "--extension",
        "--user",
        metavar="USER",
        help="SPA9000: the phone's User ID, e.g. 200; elsewhere the user name of an account of "
        "Call Ctrl's own, never the phone's: its calls would come here, and the phone stay silent",
    )
    group.add_argument("--station", metavar="NAME", help="SPA9000: the phone's Station Name")
    group.add_argument(
        "--my-phone",
        metavar="EXT",
        help="not SPA9000: the extension of the phone on the desk, which Call Ctrl watches and "
        "dials on",
    )
    group.add_argument(
        "--lamp",
        nargs="+",
        action="extend",
        metavar="EXT",
        help="not SPA9000: extensions of colleagues to watch, with blanks or commas between; '' "
        "for none",
    )
    group.add_argument(
        "--lamp-list",
        metavar="NAME",
        help="not SPA9000: the phone system's own list of extensions to watch (RFC 4662); '' for "
        "none",
    )
    group.add_argument(
        "--voicemail",
        metavar="NUMBER",
        help="not SPA9000: the number that plays messages, where the phone system does not tell",
    )
    group.add_argument(
        "--phone",
        metavar="HOST[:PORT]",
        help="the phone's own address; port 5060 unless given",
    )
    group.add_argument(
        "--control",
        choices=[each.value for each in ControlPath],
        help="send commands through the phone system, unless told to send them straight to the "
        "--phone",
    )
    group.add_argument(
        "--transport",
        choices=[each.value for each in SipTransport],
        help="what carries SIP to the phone system: as the name server says, which is UDP where "
        "it says nothing, unless given",
    )
    group.add_argument(
        "--proxy",
        metavar="HOST[:PORT]",
        help="the outbound proxy that everything for the phone system goes through; '' for none",
    )
    group.add_argument(
        "--ca-file",
        metavar="FILE",
        help="PEM file of authorities to trust for TLS beside those of the system; '' for none",
    )
    group.add_argument(
        "--computer", metavar="NAME", help="this PC's name at the PBX; its host name"
    )
    group.add_argument(
        "--local-port",
        type=_port_or_any,
        metavar="N",
        help="UDP port on this PC; 5060 unless given, 0 for any free one",
    )
    group.add_argument(
        "--password-stdin",
        action="store_true",
        help="take the password from the first line of standard input",
    )
    group.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print every SIP message on standard error, the answers to challenges masked",
    )


def add_profile(group: argparse._ActionsContainer, text: str) -> None:
    """Let a command be told whose settings and which running program are meant."""
    group.add_argument(
        "--profile",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,  # it may have been given before the command
        help=f"{text}; the user's own folders unless given",
    )


def _port_or_any(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("expected a port from 0 to 65535")
    return port


def names_phone(options: argparse.Namespace) -> bool:
    """Whether the options name a phone anew, rather than change the saved account."""
    names = options.kind, options.extension, options.station, options.my_phone, options.computer
    return options.pbx is not None or any(names)


def account_from(
    options: argparse.Namespace,
    saved: Account | None,
    administration: Administration | None = None,
) -> Account | None:
    """The account of --pbx and its companions, or else the saved one; then what goes with both.

    The administrator may have named the phone system, or all of it. Raises WrongUsageError, and
    LockedError, and never gives the account of the very phone that is to be watched.
    """
    administration = administration or Administration()
    given = administration.given("account")
    if names_phone(options):
        if options.pbx is None and "pbx" not in given:
            raise WrongUsageError(
                "--kind, --extension, --station, --my-phone and --computer go with --pbx"
            )
        account: Account | None = _named(options, given)
    elif saved is None and given.keys() >= {"pbx", "extension", "station"}:
        account = _named(options, given)
    else:
        account = saved
    if account is None:
        return None
    if options.local_port is not None:
        account = replace(account, local_port=options.local_port)
    if options.phone is not None:
        host, port = _host_and_port("--phone", options.phone, 5060)
        account = replace(account, phone=host, phone_port=port)
    if options.control is not None:
        account = replace(account, control=ControlPath(options.control))
    if account.control is ControlPath.PHONE and not account.phone:
        raise WrongUsageError("--control phone needs the phone's address: --phone HOST")
    account = _with_the_way(_with_colleagues(account, options), options)
    if account.is_own_phone:
        raise WrongUsageError(
            f"{account.extension} is the phone's own account: its calls would come here, and the "
            "phone would stay silent. Ask the administrator for an account of Call Ctrl's own"
        )
    for key in administration.locked.get("account", {}):
        refuse_locked(
            administration, "account", key, getattr(account, key), _option(key, account.kind)
        )
    return account


def refuse_locked(
    administration: Administration, table: str, key: str, value: object, option: str
) -> None:
    """Raise LockedError where `option` would make a setting another one than it is locked to."""
    if administration.is_locked(table, key):
        locked = administration.locked[table][key]
        if value != locked:
            raise LockedError(
                f"{option}: this is locked to {value_in_words(locked)}. "
                f"{set_by_in_words(administration.by)}"
            )


def _option(key: str, kind: PbxKind) -> str:
    """What sets a field of the account on the command line."""
    if key == "station" and kind is PbxKind.SIP:
        return "--my-phone"
    others = {
        "port": "--pbx",
        "outbound_proxy": "--proxy",
        "lamps": "--lamp",
        "phone_port": "--phone",
    }
    return others.get(key, "--" + key.replace("_", "-"))


def _named(options: argparse.Namespace, given: Mapping[str, Any]) -> Account:
    """The account of --pbx and its companions, above what the administrator has given."""
    is_sip = options.kind == PbxKind.SIP.value or bool(options.my_phone)
    is_spa = options.kind == PbxKind.SPA9000.value
    if not (is_sip or is_spa) and "kind" in given:
        is_sip, is_spa = (given["kind"] is each for each in (PbxKind.SIP, PbxKind.SPA9000))
    port = 0 if is_sip else 6060
    if is_sip == (given.get("kind") is PbxKind.SIP):
        port = given.get("port", port)
    if options.pbx is None:
        host = given["pbx"]
    else:
        host, port = _host_and_port("--pbx", options.pbx, port, lowest=1 if is_spa else 0)
    # No name server knows of a SPA9000; the wizard asks for its port.
    kind = PbxKind.SIP if is_sip or port == 0 else PbxKind.SPA9000
    if is_spa and options.my_phone:
        raise WrongUsageError("a SPA9000 knows the phone by its --station, not by --my-phone")
    if kind is PbxKind.SIP and options.station:
        raise WrongUsageError(
            "--station is a SPA9000's name for the phone; elsewhere its extension is wanted: "
            "--my-phone EXT"
        )
    phone = options.my_phone if kind is PbxKind.SIP else options.station
    named = {
        "extension": options.extension or given.get("extension"),
        "station": phone or given.get("station"),
        "computer": options.computer or given.get("computer") or computer_name(),
    }
    if not all(named.values()):
        by = "--user and --my-phone" if kind is PbxKind.SIP else "--extension and --station"
        raise WrongUsageError(f"--pbx needs {by}" if options.pbx else f"expected {by}")
    return Account(**{**given, **named, "pbx": host, "port": port, "kind": kind})


def _with_colleagues(account: Account, options: argparse.Namespace) -> Account:
    """The account with what --lamp, --lamp-list and --voicemail say."""
    given = (options.lamp, options.lamp_list, options.voicemail)
    if all(each is None for each in given):
        return account
    if account.kind is not PbxKind.SIP:
        raise WrongUsageError("--lamp, --lamp-list and --voicemail are not for a SPA9000")
    if options.lamp is not None:
        lamps = extensions_in(" ".join(options.lamp))
        if len(lamps) > MOST_LAMPS:
            raise WrongUsageError(f"--lamp: expected {MOST_LAMPS} extensions at most")
        account = replace(account, lamps=lamps)
    if options.lamp_list is not None:
        account = replace(account, lamp_list=options.lamp_list)
    if options.voicemail is not None:
        account = replace(account, voicemail=options.voicemail)
    return account


def _with_the_way(account: Account, options: argparse.Namespace) -> Account:
    """The account with what --transport, --proxy and --ca-file say."""
    if options.transport is not None:
        account = replace(account, transport=SipTransport(options.transport))
    if options.proxy is not None:
        if options.proxy:
            _host_and_port("--proxy", options.proxy, 5060)
        account = replace(account, outbound_proxy=options.proxy)
    if options.ca_file is not None:
        # The program that is set up here may be started elsewhere.
        path = Path(options.ca_file).absolute() if options.ca_file else None
        fault = fault_of(path) if path is not None else None
        if fault is not None:
            raise WrongUsageError(_FAULTS[fault].format(path=path))
        account = replace(account, ca_file=str(path or ""))
    if options.ca_file and account.transport in (SipTransport.UDP, SipTransport.TCP):
        raise WrongUsageError(
            f"--ca-file is for TLS, and the transport is {account.transport.name}: --transport tls"
        )
    return account


_FAULTS = {
    FileFault.NOT_THERE: "--ca-file: there is no file {path}",
    FileFault.UNREADABLE: "--ca-file: {path} cannot be read",
    FileFault.NO_CERTIFICATE: "--ca-file: {path} holds no certificate in PEM form",
}


def _host_and_port(option: str, text: str, default: int, lowest: int = 1) -> tuple[str, int]:
    try:
        host, port = place_from(text)
    except ValueError as error:
        raise WrongUsageError(f"{option}: expected HOST or HOST:PORT, found {text!r}") from error
    if port is not None and port < lowest:
        raise WrongUsageError(f"{option}: expected a port from {lowest} to 65535, found {port}")
    return host, default if port is None else port
