"""Who may ask (RFC 7616, RFC 8760)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callctrl.simulator.events import Challenged
from callctrl.simulator.pbx import Login
from callctrl.simulator.pbx.accounts import digest_with_qop

from .peer import CONFIG, PASSWORD, Program, pbx

URI = "sip:1003@192.168.1.10"
EVENT = {"Event": "dialog", "Expires": "600"}


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_is_that_of_the_rfc_s_example(algorithm: str, response: str) -> None:
    """RFC 7616 section 3.9.1."""
    assert response == digest_with_qop(
        algorithm,
        "Mufasa",
        "http-auth@example.org",
        "Circle of Life",
        "GET",
        "/dir/index.html",
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "00000001",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_both_algorithms_let_in(algorithm: str) -> None:
    program = Program(pbx())
    program.algorithm = algorithm
    assert program.subscribe().status == 200


def test_the_best_algorithm_is_offered_first() -> None:
    (response,) = Program(pbx()).send("SUBSCRIBE", URI, **EVENT)
    offered = response.headers.get_all("WWW-Authenticate")
    assert ["SHA-256" in offered[0], "MD5" in offered[1]] == [True, True]


def test_an_algorithm_that_was_not_offered_does_not() -> None:
    program = Program(pbx())
    (response,) = program.send("SUBSCRIBE", URI, **EVENT)
    program.engine.config = replace(CONFIG, algorithms=("MD5",))
    assert (
        program.send("SUBSCRIBE", URI, **EVENT, **program.credentials(response, URI))[0].status
        == 401
    )


def test_a_wrong_password_is_challenged_again() -> None:
    program = Program(pbx())
    program.password = "guessed"
    assert program.subscribe().status == 401
    assert program.events() == [
        Challenged("SUBSCRIBE", "callctrl", had_credentials=False),
        Challenged("SUBSCRIBE", "callctrl", had_credentials=True),
    ]


def test_a_nonce_is_good_many_times_and_each_count_once() -> None:
    program = Program(pbx())
    (response,) = program.send("SUBSCRIBE", URI, **EVENT)
    for nc, status in ((1, 200), (2, 200), (2, 401)):
        fields = {**EVENT, "Call-ID": f"{nc}{status}", **program.credentials(response, URI, nc)}
        assert program.send("SUBSCRIBE", URI, **fields)[0].status == status


def test_a_used_up_nonce_is_stale_and_not_wrong() -> None:
    program = Program(pbx(replace(CONFIG, nonce_uses=1)))
    (response,) = program.send("SUBSCRIBE", URI, **EVENT)
    program.send("SUBSCRIBE", URI, **EVENT, **program.credentials(response, URI))
    (again,) = program.send("SUBSCRIBE", URI, **EVENT, **program.credentials(response, URI, 2))
    assert again.status == 401
    assert "stale=true" in (again.headers.get("WWW-Authenticate") or "")


def test_credentials_for_another_uri_are_wrong() -> None:
    program = Program(pbx())
    (response,) = program.send("SUBSCRIBE", URI, **EVENT)
    fields = program.credentials(response, "sip:1004@192.168.1.10")
    assert program.send("SUBSCRIBE", URI, **EVENT, **fields)[0].status == 401


def test_who_asks_in_anothers_name_is_forbidden() -> None:
    program = Program(pbx())
    assert program.subscribe(From="<sip:1001@192.168.1.10>;tag=mine").status == 403


def test_forbids_when_it_is_told_to() -> None:
    assert Program(pbx(replace(CONFIG, forbid=True))).subscribe().status == 403


def test_an_account_without_a_password_is_let_in_unasked() -> None:
    program = Program(pbx(replace(CONFIG, logins=(Login("callctrl", ""),))))
    assert program.send("SUBSCRIBE", URI, **EVENT)[0].status == 200


def test_who_registers_a_phone_s_account_throws_the_phone_out() -> None:
    """As max_contacts=1 with remove_existing=yes: the desk phone stays dead."""
    program = Program(pbx(replace(CONFIG, phone_password=PASSWORD)), user="1001")
    (*_, response) = program.ask("REGISTER", "sip:192.168.1.10", To="<sip:1001@192.168.1.10>")
    assert response.status == 200
    assert not program.engine.office.phones["1001"].is_there


def test_or_is_refused() -> None:
    config = replace(CONFIG, phone_password=PASSWORD, removes_contacts=False)
    program = Program(pbx(config), user="1001")
    (*_, response) = program.ask("REGISTER", "sip:192.168.1.10", To="<sip:1001@192.168.1.10>")
    assert response.status == 403
    assert program.engine.office.phones["1001"].is_there


def test_a_program_s_own_account_registers_without_harm() -> None:
    program = Program(pbx())
    (*_, response) = program.ask("REGISTER", "sip:192.168.1.10", To="<sip:callctrl@192.168.1.10>")
    assert response.status == 200
    assert response.headers.get("Contact") == "<sip:callctrl@192.168.1.50:5060>;expires=3600"


def test_secrets_are_in_no_repr() -> None:
    assert PASSWORD not in repr(replace(CONFIG, phone_password=PASSWORD))
