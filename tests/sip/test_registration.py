from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from callctrl.sip.authenticator import Authenticator, Obstacle
from callctrl.sip.digest import Credentials
from callctrl.sip.exchange import Outcome
from callctrl.sip.headers import NameAddr, Uri
from callctrl.sip.message import Request, Response, parse
from callctrl.sip.packets import Address
from callctrl.sip.registration import Registration, RegistrationState, Round
from callctrl.sip.tokens import Tokens
from callctrl.sip.useragent import UserAgent

PC = Address("192.168.1.50", 5060)
PBX = Address("192.168.1.10", 6060)
ELSEWHERE = Address("192.168.7.7", 5060)
CONTACT = "sip:RECEPTION@192.168.1.50:5060"
REFUSED = Outcome(Response(403, "Forbidden", [("Via", "x")]), was_challenged=False)
Field = tuple[str, str]


def challenge(nonce: str = "70f778f0") -> Field:
    value = f'Digest realm="192.168.1.10", nonce="{nonce}", algorithm=md5'
    return ("WWW-Authenticate", value)


def granted(seconds: int = 60) -> Field:
    return ("Contact", f"{CONTACT};expires={seconds}")


class StubTokens(Tokens):
    """The documented tokens, and no jitter."""

    def __init__(self) -> None:
        super().__init__(Random(1))
        self._branches = ["z9hG4bK365126659", "z9hG4bK1099038656"]

    def branch(self) -> str:
        return self._branches.pop(0) if self._branches else super().branch()

    def tag(self) -> str:
        return "1511064382"

    def call_id(self) -> str:
        return "344455738-1740902088-7072075"

    def fraction(self) -> float:
        return 0.0


class Desk:
    """A registration, the clock it runs by, and a registrar that answers when it is told to."""

    def __init__(self, local: Address = PC) -> None:
        self.now = 0.0
        self.rounds: list[Round] = []
        self.unregistered_at: list[float] = []
        self.agent = UserAgent(
            local=local,
            remote=PBX,
            contact_user="RECEPTION",
            product="Call Ctrl 1.1 jdoe",
            tokens=StubTokens(),
        )
        self.registration = Registration(
            self.agent,
            user="RECEPTION",
            host="192.168.1.10",
            port=6060,
            authenticator=Authenticator(Credentials("200", "4321"), self.agent.tokens),
            on_round=lambda round_, _now: self.rounds.append(round_),
            on_unregistered=self.unregistered_at.append,
        )

    def state(self) -> RegistrationState:
        return self.registration.state

    def register(self) -> Request:
        self.registration.register(self.now)
        return self.sent()

    def sent_bytes(self) -> list[bytes]:
        return [packet.data for packet in self.agent.packets_to_send()]

    def sent(self) -> Request:
        """The one request that is to go out."""
        (data,) = self.sent_bytes()
        request = parse(data)
        assert isinstance(request, Request)
        return request

    def answer(self, request: Request, status: int, *fields: Field) -> None:
        copied = [
            (name, f"{value};tag=60b7acd9-0" if name == "To" else value)
            for name, value in request.headers
            if name in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        response = Response(status, "Reason", [*copied, *fields])
        self.agent.receive(response.to_bytes(), PBX, self.now)

    def wait(self, until: float) -> list[float]:
        """Let the clock run; when something was sent, which is thrown away."""
        sent = []
        while self.now < until:
            instants = (self.agent.next_timeout(), self.registration.next_timeout())
            due = [instant for instant in instants if instant is not None and instant <= until]
            self.now = min(due, default=until)
            self.agent.handle_timeout(self.now)
            self.registration.handle_timeout(self.now)
            sent += [self.now] * len(self.agent.packets_to_send())
        return sent

    def next_round(self) -> Request:
        """Wait for the next round to begin."""
        due = self.registration.next_timeout()
        assert due is not None
        self.now = due
        self.agent.handle_timeout(due)
        self.registration.handle_timeout(due)
        return self.sent()

    def bind(self, *fields: Field) -> None:
        """Register without being challenged."""
        self.answer(self.register(), 200, *(fields or (granted(),)))


# The messages


def test_the_first_register_is_the_documented_one_to_the_byte() -> None:
    desk = Desk()
    desk.registration.register(0.0)
    assert desk.sent_bytes() == [
        (
            b"REGISTER sip:192.168.1.10:6060 SIP/2.0\r\n"
            b"Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK365126659\r\n"
            b"Max-Forwards: 70\r\n"
            b"From: sip:RECEPTION@192.168.1.50;tag=1511064382\r\n"
            b"To: sip:RECEPTION@192.168.1.10\r\n"
            b"Call-ID: 344455738-1740902088-7072075\r\n"
            b"CSeq: 1 REGISTER\r\n"
            b"Contact: sip:RECEPTION@192.168.1.50:5060\r\n"
            b"Content-Length: 0\r\n"
            b"Expires: 3600\r\n"
            b"User-Agent: Call Ctrl 1.1 jdoe\r\n"
            b"\r\n"
        )
    ]


def test_the_second_register_answers_the_challenge_to_the_byte() -> None:
    desk = Desk()
    desk.answer(desk.register(), 401, challenge())
    assert desk.sent_bytes() == [
        (
            b"REGISTER sip:192.168.1.10:6060 SIP/2.0\r\n"
            b"Via: SIP/2.0/UDP 192.168.1.50:5060;branch=z9hG4bK1099038656\r\n"
            b"Max-Forwards: 70\r\n"
            b"From: sip:RECEPTION@192.168.1.50;tag=1511064382\r\n"
            b"To: sip:RECEPTION@192.168.1.10\r\n"
            b"Call-ID: 344455738-1740902088-7072075\r\n"
            b"CSeq: 2 REGISTER\r\n"
            b"Contact: sip:RECEPTION@192.168.1.50:5060\r\n"
            b"Content-Length: 0\r\n"
            b"Expires: 3600\r\n"
            b'Authorization: Digest username="200", uri="sip:192.168.1.10:6060", algorithm=MD5, '
            b'realm="192.168.1.10", nonce="70f778f0", '
            b'response="123d5cb172b09405aab466b9157dafa7"\r\n'
            b"User-Agent: Call Ctrl 1.1 jdoe\r\n"
            b"\r\n"
        )
    ]


# Rounds


def test_a_registration_granted_for_60_seconds_is_refreshed_at_30() -> None:
    desk = Desk()
    desk.now = 5.0
    desk.bind(granted(60))
    assert desk.state() is RegistrationState.REGISTERED
    assert [(round_.granted, round_.retry_in) for round_ in desk.rounds] == [(60, None)]
    assert desk.registration.next_timeout() == 35.0
    assert desk.wait(34.9) == []
    assert desk.wait(35.0) == [35.0]
    assert desk.state() is RegistrationState.REGISTERING


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([granted(60)], 60),
        ([granted(60), ("Expires", "3600")], 60),
        ([("Contact", CONTACT), ("Expires", "120")], 120),
        ([("Contact", CONTACT)], 3600),
        ([("Expires", "120")], 120),
        ([], 3600),
        ([("Contact", f"<{CONTACT}>;q=1;EXPIRES=90")], 90),
        ([("Contact", f"<{CONTACT};transport=udp>;expires=90")], 90),
        ([("Contact", f'"Reception" <{CONTACT}>;expires="90"')], 90),
        ([("Contact", "sip:RECEPTION@192.168.1.99:5060;expires=7"), granted(60)], 60),
        ([("Contact", "sip:ANNA@192.168.1.50:5060;expires=7"), granted(60)], 60),
        ([("m", f"sip:RECEPTION@192.168.1.50:5070;expires=7, {CONTACT};expires=60")], 60),
        ([("Contact", "<not a URI>;expires=7"), granted(60)], 60),
        ([("Contact", f"{CONTACT};expires=soon"), ("Expires", "120")], 120),
        ([("Expires", "soon")], 3600),
    ],
)
def test_what_is_granted_to_our_own_contact_counts(
    fields: Sequence[Field], expected: float
) -> None:
    desk = Desk()
    desk.answer(desk.register(), 200, *fields)
    assert desk.rounds[0].granted == expected
    assert desk.registration.next_timeout() == expected / 2


def test_a_grant_to_the_only_contact_counts_even_where_it_was_rewritten() -> None:
    """A NAT or an ALG shows the registrar another address; 60 s are granted all the same."""
    desk = Desk()
    desk.bind(("Contact", "sip:RECEPTION@203.0.113.7:40312;expires=60"))
    assert desk.registration.next_timeout() == 30.0


def test_of_several_contacts_that_are_not_ours_the_shortest_grant_counts() -> None:
    desk = Desk()
    others = "sip:ANNA@203.0.113.7;expires=600, sip:RECEPTION@203.0.113.7:40312;expires=60"
    desk.bind(("Contact", others))
    assert desk.rounds[0].granted == 60


def test_our_contact_is_ours_in_capitals_too() -> None:
    """Hosts compare without case (RFC 3261 section 19.1.4)."""
    desk = Desk(Address("2001:db8::1", 5060))
    desk.bind(
        ("Contact", "sip:RECEPTION@[2001:db8::2]:5060;expires=7"),
        ("Contact", "sip:RECEPTION@[2001:DB8::1]:5060;expires=60"),
    )
    assert desk.rounds[0].granted == 60


def test_refreshes_are_a_second_apart_whatever_is_granted() -> None:
    desk = Desk()
    desk.bind(granted(1))
    assert desk.registration.next_timeout() == 1.0


def test_a_grant_of_nothing_is_a_failed_round() -> None:
    desk = Desk()
    desk.bind(granted(0))
    assert desk.state() is RegistrationState.WAITING
    assert [(round_.granted, round_.retry_in) for round_ in desk.rounds] == [(None, 1.0)]


def test_a_refresh_carries_the_credentials_at_once_and_is_not_called_challenged() -> None:
    desk = Desk()
    desk.answer(desk.register(), 401, challenge())
    desk.answer(desk.sent(), 200, granted())
    refresh = desk.next_round()
    assert "Authorization" in refresh.headers
    desk.answer(refresh, 200, granted())
    assert [round_.outcome.was_challenged for round_ in desk.rounds] == [True, False]


def test_a_refresh_challenged_anew_is_answered_in_the_same_round() -> None:
    """As after a reboot of the SPA9000 (protocol.md B.7)."""
    desk = Desk()
    desk.answer(desk.register(), 401, challenge())
    desk.answer(desk.sent(), 200, granted())
    desk.answer(desk.next_round(), 401, challenge("915af6f3"))
    again = desk.sent()
    assert 'response="dfd2b07fc8b188d22942d727cac4ce17"' in (
        again.headers.get("Authorization") or ""
    )
    desk.answer(again, 200, granted())
    assert desk.state() is RegistrationState.REGISTERED
    assert desk.rounds[-1].outcome.was_challenged


def test_call_id_and_binding_stay_and_the_number_rises() -> None:
    desk = Desk()
    first = desk.register()
    desk.answer(first, 401, challenge())
    requests = [first, desk.sent()]
    for _ in range(3):
        desk.answer(requests[-1], 200, granted())
        requests.append(desk.next_round())
    assert [request.cseq.number for request in requests] == [1, 2, 3, 4, 5]
    assert len({request.call_id for request in requests}) == 1
    assert len({request.headers.get("Contact") for request in requests}) == 1
    assert [request.to.tag for request in requests] == [None] * 5


def test_refused_rounds_are_repeated_for_ever_after_growing_pauses() -> None:
    """Behind a pause of more than ten seconds the nonce may be too old: two tries (decision 5)."""
    desk = Desk()
    request = desk.register()
    tries: list[int] = []
    nonces = (str(number) for number in range(100))
    for _ in range(9):
        tries.append(1)
        nonce = next(nonces)
        desk.answer(request, 401, challenge(nonce))
        while desk.state() is RegistrationState.REGISTERING:
            tries[-1] += 1
            nonce = next(nonces)
            desk.answer(desk.sent(), 401, challenge(nonce))
        request = desk.next_round()
        assert f'nonce="{nonce}"' in (request.headers.get("Authorization") or "")
    assert tries == [2, 1, 1, 1, 1, 2, 2, 2, 2]
    assert [round_.retry_in for round_ in desk.rounds] == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert all(round_.outcome.status == 401 for round_ in desk.rounds)


def test_a_challenge_too_long_to_be_answered_is_a_refusal_like_any_other() -> None:
    """Every backslash of a nonce without quotes is doubled in the answer."""
    desk = Desk()
    request = desk.register()
    for pause in (1.0, 2.0):
        nonce = "\\" * 40_000
        desk.answer(request, 401, ("WWW-Authenticate", f"Digest realm=r, nonce={nonce}"))
        assert desk.state() is RegistrationState.WAITING
        assert desk.rounds[-1].retry_in == pause
        request = desk.next_round()
    desk.answer(request, 401, challenge())
    assert "Authorization" in desk.sent().headers


@pytest.mark.parametrize("status", [302, 400, 403, 404, 423, 500, 503, 603])
def test_any_refusal_is_tried_again(status: int) -> None:
    desk = Desk()
    desk.answer(desk.register(), status)
    assert desk.state() is RegistrationState.WAITING
    assert desk.rounds[0].outcome.status == status
    assert desk.registration.next_timeout() == 1.0


def test_a_registrar_that_is_silent_is_tried_again() -> None:
    desk = Desk()
    desk.register()
    sent = desk.wait(17.0)
    assert sent == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 17.0]
    assert not desk.rounds[0].outcome.was_answered
    assert desk.rounds[0].retry_in == 1.0


def test_the_pause_is_short_again_once_all_is_settled() -> None:
    desk = Desk()
    request = desk.register()
    for _ in range(4):
        desk.answer(request, 500)
        request = desk.next_round()
    desk.answer(request, 200, granted())
    desk.registration.settle()
    desk.answer(desk.next_round(), 500)
    assert desk.rounds[-1].retry_in == 1.0


def test_success_alone_does_not_shorten_the_pause() -> None:
    """What is built on the registration may still fail; the owner says when all is well."""
    desk = Desk()
    desk.answer(desk.register(), 500)
    desk.answer(desk.next_round(), 200, granted())
    assert desk.registration.retry_later(desk.now, REFUSED) == 2.0


def test_a_round_under_way_is_not_begun_twice() -> None:
    desk = Desk()
    desk.register()
    desk.registration.register(0.1)
    assert desk.sent_bytes() == []


def test_a_waiting_registration_may_be_asked_at_once() -> None:
    desk = Desk()
    desk.answer(desk.register(), 500)
    desk.now = 0.2
    desk.register()
    assert desk.state() is RegistrationState.REGISTERING
    assert desk.registration.next_timeout() is None


def test_the_answer_to_a_postponed_round_does_not_end_the_next_one() -> None:
    desk = Desk()
    first = desk.register()
    desk.registration.retry_later(0.0, REFUSED)
    second = desk.register()
    desk.answer(first, 500)
    assert desk.state() is RegistrationState.REGISTERING
    desk.answer(second, 200, granted())
    assert [round_.outcome.status for round_ in desk.rounds] == [200]


# What a refusal asks for


@pytest.mark.parametrize("status", [404, 413, 480, 486, 500, 503, 600, 603])
def test_a_busy_registrar_is_left_alone_as_long_as_it_asks(status: int) -> None:
    """RFC 3261 section 20.33."""
    desk = Desk()
    desk.answer(desk.register(), status, ("Retry-After", "20 (rebooting);duration=60"))
    assert desk.rounds[0].retry_in == 20.0
    assert desk.registration.next_timeout() == 20.0
    assert desk.wait(19.9) == []
    assert desk.wait(20.0) == [20.0]


def test_no_registrar_makes_us_wait_for_hours() -> None:
    desk = Desk()
    desk.answer(desk.register(), 503, ("Retry-After", "86400"))
    assert desk.rounds[0].retry_in == 300.0


def test_a_shorter_pause_than_ours_is_not_taken() -> None:
    desk = Desk()
    request = desk.register()
    for _ in range(4):
        desk.answer(request, 503, ("Retry-After", "1"))
        request = desk.next_round()
    assert [round_.retry_in for round_ in desk.rounds] == [1.0, 2.0, 4.0, 8.0]


def test_a_pending_request_is_waited_for() -> None:
    """RFC 3261 section 14.1: 2.1 to 4 s by chance where the Call-ID is ours."""
    desk = Desk()
    desk.answer(desk.register(), 491)
    assert desk.rounds[0].retry_in == 2.1


def test_an_interval_too_brief_is_asked_for_again_at_once_and_remembered() -> None:
    """RFC 3261 sections 10.2.8 and 21.4.17."""
    desk = Desk()
    first = desk.register()
    desk.answer(first, 423, ("Min-Expires", "7200"))
    second = desk.sent()
    assert (first.headers.get("Expires"), second.headers.get("Expires")) == ("3600", "7200")
    assert (second.call_id, second.cseq.number) == (first.call_id, 2)
    assert desk.rounds == []
    desk.answer(second, 200)
    assert desk.rounds[0].granted == 7200
    assert desk.next_round().headers.get("Expires") == "7200"


def test_an_interval_too_brief_behind_a_challenge_is_asked_for_with_credentials() -> None:
    """Accepted so far: a nonce that goes only once is then challenged anew, and answered."""
    desk = Desk()
    desk.answer(desk.register(), 401, challenge("1"))
    desk.answer(desk.sent(), 423, ("Min-Expires", "7200"))
    again = desk.sent()
    assert "Authorization" in again.headers
    desk.answer(again, 401, challenge("2"))
    last = desk.sent()
    assert last.headers.get("Expires") == "7200"
    desk.answer(last, 200, granted(7200))
    assert desk.state() is RegistrationState.REGISTERED


def test_a_registrar_that_asks_for_ever_more_gets_it_once_a_round() -> None:
    desk = Desk()
    desk.answer(desk.register(), 423, ("Min-Expires", "7200"))
    desk.answer(desk.sent(), 423, ("Min-Expires", "7201"))
    assert desk.sent_bytes() == []
    assert desk.rounds[0].retry_in == 1.0
    desk.answer(desk.next_round(), 423, ("Min-Expires", "7201"))
    assert desk.sent().headers.get("Expires") == "7201"


@pytest.mark.parametrize("least", ["3600", "1", "86401", "4294967295", "x"])
def test_an_interval_that_makes_no_sense_is_a_refusal(least: str) -> None:
    desk = Desk()
    desk.answer(desk.register(), 423, ("Min-Expires", least))
    assert desk.sent_bytes() == []
    assert desk.registration.next_timeout() == 1.0


@pytest.mark.parametrize("status", [405, 408, 420, 481, 482, 483, 489, 501, 513, 604])
def test_what_cannot_be_mended_is_tried_again_after_growing_pauses(status: int) -> None:
    """RFC 3261 section 21.4 wants another request: it is put right at the other end, or never."""
    desk = Desk()
    request = desk.register()
    for _ in range(7):
        desk.answer(request, status)
        request = desk.next_round()
    assert [round_.retry_in for round_ in desk.rounds] == [1, 2, 4, 8, 16, 30, 30]


def test_a_redirection_to_another_registrar_is_not_followed() -> None:
    """Decision 19."""
    desk = Desk()
    desk.answer(desk.register(), 302, ("Contact", "<sip:203.0.113.7>"))
    assert desk.sent_bytes() == []
    assert desk.rounds[0].outcome.obstacle is Obstacle.ELSEWHERE
    assert desk.rounds[0].retry_in == 1.0


def test_a_redirection_to_another_port_is_followed_each_round() -> None:
    """RFC 3261 section 8.1.3.4; the next round asks at the old place again."""
    desk = Desk()
    desk.answer(desk.register(), 302, ("Contact", "<sip:192.168.1.10:5080>"))
    request = desk.sent()
    assert request.uri == "sip:192.168.1.10:5080"
    assert request.to == NameAddr("sip:RECEPTION@192.168.1.10")
    desk.answer(request, 200, granted())
    assert desk.state() is RegistrationState.REGISTERED
    assert desk.next_round().uri == "sip:192.168.1.10:6060"


def test_an_early_clock_begins_no_round() -> None:
    desk = Desk()
    desk.bind(granted(60))
    desk.registration.handle_timeout(29.9)
    assert desk.sent_bytes() == []


# Leaving


def test_a_contact_that_was_never_bound_is_not_withdrawn() -> None:
    desk = Desk()
    desk.answer(desk.register(), 403)
    desk.agent.relocate(ELSEWHERE, PBX)
    desk.registration.relocate(desk.now)
    desk.answer(desk.sent(), 200, granted())
    assert desk.sent_bytes() == []


def withdrawing() -> tuple[Desk, Request]:
    """A desk that has moved and is bound there, and the request that withdraws the old contact."""
    desk = Desk()
    desk.bind()
    desk.agent.relocate(ELSEWHERE, PBX)
    desk.registration.relocate(desk.now)
    desk.answer(desk.sent(), 200, granted())
    withdrawal = desk.sent()
    assert withdrawal.headers.get("Expires") == "0"
    return desk, withdrawal


@pytest.mark.parametrize(
    ("contact", "is_kept"),
    [("<sip:RECEPTION@192.168.7.7:5060>", True), ("<sip:RECEPTION@192.168.9.9:5060>", False)],
)
def test_a_withdrawal_that_took_our_new_contact_along_is_made_up_for(
    contact: str, is_kept: bool
) -> None:
    """RFC 3261 section 10.3 step 8: the answer lists what is bound."""
    desk, withdrawal = withdrawing()
    desk.answer(withdrawal, 200, ("Contact", contact))
    assert len(desk.sent_bytes()) == (0 if is_kept else 1)


@pytest.mark.parametrize("status", [200, 403])
def test_contacts_of_before_are_withdrawn_one_behind_the_other(status: int) -> None:
    """RFC 3261 section 10.2: no REGISTER while there is no answer to the last one."""
    desk = Desk()
    desk.bind()
    for host in ("192.168.9.9", "192.168.9.10"):
        desk.agent.relocate(Address(host, 5060), PBX)
        desk.registration.relocate(desk.now)
        request = desk.sent()
    desk.answer(request, 200, granted())
    for host in (PC.host, "192.168.9.9"):
        withdrawal = desk.sent()
        assert [Uri.parse(each.uri).host for each in withdrawal.contacts] == [host]
        desk.answer(withdrawal, status, ("Contact", "<sip:RECEPTION@192.168.9.10:5060>"))
    assert desk.sent_bytes() == []


def test_what_became_of_a_withdrawal_shortens_no_pause() -> None:
    desk, withdrawal = withdrawing()
    desk.registration.postpone(60.0)
    desk.answer(withdrawal, 200)
    assert desk.sent_bytes() == []
    assert desk.registration.next_timeout() == 60.0


def test_a_round_that_is_put_off_counts_no_more() -> None:
    desk = Desk()
    request = desk.register()
    assert desk.registration.postpone(60.0)
    desk.answer(request, 200, granted())
    assert desk.rounds == []
    assert desk.registration.next_timeout() == 60.0


def test_leaving_withdraws_the_binding() -> None:
    desk = Desk()
    desk.bind()
    desk.registration.unregister(10.0)
    request = desk.sent()
    assert desk.state() is RegistrationState.UNREGISTERING
    assert request.headers.get("Expires") == "0"
    assert request.contacts == [NameAddr(CONTACT)]
    assert desk.registration.next_timeout() is None
    desk.now = 10.1
    desk.answer(request, 200)
    assert desk.state() is RegistrationState.UNREGISTERED
    assert desk.unregistered_at == [10.1]
    assert not desk.registration.may_be_bound(10.1)
    assert len(desk.rounds) == 1


@pytest.mark.parametrize("status", [403, 481, 500])
def test_leaving_succeeds_whatever_the_answer(status: int) -> None:
    desk = Desk()
    desk.bind()
    desk.registration.unregister(10.0)
    desk.answer(desk.sent(), status)
    assert desk.state() is RegistrationState.UNREGISTERED
    assert len(desk.unregistered_at) == 1


def test_leaving_ends_when_nobody_answers() -> None:
    desk = Desk()
    desk.bind()
    desk.registration.unregister(desk.now)
    desk.wait(20.0)
    assert desk.unregistered_at == [16.0]


def test_leaving_answers_a_challenge() -> None:
    desk = Desk()
    desk.bind()
    desk.registration.unregister(1.0)
    desk.answer(desk.sent(), 401, challenge())
    request = desk.sent()
    assert request.headers.get("Expires") == "0"
    assert "Authorization" in request.headers


def test_a_registration_that_has_left_stays_away() -> None:
    desk = Desk()
    desk.bind()
    desk.registration.unregister(1.0)
    for _ in range(2):
        desk.registration.unregister(1.0)
        desk.registration.register(1.0)
        assert desk.registration.retry_later(1.0, REFUSED) is None
    desk.sent()
    assert desk.wait(100) == [1.5, 2.5, 4.5, 8.5, 12.5, 16.5]


def test_the_answer_to_a_round_we_have_left_is_not_told() -> None:
    desk = Desk()
    request = desk.register()
    desk.registration.unregister(0.1)
    desk.answer(request, 200, granted())
    assert desk.rounds == []
    assert desk.state() is RegistrationState.UNREGISTERING


def test_a_challenge_that_comes_after_leaving_does_not_bind_us_again() -> None:
    """Quit within the first round trip: the last REGISTER on the wire must not ask for 3600 s."""
    desk = Desk()
    first = desk.register()
    desk.registration.unregister(0.05)
    last = desk.sent()
    desk.answer(first, 401, challenge("1"))
    desk.answer(last, 401, challenge("2"))
    asked = [parse(data).headers.get("Expires") for data in desk.sent_bytes()]
    assert asked == ["0"]


def test_a_round_that_is_left_is_not_repeated() -> None:
    desk = Desk()
    desk.register()
    desk.registration.unregister(0.05)
    last = desk.sent()
    desk.answer(last, 200)
    assert desk.wait(100.0) == []


def test_a_binding_may_be_there_from_the_first_register_until_it_runs_out() -> None:
    desk = Desk()
    may_be_bound = desk.registration.may_be_bound
    assert not may_be_bound(0.0)
    request = desk.register()
    assert may_be_bound(0.0)
    desk.answer(request, 200, granted(60))
    assert (may_be_bound(59.9), may_be_bound(60.0)) == (True, False)
    desk.answer(desk.next_round(), 500)
    assert (may_be_bound(59.9), may_be_bound(60.0)) == (True, False)


def test_after_leaving_it_may_register_again() -> None:
    desk = Desk()
    desk.bind()
    desk.registration.unregister(1.0)
    desk.answer(desk.sent(), 200)
    desk.bind()
    assert desk.state() is RegistrationState.REGISTERED
