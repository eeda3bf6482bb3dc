"""Host names to addresses."""

from __future__ import annotations

import pytest

from callctrl.sip.transaction import Address
from callctrl.transport import resolve


async def test_names_are_resolved_to_addresses() -> None:
    assert await resolve("127.0.0.1", 6060) == Address("127.0.0.1", 6060)
    with pytest.raises(OSError, match=r".+"):
        await resolve("no-such-host.invalid", 6060)
