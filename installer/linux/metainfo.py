"""The description for software centres (AppStream), with what is new in this version."""

from __future__ import annotations

from xml.sax.saxutils import escape

from installer.product import APP_ID, NAME, PRODUCT, PUBLISHER, SUMMARY, VERSION, built_at, changes

__all__ = ["metainfo"]

_TEMPLATE = """\
<?xml version="1.0" encoding="UTF-8"?>
<component type="desktop-application">
  <id>{app_id}</id>
  <metadata_license>CC0-1.0</metadata_license>
  <project_license>MIT</project_license>
  <name>{product}</name>
  <summary>{summary}</summary>
  <developer id="{developer_id}">
    <name>{publisher}</name>
  </developer>
  <description>
    <p>
      A receptionist's desk phone on her PC: a card when the phone rings, one key to answer, hold,
      take back, hang up or dial. It knows who calls, keeps what was said, and finds people however
      they are spelt.
    </p>
    <p>
      It speaks SIP to the phone system, first of all to a Linksys or Cisco SPA9000 and its SPA9xx
      phones. At any other SIP phone system it shows calls, colleagues and messages, and dials. The
      phone makes the calls and carries the sound; the program shows and steers.
    </p>
  </description>
  <launchable type="desktop-id">{name}.desktop</launchable>
  <icon type="stock">{name}</icon>
  <url type="homepage">https://github.com/callctrl/callctrl</url>
  <categories>
    <category>Network</category>
    <category>Telephony</category>
  </categories>
  <provides>
    <binary>{name}</binary>
    <mediatype>x-scheme-handler/tel</mediatype>
    <mediatype>x-scheme-handler/sip</mediatype>
    <mediatype>x-scheme-handler/callto</mediatype>
  </provides>
  <requires>
    <display_length compare="ge">360</display_length>
  </requires>
  <supports>
    <control>keyboard</control>
    <control>pointing</control>
  </supports>
  <content_rating type="oars-1.1"/>
  <releases>
    <release version="{version}" date="{date}">
      <description>
        <ul>
{changes}
        </ul>
      </description>
    </release>
  </releases>
</component>
"""


def metainfo() -> str:
    """The file `APP_ID.metainfo.xml`. There is no picture in it while none has an address."""
    points = [f"          <li>{escape(change)}</li>" for change in changes()]
    return _TEMPLATE.format(
        app_id=APP_ID,
        developer_id=APP_ID.rpartition(".")[0],
        product=PRODUCT,
        publisher=PUBLISHER,
        summary=SUMMARY,
        name=NAME,
        version=VERSION,
        date=f"{built_at():%Y-%m-%d}",
        changes="\n".join(points),
    )
