"""Bodies: what phones say in XML, and the standard reports of SIP servers."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from callctrl.eventpackages import UnreadableBodyError, text_of
from callctrl.eventpackages.dialoginfo import DialogTable, read_dialog_info
from callctrl.eventpackages.messagesummary import read_message_summary
from callctrl.eventpackages.pidf import read_pidf
from callctrl.eventpackages.resourcelist import read_resource_list
from callctrl.eventpackages.sipfrag import read_sipfrag
from callctrl.phones import StatusError
from callctrl.phones.spa import SpaPhone
from callctrl.phones.spacfg import ProfileError, read_pbx, read_phone
from callctrl.untrustedxml import UntrustedXmlError, encoding_of, read_elements

__all__ = ["seeds", "take"]

_DATA = Path(__file__).parents[1] / "data"
_LONGEST_TEXT = 256

_STATUSES = (
    b'<spa-status>\r\n<call id="1" ref="8" ext="1" state="ringing" name="Anna Lee"'
    b' uri="5551234@192.168.1.10"/>\r\n</spa-status>\r\n',
    b'<spa-status><call id="1" ref="8" state="connected" dir="in" duration="0:01:15" x="y"/>'
    b'<call id="2" state="idle"/><lamp/></spa-status>',
    '<spa-status><call id="1" name="J\xfcrgen" uri="sip:a%23@b"/></spa-status>'.encode("latin-1"),
    b"<?xml version='1.0' encoding='utf-16'?><spa-status/>",
    b'<!DOCTYPE a [<!ENTITY b "c">]><spa-status>&b;</spa-status>',
    b"<a:spa-status xmlns:a='b'><![CDATA[x]]><!-- y --><?z?></a:spa-status>",
    "<spa-status/>".encode("utf-16"),
)

_LIST_TYPE = "multipart/related;boundary=b"

_REPORTS = (
    b'<dialog-info version="1" state="full" entity="sip:2001@h"><dialog id="1" call-id="2"'
    b' local-tag="3" remote-tag="4" direction="initiator"><state>Trying</state><remote>'
    b'<identity display="A">sip:2%20@h;x=y</identity></remote><local><target uri="sip:c@d">'
    b'<param pname="+sip.rendering" pval="no"/></target></local></dialog></dialog-info>',
    b'<dialog-info version="3" state="partial"><dialog id="1"><state>terminated</state></dialog>'
    b'<dialog id="2"><state>early</state></dialog></dialog-info>',
    b'<presence><note>On hold</note><tuple id="1"><status><basic>closed</basic></status></tuple>'
    b"<person><activities><busy/></activities></person></presence>",
    b"Messages-Waiting: yes\r\nMessage-Account: sip:*97@h\r\nVoice-Message: 2/8 (0/2)\r\n",
    b"SIP/2.0 180 Ringing\r\n",
    b"\r\n--b\r\nContent-Type: application/rlmi+xml\r\n\r\n"
    b'<list uri="sip:l@h" version="0" fullState="true"><resource uri="sip:1@h">'
    b'<instance id="1" state="active" cid="a@h"/></resource><resource uri="sip:2@h"/></list>'
    b"\r\n--b\r\nContent-ID: <a@h>\r\nContent-Type: multipart/related;boundary=c\r\n\r\n"
    b"--c\r\nContent-Type: application/rlmi+xml\r\n\r\n<list/>\r\n--c--\r\n--b--\r\n",
)


def seeds() -> list[bytes]:
    """Statuses and reports of every kind, and real settings documents."""
    documents = [path.read_bytes() for path in sorted((_DATA / "spacfg").glob("*.xml"))]
    return [*_STATUSES, *_REPORTS, *documents]


def take(data: bytes) -> None:
    """Read a body as each of the things it may be."""
    try:
        reports = SpaPhone().read_status(data)
    except StatusError:
        reports = []
    for report in reports:
        assert report.id.isprintable()
        texts = (report.id, report.ref, report.number, report.name, report.wire_state)
        assert all(len(text or "") <= _LONGEST_TEXT for text in texts)
        assert not any("\n" in (text or "") or "\0" in (text or "") for text in texts)
    for read in (read_pbx, read_phone):
        try:
            read(data)
        except ProfileError:
            continue
    _take_report(data)
    try:
        read_elements(data, lambda _name, _attributes, _text: None, encoding=encoding_of(data))
    except UntrustedXmlError:
        return


def _take_report(data: bytes) -> None:
    """Read a body as each of the standard reports."""
    try:
        info = read_dialog_info(data)
    except UnreadableBodyError:
        pass
    else:
        texts = [text for each in info.dialogs for text in (each.id, each.number, each.name)]
        table = DialogTable()
        table.apply(info)
        calls = table.dialogs
        assert table.apply(info), "the same again is no gap"
        assert table.dialogs == calls
        assert all(text == text_of(text) for text in texts)
    with suppress(UnreadableBodyError):
        assert all(note == text_of(note) for note in read_pidf(data).notes)
    with suppress(UnreadableBodyError):
        account = read_message_summary(data).account
        assert account == text_of(account)
    with suppress(UnreadableBodyError):
        assert 100 <= read_sipfrag(data) <= 699
    with suppress(UnreadableBodyError):
        members = read_resource_list(_LIST_TYPE, data).members
        assert sum(len(each.body) for each in members) <= len(data)
