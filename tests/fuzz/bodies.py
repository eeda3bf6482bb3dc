"""What phones say in XML: a status, and the settings of a phone or a SPA9000."""

from __future__ import annotations

from pathlib import Path

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


def seeds() -> list[bytes]:
    """Statuses of every kind, and real settings documents."""
    documents = [path.read_bytes() for path in sorted((_DATA / "spacfg").glob("*.xml"))]
    return [*_STATUSES, *documents]


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
    try:
        read_elements(data, lambda _name, _attributes, _text: None, encoding=encoding_of(data))
    except UntrustedXmlError:
        return
