"""The command line where the administrator has a say: defaults spare options, locks refuse them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from callctrl.accounts import Account, PbxKind, Policy, SipTransport
from callctrl.commandline import main, make_parser
from callctrl.headless.options import LockedError, account_from
from callctrl.headless.programs import ExitCode
from callctrl.store.administration import Administration, parse, read
from callctrl.store.settings import TABLES

BY = "Set by IT department, extension 500."
NAMES = ["--extension", "214", "--station", "RECEPTION2", "--computer", "PC"]
SIP_NAMES = ["--user", "desk", "--my-phone", "1002", "--computer", "PC"]
LOCKED = """
by = "IT department, extension 500"
[locked.account]
pbx = "192.168.1.20"
[locked.preferences]
debug = false
[locked.policy]
stay_open = false
"""


def policy(text: str) -> Administration:
    found = parse(text.encode(), TABLES)
    assert found.faults == ()
    return found


def account_of(*arguments: str, given: str, saved: Account | None = None) -> Account | None:
    return account_from(make_parser().parse_args(["setup", *arguments]), saved, policy(given))


# What the administrator gives spares options


def test_the_phone_system_of_the_policy_needs_no_option() -> None:
    given = '[default.account]\npbx = "192.168.1.20"\ncontrol = "phone"\nphone = "192.168.1.7"\n'
    account = account_of(*NAMES, given=given)
    assert account is not None
    assert (account.pbx, account.port, account.kind) == ("192.168.1.20", 6060, PbxKind.SPA9000)
    assert (account.extension, account.station) == ("214", "RECEPTION2")
    assert account.phone == "192.168.1.7"


def test_a_sip_phone_system_of_the_policy_is_asked_of_the_name_server() -> None:
    given = '[default.account]\npbx = "example.com"\nkind = "sip"\ntransport = "tls"\n'
    assert account_of(*SIP_NAMES, given=given) == Account(
        "example.com", "desk", "1002", "PC", 0, kind=PbxKind.SIP, transport=SipTransport.TLS
    )


def test_the_port_of_the_policy_is_for_its_kind_of_phone_system() -> None:
    given = '[default.account]\npbx = "example.com"\nkind = "sip"\nport = 5070\n'
    sip = account_of(*SIP_NAMES, given=given)
    other = account_of("--kind", "spa9000", "--pbx", "10.0.0.1", *NAMES, given=given)
    named = account_of("--pbx", "example.com:5090", *SIP_NAMES, given=given)
    assert sip is not None
    assert other is not None
    assert named is not None
    assert (sip.port, other.port, named.port) == (5070, 6060, 5090)


def test_an_option_is_above_a_default() -> None:
    given = '[default.account]\npbx = "192.168.1.20"\ntransport = "tls"\n'
    account = account_of("--pbx", "10.0.0.1", "--transport", "udp", *NAMES, given=given)
    assert account is not None
    assert (account.pbx, account.transport) == ("10.0.0.1", SipTransport.UDP)


def test_a_policy_with_all_of_an_account_needs_no_option_at_all() -> None:
    given = '[default.account]\npbx = "192.168.1.20"\nextension = "200"\nstation = "FrontDesk"\n'
    account = account_of(given=given)
    assert account is not None
    assert (account.pbx, account.extension, account.station) == (
        "192.168.1.20",
        "200",
        "FrontDesk",
    )
    assert account.computer


def test_what_is_still_wanted_is_said(
    profile: list[str], administered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    administered.write_text('[default.account]\npbx = "192.168.1.20"\n')
    with pytest.raises(SystemExit) as ended:
        main([*profile, "setup", "--extension", "214"])
    assert ended.value.code == ExitCode.WRONG_USAGE
    assert "expected --extension and --station" in capsys.readouterr().err
    assert main([*profile, "check"]) == ExitCode.NO_SETTINGS
    assert "lacks: extension, station, computer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", "No settings yet. Name a phone: --pbx, --extension and --station."),
        ('pbx = "192.168.1.20"', "Name a phone: --extension and --station."),
        ('pbx = "192.168.1.20"\nkind = "sip"', "Name a phone: --user and --my-phone."),
    ],
)
def test_setup_without_a_phone_is_told_what_names_one(
    given: str,
    told: str,
    profile: list[str],
    administered: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    administered.write_text(f"[default.account]\n{given}\n")
    assert main([*profile, "setup", "--transport", "tls"]) == ExitCode.NO_SETTINGS
    assert told in capsys.readouterr().err
    assert main([*profile, "check"]) == ExitCode.NO_SETTINGS
    assert "Run `callctrl setup`, or name a phone with --pbx." in capsys.readouterr().err


# What is locked cannot be changed


@pytest.fixture
def profile(tmp_path: Path) -> list[str]:
    """A policy is obeyed in whatever profile."""
    return ["--profile", str(tmp_path / "profile")]


@pytest.fixture
def administered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy file, trusted whoever runs the test."""
    file = tmp_path / "policy.toml"
    file.write_text(LOCKED)
    monkeypatch.setattr(
        "callctrl.commandline.administration_here",
        lambda: read(file, TABLES, distrust=lambda _: ""),
    )
    return file


ELSEWHERE = ["--pbx", "127.0.0.1:9", *NAMES]


@pytest.mark.parametrize("command", ["check", "abilities", "watch", "setup"])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (ELSEWHERE, '--pbx: this is locked to "192.168.1.20".'),
        (["--debug", *NAMES], "--debug: this is locked to false."),
    ],
)
def test_an_option_against_a_lock_is_refused_with_a_sentence_and_code_2(
    command: str,
    options: list[str],
    told: str,
    profile: list[str],
    administered: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*profile, command, *options]) == ExitCode.WRONG_USAGE
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{told} {BY}\n")


def test_debug_before_the_command_is_refused_likewise(
    profile: list[str], administered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*profile, "--debug", "check", *NAMES]) == ExitCode.WRONG_USAGE
    assert "--debug: this is locked to false" in capsys.readouterr().err


def test_staying_where_that_is_locked_is_refused(
    profile: list[str], administered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*profile, "watch", "--stay", *NAMES]) == ExitCode.WRONG_USAGE
    assert capsys.readouterr().err == f"--stay: this is locked to false. {BY}\n"


def test_watch_obeys_what_is_locked_without_being_told(
    profile: list[str], administered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    administered.write_text(
        '[locked.account]\npbx = "127.0.0.1"\nport = 9\n'
        "[locked.policy]\nstay_open = true\nkeep_alive = 0\n"
    )
    used: list[Policy] = []

    async def watch(*_: object, policy: Policy, **__: object) -> ExitCode:
        used.append(policy)
        return ExitCode.FINE

    monkeypatch.setattr("callctrl.commandline.run_watch", watch)
    assert main([*profile, "watch", *NAMES]) == ExitCode.FINE
    assert main([*profile, "watch", "--stay", *NAMES]) == ExitCode.FINE
    assert used == [Policy(stay_open=True, keep_alive=0)] * 2


@pytest.mark.parametrize(
    ("lock", "options", "option"),
    [
        ("port = 5070", ["--pbx", "192.168.1.20:5071", *NAMES], "--pbx"),
        ('kind = "sip"', ["--kind", "spa9000", *NAMES], "--kind"),
        ('kind = "spa9000"', SIP_NAMES, "--kind"),
        ('extension = "200"', NAMES, "--extension"),
        ('station = "FrontDesk"', NAMES, "--station"),
        ('station = "1001"', ["--kind", "sip", *SIP_NAMES], "--my-phone"),
        ('computer = "DESK"', NAMES, "--computer"),
        ('phone = ""', [*NAMES, "--phone", "10.0.0.1"], "--phone"),
        ("phone_port = 5060", [*NAMES, "--phone", "10.0.0.1:5061"], "--phone"),
        ("local_port = 5060", [*NAMES, "--local-port", "0"], "--local-port"),
        (
            'control = "pbx"',
            [*NAMES, "--phone", "10.0.0.1", "--control", "phone"],
            "--control",
        ),
        ('transport = "udp"', [*NAMES, "--transport", "tcp"], "--transport"),
        ('outbound_proxy = ""', [*NAMES, "--proxy", "edge.example.com"], "--proxy"),
        ('ca_file = "/etc/office.pem"', [*NAMES, "--ca-file", ""], "--ca-file"),
        ('lamps = ["1003"]', ["--kind", "sip", *SIP_NAMES, "--lamp", "1004"], "--lamp"),
        ('lamp_list = ""', ["--kind", "sip", *SIP_NAMES, "--lamp-list", "all"], "--lamp-list"),
        ('voicemail = "*97"', ["--kind", "sip", *SIP_NAMES, "--voicemail", ""], "--voicemail"),
    ],
)
def test_no_option_of_the_account_changes_what_is_locked(
    lock: str, options: list[str], option: str
) -> None:
    given = f'by = "IT"\n[locked.account]\n{lock}\n[default.account]\npbx = "192.168.1.20"\n'
    with pytest.raises(LockedError, match=rf"^{option}: this is locked to .*\. Set by IT\.$"):
        account_of(*options, given=given)


def test_what_is_locked_may_be_said_again() -> None:
    given = '[locked.account]\npbx = "192.168.1.20"\nport = 5070\n'
    assert account_of("--pbx", "192.168.1.20", *NAMES, given=given) == account_of(
        *NAMES, given=given
    )


# The policy itself


def test_a_broken_policy_is_told_and_not_obeyed(
    profile: list[str], administered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    administered.write_text(LOCKED + "colour = 1\n")
    arguments = [*profile, "check", "--pbx", "127.0.0.1:9", "--timeout", "5", "--local-port", "0"]
    assert main([*arguments, *NAMES]) == ExitCode.NO_ANSWER
    said = capsys.readouterr().err
    assert said == (
        f"The policy file {administered} is not obeyed: [locked.policy] unknown key 'colour'\n"
    )


def test_the_policy_in_force_is_shown(
    administered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    administered.write_text(LOCKED + '[default.account]\nlamps = ["1003"]\n')
    assert main(["policy"]) == ExitCode.FINE
    assert capsys.readouterr().out.splitlines() == [
        f"{administered} is obeyed.",
        f"Beside what is locked stands: {BY}",
        'default  account.lamps     = ["1003"]',
        'locked   account.pbx       = "192.168.1.20"',
        "locked   preferences.debug = false",
        "locked   policy.stay_open  = false",
    ]
    assert main(["policy", "--json"]) == ExitCode.FINE
    assert json.loads(capsys.readouterr().out) == {
        "file": str(administered),
        "exists": True,
        "obeyed": True,
        "faults": [],
        "by": "IT department, extension 500",
        "default": {"account": {"lamps": ["1003"]}},
        "locked": {
            "account": {"pbx": "192.168.1.20"},
            "preferences": {"debug": False},
            "policy": {"stay_open": False},
        },
    }


def test_that_there_is_no_policy_is_shown(
    administered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    administered.unlink()
    assert main(["policy"]) == ExitCode.FINE
    assert capsys.readouterr().out.startswith("There is no policy: no file ")
    assert main(["policy", "--json"]) == ExitCode.FINE
    told = json.loads(capsys.readouterr().out)
    assert (told["exists"], told["obeyed"], told["locked"]) == (False, False, {})


def test_a_policy_is_looked_through_before_the_roll_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    candidate = tmp_path / "new.toml"
    candidate.write_text(LOCKED)
    candidate.chmod(0o666)  # whose it is matters where it is obeyed
    assert main(["policy", str(candidate)]) == ExitCode.FINE
    assert capsys.readouterr().out.startswith(f"{candidate} has no fault. It is obeyed as ")
    candidate.write_text("[locked.preferences]\ndebug = 1\nnotify = true\n")
    assert main(["policy", str(candidate)]) == ExitCode.FAILED
    assert capsys.readouterr().err == (
        f"The policy file {candidate} is not obeyed: "
        "[locked.preferences] debug: expected true or false, found 1\n"
        f"The policy file {candidate} is not obeyed: [locked.preferences] unknown key 'notify'\n"
    )
    assert main(["policy", "--json", str(candidate)]) == ExitCode.FAILED
    assert json.loads(capsys.readouterr().out)["obeyed"] is False


def test_a_policy_to_look_through_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["policy", str(tmp_path / "none.toml")])
    assert ended.value.code == ExitCode.WRONG_USAGE
