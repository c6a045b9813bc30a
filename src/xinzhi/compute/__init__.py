"""How work runs: seeds, executors, progress, interrupts, memory.

Names are imported when first used: compiled code is loaded without pools of processes.
"""

from typing import TYPE_CHECKING

from xinzhi.lazy import lazily

if TYPE_CHECKING:
    from xinzhi.compute.executors import ExecutorKind as ExecutorKind
    from xinzhi.compute.executors import executor_of as executor_of
    from xinzhi.compute.interrupt import INTERRUPTED as INTERRUPTED
    from xinzhi.compute.interrupt import cancellable as cancellable
    from xinzhi.compute.run import Progress as Progress
    from xinzhi.compute.run import Run as Run

_HOMES = {
    "ExecutorKind": "xinzhi.compute.executors",
    "executor_of": "xinzhi.compute.executors",
    "INTERRUPTED": "xinzhi.compute.interrupt",
    "cancellable": "xinzhi.compute.interrupt",
    "Progress": "xinzhi.compute.run",
    "Run": "xinzhi.compute.run",
}

__all__ = list(_HOMES)


if not TYPE_CHECKING:  # a checker would believe that any name is here
    __getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
