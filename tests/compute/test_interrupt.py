"""An interrupt ends a program in time, whatever it is doing, with exit code 130 and without workers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.compute.test_executors import alive
from xinzhi.compute import INTERRUPTED, ExecutorKind, cancellable
from xinzhi.compute.interrupt import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
IN_TIME = 2.0
"""Seconds from the signal to the end that the issue asks for."""

PROGRAM = """
import sys, threading, time
from xinzhi.compute import Run, cancellable, executor_of
from tests.compute.work import nap

def bye():
    print("bye", file=sys.stderr, flush=True)

def stubborn():
    ready = "ready"
    while True:
        try:
            if ready:
                print(ready, flush=True)
                ready = ""
            time.sleep(60)
        except KeyboardInterrupt:
            print("swallowed", flush=True)

class Slow:
    def __del__(self):
        time.sleep(60)  # the interpreter prints what is raised here, and goes on

def mistaken():
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt as error:
        raise ValueError("the file is damaged") from error

def held_at_the_end():
    thread = threading.Thread(target=time.sleep, args=(60,))
    thread.start()
    print("ready", flush=True)
    time.sleep(60)

def working(kind):
    with executor_of(kind, 2) as executor:
        print(*set(Run(executor=executor).map(nap, [(0.5,)] * 4, label="start")), flush=True)
        Run(executor=executor).map(nap, [(60.0,)] * 4, label="work")

if __name__ == "__main__":
    with cancellable(bye, patience=float(sys.argv[2])):
        if sys.argv[1] == "stubborn":
            stubborn()
        elif sys.argv[1] == "finalizer":
            hit = Slow()
            print("ready", flush=True)
            del hit
            time.sleep(60)
        elif sys.argv[1] == "mistaken":
            mistaken()
        elif sys.argv[1] == "held":
            held_at_the_end()
        else:
            working(sys.argv[1])
"""


def start(tmp_path: Path, what: str, patience: float = PATIENCE) -> tuple["subprocess.Popen[str]", list[int]]:
    """Start the program and return it, ready, with the ids of its workers."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(path), what, str(patience)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split() if word.isdigit()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("what", ["serial", "thread", "process", "dask", "stubborn", "finalizer", "mistaken", "held"])
def test_an_interrupt_ends_the_program_in_time(tmp_path: Path, what: str, number: signal.Signals) -> None:
    process, pids = start(tmp_path, what)
    clock = time.monotonic()
    process.send_signal(number)
    process.wait(timeout=20.0)
    seconds = time.monotonic() - clock
    _, said = process.communicate(timeout=20.0)
    assert (process.returncode, said) == (INTERRUPTED, "bye\n")
    assert seconds < IN_TIME
    workers = [pid for pid in pids if pid != process.pid]
    assert bool(workers) == (what in {"process", "dask"})
    end = time.monotonic() + 2.0
    while any(alive(pid) for pid in workers) and time.monotonic() < end:
        time.sleep(0.02)
    assert not [pid for pid in workers if alive(pid)]


@pytest.mark.parametrize("what", ["process", "dask"])
def test_ctrl_c_on_the_terminal_reaches_workers_too_and_they_say_nothing(tmp_path: Path, what: ExecutorKind) -> None:
    process, _ = start(tmp_path, what)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=20.0)[1]
    assert (process.returncode, said) == (INTERRUPTED, "bye\n")


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    process, _ = start(tmp_path, "stubborn", patience=60.0)
    clock = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert process.stdout.readline() == "swallowed\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20.0)
    assert process.returncode == INTERRUPTED
    assert time.monotonic() - clock < 5.0


def test_without_a_signal_everything_is_as_before() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    hook, told = sys.unraisablehook, list[str]()
    with cancellable(lambda: told.append("bye")):
        assert signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in before} == before
    assert signal.set_wakeup_fd(-1) == -1
    assert sys.unraisablehook is hook
    assert told == []
