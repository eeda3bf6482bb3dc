from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.phones.spacfg import (
    MAX_BYTES,
    Extension,
    PbxProfile,
    PhoneProfile,
    ProfileError,
    Registration,
    read_pbx,
    read_phone,
)

DATA = Path(__file__).parents[1] / "data" / "spacfg"
SPA9000 = (DATA / "spa9000.xml").read_bytes()
SPA942 = (DATA / "spa942.xml").read_bytes()
SPA504G = (DATA / "spa504g.xml").read_bytes()
SPA962_ODD = (DATA / "spa962-odd.xml").read_bytes()

SECRET = "blue-giraffe"
PASSWORD = b">blue-giraffe</Phone_Ext_Password>"
ADMIN_PASSWORD = b">open-sesame</Admin_Passwd>"


def spa9000(shown_password: bytes, shown_admin_password: bytes = b"open-sesame") -> bytes:
    assert PASSWORD in SPA9000
    assert ADMIN_PASSWORD in SPA9000
    return SPA9000.replace(PASSWORD, b">%s</Phone_Ext_Password>" % shown_password).replace(
        ADMIN_PASSWORD, b">%s</Admin_Passwd>" % shown_admin_password
    )


# The SPA9000


def test_a_spa9000_tells_the_password_of_its_phones() -> None:
    assert read_pbx(SPA9000) == PbxProfile(model="SPA-9000", phone_ext_password=SECRET)


def test_the_password_shows_in_no_repr() -> None:
    assert SECRET not in repr(read_pbx(SPA9000))


@pytest.mark.parametrize("stars", [b"*", b"********", b" *** "])
def test_stars_are_no_password(stars: bytes) -> None:
    assert read_pbx(spa9000(stars)).phone_ext_password is None


@pytest.mark.parametrize("is_protected", [False, True])
@pytest.mark.parametrize("shown_admin_password", [b"open-sesame", b"********"])
@pytest.mark.parametrize("empty", [b"", b"\n"])
def test_an_empty_password_means_that_nobody_is_challenged(
    empty: bytes, shown_admin_password: bytes, is_protected: bool
) -> None:
    profile = read_pbx(spa9000(empty, shown_admin_password), is_protected=is_protected)

    assert profile.phone_ext_password == ""


def test_a_device_without_any_password_has_none_for_its_phones_either() -> None:
    assert read_pbx(spa9000(b"", b"")).phone_ext_password == ""


def test_an_empty_password_is_not_believed_where_the_admin_password_is_left_out_too() -> None:
    assert read_pbx(spa9000(b"", b""), is_protected=True).phone_ext_password is None


def test_a_password_that_is_shown_is_taken_though_others_are_hidden() -> None:
    assert read_pbx(spa9000(b"a*b*", b"****")).phone_ext_password == "a*b*"


def test_a_document_without_the_password_is_not_one_with_an_empty_password() -> None:
    profile = read_pbx(SPA942)

    assert profile.model == "SPA-942"
    assert profile.phone_ext_password is None


def test_the_password_is_looked_for_in_its_group_only() -> None:
    document = SPA9000.replace(b"SIP/PBX_Phone_Parameters", b"SIP/Another_Section")

    assert read_pbx(document).phone_ext_password is None


# Phones


def test_a_phone_tells_its_account_and_how_it_is_set_up() -> None:
    phone = read_phone(SPA942)

    assert replace(phone, extensions=()) == PhoneProfile(
        model="SPA-942",
        current_ip="192.168.1.20",
        station="FrontDesk",
        is_cti_enabled=True,
    )
    assert phone.primary == Extension(index=1, user_id="200", registration=Registration.REGISTERED)


def test_each_extension_has_its_own_registration_and_keys() -> None:
    found = [
        (each.index, each.user_id, each.registration, each.is_in_use)
        for each in read_phone(SPA942).extensions
    ]

    assert found == [
        (1, "200", Registration.REGISTERED, True),
        (2, "200", Registration.NOT_REGISTERED, True),
        (3, "300", Registration.REFUSED, True),
        (4, "400", Registration.REFUSED, False),
    ]


def test_an_extension_may_have_several_keys() -> None:
    document = SPA942.replace(b">2</Extension_2_>", b">1</Extension_2_>")

    found = [each.is_in_use for each in read_phone(document).extensions]

    assert found == [True, False, True, False]


def test_a_phone_of_the_next_generation_is_read_too() -> None:
    phone = read_phone(SPA504G)

    assert (phone.model, phone.station) == ("SPA504G", "Réception")
    assert phone.is_cti_enabled is False
    assert phone.primary is not None
    assert phone.primary.username == "acme-5001"
    assert phone.primary.is_in_use, "a phone that names no line keys uses what is set up"


def test_the_auth_id_counts_only_where_it_is_used() -> None:
    document = SPA504G.replace(b">Yes</Use_Auth_ID_1_>", b">No</Use_Auth_ID_1_>")

    primary = read_phone(document).primary

    assert primary is not None
    assert primary.username == "5001"


def test_oddities_are_read_as_they_were_meant() -> None:
    phone = read_phone(SPA962_ODD)

    assert phone.fault == ""
    assert phone.station == "Büro & Empfang"
    assert phone.primary is not None


def test_blank_lines_may_come_first() -> None:
    assert read_phone(b"\r\n" + SPA504G) == read_phone(SPA504G)


def test_what_is_missing_or_odd_is_not_known() -> None:
    phone = read_phone(
        b'<flat-profile><CTI_Enable group="SIP/SIP_Parameters">Maybe</CTI_Enable>'
        b'<User_ID_1_ group="Ext_1/Subscriber_Information">200</User_ID_1_>'
        b'<Registration_State group="Info/Ext_1_Status">Dreaming</Registration_State>'
        b"<Current_IP>10.0.0.1</Current_IP></flat-profile>"
    )

    assert phone == PhoneProfile(extensions=(Extension(1, "200"),))
    assert read_phone(b"<flat-profile/>") == PhoneProfile()
    assert read_phone(SPA9000).primary is None


# Broken documents


def test_a_broken_document_gives_what_stood_before_the_fault() -> None:
    whole = read_phone(SPA942)
    cut = SPA942[: SPA942.index(b"<User_ID_3_")]

    phone = read_phone(cut)

    assert "broken XML" in phone.fault
    assert replace(phone, fault="", extensions=()) == replace(whole, extensions=())
    assert phone.extensions == whole.extensions[:2]


def test_a_fault_before_the_password_leaves_it_unknown() -> None:
    profile = read_pbx(SPA9000.replace(b"<Group_Page_Address", b"</oops><Group_Page_Address"))

    assert profile.model == "SPA-9000"
    assert profile.phone_ext_password is None
    assert "broken XML" in profile.fault


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html><body>Log in, please</body></html>",
        b"<flat-profiles/>",
        b"<flat-profile",
        b"\xff\xfe\x00<flat-profile>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><flat-profile><A>&a;</A></flat-profile>',
        b"<flat-profile>" + b" " * MAX_BYTES + b"</flat-profile>",
    ],
)
def test_what_is_no_settings_document_is_rejected(document: bytes) -> None:
    with pytest.raises(ProfileError):
        read_phone(document)


def test_a_document_without_end_is_read_to_the_limit() -> None:
    head = SPA942[: SPA942.index(b"</flat-profile>")]

    phone = read_phone(head + b"<x/>" * 20_000 + b"</flat-profile>")

    assert "elements" in phone.fault
    assert phone.station == "FrontDesk"


def test_a_large_document_of_a_real_kind_is_read_whole() -> None:
    head = SPA942[: SPA942.index(b"</flat-profile>")]
    rows = b"".join(
        b'<Unit_1_Key_%d group="SPA932/Unit_1">fnc=blf+sd;sub=%d@x</Unit_1_Key_%d>\n' % (i, i, i)
        for i in range(3_000)
    )

    assert read_phone(head + rows + b"</flat-profile>").fault == ""


@given(st.binary(max_size=200), st.integers(0, len(SPA942)))
def test_no_bytes_stop_the_reader(junk: bytes, position: int) -> None:
    try:
        read_phone(SPA942[:position] + junk + SPA942[position:])
        read_pbx(junk)
    except ProfileError:
        pass
