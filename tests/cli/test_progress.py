"""Progress: nothing off a terminal or before two seconds, an estimate that suits tasks of different length."""

import itertools
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xinzhi.cli.progress import Level, Meter, in_words, remaining
from xinzhi.language import say, speaking

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, time
from xinzhi.cli.progress import Meter
from xinzhi.language import say, speaking
with speaking(sys.argv[1]):
    with Meter(shown=sys.stderr.isatty() and sys.argv[3:] != ["quiet"]) as meter:
        for done in range(10):
            meter(say("range over choices"), done, 10)
            time.sleep(float(sys.argv[2]) / 10)
"""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def on_terminal(*arguments: str, columns: int = 80) -> str:
    """Return what a program writes to standard error when it is a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns), "LINES": "20"}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        end = time.monotonic() + 30.0
        while time.monotonic() < end and select.select([ours], [], [], 30.0)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            written += piece
    os.close(ours)
    assert process.returncode == 0
    return written.decode()


def test_a_terminal_shows_label_count_and_what_remains() -> None:
    shown = on_terminal("en", "3.5")
    assert "range over choices" in shown
    assert re.search(r"\d/10", shown)
    assert re.search(r"a few seconds left|about \d+ s left", shown)
    assert shown.rstrip().endswith("\x1b[2K"), "the bars are wiped at the end"
    assert "\x1b[?25h" in shown


def test_a_terminal_speaks_the_language_of_the_user() -> None:
    shown = on_terminal("zh", "3.5", columns=40)
    assert "方法选择" in shown
    assert "━" not in shown, "no room for bars"


@pytest.mark.parametrize("arguments", [("en", "0.5"), ("en", "3", "quiet")])
def test_short_work_and_quiet_show_nothing(arguments: tuple[str, ...]) -> None:
    assert on_terminal(*arguments) == ""


def test_nothing_is_written_where_there_is_no_terminal() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, "en", "3"], cwd=ROOT, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_levels_nest_and_end() -> None:
    meter = Meter(shown=False)
    meter("analyses", 0, 2)
    meter("scores", 1, 4)
    meter("choices", 1, 3)  # scores are within a piece of choices, which tells after its first piece
    assert [label for label, _, _ in meter.lines()[0]] == ["analyses", "scores", "choices"]
    meter("scores", 4, 4)
    meter("choices", 2, 3)
    meter("scores", 1, 4)
    assert meter.lines()[0] == (("analyses", 0, 2), ("choices", 2, 3), ("scores", 1, 4))
    meter("analyses", 1, 2)
    assert meter.lines()[0] == (("analyses", 1, 2),)
    meter("analyses", 2, 2)
    assert meter.lines() == ((), "")


def test_a_piece_at_work_is_projected_and_the_others_take_the_mean() -> None:
    outer, inner = Level("analyses", 2, 5, since=10.0, spent=[1.0, 3.0]), Level("choices", 1, 4, since=12.0)
    # the piece at work: 2 s for a quarter, so 6 s more; two pieces of (1 + 3 + 8) / 3 = 4 s after it
    assert remaining([outer, inner], 12.0) == pytest.approx(14.0)
    assert remaining([outer], 11.0) == pytest.approx(2.0 - 1.0 + 2 * 2.0)
    assert remaining([Level("analyses", 0, 5, since=0.0)], 3.0) is None
    assert remaining([], 3.0) is None


def test_a_piece_that_takes_longer_than_the_mean_does_not_end_the_estimate() -> None:
    outer = Level("analyses", 1, 2, since=0.0, spent=[1.0])
    assert remaining([outer], 50.0) == 0.0
    assert remaining([Level("analyses", 1, 3, since=0.0, spent=[1.0])], 50.0) == pytest.approx(25.5)


def test_the_estimate_of_unequal_tasks_does_not_jump() -> None:
    clock = Clock()
    meter = Meter(shown=False, clock=clock)
    ends = []
    for done, seconds in enumerate((1.0, 1.0, 20.0, 1.0, 1.0)):
        meter("analyses", done, 5)
        for piece in range(10):
            for _ in range(5):
                clock.now += seconds / 50
                meter.lines()
                if meter._end is not None:
                    ends.append((clock.now, meter._end))
            meter("scores", piece + 1, 10)
    steps = [abs(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(ends)]
    assert ends[-1][1] == pytest.approx(124.0, abs=3.0)
    assert max(steps) < 20.0, "seconds of change per second; without smoothing it is hundreds"


def test_words_are_as_rough_as_what_is_known() -> None:
    assert [str(in_words(s)) for s in (0.0, 5.0, 11.0, 56.0, 61.0, 3599.0, 3700.0)] == [
        "a few seconds left",
        "about 5 s left",
        "about 15 s left",
        "about 1 min left",
        "about 2 min left",
        "about 1 h 0 min left",
        "about 1 h 2 min left",
    ]


def test_labels_are_said_in_the_language_in_which_the_meter_was_made() -> None:
    with speaking("zh"):
        meter = Meter(shown=False)
    with speaking("en"):
        meter(say("range over choices"), 1, 4)
    assert meter.lines()[0][0][0] != "range over choices"
