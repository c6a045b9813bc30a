"""The Solow model across countries: the regressions of Mankiw, Romer and Weil and their relatives.

ln y_T = c + b_1 ln s - b_2 ln(n + g + delta) (+ b_3 ln h + ...)               level, in the steady state
ln(y_T / y_0) = c + (e^(-lambda T) - 1) ln y_0 + b_1 ln s - b_2 ln(n + g + delta) + ...       growth
restricted: the coefficients of ln s, ln(n + g + delta) (and ln h) sum to zero, so that
alpha = b_s / (1 + b_s + b_h),  beta = b_h / (1 + b_s + b_h)    (in growth: b_s, b_h, and 1 - e^(-lambda T) for 1)
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.convergence.beta import COVARIANCE
from xinzhi.growth.convergence.cross_section import Grid, cells_over, column_over, first_reason, joined_status
from xinzhi.growth.convergence.regression import Regression, regress
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.method.table import shown, shown_p
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts

LARGEST_RATE = 0.5
"""Growth of population a year above which the column is not a fraction."""


@register("solow_regression")
class SolowRegression(Method):
    """Regress output per head on the determinants of the steady state in the Solow model.

    Parameters
    ----------
    output : str or Filled
        Output per head, read in the last year.
    investment : str
        Investment share of output; mean over the window.
    population_growth : str
        Growth of the working-age population a year, as a fraction; mean over the window.
    human_capital : str or None
        Investment in human capital, such as the school enrolment rate; mean over the window.
    others : tuple of str
        Further shares, such as that of research and development; their logarithms, mean over the window.
    initial : str, Filled or None
        Output per head read in the first year: the regression is then one of growth.
    window : (first, last) or None
        Years; all by default, also only one, where the columns hold means and values of both years already.
    replacement : float
        g + delta: growth of technology and depreciation.
    errors : "classical" or "robust"
        ``robust``: heteroskedasticity (HC1).

    Notes
    -----
    Beside the free regression stands the one in which the coefficients of the logarithms of investment, of human capital
    and of n + g + delta sum to zero, as the model says, with the F test of that restriction (Wald test where errors are
    robust) and the income shares of capital and of human capital that it implies. Saving and education may follow income
    instead of causing it: the coefficients are then not those of the model.

    References
    ----------
    Mankiw, N. G., Romer, D. and Weil, D. N. (1992). Quarterly Journal of Economics 107(2), 407-437. doi:10.2307/2118477
    Nonneman, W. and Vanhoudt, P. (1996). Quarterly Journal of Economics 111(3), 943-953.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import SolowRegression
    >>> s, n = np.array([0.1, 0.2, 0.3, 0.25, 0.15, 0.2]), np.array([0.03, 0.02, 0.01, 0.015, 0.02, 0.01])
    >>> frame = pd.DataFrame({"i": list("ABCDEF"), "s": s, "n": n, "y": (s / (n + 0.05)) ** 0.5 * [1, 1.01, 1, 0.99, 1, 1]})
    >>> method = SolowRegression(output="y", investment="s", population_growth="n")
    >>> round(method.fit(xz.Panel(frame, unit="i")).implied["capital"], 2)
    0.33
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = (
        "output",
        "investment",
        "population_growth",
        "human_capital",
        "others",
        "initial",
    )
    output: str | Filled
    investment: str
    population_growth: str
    human_capital: str | None = None
    others: tuple[str, ...] = ()
    initial: str | Filled | None = None
    window: tuple[int, int] | None = None
    replacement: float = Setting(default=0.05, ge=0)
    errors: Literal["classical", "robust"] = "classical"

    def compute(self, panel: Panel, run: Run) -> "SolowRegressionResult":
        """Return output as the model explains it and the residual by unit, with the regressions."""
        if self.window is not None:
            panel.require_window(self.window, where="SolowRegression.window")
        first, last = self.window or (int(panel.times[0]), int(panel.times[-1]))
        years = np.arange(first, last + 1)
        levels = {"output": cells_over(self.output, panel, run, years[-1:])}
        if self.initial is not None:
            levels["initial"] = cells_over(self.initial, panel, run, years[:1])
        shares = self._shares(panel, years)
        status, reason = joined_status(*(found.status() for found in (*levels.values(), *shares.values())))
        used = np.flatnonzero(status == "ok")
        if used.size <= 1:
            raise DataError(
                "XZ-250",
                say("{count} units; first: {reason}", count=used.size, reason=first_reason(reason)),
                where=panel.source,
                expected=say("at least two units with all columns"),
            )
        logs = {name: np.log(found.grid[used].mean(axis=1)) for name, found in (levels | shares).items()}
        output = logs.pop("output")
        if self.initial is not None:
            output = output - logs["initial"]
        options: dict[str, Any] = {"covariance": COVARIANCE[self.errors], "where": panel.source}
        constant = {"constant": np.ones(used.size)}
        free = regress(output, constant | logs, **options)
        model = [name for name in ("investment", "human_capital") if name in logs]
        held = {name: column - logs["replacement"] * (name in model) for name, column in logs.items()}
        del held["replacement"]
        restricted = regress(output, constant | held, **options)
        rows = self._rows(panel, used, (output, free.fit.residuals), (status, reason), last)
        parts = np.column_stack([rows.terms["explained"], rows.terms["residual"]])
        gap = check_adding_up(rows.terms["regressed"], parts, rows, identity=say("output = explained + residual"))
        return SolowRegressionResult(
            method=self,
            panel=panel,
            flow=False,
            rows=rows,
            free=free,
            restricted=restricted,
            restriction=restriction([*model, "replacement"], free),
            implied=implied(restricted, growth=self.initial is not None),
            log=tuple(cell for found in levels.values() for cell in found.log),
            warnings=filled_warnings([cell for found in levels.values() for cell in found.log]),
            diagnostics={"observations": free.observations, "largest_gap": gap},
        )

    def _shares(self, panel: Panel, years: Ints) -> dict[str, Grid]:
        """Return the columns that determine the steady state; population growth with what capital needs to keep up."""
        named_columns = {"investment": self.investment, "human_capital": self.human_capital}
        named_columns |= {f"other_{column}": column for column in self.others}
        shares = {name: column_over(column, panel, years) for name, column in named_columns.items() if column}
        growth = column_over(self.population_growth, panel, years)
        most = float(np.nanmax(np.abs(growth.grid), initial=0.0))
        if most > LARGEST_RATE:
            found = say("{most:g} in column {name!r}", most=most, name=self.population_growth)
            raise DataError("XZ-254", found, where=panel.source, expected=say("a fraction such as 0.02"))
        name = say("{growth} + {replacement:g}", growth=growth.name, replacement=self.replacement)
        shares["replacement"] = Grid(growth.grid + self.replacement, growth.rows, years, name, dated=growth.dated)
        return shares

    def _rows(
        self, panel: Panel, used: Ints, data: tuple[Floats, Floats], status: tuple[Texts, Texts], last: int
    ) -> Rows:
        """Return one row per unit."""
        output, residuals = data
        terms = {name: np.full(panel.units.size, np.nan) for name in ("regressed", "explained", "residual")}
        for name, column in zip(terms, (output, output - residuals, residuals), strict=True):
            terms[name][used] = column
        return Rows(panel.units.astype(object), np.full(panel.units.size, last), terms, *status)


@dataclass(frozen=True, kw_only=True, repr=False)
class SolowRegressionResult(Result):
    """Log output per head, or its log change, as explained and the residual.

    ``free``, ``restricted``: the regressions; ``restriction``: F and p of the restriction; ``implied``: income shares
    of ``capital`` and ``human_capital``, and the ``rate`` of convergence of the whole window.
    """

    free: Regression
    restricted: Regression
    restriction: tuple[float, float]
    implied: dict[str, float]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Solow model across units")

    def methods_text(self) -> str:
        """Return the method in words with standard errors."""
        classical = self.settings["errors"] == "classical"
        robust = say("Standard errors robust to heteroskedasticity (HC1).")
        return sentences(super().methods_text(), say("Classical standard errors.") if classical else robust)

    def words(self) -> dict[str, Text]:
        """Return the regressors in words."""
        method = self.method
        assert isinstance(method, SolowRegression)
        return {
            "constant": say("Constant"),
            "initial": say("ln initial level"),
            "investment": say("ln {column}", column=named(method.investment)),
            "human_capital": say("ln {column}", column=named(method.human_capital or "")),
            "replacement": say(
                "ln ({growth} + {replacement:g})",
                growth=named(method.population_growth),
                replacement=method.replacement,
            ),
            **{f"other_{column}": say("ln {column}", column=named(column)) for column in method.others},
        }

    def tables(self, view: View | None = None) -> list[Table]:
        """Return both regressions, what they imply, and the rows."""
        words = self.words()
        of_what = (
            say("ln output per head") if self.settings["initial"] is None else say("log change of output per head")
        )
        free = self.free.table("free", say("Regression of {output}", output=of_what), words)
        f, p = self.restriction
        test = say("Restriction: F {f:.3f}, p {p:.3f}.", f=f, p=p)
        title = say("Regression of {output}, coefficients restricted to sum to zero", output=of_what)
        ratio = {name: say("{term}, less ln (n + g + δ)", term=words[name]) for name in ("investment", "human_capital")}
        restricted = self.restricted.table("restricted", title, words | ratio, notes=(test,))
        names = {
            "capital": say("Income share of capital"),
            "human_capital": say("Income share of human capital"),
            "rate": say("Convergence over the window, log points"),
        }
        cells = {"measure": [names[key] for key in self.implied], "value": list(self.implied.values())}
        fields = [Field("measure", say("Measure")), Field("value", say("Value"), 3)]
        implied_table = Table.of("implied", say("What the restricted regression implies"), fields, cells)
        return [free, restricted, implied_table, self.listing(self.title, view), *self.filled_table(view)]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return fit, implied shares and the test of the restriction in words."""
        return say(
            "{count} units, adjusted R² {adjusted}: implied income share of capital {capital}; p of the model's "
            "restriction {p}.",
            count=self.free.observations,
            adjusted=shown(self.free.adjusted, 2),
            capital=shown(self.implied["capital"], 2),
            p=shown_p(self.restriction[1], 2),
        )


# Arrays in, arrays out ------------------------------------------------------------------------


def restriction(names: list[str], free: Regression) -> tuple[float, float]:
    """Return F(1, freedom) and p that the named coefficients of a regression sum to zero."""
    from scipy.special import fdtrc

    pick = np.array([float(name in names) for name in free.names])
    total, variance = float(pick @ free.fit.coefficients), float(pick @ free.fit.covariance @ pick)
    f = total**2 / variance
    return f, float(fdtrc(1, free.freedom, f))


def implied(restricted: Regression, *, growth: bool) -> dict[str, float]:
    """Return the income shares that a restricted regression implies; in growth also the convergence over the window."""
    b_s = restricted.coefficient("investment")[0]
    b_h = restricted.coefficient("human_capital")[0] if "human_capital" in restricted.names else 0.0
    scale = -restricted.coefficient("initial")[0] if growth else 1.0
    found = {"capital": b_s / (scale + b_s + b_h)}
    if "human_capital" in restricted.names:
        found["human_capital"] = b_h / (scale + b_s + b_h)
    if growth:
        found["rate"] = float(-np.log(1.0 - scale)) if scale < 1.0 else np.nan
    return found
