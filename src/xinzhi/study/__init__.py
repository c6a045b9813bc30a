"""Study file -> plan -> run directory."""

from xinzhi.study.contents import Analysis, Chapter, Figure, RunContents
from xinzhi.study.directory import read_run
from xinzhi.study.file import Study, read_study
from xinzhi.study.plan import Task, plan, problems
from xinzhi.study.registry import load_methods
from xinzhi.study.runner import RunOutcome, run_study
from xinzhi.study.tables import load_tables

__all__ = [
    "Analysis",
    "Chapter",
    "Figure",
    "RunContents",
    "RunOutcome",
    "Study",
    "Task",
    "load_methods",
    "load_tables",
    "plan",
    "problems",
    "read_run",
    "read_study",
    "run_study",
]
