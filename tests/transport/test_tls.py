"""TLS on real sockets: whose certificates are believed (RFC 3261 section 26.3, RFC 5922)."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from callctrl.sip.packets import Address, Packet
from callctrl.transport import Streams, Trust, UntrustedError
from tests.transport.fake import FakeEngine

HERE = "127.0.0.1"
MESSAGE = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
LONG_AGO = datetime.now(UTC) - timedelta(days=400)
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
IN_A_YEAR = datetime.now(UTC) + timedelta(days=365)


@pytest.fixture(name="authority", scope="module")
def made_up_authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(name="ca_file")
def file_of_the_authority(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def showing(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@contextlib.asynccontextmanager
async def serving(
    certificate: trustme.LeafCert | ssl.SSLContext,
) -> AsyncIterator[tuple[Address, FakeEngine]]:
    """Somebody who shows a certificate, and the messages they were sent."""
    context = certificate if isinstance(certificate, ssl.SSLContext) else showing(certificate)
    engine = FakeEngine()
    server = Streams()

    def received(data: bytes, source: Address) -> None:
        server.send(Packet(b"SIP/2.0 200 OK\r\n\r\n", source))
        engine.receive(data, source, 0.0)

    server.attach(received, lambda remote, error: None)
    yield Address(HERE, await server.listen(HERE, 0, tls=context), "TLS"), engine
    server.close()
    await asyncio.sleep(0)


async def refusal(trust: Trust, certificate: trustme.LeafCert | ssl.SSLContext) -> str:
    """Why a certificate is refused."""
    async with serving(certificate) as (remote, engine):
        client = Streams(trust)
        with pytest.raises(UntrustedError) as refused:
            await client.connect(remote)
        assert client.untrusted is refused.value
        assert engine.received == []
        client.close()
        return str(refused.value)


async def test_messages_go_both_ways_over_tls(authority: trustme.CA, ca_file: str) -> None:
    """RFC 3261 section 26.2.1."""
    async with serving(authority.issue_cert("pbx.example.com")) as (remote, peer):
        us = FakeEngine()
        client = Streams(Trust("pbx.example.com", ca_file))
        client.attach(
            lambda data, source: us.receive(data, source, 0.0), lambda remote, error: None
        )
        client.send(Packet(MESSAGE, remote))
        await us.until(lambda: bool(us.received))
        assert us.received == [(b"SIP/2.0 200 OK\r\n\r\n", remote)]
        (data, source), *_ = peer.received
        assert data == MESSAGE
        assert source.transport == "TLS"
        assert client.untrusted is None
        client.close()
        await asyncio.sleep(0)


async def test_an_ip_address_may_be_what_a_certificate_is_made_out_to(
    authority: trustme.CA, ca_file: str
) -> None:
    async with serving(authority.issue_cert(HERE)) as (remote, _):
        client = Streams(Trust(HERE, ca_file))
        assert (await client.connect(remote)).transport == "TLS"
        client.close()
        await asyncio.sleep(0)


async def test_a_wildcard_is_believed_though_rfc_5922_would_not(
    authority: trustme.CA, ca_file: str
) -> None:
    """RFC 5922 section 7.2 forbids it; hosted PBXs have nothing else, and OpenSSL agrees."""
    async with serving(authority.issue_cert("*.pbx.example")) as (remote, _):
        client = Streams(Trust("office.pbx.example", ca_file))
        local = await client.connect(remote)
        client.close()
    assert local.transport == "TLS"


async def test_the_authorities_of_the_system_are_believed(
    authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    async with serving(authority.issue_cert("pbx.example.com")) as (remote, _):
        client = Streams(Trust("pbx.example.com"))
        assert (await client.connect(remote)).transport == "TLS"
        client.close()
        await asyncio.sleep(0)


async def test_an_unknown_authority_is_refused(authority: trustme.CA, ca_file: str) -> None:
    """RFC 5922 section 7.3."""
    stranger = trustme.CA().issue_cert("pbx.example.com")
    said = await refusal(Trust("pbx.example.com", ca_file), stranger)
    assert said == (
        "The certificate of pbx.example.com is signed by an authority that this computer does not "
        "know."
    )


async def test_without_a_file_of_authorities_nobody_else_is_believed(
    authority: trustme.CA,
) -> None:
    said = await refusal(Trust("pbx.example.com"), authority.issue_cert("pbx.example.com"))
    assert "an authority that this computer does not know" in said


async def test_a_certificate_signed_by_itself_is_refused(ca_file: str) -> None:
    """RFC 5922 section 7.3."""
    itself = trustme.CA()
    pem = str(Path(ca_file).with_name("itself.pem"))
    itself.private_key_pem.write_to_path(pem)
    itself.cert_pem.write_to_path(pem, append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    said = await refusal(Trust("pbx.example.com", ca_file), context)
    assert said.startswith("The certificate of pbx.example.com is signed by itself")


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [
        (LONG_AGO, YESTERDAY, "The certificate of pbx.example.com has expired."),
        (
            IN_A_YEAR,
            IN_A_YEAR + timedelta(days=1),
            "The certificate of pbx.example.com is not valid yet. Is the clock of this computer "
            "right?",
        ),
    ],
)
async def test_a_certificate_out_of_its_time_is_refused(
    authority: trustme.CA, ca_file: str, begins: datetime, ends: datetime, said: str
) -> None:
    """RFC 5922 section 7.3."""
    certificate = authority.issue_cert("pbx.example.com", not_before=begins, not_after=ends)
    assert await refusal(Trust("pbx.example.com", ca_file), certificate) == said


@pytest.mark.parametrize("name", ["pbx.example.com", HERE])
async def test_a_certificate_made_out_to_somebody_else_is_refused(
    authority: trustme.CA, ca_file: str, name: str
) -> None:
    """RFC 5922 section 7.2: the name is the one that was typed in."""
    certificate = authority.issue_cert("other.example.com", "192.0.2.1")
    assert await refusal(Trust(name, ca_file), certificate) == (
        f"The certificate shown is not made out to {name}, but to somebody else."
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"", "holds no certificate."),
        (b"-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n", "holds no cert"),
    ],
)
async def test_a_file_of_authorities_that_is_no_good_is_said(
    authority: trustme.CA, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_bytes(content)
    trust = Trust("pbx.example.com", str(path))
    refused = await refusal(trust, authority.issue_cert("pbx.example.com"))
    assert refused.startswith(f"The file of certificate authorities {path} ")
    assert said in refused


async def test_a_file_of_authorities_may_be_put_right_meanwhile(
    authority: trustme.CA, tmp_path: Path
) -> None:
    path = tmp_path / "authority.pem"
    async with serving(authority.issue_cert("pbx.example.com")) as (remote, _):
        client = Streams(Trust("pbx.example.com", str(path)))
        with pytest.raises(UntrustedError):
            await client.connect(remote)
        authority.cert_pem.write_to_path(str(path))
        await client.connect(remote)
        assert client.untrusted is None
        client.close()
        await asyncio.sleep(0)


async def test_whatever_else_is_wrong_with_a_certificate_is_said_in_the_words_of_openssl() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = 26, "unsupported certificate purpose"
    assert str(Trust("pbx.example.com").explain(error)) == (
        "The certificate of pbx.example.com is refused: unsupported certificate purpose."
    )


async def test_tls_before_1_2_is_not_spoken(authority: trustme.CA, ca_file: str) -> None:
    """RFC 8996."""
    assert Trust("pbx.example.com").context().minimum_version is ssl.TLSVersion.TLSv1_2
    context = showing(authority.issue_cert("pbx.example.com"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(context) as (remote, _):
        client = Streams(Trust("pbx.example.com", ca_file))
        await client.connect(remote)
        client.close()
        await asyncio.sleep(0)


def test_checking_cannot_be_turned_off() -> None:
    context = Trust("pbx.example.com").context()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


async def test_who_speaks_no_tls_is_a_failure_but_no_bad_certificate() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SIP/2.0 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, HERE, 0)
    remote = Address(HERE, server.sockets[0].getsockname()[1], "TLS")
    client = Streams(Trust("pbx.example.com"))
    with pytest.raises(OSError, match=r".+"):
        await client.connect(remote)
    assert client.untrusted is None
    client.close()
    server.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize("name", ["", ".example.com", "a" * 64 + ".example.com"])
async def test_a_name_that_is_none_is_a_failure(authority: trustme.CA, name: str) -> None:
    async with serving(authority.issue_cert("pbx.example.com")) as (remote, _):
        client = Streams(Trust(name))
        with pytest.raises(OSError, match=r".+"):
            await client.connect(remote)
        client.close()


async def test_tls_that_was_never_set_up_is_told() -> None:
    engine = FakeEngine()
    client = Streams()
    client.attach(
        lambda data, source: None, lambda remote, error: engine.transport_failed(remote, error, 0.0)
    )
    remote = Address(HERE, 9, "TLS")
    client.send(Packet(MESSAGE, remote))
    await engine.until(lambda: bool(engine.failures))
    assert engine.failures == [(remote, "TLS is not set up")]
