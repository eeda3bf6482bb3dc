"""The policy file: what is obeyed, what is reported, and what it does to a user's settings."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from callctrl.accounts import Account, PbxKind, Policy, SipTransport
from callctrl.numbers import DialPlan
from callctrl.store.administration import LARGEST, Administration, parse, read
from callctrl.store.settings import TABLES, Paths, Settings, load, obeying, policy_in, save
from callctrl.store.tables import plain

POLICY = """
by = "IT department, extension 500"
[default.account]
pbx = "192.168.1.20"
kind = "sip"
transport = "tls"
lamps = ["1003", "1004"]
[default.preferences]
keep_days = 90
[locked.preferences]
debug = false
[locked.policy]
stay_open = true
"""
OWN = """
[account]
pbx = "own.example.org"
extension = "200"
station = "FrontDesk"
computer = "RECEPTION"
[preferences]
debug = true
[policy]
stay_open = false
"""
BY = "IT department, extension 500"
ROOT = Path(__file__).parents[2]

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def trusting(_: Path) -> str:
    return ""


def policy(text: str) -> Administration:
    found = parse(text.encode(), TABLES)
    assert found.faults == ()
    return found


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "profile")


def write(paths: Paths, text: str) -> None:
    paths.create()
    paths.settings_file.write_text(text, "utf-8")


def document(paths: Paths) -> dict[str, object]:
    return tomllib.loads(paths.settings_file.read_text("utf-8"))


# Reading


def test_defaults_and_what_is_locked_are_read_as_the_settings_are() -> None:
    assert policy(POLICY) == Administration(
        by=BY,
        defaults={
            "account": {
                "pbx": "192.168.1.20",
                "kind": PbxKind.SIP,
                "transport": SipTransport.TLS,
                "lamps": ("1003", "1004"),
            },
            "preferences": {"keep_days": 90},
        },
        locked={"preferences": {"debug": False}, "policy": {"stay_open": True}},
    )


def test_an_empty_file_decides_nothing() -> None:
    assert policy("") == Administration()


def test_what_notepad_wrote_is_read() -> None:
    data = b"\xef\xbb\xbf" + POLICY.replace("\n", "\r\n").encode()
    assert parse(data, TABLES).by == BY


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("by = 5", "by: expected up to 200 characters on one line, found 5"),
        ('by = "a\\nb"', "by: expected up to 200 characters on one line, found 'a\\nb'"),
        ("loked = 1", "unknown key 'loked', expected one of by, default, locked"),
        ("default = 1", "[default]: expected a table, found 1"),
        ("[locked]\ndebug = true", "[locked]: unknown table 'debug', expected one of account, "),
        ("[locked]\npreferences = 1", "[locked.preferences]: expected a table, found 1"),
        ("[locked.preferences]\ndebugg = true", "[locked.preferences] unknown key 'debugg'"),
        (
            "[locked.preferences]\ndebug = 0",
            "[locked.preferences] debug: expected true or false, found 0",
        ),
        (
            '[default.account]\ntransport = "sctp"',
            "[default.account] transport: expected one of auto, udp, tcp, tls, found 'sctp'",
        ),
        (
            "[locked.account]\nport = 0x" + "f" * 60_000,
            "[locked.account] port: expected a port from 0 to 65535, found a monstrous int",
        ),
        (
            "[locked.account]\npbx" + ".a" * 2_000 + " = 1",
            "[locked.account] pbx: expected text on one line, found a monstrous dict",
        ),
        (
            "locked" + ".a" * 2_000 + " = 1",
            "[locked]: unknown table 'a', expected one of account, ",
        ),
        ("by" + ".a" * 2_000 + " = 1", "by: expected up to 200 characters on one line, found a "),
        ("[locked.preferences\n", "expected TOML: "),
        ("a = " + "[" * 30_000, "expected TOML: "),
        ("#" * (LARGEST + 1), "it has more than 65536 bytes"),
    ],
)
def test_a_fault_anywhere_and_nothing_is_obeyed(text: str, fault: str) -> None:
    sound = "\n[locked.dial_plan]\nenabled = true\n"
    found = parse((text + sound).encode(), TABLES)
    assert (found.by, found.defaults, found.locked) == ("", {}, {})
    assert len(found.faults) == 1
    assert found.faults[0].startswith(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '[locked.preferences]\nanswer_key = "F13"\n[default.preferences]\nhang_up_key = "F13"',
            "answer_key and hang_up_key: expected two keys, found F13 for both",
        ),
        (
            '[default.preferences]\nanswer_key = "Ctrl+Shift+F7"',
            "answer_key and hold_key: expected two keys, found Ctrl+Shift+F7 for both",
        ),
    ],
)
def test_one_key_for_two_things_is_a_fault(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    assert policy_in(file, distrust=trusting) == Administration(file=file, faults=(fault,))


def test_keys_may_be_swapped_or_done_without(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    keys = {"answer_key": "Ctrl+Shift+F8", "hold_key": "", "hang_up_key": ""}
    file.write_text(tomli_w.dumps({"locked": {"preferences": keys}}))
    found = policy_in(file, distrust=trusting)
    assert (found.faults, found.locked) == ((), {"preferences": keys})


def test_what_is_not_utf_8_is_told_by_its_line() -> None:
    (fault,) = parse('# Windows-1252\nby = "Büro"\n'.encode("cp1252"), TABLES).faults
    assert fault == "expected text in UTF-8, which line 2 is not"
    (fault,) = parse("by = 1".encode("utf-16"), TABLES).faults
    assert fault == "expected text in UTF-8, which line 1 is not"


def test_all_faults_are_told_up_to_twenty() -> None:
    text = "[locked.preferences]\n" + "\n".join(f"a{number} = 1" for number in range(1000))
    assert len(parse(text.encode(), TABLES).faults) == 20


values: st.SearchStrategy[object] = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
some_keys = st.sampled_from([*TABLES, "by", "default", "locked", "pbx", "kind", "lamps", "debug"])


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    found = parse(data, TABLES)
    assert not (found.faults and (found.defaults or found.locked or found.by))


@given(
    st.dictionaries(
        some_keys,
        values
        | st.dictionaries(some_keys, st.dictionaries(some_keys, values, max_size=4), max_size=4),
    )
)
def test_no_document_makes_reading_fail(found: dict[str, object]) -> None:
    try:
        data = tomli_w.dumps(found).encode()
    except UnicodeEncodeError:
        data = b""
    administration = parse(data, TABLES)
    obeying(Settings(administration=administration))
    assert administration.faults or set(found) <= {"by", "default", "locked"}


# The file


def test_a_file_that_is_not_there_decides_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "policy.toml", TABLES) == Administration()


def test_a_file_that_is_trusted_is_obeyed(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    assert read(file, TABLES, distrust=trusting) == replace(policy(POLICY), file=file)


def test_a_file_that_anybody_may_have_written_is_reported_and_not_even_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    monkeypatch.setattr("callctrl.store.administration.parse", None)  # it might take minutes
    doubt = "it belongs to user 1000, not to root"
    found = read(file, TABLES, distrust=lambda _: doubt)
    assert found == Administration(file=file, faults=(doubt,))


@on_posix
@pytest.mark.parametrize(
    ("make", "told"), [("mkdir", "Is a directory"), ("mkfifo", "it is no plain file")]
)
def test_what_is_no_file_is_reported_and_keeps_nobody_waiting(
    tmp_path: Path, make: str, told: str
) -> None:
    file = tmp_path / "policy.toml"
    getattr(os, make)(file)
    found = read(file, TABLES, distrust=trusting)
    assert found.file == file
    assert found.faults == (f"it cannot be read: {told}",)


def test_a_file_that_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "policy.toml"

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    found = read(file, TABLES)
    assert found.faults == ("it cannot be read: Permission denied",)


def test_a_large_file_is_read_no_further_than_a_policy_may_go(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    with file.open("wb") as stream:
        stream.truncate(100 * LARGEST)
    assert read(file, TABLES, distrust=trusting).faults == (f"it has more than {LARGEST} bytes",)


def test_a_policy_may_be_as_large_as_that() -> None:
    sound = b"[locked.dial_plan]\nenabled = true\n"
    found = parse(sound.ljust(LARGEST, b"#"), TABLES)
    assert found.is_locked("dial_plan", "enabled")


# Below and above a user's settings


def test_defaults_lie_below_and_what_is_locked_above_the_users_own(paths: Paths) -> None:
    write(paths, OWN)

    settings = load(paths, policy(POLICY)).settings

    assert settings.account == Account(
        "own.example.org",
        "200",
        "FrontDesk",
        "RECEPTION",
        kind=PbxKind.SIP,
        transport=SipTransport.TLS,
        lamps=("1003", "1004"),
    )
    assert (settings.debug, settings.keep_days) == (False, 90)
    assert settings.policy == Policy(stay_open=True)


def test_both_reach_a_user_without_settings_or_with_damaged_ones(paths: Paths) -> None:
    unwritten = load(paths, policy(POLICY)).settings
    write(paths, "[[[")
    damaged = load(paths, policy(POLICY)).settings

    assert unwritten == damaged
    assert (unwritten.keep_days, unwritten.policy.stay_open) == (90, True)


def test_part_of_an_account_is_a_draft(paths: Paths) -> None:
    settings = load(paths, policy(POLICY)).settings

    assert settings.account is None
    assert settings.draft == Account(
        "192.168.1.20",
        "",
        "",
        "",
        port=0,
        kind=PbxKind.SIP,
        transport=SipTransport.TLS,
        lamps=("1003", "1004"),
    )


def test_a_draft_has_the_port_that_the_administrator_names(paths: Paths) -> None:
    settings = load(paths, policy('[default.account]\nkind = "sip"\nport = 5070\n')).settings
    assert settings.draft.port == 5070


def test_a_file_edited_by_hand_changes_nothing_that_is_locked(paths: Paths) -> None:
    write(paths, "[preferences]\ndebug = true\nkeep_days = 7\n")

    settings = load(paths, policy("[locked.preferences]\ndebug = false\n")).settings

    assert (settings.debug, settings.keep_days) == (False, 7)


def test_saving_leaves_the_users_own_value_below_a_locked_one(paths: Paths) -> None:
    write(paths, OWN)
    settings = load(paths, policy(POLICY)).settings

    save(paths, replace(settings, notifies=True))

    assert document(paths)["preferences"] == {"debug": True, "notifies": True}
    assert document(paths)["policy"] == {"stay_open": False}
    assert load(paths).settings.debug


def test_a_later_default_reaches_who_never_decided_otherwise(paths: Paths) -> None:
    settings = load(paths, policy(POLICY)).settings
    account = replace(settings.draft, extension="desk", station="1002", computer="PC")

    save(paths, replace(settings, account=account, shows_cards=False))

    later = policy(POLICY.replace("192.168.1.20", "10.0.0.5").replace("90", "30"))
    moved = load(paths, later).settings
    assert moved.account == replace(account, pbx="10.0.0.5")
    assert (moved.keep_days, moved.shows_cards) == (30, False)


def test_a_default_does_not_come_back_once_decided_otherwise(paths: Paths) -> None:
    settings = load(paths, policy(POLICY)).settings

    save(paths, replace(settings, keep_days=0))

    assert load(paths, policy(POLICY)).settings.keep_days == 0


def test_an_account_that_leans_on_a_policy_outlives_a_broken_one(paths: Paths) -> None:
    """Without it the account is not complete; with the mended one it is there again."""
    settings = load(paths, policy(POLICY)).settings
    account = replace(settings.draft, extension="desk", station="1002", computer="PC")
    save(paths, replace(settings, account=account))

    meanwhile = load(paths, parse(b"[", TABLES))
    save(paths, replace(meanwhile.settings, notifies=True))

    assert (meanwhile.settings.account, meanwhile.set_aside) == (None, None)
    assert load(paths, policy(POLICY)).settings.account == account


def test_what_is_locked_holds_whatever_somebody_sets() -> None:
    administration = policy(
        POLICY + '[locked.account]\npbx = "192.168.1.20"\n[locked.dial_plan]\nenabled = true\n'
    )
    wanted = Settings(
        account=Account("evil.example.org", "1", "2", "3"),
        debug=True,
        notifies=True,
        administration=administration,
    )

    kept = obeying(wanted)

    assert kept.account == Account("192.168.1.20", "1", "2", "3")
    assert (kept.debug, kept.notifies) == (False, True)
    assert kept.policy == Policy(stay_open=True)
    assert kept.dial_plan == DialPlan(enabled=True)


def test_every_key_of_the_settings_can_be_locked(paths: Paths) -> None:
    """Also those to come: a new field needs nothing here."""
    save(paths, Settings(account=Account("p", "e", "s", "c")))
    for table, checks in TABLES.items():
        for key in checks:
            assert Administration(locked={table: {key: 1}}).is_locked(table, key)
            assert not Administration(defaults={table: {key: 1}}).is_locked(table, key)


# The documentation


def documented() -> dict[str, dict[str, str]]:
    """The keys of each table in docs/policy.md, with their defaults."""
    tables: dict[str, dict[str, str]] = {}
    text = (ROOT / "docs/policy.md").read_text("utf-8")
    for name, section in re.findall(r"^## `\[default\.(\w+)\]`.*\n([^#]*)", text, re.MULTILINE):
        rows = re.findall(r"^\| `(\w+)` \| (?:`(.*?)`)? ?\|", section, re.MULTILINE)
        tables[name] = dict(rows)
    return tables


def test_every_key_is_documented_with_its_default() -> None:
    """A new setting gets its row in docs/policy.md."""
    holders = {
        "account": Account("", "", "", ""),
        "policy": Policy(),
        "dial_plan": DialPlan(),
        "preferences": Settings(),
    }
    built_in = {
        name: {key: json.dumps(plain(getattr(holders[name], key))) for key in checks}
        for name, checks in TABLES.items()
    }
    for key in ("pbx", "extension", "station", "computer"):
        built_in["account"][key] = ""  # there is none
    assert documented() == built_in


def test_the_documented_policy_is_one() -> None:
    text = (ROOT / "docs/policy.md").read_text("utf-8")
    block = text[text.index("    by = ") : text.index("    built-in default")]
    example = policy(re.sub("^    ", "", block, flags=re.MULTILINE))
    assert (example.by, set(example.locked)) == (BY, {"account", "preferences"})
