"""Regressions across units: named columns, coefficients with errors and p-values, and the table of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from xinzhi.errors import DataError
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Table, Value
from xinzhi.method.base import role
from xinzhi.numerics.least_squares import Covariance, LinearFit, full_rank, least_squares
from xinzhi.panel.panel import Floats, Ints


@role("control")
class Control(Value):
    """A column that a growth regression holds constant.

    Parameters
    ----------
    column : str
    at : "mean", "start" or "end"
        Its mean over the years of the period (all of them are needed), or its value in the first or last one.
    form : "value" or "log"
        ``log``: the logarithm of that mean or value.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    column: str
    at: Literal["mean", "start", "end"] = "mean"
    form: Literal["value", "log"] = "value"

    def words(self) -> Text:
        """Return what it is called in tables."""
        column = {
            "mean": named(self.column),
            "start": say("{column} at the start", column=named(self.column)),
            "end": say("{column} at the end", column=named(self.column)),
        }[self.at]
        return column if self.form == "value" else say("ln {column}", column=column)


@dataclass(frozen=True)
class Regression:
    """A regression across units.

    ``names``: (k,) of the regressors; ``fit``: the estimates; ``freedom``: of Student's t; ``observations``: n;
    ``absorbed``: parameters of fixed effects, removed before.
    """

    names: tuple[str, ...]
    fit: LinearFit
    freedom: int
    observations: int
    absorbed: int = 0

    @property
    def adjusted(self) -> float:
        """Return R squared corrected for degrees of freedom."""
        n = self.observations
        return 1.0 - (1.0 - self.fit.r_squared) * (n - 1) / self.fit.freedom

    def coefficient(self, name: str) -> tuple[float, float]:
        """Return a coefficient and its standard error."""
        place = self.names.index(name)
        return float(self.fit.coefficients[place]), float(self.fit.errors[place])

    def columns(self) -> dict[str, list[float]]:
        """Return estimate, standard error, t and two-sided p of each coefficient."""
        from scipy.special import stdtr

        with np.errstate(divide="ignore", invalid="ignore"):
            t = self.fit.coefficients / self.fit.errors
        columns = {
            "estimate": self.fit.coefficients,
            "error": self.fit.errors,
            "t": t,
            "p": 2.0 * stdtr(self.freedom, -np.abs(t)),
        }
        return {name: column.tolist() for name, column in columns.items()}

    def table(self, name: str, title: str, words: Mapping[str, str], *, notes: tuple[str, ...] = ()) -> Table:
        """Return the coefficients as a table, the regressors in words."""
        fields = [
            Field("term", say("Regressor")),
            Field("estimate", say("Estimate"), 4),
            Field("error", say("Standard error"), 4),
            Field("t", "t", 2),
            Field("p", "p", 4, p_value=True),
        ]
        size = say("{count} observations, R² within {r:.3f}.", count=self.observations, r=self.fit.r_squared)
        if not self.absorbed:
            size = say(
                "{count} observations, R² {r:.3f}, adjusted R² {adjusted:.3f}.",
                count=self.observations,
                r=self.fit.r_squared,
                adjusted=self.adjusted,
            )
        cells = {"term": [words.get(key, key) for key in self.names], **self.columns()}
        return Table.of(name, title, fields, cells, notes=(size, *notes))


def regress(
    y: Floats,
    columns: Mapping[str, Floats],
    *,
    covariance: Covariance = "classical",
    groups: Ints | None = None,
    absorbed: int = 0,
    nested: int = 0,
    length: Floats | None = None,
    where: str = "",
) -> Regression:
    """Return the regression of (n,) y on named (n,) columns; XZ-245 where it is not identified.

    Parameters
    ----------
    covariance, groups, absorbed, nested
        See :func:`least_squares`.
    length : (k,) or None
        Of the columns before effects were removed; see :func:`full_rank`.
    """
    x = np.column_stack(list(columns.values()))
    if y.size - x.shape[1] - absorbed <= 0 or not full_rank(x, length):
        names = ", ".join(columns)
        found = say("{count} observations, {names}", count=y.size, names=names)
        raise DataError("XZ-245", found, where=where)
    fit = least_squares(y, x, covariance=covariance, groups=groups, absorbed=absorbed, nested=nested)
    if groups is None or covariance != "clustered":
        return Regression(tuple(columns), fit, fit.freedom, y.size, absorbed)
    count = int(np.unique(groups).size)
    if np.isnan(fit.errors).any():
        found = say("{count} clusters leave nothing of which a standard error could be computed", count=count)
        remedy = say("Use more units, or standard errors that are not clustered.")
        raise DataError("XZ-245", found, where=where, remedy=remedy)
    return Regression(tuple(columns), fit, count - 1, y.size, absorbed)
