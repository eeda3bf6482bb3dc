from __future__ import annotations

import pytest

from callctrl.accounts import Account, PbxKind


@pytest.mark.parametrize(
    ("kind", "extension", "station", "is_own"),
    [
        (PbxKind.SIP, "1002", "1002", True),
        (PbxKind.SIP, "Anna", "anna", True),
        (PbxKind.SIP, "desk-app", "1002", False),
        (PbxKind.SPA9000, "200", "200", False),
    ],
)
def test_only_a_spa9000_lends_the_phones_own_account(
    kind: PbxKind, extension: str, station: str, is_own: bool
) -> None:
    assert Account("pbx", extension, station, "PC", kind=kind).is_own_phone is is_own
