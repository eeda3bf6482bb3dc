"""Calls that the program has its telephone place, through kamailio (RFC 3515, RFC 3725).

Telephones of others ring, are picked up and talk. Whatever fails, nobody has a call in the end: all
telephones and kamailio are asked for theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from callctrl.accounts import SipTransport
from callctrl.calls import (
    CallChanged,
    CallState,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
    Direction,
    LampChanged,
    LampDoubt,
    LampState,
    MessagesChanged,
    PhoneSeen,
    SessionChanged,
    SessionState,
)
from tests.peers.agent import Agent
from tests.peers.baresip import Baresip
from tests.peers.handset import (
    ACCEPTS,
    HOLDS,
    IS_LEFT,
    IS_PICKED_UP,
    IS_PUT_DOWN,
    IS_REFERRED,
    RINGS,
    USER,
    Handset,
    refuses,
    refuses_refer,
    registered,
    tells,
)
from tests.peers.kamailio import Kamailio
from tests.peers.linphone import Linphone
from tests.peers.product import Product, bystander_at
from tests.peers.program import eventually
from tests.peers.test_kamailio import MWI, MWI_FIELDS

pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])


@pytest.fixture(scope="module", name="kamailio")
def kamailio_that_lets_ring_for_seconds(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kamailio]:
    with Kamailio(tmp_path_factory.mktemp("kamailio") / "it", authority, rings_for=3) as server:
        yield server


@pytest.fixture(name="port")
def port_of_the_handset(kamailio: Kamailio, tmp_path: Path) -> Iterator[int]:
    with registered(tmp_path / "register", kamailio) as port:
        yield port


async def watching(product: Product) -> None:
    await product.hear(SessionChanged, lambda it: it.state is SessionState.READY)


async def pick_up(phone: Baresip) -> None:
    await phone.hear(type="CALL_INCOMING")
    await phone.order("accept")


async def dialled(product: Product, number: str = "1003") -> DialFailure | None:
    """Wait for what became of a call; None where the two talk."""
    answered = await product.hear(CommandAnswered)
    assert answered.command == Dial(number)
    assert answered.accepted == (answered.dial_failure is None)
    return answered.dial_failure


async def all_is_quiet(kamailio: Kamailio, *phones: Baresip) -> None:
    """Wait until nobody has a call any more."""
    await eventually(lambda: not kamailio.calls(), "the end of kamailio's last call")
    for phone in phones:
        await phone.is_quiet()


@pytest.fixture(name="fresh")
def kamailio_without_calls_of_before(authority: trustme.CA, tmp_path: Path) -> Iterator[Kamailio]:
    """One that has none to go on telling of."""
    with Kamailio(tmp_path / "kamailio", authority) as server:
        yield server


@pytest.mark.parametrize("transport", [SipTransport.UDP, SipTransport.TCP, SipTransport.TLS])
async def test_the_own_telephone_and_the_other_talk_and_we_are_out_of_it(
    fresh: Kamailio, tmp_path: Path, transport: SipTransport
) -> None:
    """RFC 3515 section 2.4.4: once picked up, the phone calls who is wanted and tells of it."""
    async with (
        Baresip(tmp_path / "mine", "1002", fresh.port) as mine,
        Baresip(tmp_path / "theirs", "1003", fresh.port, answers=True) as theirs,
        Product(bystander_at(fresh, transport)) as product,
    ):
        await watching(product)
        product.connection.perform(Dial("1003"))
        assert (await product.hear(DialProgress)).stage is DialStage.RINGING
        await pick_up(mine)
        referred = await mine.hear(type="TRANSFER")
        assert f":{fresh.tls_port}" not in referred["param"]  # it does not speak TLS there
        assert (await product.hear(DialProgress)).stage is DialStage.ANSWERED
        assert (await product.hear(DialProgress)).stage is DialStage.REFERRED
        assert await dialled(product) is None
        await mine.hear(type="CALL_ESTABLISHED", peer="1003")
        await theirs.hear(type="CALL_ESTABLISHED", peer="1002")
        await mine.hear(type="CALL_CLOSED", peer="1001")
        assert await mine.count_calls() == 1
        assert await theirs.count_calls() == 1
        assert len(fresh.calls()) == 1
        talk = await product.hear(CallChanged, lambda it: it.call.state is CallState.CONNECTED)
        assert (talk.call.number, talk.call.direction) == ("1003", Direction.OUTGOING)
        await mine.order("hangup")
        await all_is_quiet(fresh, mine, theirs)
        await product.hear(CallChanged, lambda it: it.call.state is CallState.ENDED)
        shown = [event.call for event in product.told if isinstance(event, CallChanged)]
        assert {call.id for call in shown} == {talk.call.id}  # and no call of our own


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        ("7777", DialFailure.NO_SUCH_NUMBER),
        ("1005", DialFailure.UNREACHABLE),
        ("1004", DialFailure.NO_ANSWER),
    ],
    ids=["nobody has the number", "switched off", "nobody picks up"],
)
async def test_who_is_wanted_is_not_reached(
    kamailio: Kamailio, tmp_path: Path, number: str, failure: DialFailure
) -> None:
    async with (
        Baresip(tmp_path / "mine", "1002", kamailio.port, answers=True) as mine,
        Baresip(tmp_path / "theirs", "1004", kamailio.port) as theirs,
        Product(bystander_at(kamailio)) as product,
    ):
        await watching(product)
        product.connection.perform(Dial(number))
        assert await dialled(product, number) is failure
        await all_is_quiet(kamailio, mine, theirs)


async def test_who_is_wanted_does_not_want(kamailio: Kamailio, tmp_path: Path) -> None:
    """Where baresip tells of no ringing a refusal and being busy cannot be told apart."""
    async with (
        Baresip(tmp_path / "mine", "1002", kamailio.port, answers=True) as mine,
        Baresip(tmp_path / "theirs", "1005", kamailio.port) as theirs,
        Product(bystander_at(kamailio)) as product,
    ):
        await watching(product)
        product.connection.perform(Dial("1005"))
        await theirs.hear(type="CALL_INCOMING")
        await theirs.order("hangup")
        assert await dialled(product, "1005") in (DialFailure.BUSY, DialFailure.REJECTED)
        await all_is_quiet(kamailio, mine, theirs)


async def test_the_own_telephone_is_refused(kamailio: Kamailio, tmp_path: Path) -> None:
    async with (
        Baresip(tmp_path / "mine", "1002", kamailio.port) as mine,
        Product(bystander_at(kamailio)) as product,
    ):
        await watching(product)
        product.connection.perform(Dial("1003"))
        await mine.hear(type="CALL_INCOMING")
        # Without a 180 before it a 486 would say that the phone is busy.
        assert (await product.hear(DialProgress)).stage is DialStage.RINGING
        await mine.order("hangup")
        assert await dialled(product) is DialFailure.OWN_REJECTED
        await all_is_quiet(kamailio, mine)


async def test_the_own_telephone_is_not_picked_up(kamailio: Kamailio, tmp_path: Path) -> None:
    async with (
        Baresip(tmp_path / "mine", "1002", kamailio.port) as mine,
        Product(bystander_at(kamailio)) as product,
    ):
        await watching(product)
        product.connection.perform(Dial("1003"))
        assert await dialled(product) is DialFailure.OWN_NO_ANSWER
        await mine.hear(type="CALL_CLOSED")
        await all_is_quiet(kamailio, mine)


async def test_the_own_telephone_is_switched_off(kamailio: Kamailio) -> None:
    async with Product(bystander_at(kamailio, phone="1006")) as product:
        await watching(product)
        product.connection.perform(Dial("1003"))
        assert await dialled(product) is DialFailure.OWN_UNREACHABLE
        await all_is_quiet(kamailio)


async def test_who_leaves_meanwhile_leaves_no_telephone_ringing(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 3261 section 9.1: CANCEL, and an ACK for the 487."""
    async with Baresip(tmp_path / "mine", "1002", kamailio.port) as mine:
        async with Product(bystander_at(kamailio)) as product:
            await watching(product)
            product.connection.perform(Dial("1003"))
            await mine.hear(type="CALL_INCOMING")
        await mine.hear(type="CALL_CLOSED")
        await all_is_quiet(kamailio, mine)
        assert await dialled(product) is DialFailure.GIVEN_UP


async def test_who_leaves_meanwhile_leaves_the_two_to_each_other(
    kamailio: Kamailio, tmp_path: Path
) -> None:
    """RFC 5057 section 4.1: our BYE ends our part, and not what the telephone was told to do."""
    async with (
        Baresip(tmp_path / "mine", "1002", kamailio.port, answers=True) as mine,
        Baresip(tmp_path / "theirs", "1003", kamailio.port) as theirs,
    ):
        async with Product(bystander_at(kamailio)) as product:
            await watching(product)
            product.connection.perform(Dial("1003"))
            await theirs.hear(type="CALL_INCOMING")
        await mine.hear(type="CALL_CLOSED", peer="1001")
        await theirs.order("accept")
        await mine.hear(type="CALL_ESTABLISHED", peer="1003")
        await mine.order("hangup")
        await all_is_quiet(kamailio, mine, theirs)


_BEGINS = (RINGS, IS_PICKED_UP, IS_REFERRED)
_TRIES = tells("100 Trying", 1, is_last=False)


@pytest.mark.parametrize(
    ("deeds", "failure"),
    [
        ((refuses("486 Busy Here"),), DialFailure.OWN_BUSY),
        ((RINGS, refuses("603 Decline")), DialFailure.OWN_REJECTED),
        ((*_BEGINS, ACCEPTS, _TRIES, tells("404 Not Found"), IS_LEFT), DialFailure.NO_SUCH_NUMBER),
        ((*_BEGINS, ACCEPTS, _TRIES, tells("486 Busy Here"), IS_LEFT), DialFailure.BUSY),
        ((*_BEGINS, ACCEPTS, _TRIES, tells("503 Off"), IS_LEFT), DialFailure.UNREACHABLE),
        ((*_BEGINS, ACCEPTS, tells("100 Trying"), IS_LEFT), DialFailure.NO_NEWS),
        ((*_BEGINS, refuses_refer("405 No"), IS_LEFT), DialFailure.NOT_OBEYED),
        ((*_BEGINS, IS_LEFT), DialFailure.NOT_OBEYED),
        ((*_BEGINS, IS_PUT_DOWN), DialFailure.GIVEN_UP),
        (
            (
                *_BEGINS,
                HOLDS,
                ACCEPTS,
                tells("100 Trying", is_last=False),
                tells("200 OK", 3),
                IS_LEFT,
            ),
            None,
        ),
        ((*_BEGINS, _TRIES, tells("200 OK"), IS_LEFT), None),
        ((*_BEGINS, ACCEPTS, tells("200 OK", 1, is_last=False), IS_LEFT, tells("200 OK")), None),
    ],
    ids=[
        "busy itself",
        "refused at the handset",
        "no such number",
        "busy",
        "switched off",
        "no word of what became of it",
        "it takes no REFER",
        "it never answers a REFER",
        "the handset is put down",
        "it holds us first",
        "its 202 is lost",
        "it tells once more when we are gone",
    ],
)
async def test_what_telephones_make_of_it(
    kamailio: Kamailio,
    tmp_path: Path,
    port: int,
    deeds: tuple[str, ...],
    failure: DialFailure | None,
) -> None:
    """RFC 3515 section 2.4, RFC 6665 section 4.1.2.4 (202), RFC 5057 section 4.1 (late word)."""
    with Handset(tmp_path / "handset", port, *deeds) as handset:
        async with Product(bystander_at(kamailio, phone=USER)) as product:
            await watching(product)
            product.connection.perform(Dial("1003"))
            assert await dialled(product) is failure
            assert await handset.is_content()
            await all_is_quiet(kamailio)


async def test_a_telephone_that_names_itself_by_a_gruu(
    tmp_path: Path, authority: trustme.CA
) -> None:
    """RFC 5627 section 6.1; linphonec holds us first, and takes no second call while it cannot."""
    with (
        Kamailio(tmp_path / "kamailio", authority, resolves_gruu=True) as kamailio,
        Linphone(tmp_path / "mine", "1002", kamailio.port, answers=True) as mine,
    ):
        async with (
            Baresip(tmp_path / "theirs", "1003", kamailio.port, answers=True) as theirs,
            Product(bystander_at(kamailio)) as product,
        ):
            await watching(product)
            product.connection.perform(Dial("1003"))
            assert await dialled(product) is None
            await theirs.hear(type="CALL_ESTABLISHED", peer="1002")
            await eventually(lambda: len(kamailio.calls()) == 1, "the end of our part")
            mine.type("terminate")
            await all_is_quiet(kamailio, theirs)


async def test_a_telephone_that_the_server_cannot_find_again(
    fresh: Kamailio, tmp_path: Path
) -> None:
    """RFC 5627: the ACK, the REFER and the BYE are lost, and the phone gives up by itself."""
    # linphonec leaves without a word: at a server of all, it would be rung for another minute.
    with Linphone(tmp_path / "mine", "1002", fresh.port, answers=True) as mine:
        async with Product(bystander_at(fresh)) as product:
            await watching(product)
            product.connection.perform(Dial("1003"))
            assert await dialled(product) is DialFailure.NOT_OBEYED
            mine.type("terminate")  # it would, half a minute later
            await all_is_quiet(fresh)


async def test_all_of_it_by_sha_256_over_tls(tmp_path: Path, authority: trustme.CA) -> None:
    """RFC 7616 and RFC 8760 for every request; the telephones prove their passwords so, too."""
    algorithm = "SHA-256"
    with Kamailio(
        tmp_path / "kamailio", authority, algorithm=algorithm, resolves_gruu=True
    ) as kamailio:
        port = kamailio.port
        with (
            Linphone(tmp_path / "mine", "1002", port, answers=True, algorithm=algorithm) as mine,
            Linphone(tmp_path / "theirs", "1003", port, answers=True, algorithm=algorithm),
        ):
            account = bystander_at(kamailio, SipTransport.TLS, lamps=("1003",))
            async with Agent.at(kamailio, "1002", "TLS") as mailbox, Product(account) as product:
                await product.hear(PhoneSeen, lambda it: it.is_there is True)
                await product.hear(LampChanged, lambda it: it.lamp.doubt is LampDoubt.NO_WORD)
                mailbox.ask("PUBLISH", "1002", MWI_FIELDS, MWI)
                await product.hear(MessagesChanged, lambda it: it.messages is not None)
                product.connection.perform(Dial("1003"))
                assert await dialled(product) is None
                await product.hear(LampChanged, lambda it: it.lamp.state is LampState.BUSY)
                mine.type("terminate")
                await product.hear(LampChanged, lambda it: it.lamp.state is LampState.FREE)
                await all_is_quiet(kamailio)
