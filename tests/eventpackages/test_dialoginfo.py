"""Calls as servers report them: RFC 4235, and what Asterisk, kamailio and FreeSWITCH make of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.eventpackages import UnreadableBodyError, text_of
from callctrl.eventpackages.dialoginfo import (
    DialogDirection,
    DialogElement,
    DialogInfo,
    DialogState,
    DialogTable,
    read_dialog_info,
)
from callctrl.sip.message import parse
from callctrl.untrustedxml import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS

DATA = Path(__file__).parents[1] / "data"
NAMESPACE = 'xmlns="urn:ietf:params:xml:ns:dialog-info"'


def asterisk(state: str, *, direction: str = "", inside: str = "", version: int = 0) -> bytes:
    """A hint of extension 2002, as res_pjsip_dialog_info_body_generator writes it."""
    direction = f' direction="{direction}"' if direction else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<dialog-info {NAMESPACE} version="{version}" state="full" '
        'entity="sip:2002@192.168.1.10:5060">\n'
        f' <dialog id="2002"{direction}>\n{inside}'
        f"  <state>{state}</state>\n </dialog>\n</dialog-info>\n"
    ).encode()


def kamailio_call(
    call_id: str, state: str, direction: str = "initiator", remote: str = "2002", tags: str = ""
) -> str:
    return (
        f'  <dialog id="{call_id}" call-id="{call_id}"{tags} direction="{direction}">\n'
        f"    <state>{state}</state>\n"
        "    <remote>\n"
        f"      <identity>sip:{remote}@192.168.1.10;transport=udp</identity>\n"
        f'      <target uri="sip:{remote}@192.168.1.10;transport=udp"/>\n'
        "    </remote>\n"
        "    <local>\n"
        "      <identity>sip:2001@192.168.1.10</identity>\n"
        '      <target uri="sip:2001@192.168.1.10"/>\n'
        "    </local>\n"
        "  </dialog>\n"
    )


def kamailio(*calls: str, version: int = 0) -> bytes:
    """The calls of 2001, as pua_dialoginfo and presence_dialoginfo write them."""
    return (
        f'<?xml version="1.0"?>\n<dialog-info {NAMESPACE} version="{version:011}" state="full" '
        f'entity="sip:2001@192.168.1.10">\n{"".join(calls)}</dialog-info>\n'
    ).encode()


def partial(version: int | None, *calls: str) -> bytes:
    spelled = "" if version is None else f' version="{version}"'
    return (
        f'<dialog-info {NAMESPACE}{spelled} state="partial" entity="sip:2001@h">'
        f"{''.join(calls)}</dialog-info>"
    ).encode()


def call(id_: str, state: str) -> str:
    return f'<dialog id="{id_}"><state>{state}</state></dialog>'


def the_call_in(body: bytes) -> DialogElement:
    (dialog,) = read_dialog_info(body).dialogs
    return dialog


# Documents


def captured(name: str) -> bytes:
    return parse((DATA / "captures" / f"{name}.sip").read_bytes()).body


def test_the_captured_documents_of_kamailio_are_read() -> None:
    info = read_dialog_info(captured("kamailio-two-calls"))
    assert (info.entity, info.version, info.is_full) == ("sip:1003@pbx.test", 4, True)
    states = [(each.state, each.direction, each.number) for each in info.dialogs]
    recipient = DialogDirection.RECIPIENT
    assert states == [
        (DialogState.EARLY, recipient, "1004"),
        (DialogState.CONFIRMED, recipient, "1002"),
    ]
    later = read_dialog_info(captured("kamailio-calls-over"))
    terminated = DialogState.TERMINATED
    assert [each.state for each in later.dialogs] == [DialogState.TRYING, terminated, terminated]
    assert {each.id for each in info.dialogs} == {each.id for each in later.dialogs[1:]}
    assert captured("kamailio-no-calls") == b""


def test_the_sample_of_the_rfc_is_read() -> None:
    """RFC 4235 section 4.2."""
    body = f"""<?xml version="1.0"?>
        <dialog-info {NAMESPACE} version="1" state="full" entity="sip:alice@example.com">
          <dialog id="as7d900as8" call-id="a84b4c76e66710" local-tag="1928301774"
                  remote-tag="456887766" direction="initiator">
            <state event="replaced" code="200">confirmed</state>
            <duration>274</duration>
            <replaces call-id="x" local-tag="y" remote-tag="z"/>
            <local>
              <target uri="sip:alice@pc33.example.com">
                <param pname="isfocus" pval="true"/>
                <param pname="class" pval="personal"/>
              </target>
            </local>
            <remote>
              <identity display="Bob">sip:bob@example.org</identity>
              <target uri="sip:bobster@phone21.example.org"/>
            </remote>
          </dialog>
        </dialog-info>""".encode()
    assert read_dialog_info(body) == DialogInfo(
        "sip:alice@example.com",
        1,
        True,
        (
            DialogElement(
                "as7d900as8",
                DialogState.CONFIRMED,
                DialogDirection.INITIATOR,
                "a84b4c76e66710",
                "1928301774",
                "456887766",
                "bob",
                "Bob",
            ),
        ),
    )


@pytest.mark.parametrize("state", DialogState)
def test_an_extension_of_asterisk_has_a_state_and_nothing_else(state: DialogState) -> None:
    info = read_dialog_info(asterisk(state.value, version=7))
    assert info == DialogInfo(
        "sip:2002@192.168.1.10:5060", 7, True, (DialogElement("2002", state),)
    )


def test_a_ringing_extension_of_asterisk_may_tell_who_calls() -> None:
    inside = (
        '  <remote>\n   <identity display="Anna Lee">sip:5551234@192.168.1.10</identity>\n'
        '   <target uri="sip:5551234@192.168.1.10" />\n  </remote>\n'
    )
    dialog = the_call_in(asterisk("early", direction="recipient", inside=inside))
    assert dialog.direction is DialogDirection.RECIPIENT
    assert (dialog.number, dialog.name) == ("5551234", "Anna Lee")


def test_an_extension_on_hold_renders_nothing() -> None:
    """Asterisk's hint ONHOLD is "confirmed" with this parameter; RFC 4235 section 4.1.6."""
    inside = (
        '  <local>\n   <identity display="">sip:2002@192.168.1.10</identity>\n'
        '   <target uri="sip:2002@192.168.1.10">\n'
        '    <param pname="+sip.rendering" pval="no" />\n   </target>\n  </local>\n'
    )
    dialog = the_call_in(asterisk("confirmed", inside=inside))
    assert dialog == DialogElement("2002", DialogState.CONFIRMED, is_held=True)
    assert not the_call_in(asterisk("confirmed", inside=inside.replace('"no"', '"yes"'))).is_held


@pytest.mark.parametrize(
    "parameter",
    [
        '<target uri="sip:x@y"><param pname="+sip.rendering" pvalue="no"/></target>',  # FreeSWITCH
        '<target uri="sip:x@y"><param pname="sip.rendering" pval="NO"/></target>',
        '<param pname="+sip.rendering" pval="no"/><target uri="sip:x@y"/>',
    ],
)
def test_hold_is_read_however_it_is_spelt(parameter: str) -> None:
    assert the_call_in(asterisk("confirmed", inside=f"<local>{parameter}</local>")).is_held


def test_a_call_that_the_other_end_holds_is_not_held_here() -> None:
    inside = (
        '<remote><target uri="sip:x@y"><param pname="+sip.rendering" pval="no"/></target></remote>'
        '<local><target uri="sip:x@y"/></local>'
    )
    assert not the_call_in(asterisk("confirmed", inside=inside)).is_held


def test_hold_is_told_of_its_own_call_alone() -> None:
    held = '<dialog id="1"><local><param pname="+sip.rendering" pval="no"/></local></dialog>'
    info = read_dialog_info(kamailio(held, '<dialog id="2"><local/></dialog>'))
    assert [each.is_held for each in info.dialogs] == [True, False]


def test_each_call_of_kamailio_is_told_with_both_ends() -> None:
    body = kamailio(
        kamailio_call("1-a@h", "confirmed"),
        kamailio_call("2-b@h", "early", "recipient", "2003", ' local-tag="l" remote-tag="r"'),
        version=3,
    )
    info = read_dialog_info(body)
    assert info.version == 3
    assert info.dialogs == (
        DialogElement(
            "1-a@h", DialogState.CONFIRMED, DialogDirection.INITIATOR, "1-a@h", number="2002"
        ),
        DialogElement(
            "2-b@h", DialogState.EARLY, DialogDirection.RECIPIENT, "2-b@h", "l", "r", "2003"
        ),
    )


@pytest.mark.parametrize("word", ["Trying", "TRYING", " trying\n"])
def test_the_words_of_a_document_are_read_in_any_case(word: str) -> None:
    """kamailio's first state is "Trying"."""
    assert the_call_in(kamailio(kamailio_call("1", word))).state is DialogState.TRYING
    assert the_call_in(kamailio(kamailio_call("1", word, "Recipient"))).direction is (
        DialogDirection.RECIPIENT
    )
    assert not read_dialog_info(partial(1).replace(b"partial", b"Partial")).is_full


def test_a_call_in_no_known_state_or_direction_is_a_call() -> None:
    dialog = the_call_in(kamailio(kamailio_call("1", "parked", "sideways")))
    assert dialog.state is None
    assert dialog.direction is None
    assert dialog.number == "2002"
    assert the_call_in(kamailio('<dialog id="1"/>')) == DialogElement("1", None)


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "<remote/>",
        '<remote><target uri="sip:contact-0x5581@192.168.1.50"/></remote>',
        "<remote><identity/></remote>",
        "<remote><identity>sip:192.168.1.10</identity></remote>",
        "<remote><identity>sip:anonymous@anonymous.invalid</identity></remote>",
    ],
)
def test_the_other_end_may_not_be_told(remote: str) -> None:
    """A Contact is where a device is, not what to dial; RFC 3323 section 4.1.1.3 for the last."""
    local = "<local><identity display='Me'>sip:2001@h</identity></local>"
    dialog = the_call_in(kamailio(f'<dialog id="1">{local}{remote}</dialog>'))
    assert (dialog.number, dialog.name) == ("", "")


def test_a_dialog_without_an_identifier_goes_by_its_call_id() -> None:
    assert the_call_in(kamailio('<dialog call-id="x"/>')).id == "x"


def test_prefixes_do_not_matter() -> None:
    body = (
        b'<d:dialog-info xmlns:d="urn:ietf:params:xml:ns:dialog-info" version="2" state="full">'
        b'<d:dialog id="1"><d:state>early</d:state></d:dialog></d:dialog-info>'
    )
    assert the_call_in(body) == DialogElement("1", DialogState.EARLY)


def test_a_document_may_have_no_calls() -> None:
    assert read_dialog_info(kamailio()).dialogs == ()


@pytest.mark.parametrize(
    ("spelled", "version"),
    [("0", 0), ("00000000012", 12), (" 5 ", 5), ("4294967295", 4294967295)]
    + [(each, None) for each in ("", "-1", "1.0", "x", "\u0663", "9" * 12, "9" * 5_000)],
)
def test_a_version_is_a_number_or_is_not_known(spelled: str, version: int | None) -> None:
    body = f'<dialog-info {NAMESPACE} version="{spelled}"/>'.encode()
    assert read_dialog_info(body).version == version


def test_texts_are_made_fit_to_be_shown() -> None:
    body = kamailio(
        '<dialog id="1&#10;2"><remote><identity display="An&#9;na&#x202e;">'
        "sip:%2356@h</identity></remote></dialog>"
    )
    dialog = the_call_in(body)
    assert (dialog.id, dialog.number, dialog.name) == ("1 2", "#56", "An na")
    long = the_call_in(kamailio(f'<dialog id="{"x" * 5_000}"/>'))
    assert len(long.id) == 256


# Documents that are none


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"Messages-Waiting: no",
        b"<presence/>",
        b"<dialog-info>",
        b"<dialog-info></dialog>",
        b"<dialog-info/><dialog-info/>",
        b"<dialog-info>&nbsp;</dialog-info>",
        b"<dialog-info>\0</dialog-info>",
        kamailio(kamailio_call("1", "early"))[:-30],
        b'<?xml version="1.0" encoding="klingon"?><dialog-info/>',
    ],
)
def test_what_is_no_such_document_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_dialog_info(body)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE dialog-info>",
        '<!DOCTYPE dialog-info SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY a "yyyyyyyyyy"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>',
    ],
)
def test_a_doctype_is_refused_and_with_it_every_entity(doctype: str) -> None:
    with pytest.raises(UnreadableBodyError, match="DOCTYPE"):
        read_dialog_info(f"{doctype}<dialog-info>&c;</dialog-info>".encode())


def test_depth_size_and_number_of_elements_are_limited() -> None:
    def refused(inside: bytes) -> str:
        with pytest.raises(UnreadableBodyError) as refusal:
            read_dialog_info(b"<dialog-info>" + inside + b"</dialog-info>")
        return str(refusal.value)

    assert "deeper" in refused(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)
    assert "deeper" in refused(b"<a>" * 20_000)
    assert "elements" in refused(b"<dialog/>" * MAX_ELEMENTS)
    assert "bytes" in refused(b" " * MAX_BYTES)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_a_name_is_read_in_the_encoding_that_is_declared(charset: str) -> None:
    declared = charset.removesuffix("-sig")
    body = (
        f'<?xml version="1.0" encoding="{declared}"?><dialog-info><dialog id="1"><remote>'
        '<identity display="Jürgen">sip:1@h</identity></remote></dialog></dialog-info>'
    ).encode(charset)
    assert the_call_in(body).name == "Jürgen"


def test_a_name_in_latin_1_that_nobody_declared_is_read() -> None:
    body = '<dialog-info><dialog id="1"><remote><identity display="Jürgen"/></remote></dialog>'
    assert the_call_in(f"{body}</dialog-info>".encode("latin-1")).name == "Jürgen"


def test_tolerate_blanks_before() -> None:
    """An empty line before the XML declaration."""
    assert read_dialog_info(b"\r\n" + kamailio(version=4)).version == 4


# What documents add up to; RFC 4235 section 4.3


def shown(table: DialogTable) -> dict[str, str]:
    return {each.id: each.state.value if each.state else "?" for each in table.dialogs}


def table_of(*bodies: bytes) -> DialogTable:
    table = DialogTable()
    for body in bodies:
        table.apply(read_dialog_info(body))
    return table


def test_a_call_missing_from_a_full_document_is_gone() -> None:
    one, two = kamailio_call("1", "confirmed"), kamailio_call("2", "early")
    table = table_of(kamailio(one, two, version=1))
    assert shown(table) == {"1": "confirmed", "2": "early"}
    assert table.apply(read_dialog_info(kamailio(two, version=2)))
    assert shown(table) == {"2": "early"}
    assert table.apply(read_dialog_info(kamailio(version=3)))
    assert shown(table) == {}


def test_a_finished_call_may_be_told_again_and_again() -> None:
    """kamailio repeats it in later documents, beside the call that came after it."""
    ended = kamailio_call("1", "terminated")
    table = table_of(
        kamailio(kamailio_call("1", "confirmed"), version=1),
        kamailio(ended, version=2),
        kamailio(ended, kamailio_call("2", "Trying"), version=3),
        kamailio(ended, kamailio_call("2", "Trying"), version=3),
    )
    assert shown(table) == {"2": "trying"}


def test_an_idle_extension_of_asterisk_has_no_call() -> None:
    assert shown(table_of(asterisk("early"), asterisk("confirmed", version=1))) == {
        "2002": "confirmed"
    }
    assert shown(table_of(asterisk("early"), asterisk("terminated", version=1))) == {}


def test_the_same_document_again_changes_nothing() -> None:
    """Asterisk sends it at a refresh and when it is unsubscribed after a restart."""
    info = read_dialog_info(asterisk("confirmed", version=5))
    table = DialogTable()
    assert table.apply(info)
    before = table.dialogs
    assert table.apply(info)
    assert table.dialogs == before


def test_a_full_document_counts_whatever_its_version_is() -> None:
    """A server that restarted counts anew; what came out of order never gets here."""
    table = table_of(asterisk("terminated", version=9), asterisk("confirmed", version=0))
    assert shown(table) == {"2002": "confirmed"}
    assert table.apply(read_dialog_info(partial(1, call("2", "early"))))


def test_a_partial_document_tells_what_is_new() -> None:
    table = table_of(kamailio(kamailio_call("1", "early"), kamailio_call("2", "early"), version=1))
    assert table.apply(read_dialog_info(partial(2, call("1", "confirmed"), call("3", "early"))))
    assert shown(table) == {"1": "confirmed", "2": "early", "3": "early"}
    assert table.apply(read_dialog_info(partial(3, call("2", "terminated"), call("9", "ended"))))
    assert shown(table) == {"1": "confirmed", "3": "early", "9": "?"}


def test_a_gap_before_a_partial_document_is_told_and_the_document_counts() -> None:
    table = table_of(kamailio(kamailio_call("1", "early"), version=1))
    assert not table.apply(read_dialog_info(partial(3, call("2", "early"))))
    assert shown(table) == {"1": "early", "2": "early"}


def test_a_full_document_is_asked_for_once_until_it_comes() -> None:
    """Else a server that has none would be asked for ever."""
    table = table_of(kamailio(version=1))
    assert not table.apply(read_dialog_info(partial(3, call("2", "early"))))
    assert table.apply(read_dialog_info(partial(5, call("2", "early"))))
    assert table.apply(read_dialog_info(kamailio(version=7)))
    assert not table.apply(read_dialog_info(partial(9)))


def test_a_partial_document_with_a_lower_version_begins_a_new_count() -> None:
    """What is late is told by its CSeq; RFC 4235 section 4.3 would wait for version 6 for ever."""
    table = table_of(kamailio(version=5))
    assert not table.apply(read_dialog_info(partial(0, call("1", "early"))))
    assert table.apply(read_dialog_info(partial(1, call("2", "early"))))
    assert shown(table) == {"1": "early", "2": "early"}


def test_a_partial_document_with_nothing_before_it_asks_for_a_full_one() -> None:
    table = DialogTable()
    assert not table.apply(read_dialog_info(partial(0, call("1", "early"))))
    assert shown(table) == {"1": "early"}
    assert table.apply(read_dialog_info(partial(0, call("1", "confirmed"))))
    assert shown(table) == {"1": "confirmed"}


def test_documents_without_versions_are_taken_as_they_come() -> None:
    table = table_of(kamailio(version=1))
    assert table.apply(read_dialog_info(partial(None, call("1", "early"))))
    assert table.apply(read_dialog_info(partial(2, call("2", "early"))))
    assert shown(table) == {"1": "early", "2": "early"}


def test_another_subscription_begins_with_nothing() -> None:
    table = table_of(kamailio(kamailio_call("1", "early"), version=9))
    table.clear()
    assert table.dialogs == ()
    assert not table.apply(read_dialog_info(partial(10)))


def test_the_number_of_calls_that_are_kept_is_limited() -> None:
    table = table_of(kamailio(version=0))
    for version in range(1, 500):
        table.apply(read_dialog_info(partial(version, call(str(version), "early"))))
    assert len(table.dialogs) == 256
    table.apply(read_dialog_info(partial(500, call("1", "terminated"), call("x", "early"))))
    assert "x" in shown(table)


# Any bytes

_ROOT = ["<dialog-info", " version='2'", " state='partial'", ">", "/>", "</dialog-info>"]
_DIALOG = ["<dialog", " id='1'", "</dialog>", "<state>", "early", "</state>"]
_PARTY = ["<local>", "</local>", "<remote>", "</remote>", "<identity display='x'>", "</identity>"]
PIECES = st.sampled_from([*_ROOT, *_DIALOG, *_PARTY, "sip:a@b", "&amp;", "ü"])
STATES = st.sampled_from([*DialogState, None])
INFOS = st.builds(
    DialogInfo,
    st.just("sip:a@b"),
    st.none() | st.integers(0, 5),
    st.booleans(),
    st.lists(st.builds(DialogElement, st.sampled_from("123"), STATES), max_size=4).map(tuple),
)


@given(st.binary(max_size=200) | st.lists(PIECES, max_size=20).map("".join).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        info = read_dialog_info(body)
    except UnreadableBodyError:
        return
    for text in (
        info.entity,
        *(text for each in info.dialogs for text in (each.id, each.number, each.name)),
    ):
        assert text == text_of(text)


@given(st.lists(INFOS, max_size=8))
def test_a_table_holds_live_calls_and_a_full_document_is_the_truth(infos: list[DialogInfo]) -> None:
    table = DialogTable()
    for info in infos:
        table.apply(info)
        assert all(each.state is not DialogState.TERMINATED for each in table.dialogs)
        if info.is_full:
            last_words = {each.id: each.state for each in info.dialogs}
            live = {id_ for id_, state in last_words.items() if state != DialogState.TERMINATED}
            assert {each.id for each in table.dialogs} == live
