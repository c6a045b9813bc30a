"""Status words of rows, and the one place that decides between them for missing and odd cells."""

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np

from xinzhi.errors import listed
from xinzhi.language import Text, enumerated, named, say
from xinzhi.panel.panel import Floats, Panel, Steps, Texts

Status = Literal[
    "ok", "left_out", "missing_data", "non_positive", "infeasible", "unbounded", "numerical", "not_identified"
]
"""``left_out``: by name, by a rule, or of a year not asked for. ``missing_data``: a cell or the row before is missing.
``non_positive``: a cell has no logarithm. ``infeasible``, ``unbounded``, ``numerical``: words of the linear programme.
``not_identified``: the data cannot answer."""

WORDS: dict[str, Text] = {
    "ok": say("ok"),
    "left_out": say("left out"),
    "missing_data": say("missing data"),
    "non_positive": say("non positive"),
    "infeasible": say("infeasible"),
    "unbounded": say("unbounded"),
    "numerical": say("numerical"),
    "not_identified": say("not identified"),
}


def status_word(status: str) -> Text | str:
    """Return the reader's word for a status."""
    return WORDS.get(status, status.replace("_", " "))


def step_status(panel: Panel, steps: Steps, needed: Mapping[str, Floats]) -> tuple[Texts, Texts]:
    """Return status and reason of each step, given the cells that it needs at both ends.

    Parameters
    ----------
    needed : mapping from column name to (n,) values
        Each must be positive for the step to have logarithms.

    Returns
    -------
    status, reason : (m,) each
        ``ok`` with an empty reason; else the word and the cells concerned.
    """
    m = steps.end.size
    status, reason = np.full(m, "ok", dtype=object), np.full(m, "", dtype=object)
    names = list(needed)
    cells = np.column_stack([needed[name] for name in names])
    before = np.where(steps.before >= 0, steps.before, steps.end)
    absent = np.isnan(cells[steps.end]) | np.isnan(cells[before])
    with np.errstate(invalid="ignore"):
        odd = (cells[steps.end] <= 0) | (cells[before] <= 0)
    gap, missing = steps.before < 0, absent.any(axis=1)
    for rows, word, cells_of in (
        (np.flatnonzero(~missing & ~gap & odd.any(axis=1)), "non_positive", odd),
        (np.flatnonzero(missing & ~gap), "missing_data", absent),
    ):
        patterns, which = np.unique(cells_of[rows], axis=0, return_inverse=True)
        columns = [enumerated([_called(names[k]) for k in np.flatnonzero(pattern)]) for pattern in patterns]
        pairs = list(zip(which.ravel().tolist(), panel.when[steps.end[rows]].tolist(), strict=True))
        words = {(c, year): _reason(word, columns[c], year) for c, year in set(pairs)}
        status[rows], reason[rows] = word, [words[pair] for pair in pairs]
    status[gap] = "missing_data"
    years = panel.when[steps.end[gap]].tolist()
    before_gap = {year: say("no row for {year}", year=year - 1) for year in set(years)}
    reason[gap] = [before_gap[year] for year in years]
    return status, reason


def level_status(needed: Mapping[str, Floats]) -> tuple[Texts, Texts]:
    """Return status and reason of each row of a panel, given the cells that it needs.

    Parameters
    ----------
    needed : mapping from column name to (n,) values
        Each must be positive.
    """
    names, cells = list(needed), np.column_stack(list(needed.values()))
    status, reason = (np.full(cells.shape[0], word, dtype=object) for word in ("ok", ""))
    for word, odd in (("non_positive", cells <= 0), ("missing_data", np.isnan(cells))):
        rows = np.flatnonzero(odd.any(axis=1))
        patterns, which = np.unique(odd[rows], axis=0, return_inverse=True)
        columns = [enumerated([_called(names[k]) for k in np.flatnonzero(pattern)]) for pattern in patterns]
        missing = word == "missing_data"
        words = [
            say("{columns} missing", columns=names_) if missing else say("{columns} not positive", columns=names_)
            for names_ in columns
        ]
        status[rows], reason[rows] = word, [words[k] for k in which.ravel()]
    return status, reason


def mark_beyond_range(status: Texts, reason: Texts, terms: Iterable[Floats]) -> None:
    """Give the rows of which a term is not finite, although nothing is missing, their status."""
    lost = (status == "ok") & ~np.all([np.isfinite(cells).ravel() for cells in terms], axis=0)
    status[lost], reason[lost] = "numerical", say("the numbers are too large or too small to compute with")


def _called(column: str) -> Text:
    return column if isinstance(column, Text) else named(column)


def _reason(word: str, columns: Text, year: int) -> Text:
    if word == "non_positive":
        return say("{columns} not positive in {before} or {year}", columns=columns, before=year - 1, year=year)
    return say("{columns} missing in {before} or {year}", columns=columns, before=year - 1, year=year)


def gap_warnings(panel: Panel, steps: Steps) -> tuple[str, ...]:
    """Return the warning that units have gaps between their years, or nothing; a late start is no gap."""
    lone = steps.end[steps.before < 0]
    inside = lone[(lone > 0) & (panel.code[lone] == panel.code[lone - 1])]
    units = list(dict.fromkeys(panel.unit_names[inside].tolist()))
    if not units:
        return ()
    known = listed([named(unit) for unit in units])
    return (say("XZ-405 {count} units have gaps between their years: {units}.", count=len(units), units=known),)
