"""Lamps against a PBX that does as it is told: RFC 6665, 4235 and 3863, as PBXs speak them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from callctrl.accounts import Policy
from callctrl.calls import Lamp, LampDoubt, LampState
from tests.lampdesk import PBX, LampDesk, LampPbx, calls_of, presence_of

FREE, RINGING, BUSY, AWAY = LampState.FREE, LampState.RINGING, LampState.BUSY, LampState.AWAY
NOT_ASKED, NO_WORD = LampDoubt.NOT_ASKED, LampDoubt.NO_WORD
REFUSED, LOST = LampDoubt.REFUSED, LampDoubt.LOST


def desk(
    *who: str, presence: bool = False, policy: Policy | None = None, **told: bytes
) -> LampDesk:
    """One that watches these at a PBX where all are free, a second later."""
    pbx = LampPbx(bodies={("dialog", each): calls_of(each) for each in who})
    made = LampDesk(pbx, policy=policy, asks_presence=presence)
    made.watch(*who)
    return made


# What is asked


def test_each_extension_is_subscribed_to_and_shows_what_is_reported() -> None:
    here = desk("2002", "2003")
    first = here.pbx.asked[0]
    assert (first.event, first.who, first.is_fresh, first.expires) == ("dialog", "2002", True, 3600)
    sent = here.wire.sent[0].data.decode()
    assert sent.startswith("SUBSCRIBE sip:2002@192.168.1.10:5060 SIP/2.0\r\n")
    assert "\r\nTo: sip:2002@192.168.1.10\r\n" in sent
    assert "\r\nFrom: sip:app@192.168.1.10;tag=" in sent
    assert "\r\nAccept: application/dialog-info+xml\r\n" in sent
    here.pbx.report("2003", calls_of("2003", "early"))
    here.run(0.1)
    assert (here.shows("2002"), here.shows("2003")) == (FREE, RINGING)
    assert here.changes[-1][1] == here.lamp("2003")
    assert here.lamp("2003").peer == "2000"
    assert here.pbx.answers == ["200 NOTIFY"] * 3


def test_a_lamp_changes_as_soon_as_the_report_is_here() -> None:
    here = desk("2002")
    here.pbx.report("2002", calls_of("2002", "confirmed"))
    here.run(0.1)
    at, lamp = here.changes[-1]
    assert lamp.state is BUSY
    assert at - 1001.0 == pytest.approx(here.wire.weather.latency)
    assert lamp.since == at


def test_three_hundred_are_subscribed_in_twenty_seconds_and_no_faster_than_agreed() -> None:
    who = [str(2000 + number) for number in range(300)]
    pbx = LampPbx(bodies={("dialog", each): calls_of(each) for each in who})
    here = LampDesk(pbx)
    here.watch(*who, seconds=20)
    assert here.shown() == {FREE: 300}
    here.run(20)
    fresh = [asked.event for asked in pbx.asked if asked.is_fresh]
    assert fresh == ["dialog"] * 300 + ["presence"] * 300
    starts = {asked.at for asked in pbx.asked}
    assert max(pbx.count_in(start) for start in starts) == 20


def test_one_challenge_serves_all() -> None:
    """RFC 3261 section 22.1: the nonce answers for the requests that follow."""
    here = LampDesk(LampPbx(wants_password=True))
    here.watch(*map(str, range(100)), seconds=12)
    assert here.pbx.challenges == 1
    assert len(here.pbx.asked) == 201


def test_a_wrong_password_is_a_refusal_and_is_not_repeated_without_end() -> None:
    pbx = LampPbx()
    challenge = 'Digest realm="pbx", nonce="abc", algorithm=MD5, qop="auth"'
    pbx.statuses["dialog"] = (401, (("WWW-Authenticate", challenge),))
    here = LampDesk(pbx, asks_presence=False)
    here.watch("2002", "2003", seconds=200)
    assert here.shown() == {REFUSED: 2}
    assert len(pbx.asked) <= 4


def test_refreshes_are_spread_over_their_time_and_the_program_sleeps_in_between() -> None:
    who = [str(2000 + number) for number in range(300)]
    pbx = LampPbx(bodies={("dialog", each): calls_of(each) for each in who})
    here = LampDesk(pbx, asks_presence=False)
    here.watch(*who, seconds=240)
    asked_before, here.wakes = len(pbx.asked), []
    here.run(7200)
    refreshes = pbx.asked[asked_before:]
    assert not any(asked.is_fresh for asked in refreshes)
    minutes = [0] * 120
    for asked in refreshes:
        minutes[int(asked.at - 1240) // 60] += 1
    assert sum(minutes) / 120 == pytest.approx(11, abs=1)
    assert min(minutes) >= 1
    assert max(minutes) <= 30, "no minute has thrice its share"
    assert len(here.wakes) < 7200 / 5
    assert here.shown() == {FREE: 300}
    assert len(here.changes) <= 600, "refreshes are no news"


def test_few_lamps_are_asked_for_often_so_that_a_silent_death_shows() -> None:
    """RFC 6665 section 4.2.2: who drops a subscription says nothing."""
    here = desk("2002")
    here.pbx.forget()
    here.run(61)
    assert [asked.is_fresh for asked in here.pbx.asked] == [True, False, True]
    assert here.shows("2002") is FREE


def test_what_is_granted_for_a_short_time_is_refreshed_in_time() -> None:
    pbx = LampPbx(grants=60, bodies={("dialog", "2002"): calls_of("2002")})
    here = LampDesk(pbx, asks_presence=False)
    here.watch("2002", seconds=600)
    times = [asked.at for asked in pbx.asked]
    assert all(b - a <= 30.1 for a, b in pairwise(times))
    assert [lamp.state for _, lamp in here.changes if lamp.doubt is None] == [FREE]


def test_who_is_no_longer_wanted_is_unsubscribed_and_the_others_stay() -> None:
    here = desk("2002", "2003")
    here.watch("2003", "2004")
    assert [lamp.who for lamp in here.lamps.all] == ["2003", "2004"]
    assert here.pbx.asked[2:][0].expires == 0
    assert sorted(each.who for each in here.pbx.granted.values()) == ["2003", "2004"]
    assert [asked.who for asked in here.pbx.asked].count("2003") == 1
    assert set(here.pbx.answers) == {"200 NOTIFY"}, "the last NOTIFY is welcome too"
    here.run(60)
    assert "2002" not in [lamp.who for _, lamp in here.changes[2:]]


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_who_is_no_longer_wanted_while_being_asked_for_is_left_and_not_told_of(status: int) -> None:
    here = LampDesk(asks_presence=False)
    if status != 200:
        here.pbx.statuses["dialog"] = (status, ())
    here.watch("2002", seconds=0.005)
    here.watch(seconds=2)
    assert here.changes == []
    assert not here.pbx.granted
    asked_before = len(here.pbx.asked)
    here.run(1000)
    assert len(here.pbx.asked) == asked_before
    here.pbx.statuses.clear()
    here.watch("2003")
    assert [lamp.who for _, lamp in here.changes] == ["2003"]
    here.wire.do(here.lamps.stop)
    here.run(1)
    assert here.lamps.has_left


def test_who_is_no_longer_wanted_before_it_was_asked_for_never_is() -> None:
    here = LampDesk(asks_presence=False)
    here.wire.do(lambda now: here.lamps.watch(["1", "2"], now))
    here.wire.do(lambda now: here.lamps.watch(["1"], now))
    here.run(60)
    assert {asked.who for asked in here.pbx.asked} == {"1"}


# Honest states


def test_before_anything_is_told_nobody_is_free() -> None:
    here = LampDesk(LampPbx(notifies=False), asks_presence=False)
    here.wire.do(lambda now: here.lamps.watch(["2002"], now))
    assert here.lamp("2002") == Lamp("2002", since=1000.0)
    here.run(1)
    assert here.shows("2002") is NO_WORD
    assert here.lamp("2002").since == 1000.0, "it is unknown since then"


def test_a_notify_without_body_says_nothing() -> None:
    here = LampDesk(asks_presence=False)
    here.watch("2002")
    assert here.pbx.answers == ["200 NOTIFY"]
    assert here.shows("2002") is NO_WORD


def test_a_notify_without_body_is_taken_for_free_where_that_is_wanted() -> None:
    here = LampDesk(asks_presence=False, policy=Policy(silence_is_free=True))
    here.watch("2002")
    assert here.shows("2002") is FREE


def test_the_same_document_twice_is_no_news() -> None:
    here = desk("2002")
    for _ in range(2):
        here.pbx.report("2002", calls_of("2002", "confirmed", version=3))
        here.run(0.5)
    assert [lamp.state for _, lamp in here.changes[-2:]] == [FREE, BUSY]


@pytest.mark.parametrize("status", [403, 404, 405, 489, 480, 604])
def test_what_is_refused_is_unknown_and_asked_for_seldom(status: int) -> None:
    pbx = LampPbx(statuses={"2003": (status, ())})
    pbx.bodies["dialog", "2002"] = calls_of("2002")
    here = LampDesk(pbx, asks_presence=False)
    here.watch("2002", "2003", seconds=239)
    assert (here.shows("2002"), here.shows("2003")) == (FREE, REFUSED)
    assert [asked.who for asked in pbx.asked].count("2003") == 1
    del pbx.statuses["2003"]
    pbx.bodies["dialog", "2003"] = calls_of("2003")
    here.run(62)
    assert here.shows("2003") is FREE


def test_a_refresh_that_is_refused_leaves_nobody_free() -> None:
    here = desk("2002")
    here.pbx.statuses["2002"] = (404, ())
    here.run(61)
    assert here.shows("2002") is REFUSED


def test_a_server_error_at_a_refresh_ends_nothing_before_its_time() -> None:
    """RFC 6665 section 4.1.2.2: what was granted lives on."""
    pbx = LampPbx(grants=120, bodies={("dialog", "2002"): calls_of("2002")})
    here = LampDesk(pbx, asks_presence=False)
    here.watch("2002")
    pbx.statuses["2002"] = (500, ())
    here.run(100)
    assert here.shows("2002") is FREE
    here.pbx.report("2002", calls_of("2002", "confirmed"))
    here.run(0.1)
    assert here.shows("2002") is BUSY


def test_a_server_that_fails_at_all_is_spared() -> None:
    who = [str(2000 + number) for number in range(100)]
    here = LampDesk(LampPbx(statuses={"dialog": (500, ())}), asks_presence=False)
    here.watch(*who, seconds=100)
    asked_before = len(here.pbx.asked)
    here.run(600)
    assert here.shown() == {LOST: 100}
    assert len(here.pbx.asked) - asked_before < 3 * 600


def test_a_password_that_is_refused_at_a_refresh_is_not_tried_again_at_once() -> None:
    here = desk("2002")
    challenge = 'Digest realm="pbx", nonce="abc", algorithm=MD5, qop="auth"'
    here.pbx.statuses["2002"] = (401, (("WWW-Authenticate", challenge),))
    here.run(200)
    assert [asked.had_credentials for asked in here.pbx.asked] == [False, False, True]


def test_what_was_granted_and_has_run_out_is_lost() -> None:
    pbx = LampPbx(grants=120, bodies={("dialog", "2002"): calls_of("2002")}, notifies=False)
    here = LampDesk(pbx, asks_presence=False)
    here.watch("2002")
    here.pbx.report("2002", calls_of("2002"))
    pbx.bodies.clear()
    here.run(0.5)
    at = here.lamp("2002").since
    pbx.statuses["2002"] = (500, ())
    for each in pbx.granted.values():
        pbx.notify(each, "active;expires=90", calls_of("2002"))
    here.run(89)
    assert here.shows("2002") is FREE
    here.run(3)
    assert here.shows("2002") is LOST
    assert at + 90 <= here.lamp("2002").since <= at + 91


def test_481_makes_a_lamp_unknown_until_the_fresh_subscription_reports() -> None:
    here = desk("2002")
    here.pbx.forget()
    here.pbx.notifies = False
    here.run(61)
    assert [lamp.doubt for _, lamp in here.changes[-2:]] == [LOST, NO_WORD]
    lost, no_word = (lamp for _, lamp in here.changes[-2:])
    assert lost.since == no_word.since
    here.pbx.report("2002", calls_of("2002", "confirmed"))
    here.run(0.1)
    assert here.shows("2002") is BUSY


def test_481_to_one_tells_of_a_restart_and_has_all_others_asked_for_at_the_agreed_pace() -> None:
    who = [str(2000 + number) for number in range(100)]
    pbx = LampPbx(bodies={("dialog", each): calls_of(each) for each in who})
    here = LampDesk(pbx, asks_presence=False)
    here.watch(*who, seconds=65)
    pbx.forget()
    asked_before = len(pbx.asked)
    here.run(35)
    fresh = [asked for asked in pbx.asked[asked_before:] if asked.is_fresh]
    assert sorted(asked.who for asked in fresh) == who
    assert max(pbx.count_in(asked.at) for asked in fresh) <= 20
    assert here.shown() == {FREE: 100}


def test_a_pbx_that_forgets_all_the_time_is_not_asked_all_the_time() -> None:
    who = [str(2000 + number) for number in range(100)]
    here = LampDesk(asks_presence=False)
    here.watch(*who, seconds=10)
    for _ in range(60):
        here.pbx.forget()
        here.run(10)
    assert len(here.pbx.asked) < 100 + 11 * 200


def test_423_is_followed_by_a_subscribe_that_asks_for_longer() -> None:
    """RFC 6665 section 4.1.2.2 with RFC 3261 section 21.4.17."""
    pbx = LampPbx(bodies={("dialog", "2002"): calls_of("2002")}, grants=7200)
    pbx.statuses["2002"] = (423, (("Min-Expires", "7200"),))
    here = LampDesk(pbx, asks_presence=False)
    here.wire.at(0.005, lambda _now: None)
    here.wire.do(lambda now: here.lamps.watch(["2002"], now))
    here.run(0.015)
    pbx.statuses.clear()
    here.run(1)
    assert [asked.expires for asked in pbx.asked] == [3600, 7200]
    assert here.shows("2002") is FREE


def test_retry_after_is_obeyed() -> None:
    """RFC 3261 section 20.33."""
    pbx = LampPbx(statuses={"dialog": (503, (("Retry-After", "90"),))})
    here = LampDesk(pbx, asks_presence=False)
    here.watch("2002", "2003", seconds=89)
    assert len(pbx.asked) == 1
    assert here.shows("2002") is LOST
    assert here.shows("2003") is NOT_ASKED
    pbx.statuses.clear()
    here.run(10)
    assert [asked.who for asked in pbx.asked if asked.is_fresh] == ["2002", "2003", "2002"]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("terminated;reason=deactivated", LOST),
        ("terminated;reason=probation;retry-after=100", LOST),
        ("terminated;reason=giveup", LOST),
        ("terminated;reason=noresource", REFUSED),
        ("terminated;reason=rejected", REFUSED),
        ("pending", NO_WORD),
    ],
)
def test_what_the_notifier_ends_or_has_not_decided_is_unknown(
    state: str, expected: LampDoubt
) -> None:
    """RFC 6665 section 4.1.3; a body that comes with it counts for nothing."""
    here = desk("2002")
    here.pbx.notifies = False
    here.pbx.notify(here.pbx.of("2002"), state, calls_of("2002"))
    here.run(0.015)
    assert here.shows("2002") is expected
    assert here.pbx.answers == ["200 NOTIFY"]


def test_what_was_deactivated_is_asked_for_at_once() -> None:
    here = desk("2002")
    here.pbx.notify(here.pbx.of("2002"), "terminated;reason=deactivated")
    here.pbx.report("2002", calls_of("2002", "confirmed"))
    here.run(1.5)
    assert here.shows("2002") is BUSY


def test_a_gap_in_partial_documents_asks_for_the_full_state() -> None:
    """RFC 4235 section 4.3."""
    here = desk("2002")
    here.run(10)
    here.pbx.report("2002", calls_of("2002", "a confirmed", version=1, state="partial"))
    here.run(0.1)
    assert here.shows("2002") is BUSY
    here.pbx.report("2002", calls_of("2002", "a terminated", version=3, state="partial"))
    here.pbx.bodies["dialog", "2002"] = calls_of("2002", "b early", version=4)
    here.run(0.012)
    assert here.shows("2002") is NO_WORD
    here.run(0.5)
    assert here.shows("2002") is RINGING
    assert [asked.is_fresh for asked in here.pbx.asked] == [True, False]


# Whose NOTIFY it is


def test_a_notify_of_no_dialog_of_ours_is_refused() -> None:
    """RFC 6665 section 4.1.3."""
    here = desk("2002")
    stranger = here.pbx.of("2002")
    here.pbx.forget()
    here.watch()
    here.run(10)
    here.pbx.notify(stranger)
    here.run(0.1)
    assert here.pbx.answers[-1] == "481 NOTIFY"


def test_a_notify_of_another_event_or_body_is_refused() -> None:
    here = desk("2002")
    mine = here.pbx.of("2002")
    here.pbx.notify(mine, event="presence")
    here.pbx.notify(mine, body=b"x", content_type="text/plain")
    here.run(0.1)
    assert here.pbx.answers[-2:] == ["489 NOTIFY", "415 NOTIFY"]
    assert here.shows("2002") is FREE


def test_rubbish_leaves_the_lamp_unknown_and_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    here = desk("2002")
    here.pbx.report("2002", b"<dialog-info")
    here.run(0.1)
    assert here.pbx.answers[-1] == "200 NOTIFY"
    assert here.shows("2002") is NO_WORD
    assert "report on 2002 not understood" in caplog.text


def test_a_notify_that_a_later_one_has_overtaken_changes_nothing() -> None:
    """RFC 3261 section 12.2.2."""
    here = desk("2002")
    mine = here.pbx.of("2002")
    mine.cseq += 1
    here.pbx.report("2002", calls_of("2002", "confirmed"))
    mine.cseq -= 2
    here.pbx.report("2002", calls_of("2002"))
    here.run(0.1)
    assert here.shows("2002") is BUSY
    assert here.pbx.answers[-1] == "200 NOTIFY"


def test_a_pbx_that_counts_from_what_it_noted_before_it_was_killed_is_believed() -> None:
    here = desk("2002")
    mine = here.pbx.of("2002")
    for state in ("early", "confirmed"):
        here.pbx.report("2002", calls_of("2002", state))
    mine.cseq -= 1
    here.pbx.report("2002", calls_of("2002"))
    here.run(0.1)
    assert here.shows("2002") is FREE


# Presence


def test_presence_shows_that_a_phone_is_not_there_although_its_calls_say_free() -> None:
    here = desk("2002", presence=True)
    here.pbx.report("2002", presence_of("2002", "closed"), "presence")
    here.run(0.1)
    lamp = here.lamp("2002")
    assert (lamp.state, lamp.source) == (AWAY, "presence")
    here.pbx.report("2002", calls_of("2002", "confirmed"))
    here.run(0.1)
    assert (here.lamp("2002").state, here.lamp("2002").source) == (BUSY, "dialog")
    here.pbx.report("2002", calls_of("2002"))
    here.pbx.report("2002", presence_of("2002", "open"), "presence")
    here.run(0.1)
    assert here.lamp("2002").state is FREE


@pytest.mark.parametrize("status", [405, 489, 501])
def test_a_pbx_without_presence_is_asked_for_it_once(status: int) -> None:
    who = [str(2000 + number) for number in range(30)]
    pbx = LampPbx(statuses={"presence": (status, ())})
    here = LampDesk(pbx)
    here.watch(*who, seconds=1000)
    assert sum(asked.event == "presence" for asked in pbx.asked) <= 5
    here.watch("9", seconds=1000)
    assert sum(asked.event == "presence" for asked in pbx.asked) <= 5


def test_a_pbx_that_knows_nobodys_presence_is_not_asked_for_long() -> None:
    who = [str(2000 + number) for number in range(30)]
    pbx = LampPbx(statuses={"presence": (404, ())})
    here = LampDesk(pbx)
    here.watch(*who, seconds=1000)
    assert 5 <= sum(asked.event == "presence" for asked in pbx.asked) <= 10


def test_one_unknown_extension_does_not_end_the_presence_of_the_others() -> None:
    who = [str(2000 + number) for number in range(30)]
    pbx = LampPbx(statuses={f"{number}": (404, ()) for number in range(2000, 2010)})
    here = LampDesk(pbx)
    here.watch(*who, seconds=10)
    assert sum(each.event == "presence" for each in pbx.granted.values()) == 20


def test_a_refusal_of_one_presence_does_not_end_another_that_was_granted() -> None:
    """A notifier that reports one has the package, whatever 489 says of another."""
    here = desk("2002", presence=True)
    here.pbx.statuses["presence 2003"] = (489, ())
    here.watch("2002", "2003", seconds=5)
    assert ("presence", "2003") in {(each.event, each.who) for each in here.pbx.asked}
    watched = {(each.event, each.who) for each in here.pbx.granted.values()}
    assert watched == {("dialog", "2002"), ("dialog", "2003"), ("presence", "2002")}


def test_presence_that_is_lost_no_longer_says_away() -> None:
    here = desk("2002", presence=True)
    here.pbx.report("2002", presence_of("2002", "closed"), "presence")
    here.run(0.1)
    assert here.shows("2002") is AWAY
    mine = here.pbx.of("2002", "presence")
    here.pbx.notify(mine, "terminated;reason=noresource", presence_of("2002", "closed"))
    here.run(0.1)
    assert here.shows("2002") is FREE


# The PBX gone and back


def test_a_silent_pbx_leaves_lamps_as_they_are_until_what_it_granted_runs_out() -> None:
    pbx = LampPbx(grants=600, bodies={("dialog", str(n)): calls_of(str(n)) for n in range(9)})
    here = LampDesk(pbx, asks_presence=False)
    here.watch(*map(str, range(9)))
    pbx.is_dead = True
    here.run(40)
    assert here.shown()[FREE] > 0, "silence alone is no alarm"
    here.run(600)
    assert here.shown() == {LOST: 9}
    pbx.is_dead = False
    pbx.forget()
    here.run(45)
    assert here.shown() == {FREE: 9}


def test_a_pbx_that_does_not_answer_is_asked_one_by_one() -> None:
    pbx = LampPbx(is_dead=True)
    here = LampDesk(pbx, asks_presence=False)
    here.watch(*map(str, range(100)), seconds=120)
    asked = [sent for sent in here.wire.sent if sent.target == PBX]
    assert len(asked) == 7, "each waits 16 seconds for its answer (timer F)"
    assert here.shown() == {LOST: 6, NOT_ASKED: 94}


def test_a_pbx_known_to_be_gone_leaves_all_unknown_at_once_and_back_all_true() -> None:
    who = [str(2000 + number) for number in range(50)]
    pbx = LampPbx(bodies={("dialog", each): calls_of(each) for each in who})
    here = LampDesk(pbx, asks_presence=False)
    here.watch(*who, seconds=30)
    pbx.is_dead = True
    here.wire.do(here.lamps.unreachable)
    assert here.shown() == {LOST: 50}
    assert {lamp.since for lamp in here.lamps.all} == {1030.0}
    asked = len(pbx.asked)
    here.wire.do(here.lamps.unreachable)
    pbx.is_dead = False
    pbx.forget()
    here.run(60)
    assert len(pbx.asked) == asked, "who said so says when it is there"
    assert here.shown() == {LOST: 50}
    here.wire.do(here.lamps.reachable)
    here.run(10)
    assert here.shown() == {FREE: 50}


def test_a_pbx_that_remembers_and_reports_by_itself_makes_lamps_true_again() -> None:
    """Asterisk does so after a restart."""
    here = desk("2002", "2003")
    here.pbx.is_dead = True
    here.wire.do(here.lamps.unreachable)
    here.run(5)
    here.pbx.is_dead = False
    here.pbx.report("2003", calls_of("2003", "confirmed"))
    here.run(0.1)
    assert (here.shows("2002"), here.shows("2003")) == (LOST, BUSY)
    here.wire.do(here.lamps.reachable)
    here.run(20)
    assert here.shown() == {FREE: 1, BUSY: 1}


def test_who_moves_tells_all_subscriptions_and_loses_no_state() -> None:
    here = desk("2002", "2003")
    here.wire.do(here.lamps.relocate)
    assert here.shown() == {FREE: 2}
    here.run(2)
    assert [asked.is_fresh for asked in here.pbx.asked] == [True, True, False, False]
    assert len(here.changes) == 4


def test_another_pbx_is_asked_for_all_afresh() -> None:
    here = desk("2002", "2003")
    here.pbx.forget()
    here.wire.do(here.lamps.forget)
    assert here.shown() == {LOST: 2}
    here.run(2)
    assert [asked.is_fresh for asked in here.pbx.asked].count(True) == 4
    assert here.shown() == {FREE: 2}


def test_a_broken_connection_fails_all_under_way_and_is_one_failure() -> None:
    here = LampDesk(LampPbx(is_dead=True), asks_presence=False)
    here.watch("2002", "2003")
    here.wire.do(lambda now: here.agent.transport_failed(PBX, now))
    assert here.shows("2002") is LOST
    here.pbx.is_dead = False
    here.run(3)
    assert here.shown() == {NO_WORD: 2}


# The end


def test_three_hundred_are_left_within_a_second() -> None:
    who = [str(2000 + number) for number in range(300)]
    here = LampDesk(LampPbx(), asks_presence=False)
    here.watch(*who, seconds=20)
    left = [here.lamps.has_left]
    here.wire.do(here.lamps.stop)
    here.run(1)
    left.append(here.lamps.has_left)
    assert left == [False, True]
    assert not here.pbx.granted
    assert set(here.pbx.answers) == {"200 NOTIFY"}


def test_nobody_is_left_politely_who_does_not_answer() -> None:
    here = desk("2002", "2003")
    here.pbx.is_dead = True
    here.wire.do(here.lamps.unreachable)
    here.wire.do(here.lamps.stop)
    assert here.lamps.has_left
    sent = len(here.wire.sent)
    here.run(100)
    assert len(here.wire.sent) == sent


def test_a_first_subscribe_under_way_is_waited_for_and_left() -> None:
    here = desk("2002")
    here.wire.do(lambda now: here.lamps.watch(["2002", "2003"], now))
    here.run(0.001)
    here.wire.do(here.lamps.stop)
    here.run(1)
    assert here.lamps.has_left
    assert not here.pbx.granted


def test_what_the_pbx_says_good_bye_with_changes_no_lamp() -> None:
    here = desk("2002", "2003")
    told = len(here.changes)
    here.wire.do(here.lamps.stop)
    here.run(2)
    assert len(here.changes) == told
    assert here.shown() == {FREE: 2}
