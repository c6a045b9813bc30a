"""A new method as a contributor would write it: Kaya's identity of emissions growth."""

from typing import ClassVar

import numpy as np

from xinzhi.compute import Run
from xinzhi.method import Method, Result, Rows, register
from xinzhi.method.status import step_status
from xinzhi.panel import Panel


@register("kaya")
class Kaya(Method):
    """Decompose emissions growth with the Kaya identity; columns in levels, any unit of measurement."""

    column_fields: ClassVar[tuple[str, ...]] = ("emissions", "population", "output", "energy")
    emissions: str
    population: str
    output: str
    energy: str

    def compute(self, panel: Panel, run: Run) -> Result:
        """Return the four log contributions by step."""
        steps, columns = panel.steps(), self.used_columns()
        status, reason = step_status(panel, steps, {name: panel.values(name) for name in columns})
        levels = np.log(panel.array(*columns))
        c, p, y, e = np.where(status == "ok", (levels[steps.end] - levels[steps.before]).T, np.nan)
        terms = {
            "growth": c,
            "population": p,
            "income": y - p,
            "energy_intensity": e - y,
            "carbon_content": c - e,
        }
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        return Result(method=self, panel=panel, rows=rows)
