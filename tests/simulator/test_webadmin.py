"""The web pages (protocol.md C.1, C.2, F.5)."""

from __future__ import annotations

import base64
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from callctrl.simulator import (
    Config,
    Device,
    Extension,
    Masking,
    Spa9000,
    WebAnswer,
    WebRequest,
    answer,
)

from .peer import CONFIG, answer_to, simulator

PROFILE = "/admin/spacfg.xml"


def get(
    spa: Spa9000, device: Device, path: str = PROFILE, authorization: str = "", now: float = 0.0
) -> WebAnswer:
    return answer(spa, device, WebRequest("GET", path, authorization), now)


def fields(spa: Spa9000, device: Device, now: float = 0.0) -> dict[tuple[str, str], str]:
    """Values of a profile by group and name."""
    root = ElementTree.fromstring(get(spa, device, now=now).body)  # noqa: S314 - our own
    assert root.tag == "flat-profile"
    return {(each.get("group", ""), each.tag): each.text or "" for each in root}


def test_wizard_finds_user_name_and_password_where_the_article_says() -> None:
    spa = simulator()
    phone, pbx = fields(spa, Device.PHONE), fields(spa, Device.SPA9000)
    assert phone["Ext_1/Subscriber_Information", "User_ID_1_"] == "200"
    assert pbx["SIP/PBX_Phone_Parameters", "Phone_Ext_Password"] == "4321"


def test_phone_profile_has_the_elements_the_notes_list() -> None:
    phone = fields(simulator(), Device.PHONE)
    expected = {
        ("Info/Product_Information", "Product_Name"): "SPA942",
        ("Info/Product_Information", "Software_Version"): "6.1.5(a)",
        ("Info/System_Information", "Current_IP"): "192.168.1.20",
        ("Info/Ext_1_Status", "Registration_State"): "Registered",
        ("Info/Line_4_Call_2_Status", "Call_State"): "Idle",
        ("SIP/SIP_Parameters", "CTI_Enable"): "Yes",
        ("SIP/Linksys_Key_System_Parameters", "Linksys_Key_System"): "Yes",
        ("SIP/Linksys_Key_System_Parameters", "Multicast_Address"): "224.168.168.168:6061",
        ("Phone/General", "Station_Name"): "FrontDesk",
        ("Phone/Line_Key_4", "Extension_4_"): "1",
        ("Ext_1/Proxy_and_Registration", "Proxy_1_"): "192.168.1.10:6060",
        ("Ext_1/SIP_Settings", "SIP_Port_1_"): "5060",
        ("Ext_1/Subscriber_Information", "Use_Auth_ID_1_"): "No",
    }
    assert {key: phone.get(key) for key in expected} == expected


def test_phone_with_several_extensions_shows_each() -> None:
    extensions = (Extension("200"), Extension("300"), Extension("200"))
    phone = fields(simulator(replace(CONFIG, extensions=extensions)), Device.PHONE)
    states = [phone[f"Info/Ext_{n}_Status", "Registration_State"] for n in (1, 2, 3)]
    assert states == ["Registered", "FailedAuthenticate", "Not Registered"]
    assert phone["Ext_2/SIP_Settings", "SIP_Port_2_"] == "5061"
    assert phone["Phone/Line_Key_2", "Short_Name_2_"] == "200"
    assert phone["Phone/Line_Key_3", "Short_Name_3_"] == "300"


def test_live_calls_are_shown() -> None:
    spa = simulator()
    spa.phone.ring("5551234", "Anna <&> Lee", now=0)
    spa.phone.act("answer", now=0)
    spa.handle_timeout(0.08)
    spa.phone.act("hold", now=1)
    phone = fields(spa, Device.PHONE, now=3723.1)
    group = "Info/Line_1_Call_1_Status"
    assert phone[group, "Call_State"] == "Held"
    assert phone[group, "Type"] == "Inbound"
    assert phone[group, "Peer_Name"] == "Anna <&> Lee"
    assert phone[group, "Duration"] == "01:02:03"


@pytest.mark.parametrize(
    ("masking", "shown"), [(Masking.OPEN, "4321"), (Masking.STARS, "********"), (Masking.BLANK, "")]
)
def test_passwords_are_masked_as_set(masking: Masking, shown: str) -> None:
    spa = simulator(replace(CONFIG, masking=masking))
    pbx, phone = fields(spa, Device.SPA9000), fields(spa, Device.PHONE)
    assert pbx["SIP/PBX_Phone_Parameters", "Phone_Ext_Password"] == shown
    assert phone["Ext_1/Subscriber_Information", "Password_1_"] == shown


@pytest.mark.parametrize("device", Device)
@pytest.mark.parametrize("path", [PROFILE, "/admin/voice"])
def test_page_s_own_password_is_never_shown(device: Device, path: str) -> None:
    spa = simulator(replace(CONFIG, admin_password="s3cret"))
    credentials = base64.b64encode(b"admin:s3cret").decode()
    page = get(spa, device, path, f"Basic {credentials}")
    assert page.status == 200
    assert b"s3cret" not in page.body


@pytest.mark.parametrize("path", ["/", "/admin", "/admin/voice", "/admin/voice/advanced?x=1"])
def test_form_shows_the_same_fields(path: str) -> None:
    page = get(simulator(), Device.SPA9000, path)
    assert page.content_type.startswith("text/html")
    assert b'<input name="Phone_Ext_Password" type="password" value="4321">' in page.body


def test_without_admin_password_nobody_is_asked() -> None:
    assert get(simulator(), Device.PHONE).status == 200


@pytest.mark.parametrize(
    ("credentials", "status"),
    [
        ("", 401),
        ("Basic", 401),
        ("Basic !!!", 401),
        ("Basic " + base64.b64encode(b"admin:wrong").decode(), 401),
        ("Basic " + base64.b64encode(b"user:s3cret").decode(), 401),
        ("basic " + base64.b64encode(b"admin:s3cret").decode(), 200),
    ],
)
def test_basic_log_in(credentials: str, status: int) -> None:
    page = get(simulator(Config(admin_password="s3cret")), Device.PHONE, PROFILE, credentials)
    assert page.status == status
    if status == 401:
        assert page.headers["WWW-Authenticate"] == 'Basic realm="SPA942"'


def test_digest_log_in() -> None:
    spa = simulator(Config(admin_password="s3cret", web_digest=True))
    challenge = get(spa, Device.SPA9000).headers["WWW-Authenticate"]
    good = answer_to(challenge, "s3cret", "GET", PROFILE, user="admin")
    assert get(spa, Device.SPA9000, PROFILE, good).status == 200
    assert get(spa, Device.SPA9000, "/admin/voice", good).status == 401
    assert get(spa, Device.PHONE, PROFILE, good).status == 401
    bad = answer_to(challenge, "wrong", "GET", PROFILE, user="admin")
    assert get(spa, Device.SPA9000, PROFILE, bad).status == 401


def test_other_pages_and_methods_are_not_there() -> None:
    assert get(simulator(), Device.PHONE, "/nowhere").status == 404
    assert answer(simulator(), Device.PHONE, WebRequest("POST", PROFILE), 0.0).status == 501


def test_credentials_are_in_no_repr() -> None:
    assert "YWRtaW4" not in repr(WebRequest("GET", "/", "Basic YWRtaW4="))
