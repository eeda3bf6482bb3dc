"""Fuzz each target for its share of the time: `python -m tests.fuzz --seconds 600`.

Each runs in a process of its own, where atheris watches which lines its inputs reach. What was
interesting is kept in `.fuzz`, so the next run begins where this one ended. An input that fails, or
takes more CPU time than its target allows, ends the run of its target and is kept as well.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".fuzz"
TARGETS = ("messages", "bodies", "sessions", "streams")
_COUNTING_SLOWS = 3
"""How many times slower everything is, at least, while the lines it runs are counted."""
_HANGS_AFTER = 20
"""Seconds after which an input is taken to hang."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; 0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--time", type=Path, metavar="INPUT", help="only tell its CPU time")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    targets = options.targets or list(TARGETS)
    if unknown := set(targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if options.time:
        print(_cpu_time(targets[0], options.time.read_bytes()))
        return 0
    seconds = max(1, options.seconds // len(targets))
    if options.inside:
        _fuzz_here(targets[0], options.seconds)  # atheris ends the process
    results = [_fuzz(name, seconds) for name in targets]
    print()
    for name, (executions, elapsed, finding) in zip(targets, results, strict=True):
        print(f"{name:10} {executions:>10,} executions in {elapsed:4.0f} s: {finding or 'nothing'}")
    return any(finding for _, _, finding in results)


def _fuzz(name: str, seconds: int) -> tuple[int, float, str]:
    """Fuzz one target in a process of its own: executions, seconds, and what was found."""
    found = KEPT / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    print(f"fuzzing {name} for {seconds} s", flush=True)
    began = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, "--inside", "--seconds", str(seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    elapsed = time.monotonic() - began
    output = process.stdout.decode("utf-8", "replace")
    match = re.search(r"number_of_executed_units:\s*(\d+)", output)
    executions = int(match[1]) if match else 0
    news = sorted(set(found.iterdir()) - before)
    was_watched = "Is the code instrumented" not in output
    if process.returncode == 0 and not news and elapsed >= seconds and executions and was_watched:
        return executions, elapsed, ""
    print(output[-6000:])
    for path in news:
        print(f"found: {path.relative_to(ROOT)}; to have it in the tests from now on:")
        print(f"  mkdir -p tests/data/findings/{name}")
        print(f"  cp {path.relative_to(ROOT)} tests/data/findings/{name}/WHAT-IS-ODD.bin")
    finding = ", ".join(path.name for path in news)
    return executions, elapsed, finding or f"ended early with status {process.returncode}"


def _fuzz_here(name: str, seconds: int) -> None:
    """Fuzz one target in this process until its time is over."""
    try:
        import atheris
    except ImportError:
        sys.exit("fuzzing needs atheris, which there is for Linux and Python before 3.14")
    with atheris.instrument_imports(include=["callctrl"]):
        from tests.fuzz.targets import FINDINGS
        from tests.fuzz.targets import TARGETS as FUZZED
    target = FUZZED[name]
    corpus, found = KEPT / "corpus" / name, KEPT / "found" / name
    corpus.mkdir(parents=True, exist_ok=True)
    kept = list((FINDINGS / name).glob("*")) if (FINDINGS / name).is_dir() else []
    for number, data in enumerate([*target.seeds(), *(path.read_bytes() for path in kept)]):
        (corpus / f"seed-{number}").write_bytes(data[: target.longest])

    def take(data: bytes) -> None:
        began = time.process_time()
        target.take(data)
        if time.process_time() - began > _COUNTING_SLOWS * target.limit:
            _look_closer(name, data, target.limit)

    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f"-artifact_prefix={found}/",
            f"-max_total_time={seconds}",
            f"-max_len={target.longest}",
            f"-timeout={_HANGS_AFTER}",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            "-verbosity=1",
        ],
        take,
    )
    atheris.Fuzz()


def _look_closer(name: str, data: bytes, limit: float) -> None:
    """Time an input again where nobody counts lines; raises TimeoutError if it is slow there."""
    suspect = KEPT / "found" / f"suspect-{name}"
    suspect.write_bytes(data)
    told = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, "--time", str(suspect)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    suspect.unlink()
    if float(told.stdout) > limit:
        raise TimeoutError(f"{1000 * float(told.stdout):.0f} ms of CPU, {1000 * limit:.0f} allowed")


def _cpu_time(name: str, data: bytes) -> float:
    """Seconds of CPU time that an input takes at best, since the rest is other programs' doing."""
    from tests.fuzz.targets import TARGETS as FUZZED

    times = []
    for _ in range(5):
        began = time.process_time()
        FUZZED[name].take(data)
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    sys.exit(main())
