"""What is asked from outside, carried out at a desk that is played here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callctrl.accounts import Account
from callctrl.calls import (
    Answer,
    Call,
    CallState,
    Command,
    CommandAnswered,
    Dial,
    DialFailure,
    DialProgress,
    DialStage,
    Direction,
    Divert,
    HangUp,
    Hold,
    Lamp,
    LampDoubt,
    LampState,
    Messages,
    No,
    Reason,
    SessionChanged,
    SessionState,
    Trouble,
)
from callctrl.globalkeys import GlobalKey
from callctrl.headless.verbs import order_from
from callctrl.headless.words import failure_in_words
from callctrl.numbers import Link, LinkFault, is_number
from callctrl.orders import Orders
from callctrl.remote import Reply

RINGING = Call("1", CallState.RINGING, number="5551234", name="Anna Lee", since_at=10.0, line=1)
TALKING = Call("2", CallState.CONNECTED, number="301", since_at=3.0)


ACCOUNT = Account("pbx", "200", "FrontDesk", "RECEPTION")
READY = SessionChanged(SessionState.READY)


@dataclass
class FakeDesk:
    """A desk whose phone answers each command with `status`, or not at all."""

    session: SessionChanged = READY
    account: Account | None = ACCOUNT
    calls: tuple[Call, ...] = ()
    lamps: tuple[Lamp, ...] = ()
    messages: Messages | None = None
    missed: int | None = None
    status: int | None = 200
    impossible: No | None = None
    performed: list[Command] = field(default_factory=list)
    waiting: list[Callable[[DialProgress | CommandAnswered], None]] = field(default_factory=list)
    offered: list[Link] = field(default_factory=list)
    refused_links: list[LinkFault] = field(default_factory=list)
    pressed: list[GlobalKey] = field(default_factory=list)
    why_not: str = ""
    shown: int = 0
    has_quit: bool = False

    def perform(
        self, command: Command, on_news: Callable[[DialProgress | CommandAnswered], None]
    ) -> None:
        self.performed.append(command)
        if self.status is None:
            self.waiting.append(on_news)
        else:
            on_news(CommandAnswered(command, self.status, impossible=self.impossible))

    def offer_number(self, link: Link) -> None:
        self.offered.append(link)

    def refuse_link(self, fault: LinkFault) -> None:
        self.refused_links.append(fault)

    def press(self, key: GlobalKey) -> str:
        self.pressed.append(key)
        return self.why_not

    def show(self) -> None:
        self.shown += 1

    def quit(self) -> None:
        self.has_quit = True


async def carry_out(desk: FakeDesk, line: str) -> Reply:
    return await Orders(desk).carry_out(line.split())


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("dial 5552345", Dial("5552345")),
        ("dial *69", Dial("*69")),
        ("answer", Answer("1")),
        ("hangup 2", HangUp("2")),
        ("hold", Hold()),
    ],
)
async def test_an_order_goes_to_the_phone(line: str, command: Command) -> None:
    desk = FakeDesk(calls=(RINGING, TALKING))
    reply = await carry_out(desk, line)
    assert desk.performed == [command]
    assert reply == Reply(f"{line.split()[0]}: taken by the phone")


@pytest.mark.parametrize("status", [403, 408, 480, 486, 488, 503, 599])
async def test_a_refusal_has_its_reason(status: int) -> None:
    answered = CommandAnswered(Dial("214"), status)
    assert answered.failure is not None
    reason = failure_in_words(answered.failure, status)
    reply = await carry_out(FakeDesk(status=status), "dial 214")
    assert reply == Reply(f"dial: {reason}", exit_code=1)


async def test_an_order_that_the_phone_system_does_not_take_is_refused_with_the_reason() -> None:
    desk = FakeDesk(calls=(RINGING,), status=488, impossible=No(Reason.BYSTANDER))
    assert await carry_out(desk, "answer") == Reply(
        "answer: the phone system only tells us of calls. Do it on the phone.",
        exit_code=1,
    )


async def test_the_reply_waits_for_the_phone() -> None:
    desk = FakeDesk(status=None)
    asked = asyncio.create_task(carry_out(desk, "dial 214"))
    await asyncio.sleep(0)
    assert not asked.done()
    desk.waiting[0](CommandAnswered(Dial("214"), 200))
    assert (await asked).ok


async def test_a_phone_that_does_not_answer_is_not_waited_for_without_end() -> None:
    desk = FakeDesk(status=None)
    reply = await Orders(desk, answer_within=0.0).carry_out(["hold"])
    assert reply == Reply("The phone has not answered yet; it may still do it.", exit_code=1)
    desk.waiting[0](CommandAnswered(Hold(), 200))  # too late, and no harm


async def test_a_call_that_the_phone_system_places_is_waited_for_while_it_goes_on() -> None:
    desk = FakeDesk(status=None)
    orders = Orders(desk, answer_within=60.0, go_on_within=60.0)
    asked = asyncio.create_task(orders.carry_out(["dial", "214"]))
    await asyncio.sleep(0)
    for stage in DialStage:
        desk.waiting[0](DialProgress(Dial("214"), stage))
        await asyncio.sleep(0)
        assert not asked.done()
    desk.waiting[0](CommandAnswered(Dial("214"), 486, DialFailure.BUSY))
    assert await asked == Reply("dial: they are busy. Try again later.", exit_code=1)


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        (
            DialStage.RINGING,
            Reply("Your phone rings: pick up the handset to call 214.", exit_code=1),
        ),
        (DialStage.ANSWERED, Reply("You picked up.", exit_code=1)),
        (DialStage.REFERRED, Reply("Your phone calls 214.")),
    ],
)
async def test_where_nothing_more_is_heard_the_reply_is_how_far_it_is(
    stage: DialStage, reply: Reply
) -> None:
    """The phone has obeyed where it calls them."""
    desk = FakeDesk(status=None)
    orders = Orders(desk, answer_within=60.0, go_on_within=0.0)
    asked = asyncio.create_task(orders.carry_out(["dial", "214"]))
    await asyncio.sleep(0)
    desk.waiting[0](DialProgress(Dial("214"), stage))
    assert await asked == reply


async def test_each_order_gets_the_answer_to_it() -> None:
    """Two that look the same are still two."""
    desk = FakeDesk(status=None)
    orders = Orders(desk)
    both = [asyncio.create_task(orders.carry_out(["hold"])) for _ in range(2)]
    await asyncio.sleep(0)
    desk.waiting[1](CommandAnswered(Hold(), 408))
    desk.waiting[0](CommandAnswered(Hold(), 200))
    assert [(await each).exit_code for each in both] == [0, 1]


# Links


@pytest.mark.parametrize("link", ["tel:+1-212-555-2345", "TEL:+12125552345", "callto:5552345"])
async def test_a_link_is_shown_and_not_dialled(link: str) -> None:
    desk = FakeDesk()
    reply = await carry_out(desk, f"dial {link}")
    assert reply.ok
    assert "is shown in the window" in reply.text
    assert desk.performed == []
    (offered,) = desk.offered
    assert offered.number.endswith("5552345")


@pytest.mark.parametrize("link", ["tel:*69", "tel:%2369", "tel:", "tel:5551234%0a5555", "sip:@"])
async def test_a_link_that_holds_no_number_is_refused(link: str) -> None:
    desk = FakeDesk()
    reply = await Orders(desk).carry_out(["dial", link])
    assert reply.exit_code == 1
    assert reply.text
    assert (desk.performed, desk.offered) == ([], [])
    assert len(desk.refused_links) == 1, "whoever clicked on it is told"


@pytest.mark.parametrize("number", ["", " ", "555\n1234", "555\x001234", "\udcff", "555\u202e1234"])
async def test_a_number_with_control_characters_is_refused(number: str) -> None:
    desk = FakeDesk()
    reply = await Orders(desk).carry_out(["dial", number])
    assert reply.exit_code == 1
    assert desk.performed == []


@pytest.mark.parametrize("text", ["https://example.com", "skype:anna", "javascript:5551234"])
async def test_another_kind_of_link_is_not_taken_for_a_number(text: str) -> None:
    desk = FakeDesk()
    reply = await Orders(desk).carry_out(["dial", text])
    assert reply.exit_code == 1
    assert "takes tel:, sip: and callto: links" in reply.text
    assert (desk.performed, desk.offered) == ([], [])


@pytest.mark.parametrize("text", ["hallo", "anna@example.com", "#", "5" * 65, "-", "*69 or so"])
@pytest.mark.parametrize("verb", ["dial", "divert"])
async def test_what_is_no_number_is_not_dialled(verb: str, text: str) -> None:
    desk = FakeDesk(calls=(RINGING,))
    reply = await Orders(desk).carry_out([verb, text])
    assert (reply.exit_code, desk.performed) == (1, [])
    assert reply.text == "expected a number, such as 214, +1 212 555 0134 or *69"


@pytest.mark.parametrize(
    "number", ["*69", "#31#5551234", "+1 (212) 555-0134", "1-800-FLOWERS", "555-0134 x7", "0"]
)
async def test_whatever_can_be_dialled_is_dialled_as_it_was_typed(number: str) -> None:
    desk = FakeDesk(calls=(RINGING,))
    for verb in ("dial", "divert"):
        assert (await Orders(desk).carry_out([verb, number])).ok
    assert desk.performed == [Dial(number), Divert("1", number)]


# Questions


async def test_the_status_in_words_and_as_data() -> None:
    desk = FakeDesk(calls=(RINGING,), missed=2)
    reply = await carry_out(desk, "status")
    assert reply.text.splitlines() == [
        "Ready: the phone is under control.",
        "Station FrontDesk, extension 200.",
        "Calls: 1, missed: 2.",
    ]
    assert reply.data == {
        "state": "ready",
        "station": "FrontDesk",
        "extension": "200",
        "calls": 1,
        "missed": 2,
        "trouble": None,
        "detail": None,
        "dropped": None,
    }


async def test_the_status_says_what_is_wrong() -> None:
    session = SessionChanged(SessionState.RETRYING, Trouble.UNAUTHORIZED, 401, 30.0)
    reply = await carry_out(FakeDesk(session), "status")
    assert reply.text.startswith("The phone system refuses the user name or the password (401).")
    assert isinstance(reply.data, dict)
    assert (reply.data["state"], reply.data["trouble"]) == ("retrying", "unauthorized")
    assert reply.data["missed"] is None


@pytest.mark.parametrize("state", SessionState)
async def test_every_state_has_a_status_before_and_after_the_wizard(state: SessionState) -> None:
    for account in (None, ACCOUNT):
        desk = FakeDesk(SessionChanged(state), account)
        assert (await carry_out(desk, "status")).text.endswith("Calls: 0.")


@pytest.mark.parametrize("trouble", Trouble)
async def test_every_trouble_has_a_status(trouble: Trouble) -> None:
    desk = FakeDesk(SessionChanged(SessionState.OFFLINE, trouble, 404))
    assert (await carry_out(desk, "status")).text.splitlines()[0].endswith(".")


async def test_the_calls_in_words_and_as_data() -> None:
    loop = asyncio.get_running_loop()
    calls = (
        Call("1", CallState.RINGING, None, 1, Direction.INCOMING, "5551234", "Anna Lee"),
        Call("2", CallState.HELD, since_at=loop.time() + 5),
    )
    reply = await carry_out(FakeDesk(calls=calls), "calls")
    first, second = reply.text.splitlines()
    assert first.startswith("Call 1 on line 1: ringing, from Anna Lee 5551234, for ")
    assert second == "Call 2: held, for 0 s", "a clock ahead of ours is no negative time"
    assert isinstance(reply.data, list)
    assert reply.data[0].pop("since") >= 0
    assert reply.data[0] == {
        "id": "1",
        "state": "ringing",
        "direction": "incoming",
        "number": "5551234",
        "name": "Anna Lee",
        "line": 1,
    }


async def test_no_calls_are_an_empty_list() -> None:
    assert await carry_out(FakeDesk(), "calls") == Reply("No calls.", [])


# The rest


async def test_the_lamps_in_words_and_as_data() -> None:
    now = asyncio.get_running_loop().time()
    lamps = (
        Lamp("1004", doubt=LampDoubt.REFUSED),
        Lamp("1003", LampState.BUSY, now - 60, "dialog", None, peer="1005"),
    )
    reply = await carry_out(FakeDesk(lamps=lamps), "lamps")
    first, second = reply.text.splitlines()
    assert first.startswith("1003: busy, with 1005, since ")
    assert second == "1004: unknown (the phone system does not let it be watched)."
    assert isinstance(reply.data, list)
    busy, unknown = reply.data
    since = datetime.fromisoformat(busy.pop("since"))
    assert datetime.now().astimezone() - since >= timedelta(seconds=59)
    assert busy == {"who": "1003", "state": "busy", "source": "dialog", "peer": "1005"}
    assert (unknown["since"], unknown["doubt"]) == (None, "refused")


async def test_no_lamps_are_an_empty_list() -> None:
    assert await carry_out(FakeDesk(), "lamps") == Reply("No lamps.", [])


async def test_the_messages_in_words_and_as_data() -> None:
    reply = await carry_out(FakeDesk(messages=Messages(2, 8, "*97")), "messages")
    assert reply == Reply(
        "Messages: 2 new, 8 old. Dial *97 to hear them.", {"new": 2, "old": 8, "number": "*97"}
    )
    reply = await carry_out(FakeDesk(), "messages")
    assert reply == Reply("Messages: not known.", {"new": None, "old": None})


@pytest.mark.parametrize("key", list(GlobalKey))
async def test_a_key_is_pressed_at_the_window_which_says_why_where_it_does_nothing(
    key: GlobalKey,
) -> None:
    desk = FakeDesk()
    assert await carry_out(desk, f"press {key.value}") == Reply()
    assert desk.pressed == [key]
    desk.why_not = "No call rings."
    reply = await carry_out(desk, f"press {key.value}")
    assert reply == Reply("No call rings.", exit_code=1)
    assert desk.performed == []


async def test_show_and_quit_are_for_the_program() -> None:
    desk = FakeDesk()
    assert await carry_out(desk, "show") == Reply()
    assert (desk.shown, desk.has_quit) == (1, False)
    assert await carry_out(desk, "quit") == Reply()
    assert desk.has_quit
    assert desk.performed == []


@pytest.mark.parametrize(
    ("line", "exit_code", "told"),
    [
        ("levitate", 2, "expected: dial NUMBER"),
        ("dial", 2, "expected: dial NUMBER"),
        ("status --xml", 2, "expected: dial NUMBER"),
        ("press", 2, "expected: dial NUMBER"),
        ("press any", 2, "expected: dial NUMBER"),
        ("hangup", 1, "which call? There are 1 (ringing, 5551234), 2 (connected, 301)"),
        ("resume", 1, "there is no such call now; there is 1 (ringing, 5551234)"),
        ("answer 1 2", 2, "expected one call number"),
        ("divert tel:5551234", 1, "expected a number, found a colon"),
    ],
)
async def test_what_cannot_be_done_is_told(line: str, exit_code: int, told: str) -> None:
    desk = FakeDesk(calls=(RINGING, TALKING))
    reply = await carry_out(desk, line)
    assert reply.exit_code == exit_code
    assert reply.text.startswith(told)
    assert desk.performed == []


_typed = st.lists(
    st.sampled_from(["dial", "divert", "answer", "status", "--json", "1", "tel:", "sip:5@x"])
    | st.text(max_size=12),
    max_size=4,
)


@given(_typed)
def test_any_words_are_an_order_or_refused_in_words(words: list[str]) -> None:
    try:
        order = order_from(words, [RINGING, TALKING])
    except ValueError:
        return
    if isinstance(order, Dial | Divert):
        assert order.number.isprintable()
        assert is_number(order.number)
