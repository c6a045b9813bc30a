"""How work runs: seeds, executors, progress, interrupts, memory."""

from xinzhi.compute.executors import ExecutorKind, executor_of
from xinzhi.compute.interrupt import INTERRUPTED, cancellable
from xinzhi.compute.run import Progress, Run

__all__ = ["INTERRUPTED", "ExecutorKind", "Progress", "Run", "cancellable", "executor_of"]
