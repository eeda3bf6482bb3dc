"""The recipes for GitHub's runners, which nobody runs here: whether what they call is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = {path.name: path.read_text("utf-8") for path in ROOT.glob(".github/workflows/*.yml")}
ALL = "\n".join(WORKFLOWS.values())


def test_there_are_two() -> None:
    assert set(WORKFLOWS) == {"ci.yml", "release.yml"}


def test_every_action_is_pinned_by_commit_and_the_same_one_everywhere() -> None:
    used = re.findall(r"uses: (?!\./)(.*)", ALL)
    assert used
    for line in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    assert len(set(used)) == len({line.partition("@")[0] for line in used})


def test_a_workflow_may_only_read_but_for_the_draft_of_a_release() -> None:
    for text in WORKFLOWS.values():
        assert "\npermissions:\n  contents: read\n" in text
    (draft,) = re.findall(r"\n  (\w+):\n(?:    .*\n|\n)*?    permissions:", ALL)
    assert draft == "draft"
    assert re.findall(r"[\w-]+: write", ALL) == ["contents: write"]


def test_pull_requests_reach_no_secrets() -> None:
    assert "secrets" not in WORKFLOWS["ci.yml"]
    assert not re.search(r"^  pull_request", WORKFLOWS["release.yml"], re.MULTILINE)
    assert "pull_request_target" not in ALL


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"(?<![\w/.])(?:\.ci|installer|tests)/[\w/.]*\w", ALL)))
)
def test_every_file_that_is_called_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_target_of_make_and_every_set_of_packages_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"run: make ([\w-]+)$", ALL, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    prepare = (ROOT / ".ci" / "prepare").read_text("utf-8")
    for name in re.findall(r"\.ci/prepare (\w+)", ALL):
        assert re.search(rf"^  {name}\)$", prepare, re.MULTILINE), name


def test_our_scripts_know_the_options_that_they_are_given() -> None:
    given = re.findall(
        r"(?<!tests/)(installer/[\w/]+\.py)((?:\s+(?:--[\w-]+|[\w/.*\"$]+[\w/.*\"-]*))*)", ALL
    )
    assert len(given) >= 5
    for script, words in given:
        text = (ROOT / script).read_text("utf-8")
        for option in re.findall(r"--[\w-]+", words):
            assert f'"{option}"' in text, (script, option)


def test_every_module_that_is_run_exists() -> None:
    for module in re.findall(r"python -m (installer[\w.]+)", ALL):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file(), module


def test_every_job_ends_in_time() -> None:
    jobs = re.findall(r"^    runs-on: .*$", ALL, re.MULTILINE)
    limits = re.findall(r"^    timeout-minutes: \d+$", ALL, re.MULTILINE)
    assert len(jobs) == len(limits) > 0
