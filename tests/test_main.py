"""The command line as an administrator meets it: usage, exit codes, no password in sight."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from callctrl.__main__ import main
from callctrl.accounts import Account, ControlPath, PbxKind, SipTransport
from callctrl.commandline import make_parser
from callctrl.headless.options import WrongUsageError, account_from
from callctrl.headless.programs import ExitCode
from callctrl.remote import NobodyThere, RemoteError, Reply, address_of

CALLCTRL = [sys.executable, "-m", "callctrl"]
PHONE = ["--pbx", "127.0.0.1:9", "--extension", "200", "--station", "FrontDesk"]
SIP = ["--kind", "sip", "--pbx", "127.0.0.1:9", "--user", "desk-app", "--my-phone", "1002"]


ORDERS = [
    ["dial", "5552345"],
    ["answer"],
    ["reject", "1"],
    ["divert", "301"],
    ["hold"],
    ["resume"],
    ["hangup", "2"],
    ["press", "hold"],
    ["calls"],
    ["lamps"],
    ["messages"],
    ["status"],
    ["show"],
    ["quit"],
]


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["check"],
        ["abilities"],
        ["watch"],
        ["setup"],
        ["simulate"],
        ["demo"],
        *([words[0]] for words in ORDERS),
    ],
    ids=" ".join,
)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith("usage: callctrl")
    assert "exit codes:" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["check", "--pbx", "127.0.0.1"],
        ["check", "--extension", "200"],
        ["check", "--pbx", "127.0.0.1:sip", "--extension", "200", "--station", "FrontDesk"],
        ["check", "--pbx", "127.0.0.1:70000", "--extension", "200", "--station", "FrontDesk"],
        ["check", *PHONE, "--local-port", "70000"],
        ["check", *PHONE, "--control", "pigeon"],
        ["check", *PHONE, "--control", "phone"],
        ["check", *PHONE, "--phone", "192.168.1.20:sip"],
        ["check", *PHONE, "--transport", "pigeon"],
        ["check", *PHONE, "--proxy", "edge:sip"],
        ["check", *PHONE, "--proxy", "edge:0"],
        ["check", *PHONE, "--ca-file", "no-such-file.pem"],
        ["check", *PHONE, "--password", "secret"],
        ["check", *PHONE, "--timeout", "0"],
        ["check", *PHONE, "--kind", "pigeon"],
        ["check", *PHONE, "--kind", "sip"],
        ["check", *PHONE, "--my-phone", "1002"],
        ["check", *PHONE, "--lamp", "1003"],
        ["check", *SIP, "--kind", "spa9000"],
        ["check", *SIP, "--station", "FrontDesk"],
        ["check", "--kind", "spa9000", "--pbx", "example.com:0", *PHONE[2:]],
        ["check", "--my-phone", "1002"],
        ["simulate", "--loss", "7"],
        ["demo", "--scenario", "no-such-story"],
        ["dial"],
        ["dial", "555", "1234"],
        ["divert"],
        ["answer", "1", "2"],
        ["hold", "1"],
        ["quit", "--json"],
        ["desktop"],
        ["desktop", "wallpaper"],
        ["desktop", "links", "perhaps"],
    ],
)
def test_wrong_usage_is_told_with_code_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--profile", str(tmp_path), *arguments])
    assert ended.value.code == ExitCode.WRONG_USAGE
    assert "usage: callctrl" in capsys.readouterr().err


def test_how_to_reach_the_phone_goes_with_any_account() -> None:
    saved = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION")
    way = ["--phone", "192.168.1.20:5062", "--control", "phone"]
    options = make_parser().parse_args(["watch", *way])
    assert account_from(options, saved) == replace(
        saved, phone="192.168.1.20", phone_port=5062, control=ControlPath.PHONE
    )
    options = make_parser().parse_args(["watch", *PHONE, "--computer", "RECEPTION", *way])
    account = account_from(options, saved)
    assert account is not None
    assert (account.pbx, account.port) == ("127.0.0.1", 9)
    assert (account.phone, account.phone_port) == ("192.168.1.20", 5062)
    assert account.control is ControlPath.PHONE


def account_of(*arguments: str, saved: Account | None = None) -> Account:
    account = account_from(make_parser().parse_args(["check", *arguments]), saved)
    assert account is not None
    return account


def test_any_sip_phone_system_is_asked_with_an_account_of_our_own() -> None:
    account = account_of(*SIP, "--computer", "PC")
    assert account == Account("127.0.0.1", "desk-app", "1002", "PC", 9, kind=PbxKind.SIP)
    assert account_of(*SIP[2:], "--computer", "PC") == account  # --my-phone tells the kind


def test_without_a_port_only_a_spa9000_has_one() -> None:
    """RFC 3263 section 4: only a name without a port is looked up in full."""
    sip = account_of("--pbx", "pbx.example.com", "--user", "desk-app", "--my-phone", "1002")
    spa = account_of("--pbx", "192.168.1.10", *PHONE[2:])
    assert (sip.kind, sip.port) == (PbxKind.SIP, 0)
    assert (spa.kind, spa.port) == (PbxKind.SPA9000, 6060)


def test_the_port_0_is_no_spa9000s() -> None:
    """The wizard, opened later, wants a SPA9000's port, and takes none of others."""
    account = account_of("--pbx", "example.com:0", "--user", "desk-app", "--my-phone", "1002")
    assert (account.pbx, account.port, account.kind) == ("example.com", 0, PbxKind.SIP)


@pytest.mark.parametrize(
    "lamps",
    [
        ["--lamp", "1003", "1004", "1003"],
        ["--lamp", "1003,1004"],
        ["--lamp", "1003", "--lamp", "1004, 1003"],
    ],
    ids=" ".join,
)
def test_lamps_are_named_with_blanks_or_commas_between(lamps: list[str]) -> None:
    assert account_of(*SIP, *lamps).lamps == ("1003", "1004")


def test_colleagues_and_voicemail_go_with_a_saved_account() -> None:
    saved = Account("pbx", "desk-app", "1002", "PC", 0, kind=PbxKind.SIP, lamps=("1009",))
    changed = account_of("--lamp-list", "office", "--voicemail", "*97", saved=saved)
    assert changed == replace(saved, lamp_list="office", voicemail="*97")
    assert account_of("--lamp", "", saved=saved).lamps == ()


@pytest.mark.parametrize("command", ["check", "watch", "setup"])
def test_the_phones_own_account_is_refused_with_the_reason(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, *SIP, "--user", "1002"])
    assert ended.value.code == ExitCode.WRONG_USAGE
    assert "1002 is the phone's own account" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("sip", "--user and --my-phone"), ("spa9000", "--extension and --station")],
)
def test_what_is_missing_goes_by_the_name_it_has_there(
    kind: str, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--kind", kind, "--pbx", "pbx.example.com"])
    assert f"--pbx needs {wanted}" in capsys.readouterr().err


def test_a_saved_account_that_is_the_phones_own_is_refused_as_well() -> None:
    saved = Account("pbx", "1002", "1002", "PC", 0, kind=PbxKind.SIP)
    with pytest.raises(WrongUsageError, match="the phone's own account"):
        account_of(saved=saved)


@pytest.fixture(name="ca_file")
def file_of_an_authority(tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


def test_the_way_to_the_phone_system_goes_with_any_account(ca_file: Path) -> None:
    saved = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION")
    way = ["--transport", "tls", "--proxy", "edge.example.com:5061", "--ca-file", str(ca_file)]
    options = make_parser().parse_args(["watch", *way])
    assert account_from(options, saved) == replace(
        saved,
        transport=SipTransport.TLS,
        outbound_proxy="edge.example.com:5061",
        ca_file=str(ca_file),
    )
    options = make_parser().parse_args(["setup", *PHONE, *way])
    account = account_from(options, None)
    assert account is not None
    assert account.transport is SipTransport.TLS
    assert account.outbound_proxy == "edge.example.com:5061"
    assert account.ca_file == str(ca_file)


def test_an_empty_proxy_and_file_take_the_saved_ones_away(ca_file: Path) -> None:
    plain = Account("192.168.1.10", "200", "FrontDesk", "RECEPTION")
    saved = replace(plain, outbound_proxy="edge", ca_file=str(ca_file))
    options = make_parser().parse_args(["setup", "--proxy", "", "--ca-file", ""])
    assert account_from(options, saved) == plain


def test_the_file_of_authorities_is_found_from_everywhere(
    ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ca_file.parent)
    options = make_parser().parse_args(["setup", *PHONE, "--ca-file", ca_file.name])
    account = account_from(options, None)
    assert account is not None
    assert account.ca_file == str(ca_file)


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        (["--proxy", "sip:edge"], "--proxy: expected HOST or HOST:PORT, found 'sip:edge'"),
        (["--proxy", "edge:0"], "--proxy: expected a port from 1 to 65535, found 0"),
        (["--ca-file", f"{__file__}.pem"], f"--ca-file: there is no file {__file__}.pem"),
        (["--ca-file", __file__], f"--ca-file: {__file__} holds no certificate in PEM form"),
    ],
)
def test_what_is_wrong_with_the_way_is_told(
    way: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["check", *PHONE, *way])
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_authorities_are_for_tls(
    transport: str, ca_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["check", *PHONE, "--transport", transport, "--ca-file", str(ca_file)])
    assert "--transport tls" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "watch"])
def test_no_settings_yet_is_code_3(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--profile", str(tmp_path)]) == ExitCode.NO_SETTINGS
    assert "callctrl setup" in capsys.readouterr().err


def test_nothing_listening_is_code_4_and_no_crash(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CALLCTRL, "check", "--profile", str(tmp_path), *PHONE, "--local-port", "0"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == ExitCode.NO_ANSWER, done.stderr
    assert "No answer from 127.0.0.1 port 9" in done.stdout
    assert done.stderr == ""


def test_the_simulator_shows_its_certificate(tmp_path: Path) -> None:
    """RFC 3261 section 26.2.1: believed by whoever knows its authority, and by nobody else."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "pbx.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    anywhere = ["--port", "0", "--tls-port", "0", "--certificate", str(tmp_path / "pbx.pem")]
    with subprocess.Popen(
        [*CALLCTRL, "simulate", "--no-password", *anywhere],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as pbx:
        assert pbx.stdin is not None
        assert pbx.stdout is not None
        pbx.stdout.readline()
        port = pbx.stdout.readline().strip().rpartition(":")[2]
        phone = ["--pbx", f"127.0.0.1:{port}", "--extension", "200", "--station", "FrontDesk"]
        check = [*CALLCTRL, "check", *phone, "--local-port", "0", "--transport", "tls"]
        known = subprocess.run(
            [*check, "--ca-file", str(tmp_path / "ca.pem")], capture_output=True, check=False
        )
        unknown = subprocess.run(check, capture_output=True, text=True, check=False)
        pbx.stdin.write("quit\n")
    assert known.returncode == ExitCode.FINE
    assert unknown.returncode == ExitCode.CERTIFICATE
    assert "an authority that this computer does not know" in unknown.stdout


def test_a_certificate_that_is_none_keeps_the_simulator_from_starting(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["simulate", "--port", "0", "--certificate", __file__]) == ExitCode.FAILED
    assert "The simulator cannot start: " in capsys.readouterr().err


def test_the_password_is_the_first_line_of_standard_input() -> None:
    """The rest of the input are commands: the simulator and the watch read the same way."""
    with subprocess.Popen(
        [*CALLCTRL, "simulate", "--port", "0", "--password-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as pbx:
        assert pbx.stdin is not None
        assert pbx.stdout is not None
        pbx.stdin.write("sesame-4321\n")
        pbx.stdin.flush()
        port = pbx.stdout.readline().split(",")[0].rpartition(":")[2]
        phone = ["--pbx", f"127.0.0.1:{port}", "--extension", "200", "--station", "FrontDesk"]
        watch = subprocess.run(
            [*CALLCTRL, "watch", *phone, "--local-port", "0", "--password-stdin", "--json"],
            input="sesame-4321\nquit\n",
            capture_output=True,
            text=True,
            check=False,
        )
        wrong = subprocess.run(
            [*CALLCTRL, "check", *phone, "--local-port", "0", "--password-stdin"],
            input="not-this\n",
            capture_output=True,
            text=True,
            check=False,
        )
        pbx.stdin.write("quit\n")
        pbx.stdin.flush()
        said = pbx.stdout.read()
    assert watch.returncode == 0, watch.stderr
    assert watch.stdout.splitlines()[-1] == '{"event": "stopped"}'
    assert wrong.returncode == ExitCode.UNAUTHORIZED
    assert "sesame-4321" not in said + watch.stdout + wrong.stdout


def test_the_demo_plays_in_the_terminal_without_a_screen() -> None:
    done = subprocess.run(
        [*CALLCTRL, "demo", "--headless", "--scenario", "refused"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.strip(" <>-") for line in done.stdout.splitlines()]
    conversation = [
        "REGISTER",
        "401 Unauthorized",
        "REGISTER with credentials",
        "401 Unauthorized",
        "SUBSCRIBE",
        "403 Forbidden",
    ]
    assert [line for line in lines if line in conversation] == conversation
    assert any(line.startswith("The error '403 Forbidden' was received") for line in lines)


@pytest.mark.skipif(sys.platform != "linux", reason="others always have one")
def test_the_desktop_program_says_so_where_there_is_no_screen(tmp_path: Path) -> None:
    done = subprocess.run(
        [*CALLCTRL, "--profile", str(tmp_path)],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == ExitCode.FAILED
    assert "no screen" in done.stderr


# Orders to the running program


class FakeProgram:
    """In the place of the running program: what it was asked, and what it says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.waited_for_its_end = False
        self.runs = True
        self.reply: Reply | RemoteError = Reply()

    def call(
        self,
        address: str,
        words: list[str],
        timeout: float,
        *,
        until_gone: bool = False,
        patience: float = 0.0,
    ) -> Reply:
        if not (self.runs or patience):
            raise NobodyThere("Call Ctrl is not running with this profile.")
        itself = 20 + 3 * 40 if words[0] == "dial" else 20
        assert timeout > itself, "the program itself waits that long for the phone"
        self.asked.append((address, words))
        self.waited_for_its_end = until_gone
        if isinstance(self.reply, RemoteError):
            raise self.reply
        return self.reply


@pytest.fixture(name="program")
def fake_program(monkeypatch: pytest.MonkeyPatch) -> FakeProgram:
    program = FakeProgram()
    monkeypatch.setattr("callctrl.commandline.call", program.call)
    monkeypatch.setattr("callctrl.pressing.call", program.call)
    return program


@pytest.mark.parametrize("words", ORDERS, ids=" ".join)
def test_where_no_program_runs_that_is_code_3(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--profile", str(tmp_path)]) == ExitCode.NOT_RUNNING
    assert capsys.readouterr() == (
        "",
        "Call Ctrl is not running with this profile. Start it with `callctrl`.\n",
    )
    assert list(tmp_path.iterdir()) == [], "asking leaves nothing behind"


@pytest.mark.parametrize(
    "words", [*ORDERS, ["divert", "1", "301"], ["dial", "tel:+1-212"]], ids=" ".join
)
def test_an_order_goes_out_word_by_word(
    words: list[str], program: FakeProgram, tmp_path: Path
) -> None:
    assert main(["--profile", str(tmp_path), *words]) == ExitCode.FINE
    assert program.asked == [(address_of(tmp_path), words)]


def test_a_link_starts_the_program_and_is_shown_by_it(
    program: FakeProgram, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("callctrl.commandline.start_detached", started.append)
    monkeypatch.setattr("callctrl.launching.why_no_window", lambda: "")
    program.runs = False
    assert main(["--profile", str(tmp_path), "dial", "--", "tel:+1-212"]) == ExitCode.FINE
    assert [command[-1] for command in started] == [f"--profile={tmp_path}"]
    assert program.asked == [(address_of(tmp_path), ["dial", "tel:+1-212"])]
    assert main(["dial", "5551234"]) == ExitCode.NOT_RUNNING, "a number wants no window"
    monkeypatch.setattr("callctrl.launching.why_no_window", lambda: "There is no screen here.")
    assert main(["dial", "tel:+1-212"]) == ExitCode.NOT_RUNNING
    assert len(started) == 1


def test_a_program_that_a_link_cannot_start_is_said(
    program: FakeProgram, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(command: list[str]) -> None:
        raise OSError(8, "Exec format error", command[0])

    monkeypatch.setattr("callctrl.commandline.start_detached", fail)
    monkeypatch.setattr("callctrl.launching.why_no_window", lambda: "")
    program.runs = False
    assert main(["dial", "tel:+1-212"]) == ExitCode.FAILED
    assert "cannot be started" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--debug"], ["--profile=/elsewhere"], ["another"]])
def test_nothing_in_a_link_passes_for_an_option(
    program: FakeProgram, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    """A link with quotes in it may fall apart on its way through a desktop."""
    with pytest.raises(SystemExit) as ended:
        main(["dial", "--", "tel:+1-212", *more])
    assert ended.value.code == ExitCode.WRONG_USAGE
    assert "unrecognized" in capsys.readouterr().err
    assert program.asked == []


def test_an_order_that_was_refused_tells_why_with_code_1(
    program: FakeProgram, capsys: pytest.CaptureFixture[str]
) -> None:
    program.reply = Reply("answer: refused (408), the phone does not answer", exit_code=1)
    assert main(["answer"]) == ExitCode.FAILED
    assert capsys.readouterr() == ("", f"{program.reply.text}\n")


def test_a_program_out_of_reach_is_code_1(
    program: FakeProgram, capsys: pytest.CaptureFixture[str]
) -> None:
    program.reply = RemoteError("Call Ctrl did not answer within 30 s.")
    assert main(["status", "--json"]) == ExitCode.FAILED
    assert capsys.readouterr() == ("", "Call Ctrl did not answer within 30 s.\n")


def test_what_was_asked_is_printed_in_words_or_as_json(
    program: FakeProgram, capsys: pytest.CaptureFixture[str]
) -> None:
    program.reply = Reply("No calls.", [])
    assert main(["calls"]) == ExitCode.FINE
    assert main(["calls", "--json"]) == ExitCode.FINE
    assert capsys.readouterr().out == "No calls.\n[]\n"


def test_quit_waits_for_the_good_bye(program: FakeProgram) -> None:
    main(["status"])
    assert not program.waited_for_its_end
    main(["quit"])
    assert program.waited_for_its_end


def test_a_name_in_another_script_is_printed_on_any_terminal(tmp_path: Path) -> None:
    code = (
        "import callctrl.commandline as m, callctrl.remote as r; "
        "m.call = lambda *_, **__: r.Reply('from 小林'); m.main(['calls'])"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-c", code],
        env={"PATH": "", "PYTHONIOENCODING": "latin-1"},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        check=False,
    )
    assert done.stdout.strip() == rb"from \u5c0f\u6797", done.stderr
