"""How work runs: seeds, executors, progress."""

from xinzhi.compute.run import Progress, Run

__all__ = ["Progress", "Run"]
