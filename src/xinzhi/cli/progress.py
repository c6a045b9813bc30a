"""Progress on the terminal: shown only for what takes over two seconds, with an estimate of what remains."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING

from xinzhi.language import Text, again, language, say, speaking

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

PATIENCE = 2.0
"""Seconds before anything is shown."""

CALM = 4.0
"""Seconds over which the estimate follows what is measured, so that it does not jump, while much is left."""

SOON = 0.25
"""The same near the end."""

NARROW = 60
"""Columns of a terminal below which there is no room for bars."""


@dataclass
class Level:
    """A step of which ``done`` of ``total`` pieces are finished; levels inside it divide the piece at work.

    ``since``: when the piece at work began; ``spent``: seconds of the pieces finished before.
    """

    label: str
    done: int
    total: int
    since: float
    spent: list[float] = field(default_factory=list)

    def reach(self, done: int, total: int, now: float) -> None:
        """Note that pieces are finished; several at once have taken equal parts of the time."""
        new = done - self.done
        if new < 0 or total != self.total:  # the step began again
            self.spent.clear()
        elif new:
            self.spent += [(now - self.since) / new] * new
        if new:
            self.since = now
        self.done, self.total = done, total


class Meter:
    """A :class:`xinzhi.compute.Progress` that draws bars on standard error, in the language in force when it is made.

    Parameters
    ----------
    shown : bool
        Draw at all: standard error is a terminal and the user did not ask for quiet.
    clock : callable
        Seconds from any origin.
    """

    def __init__(self, *, shown: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._shown, self._clock, self._language = shown, clock, language()
        self._levels: list[Level] = []
        self._lock = threading.Lock()
        self._live: Live | None = None
        self._end: float | None = None
        self._asked = 0.0
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True

    def __enter__(self) -> "Meter":
        if self._shown:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()
        if self._live is not None:
            self._live.stop()

    def __call__(self, label: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` pieces of ``label`` are finished."""
        now = self._clock()
        with self._lock:
            places = [level.label for level in self._levels]
            if label in places:
                del self._levels[places.index(label) + 1 :]
            else:
                began = self._levels[-1].since if self._levels else now
                self._levels.append(Level(label, 0, total, began))
            self._levels[-1].reach(done, total, now)
            if done >= total:
                del self._levels[-1]

    def lines(self) -> tuple[tuple[tuple[str, int, int], ...], str]:
        """Return label, done and total of each level, and what remains, in words."""
        with self._lock, speaking(self._language):
            shown = tuple((str(again(level.label)), level.done, level.total) for level in self._levels)
            return shown, self._left()

    def _left(self) -> str:
        """Return what remains, in words; the estimate follows the measured one within some seconds."""
        now = self._clock()
        seconds = remaining(self._levels, now)
        if seconds is None:
            return ""
        measured = now + seconds
        if self._end is None:
            self._end = measured
        calm = min(CALM, seconds / 2) + SOON
        self._end += (1.0 - math.exp((self._asked - now) / calm)) * (measured - self._end)
        self._asked = now
        return in_words(max(self._end - now, 0.0))

    def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True)
        if console.is_terminal and not console.is_dumb_terminal:
            self._live = Live(
                console=console,
                get_renderable=lambda: self._picture(console.width),
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)

    def _picture(self, width: int) -> "RenderableType":
        """Return a line for each level; what remains stands in the first one."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text as Words

        levels, left = self.lines()
        grid = Table.grid(padding=(0, 1), expand=False)
        grid.add_column(no_wrap=True, overflow="ellipsis", max_width=max(width // 3, 12))
        for _ in range(3 if width >= NARROW else 2):
            grid.add_column(no_wrap=True, overflow="ellipsis")
        for depth, (label, done, total) in enumerate(levels):
            bar = [ProgressBar(total=total, completed=done, width=width // 4)] if width >= NARROW else []
            grid.add_row(Words("  " * depth + label), *bar, f"{done:,}/{total:,}", left if depth == 0 else "")
        return grid


def remaining(levels: Sequence[Level], now: float) -> float | None:
    """Return the seconds that the outermost level still takes, or None where nothing tells.

    The piece at work takes what its finished part says; those after it take the mean of the pieces before
    and of this one.
    """
    if not levels:
        return None
    outer, *inner = levels
    share = 0.0
    for level in reversed(inner):
        share = (level.done + share) / max(level.total, 1)
    running = now - outer.since
    if share > 0.0:
        piece = running / share
    elif outer.spent:
        piece = max(running, sum(outer.spent) / len(outer.spent))
    else:
        return None
    mean = (sum(outer.spent) + piece) / (len(outer.spent) + 1)
    return piece - running + (outer.total - outer.done - 1) * mean


def in_words(seconds: float) -> Text:
    """Return what remains as roughly as it is known.

    Examples
    --------
    >>> in_words(3.0), in_words(41.0), in_words(200.0)
    ('a few seconds left', 'about 45 s left', 'about 4 min left')
    """
    if seconds < 5:
        return say("a few seconds left")
    if seconds <= 55:
        return say("about {seconds} s left", seconds=5 * math.ceil(seconds / 5))
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return say("about {minutes} min left", minutes=minutes)
    return say("about {hours} h {minutes} min left", hours=minutes // 60, minutes=minutes % 60)
