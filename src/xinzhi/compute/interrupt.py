"""Ctrl-C and SIGTERM end a command in time, whatever it is doing."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

INTERRUPTED = 130
"""Exit code of a command that was interrupted."""

PATIENCE = 1.0
"""Seconds between the first signal and the hard end."""

LAST_WORDS = 0.2
"""Seconds that the hard end waits for what is said to the user."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SHOW_CURSOR = b"\x1b[?25h"
"""A progress bar hides the cursor."""


@contextmanager
def cancellable(farewell: Callable[[], None], *, patience: float = PATIENCE) -> Iterator[None]:
    """Run a command so that an interrupt ends it within two seconds.

    The first Ctrl-C or SIGTERM raises ``KeyboardInterrupt`` in the main thread, which closes what is open; when
    the block is left the process ends with exit code 130, whatever became of the exception on its way (a reader
    may have taken it for a damaged file). If the block is not left within ``patience`` seconds, for example
    because a library swallows the exception or a thread does not return, or at a second signal, the process
    ends all the same: a run may be killed at any moment and be resumed, and workers end with their parent.

    Parameters
    ----------
    farewell : callable
        Tells the user; called once.
    patience : float
        Seconds.

    Notes
    -----
    For the main thread of a command-line program. What the interpreter does at its end is left out after an
    interrupt, because it can take long or hang.
    """
    told, interrupted = threading.Lock(), threading.Event()

    def tell() -> None:
        if told.acquire(blocking=False):
            farewell()

    def interrupt(*_: object) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    def unraisable(lost: "sys.UnraisableHookArgs") -> None:
        if not (interrupted.is_set() and issubclass(lost.exc_type, KeyboardInterrupt)):
            earlier_hook(lost)  # an interrupt that hit a finalizer is not for the user's eyes: the watch ends us

    heard, ours = socket.socketpair()
    ours.setblocking(False)
    handlers = {number: signal.signal(number, interrupt) for number in SIGNALS}
    earlier_hook, sys.unraisablehook = sys.unraisablehook, unraisable
    earlier = signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(heard, patience, tell), name="interrupt", daemon=True).start()
    try:
        yield
    finally:
        if interrupted.is_set():
            tell()
            _end()
        sys.unraisablehook = earlier_hook
        signal.set_wakeup_fd(earlier)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        ours.close()


def _watch(heard: socket.socket, patience: float, tell: Callable[[], None]) -> None:
    """Wait for a signal, which needs nothing from the main thread, then for the end or a second signal."""
    if not _signal(heard):
        heard.close()  # the block ended
        return
    heard.settimeout(patience)
    with suppress(TimeoutError):
        _signal(heard)
    last = threading.Thread(target=tell, daemon=True)
    last.start()
    last.join(LAST_WORDS)
    _end()


def _end() -> NoReturn:
    """End the process now."""
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(INTERRUPTED)


def _signal(heard: socket.socket) -> bool:
    """Wait for one of the signals; False where the other end was closed."""
    while number := heard.recv(1):
        if number[0] in SIGNALS:
            return True
    return False
