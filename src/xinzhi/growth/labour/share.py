"""Labour's share of income with what the self-employed earn by their work.

unadjusted               C / V                    C: compensation of employees, V: value added
all_mixed_income         (C + M) / V              M: mixed income of the self-employed
half_mixed_income        (C + M/2) / V
proportional             C / (V - M)              mixed income has labour's share in the rest of the economy
same_wage                C / V x engaged / employees
agriculture              (C + A) / V              A: value added of agriculture
best_estimate            the Penn World Table's rule, row by row
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.language import Text, enumerated, named, say
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, View, register
from xinzhi.method.filling import column_name, filled_warnings, read_column
from xinzhi.method.status import status_word
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Texts

Adjustment = Literal[
    "unadjusted", "all_mixed_income", "half_mixed_income", "proportional", "same_wage", "agriculture", "best_estimate"
]
NEEDS: dict[str, tuple[str, ...]] = {
    "unadjusted": (),
    "all_mixed_income": ("mixed_income",),
    "half_mixed_income": ("mixed_income",),
    "proportional": ("mixed_income",),
    "same_wage": ("employees", "engaged"),
    "agriculture": ("agriculture",),
}
"""The columns that an adjustment needs besides compensation and value added."""

NO_ADJUSTMENT_ABOVE = 0.7
"""The Penn World Table takes an unadjusted share above this as it is where mixed income is not known."""


@register("labour_share")
class LabourShare(Method):
    """Measure labour's share of value added under every adjustment for the self-employed that the data allow.

    Parameters
    ----------
    compensation : str or Filled
        Compensation of employees, nominal.
    value_added : str or Filled
        Value added at basic prices, nominal: without taxes on products, which are no factor's income.
    adjustment : "best_estimate", "unadjusted", "all_mixed_income", "half_mixed_income", "proportional", "same_wage" or "agriculture"
        The one that the column ``labour_share`` holds. ``best_estimate``: ``proportional`` where mixed income is
        known; else ``unadjusted`` where that exceeds 0.7; else the smaller of ``same_wage`` and ``agriculture``.
    mixed_income : str, Filled or None
        Mixed income of the self-employed, nominal.
    employees, engaged : str, Filled or None
        Employees and persons engaged (employees and self-employed), or their hours.
    agriculture : str, Filled or None
        Value added of agriculture, nominal.

    Notes
    -----
    Each adjustment whose columns are given is a column of its own, so that they stand beside each other; one
    whose columns are not given is absent. The status is that of the chosen share: outside 0 to 1 it is
    not_identified. The others stand as they come out, above 1 too, and are empty where a column of theirs is. Same wage overstates the share where the
    self-employed earn little; agriculture counts rents of land as labour.

    References
    ----------
    Feenstra, R. C., Inklaar, R. and Timmer, M. P. (2015). American Economic Review 105(10), 3150-3182. doi:10.1257/aer.20130954
    Gollin, D. (2002). Journal of Political Economy 110(2), 458-474. doi:10.1086/338747
    OECD (2001). Measuring Productivity. doi:10.1787/9789264194519-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import LabourShare
    >>> panel = xz.Panel(pd.DataFrame({"c": ["A"], "coe": [50.0], "va": [100.0], "mix": [20.0]}), unit="c")
    >>> result = LabourShare(compensation="coe", value_added="va", mixed_income="mix").fit(panel)
    >>> {name: float(values[0]) for name, values in result.rows.terms.items()}
    {'labour_share': 0.625, 'unadjusted': 0.5, 'all_mixed_income': 0.7, 'half_mixed_income': 0.6, 'proportional': 0.625}
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = (
        "compensation",
        "value_added",
        "mixed_income",
        "employees",
        "engaged",
        "agriculture",
    )
    compensation: str | Filled
    value_added: str | Filled
    adjustment: Adjustment = "best_estimate"
    mixed_income: str | Filled | None = None
    employees: str | Filled | None = None
    engaged: str | Filled | None = None
    agriculture: str | Filled | None = None

    @property
    def known(self) -> tuple[str, ...]:
        """Return the adjustments whose columns are given."""
        return tuple(name for name, needs in NEEDS.items() if all(getattr(self, need) is not None for need in needs))

    def compute(self, panel: Panel, run: Run) -> "LabourShareResult":  # noqa: ARG002
        """Return every adjustment of every unit and year."""
        if self.adjustment not in (*self.known, "best_estimate"):
            needs = [repr(name) for name in NEEDS[self.adjustment] if getattr(self, name) is None]
            raise UsageError(
                "XZ-103",
                say("adjustment {name!r} without {columns}", name=self.adjustment, columns=enumerated(needs)),
                where="LabourShare",
            )
        given = {name: read_column(getattr(self, name), panel) for name in self.column_fields if getattr(self, name)}
        log = tuple(cell for cells in given.values() for cell in cells.log)
        shares = labour_shares({name: cells.values for name, cells in given.items()})
        if self.adjustment == "best_estimate":
            chosen, used = best_estimate(shares)
        else:
            chosen, used = shares[self.adjustment], np.full(len(panel), self.adjustment, dtype=object)
        status, reason = self._status(chosen, used, {column.name: column.values for column in given.values()})
        if not (status == "ok").any():
            raise DataError("XZ-206", say("no share; first: {reason}", reason=reason[0]), where=panel.source)
        good = status == "ok"
        terms = {name: np.where(good, values, np.nan) for name, values in ({"labour_share": chosen} | shares).items()}
        return LabourShareResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when, terms, status, reason),
            flow=False,
            absent={name: self._absence(name) for name in NEEDS if name not in self.known},
            warnings=filled_warnings(log),
            used=used,
            log=log,
        )

    def _absence(self, name: str) -> Text:
        needs = [label(need) for need in NEEDS[name] if getattr(self, need) is None]
        return say("no column of {columns}", columns=enumerated(needs))

    def _status(self, share: Floats, used: Texts, cells: dict[str, Floats]) -> tuple[Texts, Texts]:
        """Return status and reason of each row: a share between 0 and 1 is ok."""
        status, reason = np.full(share.size, "ok", dtype=object), np.full(share.size, "", dtype=object)
        basis = cells[column_name(self.value_added)]
        for row in np.flatnonzero(~((share >= 0) & (share <= 1))):
            absent = [named(name) for name, values in cells.items() if np.isnan(values[row])]
            if np.isfinite(share[row]):
                status[row] = "not_identified"
                words = say("{share:.3f} by {name}, outside 0 to 1", share=share[row], name=label(used[row]))
                reason[row] = words
            elif absent:
                status[row], reason[row] = "missing_data", say("{columns} missing", columns=enumerated(absent))
            else:
                name = self.value_added if basis[row] <= 0 else self.employees or self.value_added
                status[row] = "non_positive"
                reason[row] = say("{column} not positive", column=named(column_name(name)))
        return status, reason


@dataclass(frozen=True, kw_only=True, repr=False)
class LabourShareResult(Result):
    """Labour's share by unit and year, 0 to 1; ``used``: (n,) the adjustment behind ``labour_share`` in each row."""

    used: Texts

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Labour's share of value added by adjustment for the self-employed")

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the shares by unit and year, the adjustment used, and the cells that a policy filled."""
        units, _ = self.chosen(view)
        kept = np.flatnonzero(np.isin(self.rows.unit.astype(str), units))
        cells: dict[str, Any] = {name: values[kept].tolist() for name, values in self.columns().items()}
        cells["unit"], cells["status"] = map(named, cells["unit"]), map(status_word, cells["status"])
        good = self.rows.status[kept] == "ok"
        cells["used"] = [label(name) if ok else None for name, ok in zip(self.used[kept], good, strict=True)]
        fields = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            *(Field(name, label(name), 4) for name in self.rows.terms),
            Field("used", say("Adjustment used")),
            Field("status", label("status")),
        ]
        dash = say("A dash in a computed row: a column of that adjustment is missing there or not positive.")
        empty = any(np.isnan(values[kept][good]).any() for values in self.rows.terms.values())
        notes = [*self.absences(), *([dash] if empty else [])]
        rows = self.timed(Table.of("rows", self.title, fields, cells, notes=notes))
        return [rows, *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the adjustments of the first unit over time."""
        from xinzhi.method.charts import Labels, lines

        units, _ = self.chosen(view)
        kept = np.flatnonzero((self.rows.unit == units[0]) & (self.rows.status == "ok"))
        names = [name for name in self.rows.terms if name != "labour_share"]
        if kept.size < 2:
            return []
        labels = Labels(
            name="labour_share",
            title=say("{title}: {unit}", title=self.title, unit=named(units[0])),
            description=self.summary(View(units=(units[0],))),
            unit=label("labour_share"),
        )
        pairs = [(name, i) for name in names for i in kept if np.isfinite(self.rows.terms[name][i])]
        return [
            lines(
                labels,
                series=[label(name) for name, _ in pairs],
                time=[int(self.rows.time[i]) for _, i in pairs],
                value=[float(self.rows.terms[name][i]) for name, i in pairs],
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the mean share of each unit and the span of the adjustments."""
        units, _ = self.chosen(view)
        said = []
        for unit in units[:12]:
            mine = (self.rows.unit == unit) & (self.rows.status == "ok")
            if not mine.any():
                said.append(say("{unit}: no share.", unit=named(unit)))
                continue
            others = np.array([v[mine] for name, v in self.rows.terms.items() if name != "labour_share"])
            means = np.array([row[np.isfinite(row)].mean() for row in others if np.isfinite(row).any()])
            said.append(
                say(
                    "{unit}: labour's share is {share} on average; the adjustments give {low} to {high}.",
                    unit=named(unit),
                    share=shown(float(self.rows.terms["labour_share"][mine].mean()), 3),
                    low=shown(float(means.min()), 3),
                    high=shown(float(means.max()), 3),
                )
            )
        return "\n".join(said)


# Arrays in, arrays out ------------------------------------------------------------------------


def labour_shares(cells: dict[str, Floats]) -> dict[str, Floats]:
    """Return every adjusted share, (n,) each, from (n,) compensation, value_added and what else is given.

    NaN where a cell is missing, or value added, value added without mixed income or employees are not positive.
    """
    pay, added, nothing = cells["compensation"], cells["value_added"], np.full(cells["value_added"].size, np.nan)
    mixed, land = cells.get("mixed_income", nothing), cells.get("agriculture", nothing)
    engaged, employees = cells.get("engaged", nothing), cells.get("employees", nothing)
    values = {
        "unadjusted": _over(pay, added),
        "all_mixed_income": _over(pay + mixed, added),
        "half_mixed_income": _over(pay + 0.5 * mixed, added),
        "proportional": np.where(added > 0, _over(pay, added - mixed), np.nan),
        "same_wage": _over(pay, added) * _over(engaged, employees),
        "agriculture": _over(pay + land, added),
    }
    return {name: values[name] for name, needs in NEEDS.items() if all(need in cells for need in needs)}


def best_estimate(shares: dict[str, Floats]) -> tuple[Floats, Texts]:
    """Return the Penn World Table's best estimate and the adjustment that it takes, (n,) each."""
    nothing = np.full(shares["unadjusted"].size, np.nan)
    pick = {name: shares.get(name, nothing) for name in ("proportional", "unadjusted", "same_wage", "agriculture")}
    high = pick["unadjusted"] > NO_ADJUSTMENT_ABOVE
    wage, land = pick["same_wage"], pick["agriculture"]
    lower = np.where(np.isnan(land) | (wage <= land), "same_wage", "agriculture")
    used = np.where(np.isfinite(pick["proportional"]), "proportional", np.where(high, "unadjusted", lower))
    share = np.select([used == name for name in pick], list(pick.values()))
    return share, used.astype(object)


def _over(part: Floats, total: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, part / total, np.nan), dtype=np.float64)
