"""The measurements of `make bench` run, and their verdicts are computed; how fast is no test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bench import (
    answering,
    bursting,
    carding,
    holding,
    lamping,
    parsing,
    repainting,
    seeking,
    stalls,
    timers,
)
from tests.bench.clock import medians
from tests.bench.codecs import codecs
from tests.bench.parsing import NOTIFY
from tests.bench.table import AtLeast, AtMost, AtMostTimes, Metric, Result, table, updated

_TINY = 0.005

METRIC = Metric(
    "P0",
    "work",
    "us",
    (AtMost(10), AtMostTimes(0.5, "slow"), AtLeast(1.5, "other"), AtMost(1, "absent")),
    ("slow", "other"),
    "it is only a test.",
)


def test_a_verdict_is_computed_from_the_figures() -> None:
    holds = Result(METRIC, {"ours": 10.0, "slow": 20.0, "other": 15.0, "absent": 1.0})
    assert holds.verdict == "holds"
    missed = Result(METRIC, {"ours": 10.5, "slow": 20.0, "other": 15.0})
    assert missed.verdict == (
        "**missed**: <= 10; <= 0.5 x slow; >= 1.5 x as fast as other."
        " not measured here: absent <= 1"
    )
    assert "it is only a test." in table([missed])
    assert "it is only a test." not in table([holds])


def test_a_row_shows_the_peers_and_their_ratio() -> None:
    row = Result(METRIC, {"ours": 10.0, "slow": 25.0}).row
    assert row[3:5] == ("10", "slow 25 (2.50 x)")


def test_a_row_measured_anew_takes_the_place_of_the_old_one() -> None:
    others = Metric("P1", "other work", "us", (AtMost(1),))
    before = f"# How fast\n\n{table([Result(others, {'ours': 1.0}, 'first.')])}\n\nThe end.\n"
    once = updated(before, [Result(METRIC, {"ours": 10.0}, "second.")], "2026-01-01")
    twice = updated(once, [Result(METRIC, {"ours": 20.0}, "third.")], "2026-01-02")
    lines = twice.splitlines()
    assert lines[4].startswith("| P1 | other work, us | <= 1 | 1 |")
    assert lines[5].startswith("| P0 | work, us | ")
    assert "| 20 |" in lines[5]
    assert lines[6:] == [
        "",
        "- P1: first.",
        "- P0: 2026-01-02: third. Why: it is only a test.",
        "",
        "The end.",
    ]
    with pytest.raises(ValueError, match="found none"):
        updated("no table", [Result(METRIC, {})], "2026-01-03")


def test_rounds_take_turns() -> None:
    turns: list[str] = []

    def work(name: str) -> Callable[[], float]:
        def run() -> float:
            turns.append(name)
            return 0.0

        return run

    medians({"a": work("a"), "b": work("b")}, 2)
    assert turns == ["a", "b", "a", "b"]


_ANSWER = b"""\
SIP/2.0 200 OK
Via: SIP/2.0/UDP 192.168.1.20:5060;branch=z9hG4bKPj7f31c9a2
From: <sip:200@192.168.1.20>;tag=5d0c5c1e
To: "Reception" <sip:RECEPTION@192.168.1.20>;tag=1928301774
Call-ID: 3848276298220188511@192.168.1.55
CSeq: 27 NOTIFY
Content-Length: 0

""".replace(b"\n", b"\r\n")


def test_every_codec_knows_the_same_of_a_message_and_answers_alike() -> None:
    """Else its speed could not be compared."""

    def plain(known: object) -> object:
        if isinstance(known, bytes):
            return known.decode()
        if isinstance(known, tuple):
            return tuple(plain(each) for each in known)
        return known

    ours = codecs()["ours"].read(NOTIFY)[0]
    for name, codec in codecs().items():
        known, message = codec.read(NOTIFY)
        for index in (0, 1, 3, 4, 5, 6):
            assert plain(known[index]) == plain(ours[index]), name
        assert str(plain(known[8])) == plain(ours[8]), name
        if codec.write is not None:
            answer = codec.write(message).replace(b"To: Reception", b'To: "Reception"')  # sippy's
            assert answer == _ANSWER, name


@pytest.mark.parametrize(
    "bench",
    [
        parsing,
        answering,
        bursting,
        holding,
        lamping,
        carding,
        repainting,
        timers,
        seeking,
        stalls,
    ],
    ids=lambda bench: bench.__name__.rpartition(".")[2],
)
def test_what_needs_no_desktop_can_be_measured(bench: Any) -> None:
    results = bench.measure(_TINY)
    assert [result.metric for result in results] == list(bench.METRICS)
    assert all(result.figures for result in results)
