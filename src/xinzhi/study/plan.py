"""The plan of a study: its tasks, what each depends on, and the key under which its outcome is kept.

A key is the hash of everything that the outcome depends on: our code, the numerical libraries, the
method with all its settings, the seed, the data, and what is shown.
"""

import hashlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import uuid4

from xinzhi.errors import DataError, XinzhiError, listed, nearest
from xinzhi.language import LANGUAGES, again, joined, say, speaking
from xinzhi.method import Value, View
from xinzhi.panel import Panel
from xinzhi.study.directory import is_complete, read_record
from xinzhi.study.file import AnalysisSpec, Study
from xinzhi.study.output import Telling, digest
from xinzhi.study.tables import each, placed

LIBRARIES = ("numpy", "scipy", "pandas", "narwhals", "duckdb", "highspy", "altair", "vl-convert-python")
"""Libraries whose version may change a number or a figure."""


@dataclass(frozen=True)
class Task:
    """One analysis to compute.

    Parameters
    ----------
    spec : AnalysisSpec
    panel : Panel
    telling : Telling
        What it is called, in which languages, and what its tables and figures show, the report's defaults applied.
    key : str
        Content key.
    """

    spec: AnalysisSpec
    panel: Panel
    telling: Telling
    key: str

    @property
    def view(self) -> View:
        """Return what its tables and figures show."""
        return self.telling.view

    def memory(self, *, workers: int = 1) -> int:
        """Return about how many bytes it takes beside its data."""
        return self.spec.method.memory(self.panel, workers=workers)


def plan(study: Study, panels: Mapping[str, Panel]) -> tuple[Task, ...]:
    """Return the tasks of a study, what others depend on first."""
    names = {language: study.names(language) for language in study.languages}
    common = digest([code_digest(), library_versions(), study.seed])
    shown = {name: fitting(study.default_view(), panel) for name, panel in panels.items()}
    with speaking(LANGUAGES[0]):  # what the reader found is told in the language of the terminal; keys are not
        accounts = again({name: asdict(panel.account) for name, panel in panels.items()})
    tables = {name: digest([p.digest(), p.source, p.citation, accounts[name]]) for name, p in panels.items()}
    tasks = []
    for spec in _in_order(study.analyses):
        telling = Telling(spec.id, spec.title, spec.view or shown[spec.data], names)
        parts = {
            "common": common,
            "method": spec.method.key(),
            "foreign": sorted({_foreign_code(kind) for kind in _kinds(spec.method)}),
            "table": tables[spec.data],
            "told": [list(names), names, spec.title, asdict(telling.view)],
        }
        tasks.append(Task(spec, panels[spec.data], telling, digest(parts)))
    return tuple(tasks)


def complete_in(out: Path, tasks: tuple[Task, ...]) -> set[str]:
    """Return the analyses that a folder holds complete and unchanged, so that a run there would keep them."""
    return {t.spec.id for t in tasks if is_complete(out, read_record(out, t.spec.id), key=t.key)}


def problems(task: Task) -> list[XinzhiError]:
    """Return what is wrong between a task's settings and its data, without computing."""
    found: list[XinzhiError] = []
    panel, known = task.panel, [*task.panel.columns, *task.panel.labels]
    for name in task.spec.method.used_columns():
        if name not in known:
            hint = joined(say("no column {name!r}", name=name), nearest(name, known))
            found.append(DataError("XZ-205", hint, where=panel.source, expected=listed(known, 40)))
    found += unknown_units(task, ())
    try:
        for period in task.view.periods or ():
            panel.require_window(period, where="view.periods")
    except XinzhiError as error:
        found += each(error)
    return [placed(error, task.spec.where) for error in found]


def unknown_units(task: Task, more: Iterable[str]) -> list[XinzhiError]:
    """Return an error for units of the view that neither the data nor ``more`` know."""
    known = names_in(task.panel) | set(more)
    odd = [name for name in task.view.units or () if name not in known]
    if not odd:
        return []
    hint = joined(listed(odd), nearest(odd[0], sorted(known)))
    return [DataError("XZ-212", hint, where="view.units", expected=listed(sorted(known)))]


def names_in(panel: Panel) -> set[str]:
    """Return units and labels: where the data are by industry, a result may be by economy."""
    words = {str(cell) for name in panel.labels for cell in panel.label(name) if cell is not None}
    return words | set(panel.units.tolist())


def fitting(view: View, panel: Panel) -> View:
    """Return the part of the report's default view that the panel can show."""
    known = names_in(panel)
    units = tuple(name for name in view.units or () if name in known)
    low, high = int(panel.times[0]), int(panel.times[-1])
    periods = tuple((a, b) for a, b in view.periods or () if low <= a < b <= high)
    return View(units or None, periods or None)


@cache
def code_digest() -> str:
    """Return the SHA-256 of the package's own source files and of what it says in other languages."""
    import xinzhi

    root = Path(xinzhi.__file__).parent
    sha = hashlib.sha256()
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.po")]):
        sha.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()


@cache
def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _kinds(value: Value) -> set[type[Value]]:
    """Return the classes of a value and of the values inside it."""
    found = {type(value)}
    for name in type(value).model_fields:
        content = getattr(value, name)
        for item in content if isinstance(content, tuple) else (content,):
            found |= _kinds(item) if isinstance(item, Value) else set()
    return found


@cache
def _foreign_code(kind: type[Value]) -> str:
    """Return the SHA-256 of the file of a class that is not ours; empty for ours.

    Code without a file is never taken as unchanged.
    """
    if kind.__module__.partition(".")[0] == "xinzhi":
        return ""
    try:
        return hashlib.sha256(Path(inspect.getfile(kind)).read_bytes()).hexdigest()
    except (OSError, TypeError):
        return f"typed in a session {uuid4().hex}"


def _in_order(specs: tuple[AnalysisSpec, ...]) -> list[AnalysisSpec]:
    """Return the analyses so that each follows what it depends on; otherwise as in the study."""
    by_id = {spec.id: spec for spec in specs}
    done: dict[str, AnalysisSpec] = {}

    def place(spec: AnalysisSpec) -> None:
        for name in spec.depends:
            if name in by_id and name not in done:
                place(by_id[name])
        done.setdefault(spec.id, spec)

    for spec in specs:
        place(spec)
    return list(done.values())
