"""Study file -> plan -> run directory; going on with it, verifying, comparing and asking it."""

from xinzhi.study.contents import Analysis, Chapter, Figure, RunContents
from xinzhi.study.diff import Comparison, Difference, diff_runs
from xinzhi.study.directory import read_run
from xinzhi.study.file import Study, read_study
from xinzhi.study.plan import Task, complete_in, plan, problems
from xinzhi.study.query import Answer, query_run
from xinzhi.study.registry import load_methods
from xinzhi.study.resume import Begun, begun, resume_study
from xinzhi.study.runner import RunOutcome, run_study
from xinzhi.study.tables import load_tables
from xinzhi.study.verify import Damage, Verification, require_sound, verify_run

__all__ = [
    "Analysis",
    "Answer",
    "Begun",
    "Chapter",
    "Comparison",
    "Damage",
    "Difference",
    "Figure",
    "RunContents",
    "RunOutcome",
    "Study",
    "Task",
    "Verification",
    "begun",
    "complete_in",
    "diff_runs",
    "load_methods",
    "load_tables",
    "plan",
    "problems",
    "query_run",
    "read_run",
    "read_study",
    "require_sound",
    "resume_study",
    "run_study",
    "verify_run",
]
