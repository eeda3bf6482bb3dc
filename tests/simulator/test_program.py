"""`callctrl simulate`: what its options ask for, and a phone system on sockets."""

from __future__ import annotations

import argparse
import asyncio
import socket

import pytest

from callctrl.simulator import SCENARIOS, Config
from callctrl.simulator.pbx import PbxConfig, Style
from callctrl.simulator.program import (
    DEFAULT_PASSWORD,
    Simulation,
    add_options,
    config_from,
    pbx_config,
)

OPTIONS = (
    b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%b 127.0.0.1;branch=z9hG4bK%b;rport\r\n"
    b"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def config(*arguments: str) -> Config | PbxConfig:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return config_from(parser.parse_args(arguments), lambda: "typed")


def test_a_spa9000_is_what_is_simulated_unless_told_otherwise() -> None:
    assert isinstance(config(), Config)
    assert isinstance(config("--kind", "spa9000"), Config)


def test_a_scenario_with_colleagues_wants_a_sip_pbx() -> None:
    assert "sip-pbx" in SCENARIOS
    assert isinstance(config("--scenario", "sip-pbx"), PbxConfig)
    assert isinstance(config("--scenario", "demo"), Config)


def test_a_sip_pbx_as_its_options_ask_for() -> None:
    found = config(
        "--kind", "sip", "--style", "kamailio", "--extension", "pc", "--password", "s3cret",
        "--colleagues", "2", "--expires", "90", "--forbid",
    )  # fmt: skip
    assert isinstance(found, PbxConfig)
    (login,) = found.logins
    assert (login.user, login.password) == ("pc", "s3cret")
    assert [place.number for place in found.places] == ["1001", "1002", "1003"]
    assert found.lists == (("lamps", ("1002", "1003")),)
    assert (found.style, found.subscription_expires) == (Style.KAMAILIO, 90)
    assert found.forbid


@pytest.mark.parametrize(
    ("arguments", "password"),
    [((), DEFAULT_PASSWORD), (("--no-password",), ""), (("--password-stdin",), "typed")],
)
def test_the_account_s_password(arguments: tuple[str, ...], password: str) -> None:
    found = config("--kind", "sip", *arguments)
    assert isinstance(found, PbxConfig)
    assert found.logins[0].password == password


def test_more_colleagues_than_have_names_are_numbered() -> None:
    found = config("--kind", "sip", "--colleagues", "300")
    assert isinstance(found, PbxConfig)
    names = {place.number: place.name for place in found.places}
    assert len(names) == 301
    assert (names["1012"], names["1013"]) == ("Kim Nguyen", "Colleague 12")


@pytest.mark.parametrize("count", ["0", "-3", "8999", "many"])
def test_nobody_and_too_many_are_no_colleagues(
    count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        config("--kind", "sip", f"--colleagues={count}")
    assert "--colleagues" in capsys.readouterr().err


async def test_a_sip_pbx_listens_for_udp_and_tcp_at_one_port() -> None:
    said: list[str] = []
    simulation = Simulation(pbx_config("4321", port=0), said.append)
    port = await simulation.open()
    assert f"127.0.0.1:{port}; account callctrl, my phone 1001" in said[0]
    loop = asyncio.get_running_loop()
    for kind, name in ((socket.SOCK_DGRAM, b"UDP"), (socket.SOCK_STREAM, b"TCP")):
        with socket.socket(socket.AF_INET, kind) as ours:
            ours.setblocking(False)
            await loop.sock_connect(ours, ("127.0.0.1", port))
            await loop.sock_sendall(ours, OPTIONS % (name, name))
            answer = await asyncio.wait_for(loop.sock_recv(ours, 4096), 10)
        assert answer.startswith(b"SIP/2.0 200 OK\r\n")
        assert b"\r\nAllow-Events: dialog, presence, message-summary\r\n" in answer
    simulation.execute("quit")
    assert simulation.over.is_set()
    simulation.close()
    await asyncio.sleep(0)  # sockets close in the next turn of the loop
