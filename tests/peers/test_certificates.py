"""TLS with kamailio: whose certificate is believed (RFC 3261 section 26.3, RFC 5922)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from callctrl.accounts import Account, SipTransport
from callctrl.calls import RegistrationChanged, SessionChanged, Trouble
from callctrl.headless.programs import ExitCode
from tests.peers.kamailio import Kamailio, password_of
from tests.peers.product import Product, account_at
from tests.peers.program import HERE, callctrl, eventually

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


@pytest.fixture(scope="module", name="elsewhere")
def kamailio_of_another_name(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kamailio]:
    folder = tmp_path_factory.mktemp("kamailio") / "elsewhere"
    with Kamailio(folder, authority, name="elsewhere.test") as server:
        yield server


@pytest.fixture(name="stranger")
def unknown_authority(tmp_path: Path) -> Path:
    file = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(file)
    return file


def account_with(server: Kamailio, ca_file: Path | None) -> Account:
    account = account_at(server, SipTransport.TLS)
    return replace(account, ca_file="" if ca_file is None else str(ca_file))


async def test_an_authority_of_ones_own_is_believed(kamailio: Kamailio) -> None:
    async with Product(account_with(kamailio, kamailio.ca_file)) as product:
        assert (await product.hear(RegistrationChanged)).status == 200


async def refused(server: Kamailio, ca_file: Path | None) -> str:
    """What is said of a certificate that is not believed; the server hears no request."""
    async with Product(account_with(server, ca_file)) as product:
        changed = await product.hear(SessionChanged, lambda it: it.trouble is not None)
    assert changed.trouble is Trouble.CERTIFICATE
    assert "REGISTER" not in server.log
    return changed.detail


async def test_a_certificate_of_another_name_is_refused(elsewhere: Kamailio) -> None:
    """RFC 5922 section 7.2."""
    assert HERE in await refused(elsewhere, elsewhere.ca_file)


async def test_an_authority_nobody_knows_is_refused(elsewhere: Kamailio, stranger: Path) -> None:
    assert "authority" in await refused(elsewhere, stranger)
    assert "authority" in await refused(elsewhere, None)


@pytest.mark.parametrize("is_known", [True, False])
async def test_check_tells_of_the_certificate(
    kamailio: Kamailio, tmp_path: Path, stranger: Path, is_known: bool
) -> None:
    arguments = ["--pbx", f"{HERE}:{kamailio.tls_port}", "--transport", "tls", "--local-port", "0"]
    arguments += ["--ca-file", str(kamailio.ca_file if is_known else stranger)]
    arguments += ["--extension", "1001", "--computer", "1001", "--station", "1002", "--json"]
    with callctrl(tmp_path / "check", "check", *arguments, password=password_of("1001")) as check:
        await eventually(lambda: check.exit_code is not None, "the end of callctrl check")
        assert check.exit_code == (ExitCode.FORBIDDEN if is_known else ExitCode.CERTIFICATE)
        told = json.loads(check.log)
        assert told["register"]["status"] == (200 if is_known else None)
