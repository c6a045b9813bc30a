"""Progress on the terminal: shown only for what takes over two seconds, with the time that remains."""

import time
from types import TracebackType

PATIENCE = 2.0
"""Seconds before anything is shown."""


class Meter:
    """A :class:`xinzhi.compute.Progress` that draws bars on standard error.

    Parameters
    ----------
    shown : bool
        Draw at all: standard error is a terminal and the user did not ask for quiet.
    """

    def __init__(self, *, shown: bool) -> None:
        self._shown, self._start = shown, time.monotonic()
        self._bars: dict[str, int] = {}
        self._display: object | None = None

    def __enter__(self) -> "Meter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from rich.progress import Progress

        if isinstance(self._display, Progress):
            self._display.stop()

    def __call__(self, label: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` pieces of ``label`` are finished."""
        if not self._shown or time.monotonic() - self._start < PATIENCE:
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        if not isinstance(self._display, Progress):
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._display = Progress(*columns, console=Console(stderr=True), transient=True)
            self._display.start()
        if label not in self._bars:
            self._bars[label] = int(self._display.add_task(label, total=total))
        bar = self._display.tasks[self._bars[label]]
        self._display.update(bar.id, completed=done, total=total, visible=done < total)
