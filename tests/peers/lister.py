"""A PBX that keeps a list of colleagues as Asterisk does (RFC 4662); sipp plays it, by TCP.

Asterisk reports on all members in one document, each with a state; where that grows too long for it
the subscription is granted, and nothing follows. No other subscription is told anything but calls:
whoever is asked for alone is on the phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.peers.sipp import Sipp

__all__ = ["LIST", "Lister"]

LIST = "colleagues"

_CALL = """\
<?xml version="1.0" encoding="UTF-8"?>
<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" state="full"
 entity="sip:{who}@pbx.test">
 <dialog id="{who}"{direction}>
  <state>{state}</state>
 </dialog>
</dialog-info>
"""

_SCENARIO = """\
<?xml version="1.0"?>
<scenario name="lister">
  <recv request="SUBSCRIBE">
    <action>
      <ereg regexp="tag=([0-9]+)" search_in="hdr" header="From:" assign_to="all,tag"/>
      <ereg regexp="sip:[^;&gt;]+" search_in="hdr" header="Contact:" assign_to="contact"/>
      <ereg regexp="sip:([^@]+)@" search_in="hdr" header="To:" assign_to="all,who"/>
      <ereg regexp="sip:{list}@" search_in="hdr" header="To:" assign_to="list"/>
      <ereg regexp="dialog" search_in="hdr" header="Event:" assign_to="dialog"/>
    </action>
  </recv>
  <nop test="list" next="list"/>
  {granted}
  <nop test="dialog" next="one"/>
  <nop next="wait"/>
  <label id="one"/>
  {one}
  <nop next="wait"/>
  <label id="list"/>
  {listed}
  {report}
  <label id="wait"/>
  <recv request="SUBSCRIBE"/>
  {granted}
  <Reference variables="all,tag,contact,who,list,dialog"/>
</scenario>
"""


class Lister(Sipp):
    """The PBX. Of its members the first is called, and the others are free; or it is silent."""

    def __init__(self, folder: Path, members: Sequence[str], *, is_silent: bool = False) -> None:
        folder.mkdir(parents=True)
        scenario = folder / "lister.xml"
        report = "" if is_silent else _notify("[$who]", *_report(members), requires="eventlist")
        scenario.write_text(
            _SCENARIO.format(
                list=LIST,
                granted=_granted(),
                listed=_granted("Require: eventlist"),
                one=_notify("[$who]", "application/dialog-info+xml", _call("[$who]", "confirmed")),
                report=report,
            )
        )
        super().__init__(folder, scenario, runs=1000, by_tcp=True)


def _call(who: str, state: str) -> str:
    direction = ' direction="recipient"' if state == "early" else ""
    return _CALL.format(who=who, state=state, direction=direction, version=0)


def _report(members: Sequence[str]) -> tuple[str, str]:
    """Content-Type and body, with the blanks and the empty line that Asterisk puts there."""
    resources = []
    parts = []
    for index, who in enumerate(members):
        call = _call(who, "early" if index == 0 else "terminated")
        resources.append(
            f'<resource uri="sip:{who}@pbx.test"><instance id="i{index}" state="active" '
            f'cid="{who}@list"/></resource>'
        )
        parts.append(
            f"--part\nContent-ID: <{who}@list>\nContent-Type: application/dialog-info+xml\n"
            f"Content-Length:   {len(call)}\n\n{call}"
        )
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<list xmlns="urn:ietf:params:xml:ns:rlmi" '
        f'uri="sip:{LIST}@pbx.test" version="0" fullState="true">{"".join(resources)}</list>\n'
    )
    first = (
        "--part\nContent-ID: <list@list>\nContent-Type: application/rlmi+xml\n"
        f"Content-Length:   {len(document)}\n\n{document}"
    )
    content_type = 'multipart/related;type="application/rlmi+xml";boundary=part'
    return content_type, "\n".join(["", first, *parts, "--part--", ""])


def _granted(*fields: str) -> str:
    lines = [
        "SIP/2.0 200 OK",
        "[last_Via:]",
        "[last_From:]",
        "[last_To:];tag=[call_number]pbx",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        *fields,
        "Contact: <sip:pbx@[local_ip]:[local_port];transport=tcp>",
        "Expires: 600",
        "Content-Length: 0",
    ]
    text = "\n".join(lines)
    return f"<send><![CDATA[\n\n{text}\n\n]]></send>"


def _notify(who: str, content_type: str, body: str, *, requires: str = "") -> str:
    lines = [
        "NOTIFY [$contact];transport=tcp SIP/2.0",
        "Via: SIP/2.0/TCP [local_ip]:[local_port];branch=[branch]",
        "Max-Forwards: 70",
        f"From: <sip:{who}@pbx.test>;tag=[call_number]pbx",
        "To: <sip:1001@pbx.test>;tag=[$tag]",
        "Call-ID: [call_id]",
        "CSeq: 1 NOTIFY",
        "Contact: <sip:pbx@[local_ip]:[local_port];transport=tcp>",
        "Event: dialog",
        "Subscription-State: active;expires=600",
        *([f"Require: {requires}"] if requires else []),
        f"Content-Type: {content_type}",
        "Content-Length: [len]",
        "",
        body,
    ]
    text = "\n".join(lines)
    return f'<send><![CDATA[\n\n{text}]]></send>\n<recv response="200"/>'
