from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from callctrl.accounts import Account, ControlPath, PbxKind, Policy, SipTransport
from callctrl.numbers import DialPlan
from callctrl.store import settings as module
from callctrl.store.administration import Administration
from callctrl.store.settings import TABLES, Paths, Settings, load, save

TLS = SipTransport.TLS

ACCOUNT = Account(
    pbx="pbx.example.org",
    extension="200",
    station="FrontDesk",
    computer="RECEPTION",
    port=5060,
    phone="192.0.2.7",
    phone_port=5062,
    local_port=0,
    kind=PbxKind.SIP,
    control=ControlPath.PHONE,
)
SETTINGS = Settings(
    account=ACCOUNT,
    debug=True,
    policy=Policy(stay_open=True, notice_restart=False, believe_picture=False, keep_alive=25),
    dial_plan=DialPlan(True, "US", "212", "9", "1", internal_length=3),
    shows_cards=False,
    notifies=True,
    keep_days=90,
    starts_minimized=False,
    starts_at_login=True,
    opens_links=True,
    global_keys=True,
    answer_key="Pause",
    hold_key="",
)

OF_VERSION_0_1 = """
[account]
pbx = "pbx.example.org"
extension = "200"
station = "FrontDesk"
computer = "RECEPTION"
port = 5060
phone = "192.0.2.7"
phone_port = 5062
local_port = 0
kind = "sip"
control = "phone"
transport = "auto"
outbound_proxy = ""
ca_file = ""

[policy]
stay_open = true
notice_restart = false
believe_picture = false
keep_alive = 25

[preferences]
debug = true
shows_cards = false
notifies = true
"""

_TWO_HELD = "expected two of Ctrl, Alt and Shift, as other programs want the rest"

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.below(tmp_path / "profile")


def write(paths: Paths, text: str | bytes) -> None:
    paths.create()
    paths.settings_file.write_bytes(text.encode() if isinstance(text, str) else text)


def file_names(paths: Paths) -> list[str]:
    return sorted(each.name for each in paths.config_dir.iterdir() if each.is_file())


ACCOUNT_TABLE = """
[account]
pbx = "pbx.example.org"
extension = "200"
station = "FrontDesk"
computer = "RECEPTION"
"""


# Saving and loading


def test_what_is_saved_is_loaded(paths: Paths) -> None:
    save(paths, SETTINGS)

    loaded = load(paths)

    assert loaded.settings == SETTINGS
    assert loaded.faults == ()
    assert loaded.set_aside is None


def test_without_a_file_there_is_no_account_and_no_fault(paths: Paths) -> None:
    loaded = load(paths)

    assert loaded.settings == Settings()
    assert loaded.settings.account is None
    assert loaded.faults == ()
    assert not paths.config_dir.exists()


def test_settings_without_an_account_keep_the_rest(paths: Paths) -> None:
    save(paths, replace(SETTINGS, account=None))

    assert load(paths).settings == replace(SETTINGS, account=None)


def test_a_file_written_by_hand_needs_only_what_has_no_default(paths: Paths) -> None:
    write(paths, ACCOUNT_TABLE)

    loaded = load(paths)

    assert loaded.settings.account == Account("pbx.example.org", "200", "FrontDesk", "RECEPTION")
    assert loaded.faults == ()


def test_a_file_of_a_version_that_knew_no_colleagues_is_read(paths: Paths) -> None:
    """As version 0.1 wrote it for an account at any SIP phone system."""
    write(paths, OF_VERSION_0_1)
    loaded = load(paths)
    assert loaded.settings == replace(
        SETTINGS,
        dial_plan=DialPlan(),
        keep_days=0,
        starts_minimized=True,
        starts_at_login=False,
        opens_links=False,
        global_keys=False,
        answer_key="Ctrl+Shift+F6",
        hold_key="Ctrl+Shift+F7",
    )
    assert loaded.faults == ()


def test_colleagues_are_kept(paths: Paths) -> None:
    account = replace(ACCOUNT, lamps=("1003", "anna"), lamp_list="office", voicemail="*97")
    save(paths, replace(SETTINGS, account=account))
    assert load(paths).settings.account == account
    assert 'lamps = [\n    "1003",\n    "anna",\n]' in paths.settings_file.read_text("utf-8")


def test_a_byte_order_mark_and_windows_line_ends_are_read(paths: Paths) -> None:
    write(paths, b"\xef\xbb\xbf" + ACCOUNT_TABLE.replace("\n", "\r\n").encode())

    assert load(paths).settings.account is not None


def test_every_field_has_a_key_in_the_file() -> None:
    assert list(module._ACCOUNT) == [each.name for each in fields(Account)]
    assert list(module._POLICY) == [each.name for each in fields(Policy)]
    assert list(module._DIAL_PLAN) == [each.name for each in fields(DialPlan)]
    tables = {"account", "policy", "dial_plan", "administration", "own"}
    assert set(module._PREFERENCES) == {each.name for each in fields(Settings)} - tables


printable = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "))
names = printable.filter(lambda text: bool(text.strip()))
values: st.SearchStrategy[object] = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | printable | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(printable, inner, max_size=3),
    max_leaves=8,
)
strangers = st.text("abc-_ü", min_size=1)  # none of our own keys


@given(
    settings=st.builds(
        Settings,
        account=st.none()
        | st.builds(
            Account,
            pbx=names.filter(lambda name: name.count(":") != 1),
            extension=names,
            station=names,
            computer=names,
            port=st.integers(0, 65535),
            phone=printable,
            phone_port=st.integers(1, 65535),
            local_port=st.integers(0, 65535),
            kind=st.sampled_from(PbxKind),
            control=st.sampled_from(ControlPath),
            transport=st.sampled_from(SipTransport),
            outbound_proxy=st.sampled_from(["", "edge.example.com", "[2001:db8::1]:5061"]),
            ca_file=st.just("") | printable.map("/{}".format),
            lamps=st.lists(names, max_size=3).map(tuple),
            lamp_list=printable,
            voicemail=printable,
        ),
        debug=st.booleans(),
        policy=st.builds(
            Policy,
            stay_open=st.booleans(),
            notice_restart=st.booleans(),
            believe_picture=st.booleans(),
            keep_alive=st.integers(0, 600),
        ),
        dial_plan=st.builds(
            DialPlan,
            enabled=st.booleans(),
            country=st.sampled_from(["", "US", "DE"]),
            area_code=st.text("0123456789*#", max_size=8),
            outside_digit=st.text("0123456789*#", max_size=8),
            long_distance_digit=st.text("0123456789*#", max_size=8),
            internal_length=st.integers(0, 10),
        ),
        shows_cards=st.booleans(),
        notifies=st.booleans(),
        keep_days=st.integers(0, 36_500),
        starts_minimized=st.booleans(),
        starts_at_login=st.booleans(),
        opens_links=st.booleans(),
        global_keys=st.booleans(),
        answer_key=st.sampled_from(["", "Pause", "Ctrl+Alt+F1"]),
        own=st.builds(
            dict.__or__,
            st.dictionaries(strangers, values, max_size=3),
            st.dictionaries(
                st.sampled_from(["account", "policy", "dial_plan", "preferences"]),
                st.dictionaries(strangers, values, min_size=1, max_size=3),
            ),
        ),
    )
)
def test_any_settings_survive_the_file(settings: Settings) -> None:
    read, faults = module._parse(module._serialise(settings), Administration())
    assert (read, faults) == (settings, [])
    assert strangers_in(read.own) == strangers_in(settings.own)


def strangers_in(document: Mapping[str, Any]) -> dict[str, object]:
    """What a document holds that is not ours."""
    ours = {
        name: {key: value for key, value in document.get(name, {}).items() if key not in checks}
        for name, checks in TABLES.items()
    }
    return {**document, **ours}


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    module._parse(data, Administration())


def test_a_bottomless_file_is_a_fault(paths: Paths) -> None:
    write(paths, "a = " + "[" * 100_000)

    assert load(paths).faults


@pytest.mark.parametrize(
    "text",
    [
        "[account]\nport = 0x" + "f" * 5000,
        "[account]\npbx" + ".a" * 2_000 + " = 1",
        "[preferences]\ndebug = 1\n[history]\nday" + ".a" * 2_000 + " = 1",
        "[preferences]\ndebug = 1\n[history]\nday = 0x" + "f" * 5000,
    ],
)
def test_monstrous_values_are_faults_or_strangers_that_cannot_be_kept(
    paths: Paths, text: str
) -> None:
    write(paths, text)

    loaded = load(paths)

    assert len(loaded.faults) == 1
    assert loaded.set_aside is not None
    assert loaded.set_aside.read_text("utf-8") == text


def test_what_is_unknown_is_kept(paths: Paths) -> None:
    write(
        paths,
        "version = 7\n" + ACCOUNT_TABLE + 'nickname = "desk"\n'
        "[preferences]\ncolour = 'blue'\n[history]\ndays = 30\n[[history.filters]]\nline = 2\n",
    )

    loaded = load(paths)
    save(paths, replace(loaded.settings, debug=True))

    assert loaded.faults == ()
    again = load(paths).settings
    assert again.debug
    assert strangers_in(again.own) == {
        "version": 7,
        "account": {"nickname": "desk"},
        "policy": {},
        "dial_plan": {},
        "preferences": {"colour": "blue"},
        "history": {"days": 30, "filters": [{"line": 2}]},
    }


# Damage


@pytest.mark.parametrize(
    "data",
    [
        b"[account\npbx = ",
        b"\xff\xfe[account]",
        b"account = 5",
        b"[[account]]\npbx = 'a'\n",
        b"[account]\npbx = 5\n",
        b"[preferences]\ndebug = 'yes'\n",
        b"[policy]\nstay_open = 1\n",
    ],
)
def test_a_damaged_file_is_set_aside_and_said_so(paths: Paths, data: bytes) -> None:
    write(paths, data)

    loaded = load(paths)

    assert loaded.settings == Settings()
    assert loaded.faults
    assert loaded.set_aside == paths.config_dir / "settings-damaged-1.toml"
    assert loaded.set_aside.read_bytes() == data


def test_damage_is_told_once_and_the_next_start_is_clean(paths: Paths) -> None:
    write(paths, "no TOML at all")

    load(paths)
    again = load(paths)

    assert again.faults == ()
    assert again.settings.account is None
    assert file_names(paths) == ["settings-damaged-1.toml", "settings.toml"]


def test_an_earlier_damaged_file_is_never_overwritten(paths: Paths) -> None:
    for text in ("first = ", "second = ", "third = "):
        write(paths, text)
        load(paths)

    kept = [paths.config_dir / f"settings-damaged-{number}.toml" for number in (1, 2, 3)]
    assert [each.read_text() for each in kept] == ["first = ", "second = ", "third = "]


def test_a_wrong_preference_does_not_cost_the_account(paths: Paths) -> None:
    write(paths, ACCOUNT_TABLE + "[preferences]\ndebug = 3\n[policy]\nstay_open = true\n")

    loaded = load(paths)

    assert loaded.settings.account is not None
    assert loaded.settings.policy.stay_open
    assert not loaded.settings.debug
    assert loaded.faults == ("[preferences] debug: expected true or false, found 3",)
    assert load(paths).settings == loaded.settings


@pytest.mark.parametrize(
    ("table", "key", "value", "expected"),
    [
        ("account", "transport", '"sctp"', "expected one of auto, udp, tcp, tls"),
        ("account", "outbound_proxy", '"edge:sip"', "expected a port from 0 to 65535, found 'sip'"),
        ("account", "ca_file", "true", "expected text on one line"),
        ("account", "ca_file", '"office-ca.pem"', "expected a whole path"),
        ("account", "ca_file", '"~/office-ca.pem"', "expected a whole path"),
        ("account", "lamps", '"1003"', "expected a list of up to 1000 extensions"),
        ("account", "lamps", '["1003", 4]', "expected text on one line"),
        ("account", "lamps", '["1003", " "]', "expected a name"),
        ("account", "lamp_list", "[]", "expected text on one line"),
        ("account", "voicemail", "97", "expected text on one line"),
        ("dial_plan", "enabled", '"yes"', "expected true or false"),
        ("dial_plan", "country", '"usa"', "expected two capital letters"),
        ("dial_plan", "country", '"us"', "expected two capital letters"),
        ("dial_plan", "area_code", "212", "expected text on one line"),
        ("dial_plan", "area_code", '"123456789"', "expected up to 8 digits"),
        ("dial_plan", "outside_digit", '"nine"', "expected up to 8 digits"),
        ("dial_plan", "outside_digit", '"٩"', "expected up to 8 digits"),
        ("dial_plan", "long_distance_digit", "[]", "expected text on one line"),
        ("dial_plan", "internal_length", "11", "expected a number from 0 to 10"),
        ("dial_plan", "internal_length", "true", "expected a number from 0 to 10"),
        ("preferences", "keep_days", "-1", "expected a number from 0 to 36500"),
        ("preferences", "keep_days", "36501", "expected a number from 0 to 36500"),
        ("preferences", "shows_cards", "1", "expected true or false"),
        ("preferences", "notifies", '"no"', "expected true or false"),
        (
            "preferences",
            "answer_key",
            '"Ctrl+C"',
            "expected two of Ctrl, Alt and Shift, as other programs want the rest",
        ),
        ("preferences", "hold_key", "7", "expected text on one line"),
    ],
)
def test_a_wrong_value_costs_nothing_but_itself(
    paths: Paths, table: str, key: str, value: str, expected: str
) -> None:
    save(paths, SETTINGS)
    document = tomllib.loads(paths.settings_file.read_text("utf-8"))
    document[table].pop(key, None)
    write(paths, tomli_w.dumps(document))
    without_it = load(paths)
    document[table] |= tomllib.loads(f"{key} = {value}")
    write(paths, tomli_w.dumps(document))

    loaded = load(paths)

    (fault,) = loaded.faults
    assert fault.startswith(f"[{table}] {key}: {expected}, found ")
    assert without_it.faults == ()
    assert loaded.settings == without_it.settings


def test_a_port_does_not_stand_behind_the_host(paths: Paths) -> None:
    save(paths, SETTINGS)
    text = paths.settings_file.read_text("utf-8")
    assert SETTINGS.account is not None
    host = f'"{SETTINGS.account.pbx}"'
    write(paths, text.replace(host, '"192.168.1.20:6060"'))
    (fault,) = load(paths).faults
    assert fault.startswith("[account] pbx: expected a host without a port")
    write(paths, text.replace(host, '"2001:db8::20"'))
    assert load(paths).faults == ()


@pytest.mark.parametrize(
    "file", ["/etc/ssl/office-ca.pem", r"C:\office\ca.pem", r"\\server\share\ca.pem"]
)
def test_a_whole_path_may_be_that_of_another_system(paths: Paths, file: str) -> None:
    assert SETTINGS.account is not None
    settings = replace(SETTINGS, account=replace(SETTINGS.account, ca_file=file))
    save(paths, settings)
    assert load(paths).settings.account == settings.account


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "true", '"6060"', "6060.0", "[]"])
def test_a_wrong_port_falls_back_to_the_usual_one(paths: Paths, port: str) -> None:
    write(paths, f"{ACCOUNT_TABLE}port = {port}\n")

    loaded = load(paths)

    assert loaded.settings.account is not None
    assert loaded.settings.account.port == 6060
    assert len(loaded.faults) == 1
    assert "[account] port: expected a port from 0 to 65535" in loaded.faults[0]
    assert loaded.set_aside is not None


@pytest.mark.parametrize("value", ["5", '""', '"  "', '"two\\nlines"', '"nul\\u0000"'])
def test_an_account_without_a_usable_name_is_no_account(paths: Paths, value: str) -> None:
    write(paths, ACCOUNT_TABLE.replace('"FrontDesk"', value))

    loaded = load(paths)

    assert loaded.settings.account is None
    (fault,) = loaded.faults
    assert fault.startswith("[account] station: expected ")


def test_an_account_that_is_not_complete_is_no_account_and_no_damage(paths: Paths) -> None:
    begun = '[account]\npbx = "pbx.example.org"\ntransport = "tls"\n'
    write(paths, begun)

    loaded = load(paths)
    save(paths, replace(loaded.settings, debug=True))

    assert (loaded.settings.account, loaded.faults, loaded.set_aside) == (None, (), None)
    assert loaded.settings.draft == Account("pbx.example.org", "", "", "", transport=TLS)
    assert begun in paths.settings_file.read_text("utf-8")


def test_what_is_as_it_would_be_anyway_is_not_written(paths: Paths) -> None:
    save(paths, Settings(account=Account("pbx.example.org", "200", "FrontDesk", "RECEPTION")))

    assert tomllib.loads(paths.settings_file.read_text("utf-8")) == tomllib.loads(ACCOUNT_TABLE)


def test_what_was_written_once_stays_written(paths: Paths) -> None:
    write(paths, "[preferences]\ndebug = true\n")

    save(paths, replace(load(paths).settings, debug=False))

    assert "debug = false" in paths.settings_file.read_text("utf-8")


def test_an_unknown_kind_of_phone_system_is_told(paths: Paths) -> None:
    write(paths, ACCOUNT_TABLE + 'kind = "carrier pigeon"\n')

    (fault,) = load(paths).faults

    assert fault == "[account] kind: expected one of spa9000, sip, found 'carrier pigeon'"


def test_an_unreadable_file_raises_and_stays(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    save(paths, SETTINGS)
    before = paths.settings_file.read_bytes()

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as context:
        context.setattr(Path, "read_bytes", refuse)
        with pytest.raises(PermissionError):
            load(paths)

    assert file_names(paths) == ["settings.toml"]
    assert paths.settings_file.read_bytes() == before


def test_a_damaged_file_that_cannot_be_moved_is_still_read(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ACCOUNT_TABLE + "port = 99999\n"
    write(paths, text)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Read-only folder")

    monkeypatch.setattr(Path, "touch", refuse)
    loaded = load(paths)

    assert loaded.settings.account is not None
    assert loaded.faults
    assert loaded.set_aside is None
    assert paths.settings_file.read_text() == text


# The disk


def test_a_failed_save_leaves_the_old_file_and_no_litter(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(paths, SETTINGS)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        save(paths, replace(SETTINGS, debug=False))

    assert load(paths).settings == SETTINGS
    assert file_names(paths) == ["settings.toml"]


@pytest.mark.parametrize(
    "account",
    [
        replace(ACCOUNT, port=99999),
        replace(ACCOUNT, local_port=-1),
        replace(ACCOUNT, pbx=""),
        replace(ACCOUNT, station="two\nlines"),
        replace(ACCOUNT, computer="\ud800"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(paths: Paths, account: Account) -> None:
    save(paths, SETTINGS)

    with pytest.raises(ValueError, match=r"\[account\]|surrogates"):
        save(paths, Settings(account=account))

    assert load(paths).settings == SETTINGS


@on_posix
def test_files_and_folders_are_for_their_user_only(paths: Paths) -> None:
    save(paths, SETTINGS)
    write(paths, "damaged")
    save(paths, SETTINGS)
    copy = load(paths).set_aside or paths.settings_file

    assert paths.settings_file.stat().st_mode & 0o777 == 0o600
    assert copy.stat().st_mode & 0o777 == 0o600
    assert paths.config_dir.stat().st_mode & 0o777 == 0o700
    assert paths.log_dir.stat().st_mode & 0o777 == 0o700


def test_the_file_says_where_the_password_is(paths: Paths) -> None:
    save(paths, SETTINGS)

    assert paths.settings_file.read_text().startswith("# The settings of Call Ctrl. The password")


def test_a_profile_lies_wholly_below_its_folder(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)

    for file in (paths.settings_file, paths.log_file, paths.crash_file):
        assert file.is_relative_to(tmp_path)


def test_the_users_own_paths_are_named_after_the_program() -> None:
    paths = Paths.for_user()

    assert "callctrl" in paths.settings_file.parts
    assert "callctrl" in paths.log_file.parts
    assert paths.settings_file.is_absolute()
