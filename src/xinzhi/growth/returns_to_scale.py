"""Returns to scale and markups estimated from growth of output and of inputs (Hall; Basu and Fernald).

    dln Y_it = c_i + gamma dln X_it + dln A_it          dln X = SUM_k sbar_k dln x_k at shares of cost

Firms hire more where technology improves, so OLS is biased; instruments that move demand but not technology
(military purchases, oil prices, monetary shocks) give two-stage least squares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import enumerated, named, say, sentences
from xinzhi.method import Field, Filled, Input, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import all_needs, period_warnings, read_inputs, read_quantity, share_needs
from xinzhi.method.status import gap_warnings, step_status
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.numerics import log_changes, two_year_means
from xinzhi.numerics.least_squares import Covariance, LinearFit, full_rank, least_squares
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Ints, Texts

WEAK = 10.0
"""First-stage F below which an instrument is called weak (Staiger and Stock 1997)."""


@role("newey_west")
class NeweyWest(Value):
    """Standard errors robust to heteroskedasticity and to autocorrelation within a unit.

    Parameters
    ----------
    lags : int
        Years of autocorrelation, with Bartlett weights.
    """

    lags: int = Setting(ge=1)


@register("returns_to_scale")
class ReturnsToScale(Method):
    """Estimate returns to scale, or the markup, from output growth and cost-weighted input growth.

    Parameters
    ----------
    output : str, Filled or Term
        Real gross output (value added only where intermediate inputs are used in fixed proportion).
    inputs : tuple of Input
        All inputs with their shares of **cost**.
    by : str or None
        Label column, such as the sector; its units share one estimate, each with its own mean growth of technology.
        One estimate per unit by default.
    instruments : tuple of str
        Columns that hold the shocks of the year itself, in any unit and of any sign; two-stage least squares.
        None: ordinary least squares.
    errors : "classical", "robust" or NeweyWest
        ``robust``: heteroskedasticity only (HC1).

    Notes
    -----
    Growth of output is returns times input growth and technology, exactly, in every row. With cost shares the
    coefficient is the returns to scale gamma; it is the markup too where profits are zero, since
    gamma = markup x (1 - profit share). OLS stands beside the instrumental estimate. A first-stage F below 10 means
    weak instruments: estimate and standard error are then not to be trusted.

    References
    ----------
    Hall, R. E. (1990). Invariance Properties of Solow's Productivity Residual. Growth/Productivity/Unemployment, MIT Press.
    Basu, S. and Fernald, J. G. (1997). Journal of Political Economy 105(2), 249-283. doi:10.1086/262073
    Newey, W. K. and West, K. D. (1987). Econometrica 55(3), 703-708. doi:10.2307/1913610

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import ReturnsToScale
    >>> x, a = np.exp([0.0, 0.1, 0.15, 0.3, 0.32, 0.5]), np.exp([0.0, 0.01, 0.01, 0.02, 0.02, 0.03])
    >>> frame = pd.DataFrame({"i": "A", "t": range(6), "x": x, "y": a * x**1.2})
    >>> method = ReturnsToScale(output="y", inputs=[xz.Input(name="all", quantity="x")])
    >>> result = method.fit(xz.Panel(frame, unit="i", time="t"))
    >>> [round(returns, 2) for returns in result.by_group()["returns"]]
    [1.27]
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("output", "by", "instruments")
    output: str | Filled | Term
    inputs: tuple[Input, ...]
    by: str | None = None
    instruments: tuple[str, ...] = ()
    errors: Literal["classical", "robust"] | NeweyWest = "robust"

    def compute(self, panel: Panel, run: Run) -> "ReturnsToScaleResult":
        """Return the estimates by group, and technology by step."""
        output = read_quantity(self.output, panel, run, name="output")
        factors, shares = read_inputs(self.inputs, panel, run)
        steps = panel.steps()
        needed = all_needs(output.needs, share_needs(self.inputs, shares), *(factor.needs for factor in factors))
        shocks = {name: panel.values(name)[steps.end] for name in self.instruments}
        status, reason = self._status(panel, steps, needed, shocks)
        changes = log_changes(
            np.column_stack([output.growth, *(factor.growth for factor in factors)]), steps.before, steps.end
        )
        growth = changes[:, 0]
        inputs = (two_year_means(shares, steps.before, steps.end) * changes[:, 1:]).sum(axis=1)
        groups = panel.units.astype(object) if self.by is None else panel.unit_label(self.by)
        group = groups.astype(str)[panel.code[steps.end]]
        z = np.column_stack(list(shocks.values())) if shocks else None
        estimates: dict[str, Estimate] = {}
        for name in dict.fromkeys(group.tolist()):
            used = np.flatnonzero((group == name) & (status == "ok"))
            units = panel.code[steps.end[used]]
            found = estimate(growth[used], inputs[used], None if z is None else z[used], units, errors=self.covariance)
            if found is None:
                odd = np.flatnonzero((group == name) & (status == "ok"))
                status[odd] = "not_identified"
                reason[odd] = say("{count} steps do not identify the returns of {group}", count=used.size, group=name)
            else:
                estimates[name] = found
        if not estimates:
            raise DataError("XZ-245", say("first: {reason}", reason=reason[0]), where=panel.source)
        gamma = np.array([estimates[name].returns if name in estimates else np.nan for name in group])
        good = status == "ok"
        columns = {
            "growth": growth,
            "input_growth": inputs,
            "inputs": gamma * inputs,
            "technology": growth - gamma * inputs,
        }
        terms = {name: np.where(good, values, np.nan) for name, values in columns.items()}
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        parts = np.column_stack([terms["inputs"], terms["technology"]])
        gap = check_adding_up(terms["growth"], parts, rows, identity=say("growth = returns x inputs + technology"))
        log = tuple(cell for factor in (output, *factors) for cell in factor.log)
        weak = [name for name, found in estimates.items() if found.first_stage < WEAK]
        return ReturnsToScaleResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={"largest_gap": gap, "groups": len(estimates), "weak": weak},
            warnings=(
                *filled_warnings(log),
                *gap_warnings(panel, steps),
                *period_warnings(column for factor in (output, *factors) for column in factor.within_period),
                *_weak_warnings(weak),
            ),
            log=log,
            estimates=estimates,
            group=groups.astype(str),
        )

    @property
    def covariance(self) -> tuple[Covariance, int]:
        """Return the covariance and its lags."""
        if isinstance(self.errors, NeweyWest):
            return "newey_west", self.errors.lags
        return ("classical", 0) if self.errors == "classical" else ("hc1", 0)

    def _status(
        self, panel: Panel, steps: Steps, needed: Mapping[str, Floats], shocks: Mapping[str, Floats]
    ) -> tuple[Texts, Texts]:
        """Return status and reason of each step; an instrument is needed in its year, of any sign."""
        status, reason = step_status(panel, steps, needed)
        for name, values in shocks.items():
            odd = np.flatnonzero((status == "ok") & ~np.isfinite(values))
            status[odd] = "missing_data"
            reason[odd] = [
                say("{column} missing in {year}", column=named(name), year=int(panel.when[steps.end[i]])) for i in odd
            ]
        return status, reason


@dataclass(frozen=True)
class Estimate:
    """Returns of one group.

    ``returns``, ``error``: estimate and standard error; ``ols``, ``ols_error``: the same by OLS; ``first_stage``: F of
    the instruments, NaN without; ``freedom``: observations less parameters; ``observations``.
    """

    returns: float
    error: float
    ols: float
    ols_error: float
    first_stage: float
    freedom: int
    observations: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the interval of Student's t."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom, 0.5 + level / 2)) * self.error
        return self.returns - reach, self.returns + reach


@dataclass(frozen=True, kw_only=True, repr=False)
class ReturnsToScaleResult(Result):
    """Growth as returns times inputs and technology, log points, with the estimates.

    ``estimates``: by group; ``group``: (u,) the group of each unit.
    """

    estimates: Mapping[str, Estimate]
    group: Texts

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Returns to scale, with growth of inputs and technology")

    def methods_text(self) -> str:
        """Return the method in words with estimator and standard errors."""
        method = self.method
        assert isinstance(method, ReturnsToScale)
        words = {
            "classical": say("Classical standard errors."),
            "hc1": say("Standard errors robust to heteroskedasticity (HC1)."),
            "newey_west": say("Newey-West standard errors, {lags} lags.", lags=method.covariance[1]),
        }[method.covariance[0]]
        names = enumerated([named(name) for name in method.instruments])
        used = say("Instruments: {names}.", names=names) if method.instruments else say("Ordinary least squares.")
        return sentences(super().methods_text(), used, words)

    def shown_groups(self, view: View | None) -> list[str]:
        """Return the groups of the units of a view that have an estimate."""
        units, _ = self.chosen(view)
        wanted = set(self.group[np.isin(self.panel.units.astype(str), units)].tolist())
        return [name for name in self.estimates if name in wanted]

    def by_group(self, view: View | None = None) -> dict[str, list[Any]]:
        """Return the estimates by group as columns, with 95 % intervals; of the groups of some units only in a view."""
        names = self.shown_groups(view)
        found = [self.estimates[name] for name in names]
        spans = [one.interval() for one in found]
        return {
            "group": [named(name) for name in names],
            "returns": [one.returns for one in found],
            "error": [one.error for one in found],
            "low": [span[0] for span in spans],
            "high": [span[1] for span in spans],
            "ols": [one.ols for one in found],
            "ols_error": [one.ols_error for one in found],
            "first_stage": [one.first_stage for one in found],
            "observations": [one.observations for one in found],
        }

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the estimates, and growth by period."""
        fields = [
            Field("group", say("Group")),
            Field("returns", label("returns"), 3),
            Field("error", say("Standard error"), 3),
            Field("low", say("95 % from"), 3),
            Field("high", say("95 % to"), 3),
            Field("ols", say("OLS"), 3),
            Field("ols_error", say("OLS standard error"), 3),
            Field("first_stage", say("First-stage F"), 1),
            Field("observations", say("Observations"), 0),
        ]
        estimates = Table.of("estimates", say("Returns to scale by group"), fields, self.by_group(view))
        rates = ("growth", "input_growth", "inputs", "technology")
        return [estimates, self.mean_rates(self.title, view, rates), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the estimates with their intervals."""
        from xinzhi.method.charts import Labels, range_chart

        columns = {name: values[:30] for name, values in self.by_group(view).items()}
        if not columns["group"]:
            return []
        labels = Labels(
            name="returns",
            title=say("Returns to scale by group, 95 % intervals"),
            description=self.summary(view),
            unit=label("returns"),
        )
        marks = (say("Estimate"), say("OLS"))
        return [
            range_chart(
                labels,
                item=columns["group"],
                low=columns["low"],
                median=columns["returns"],
                high=columns["high"],
                point=columns["ols"],
                names=marks,
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the estimates in words."""
        names = self.shown_groups(view)[:12]
        lines = [
            say(
                "{group}: returns to scale {returns} (standard error {error}, {count} observations); OLS {ols}.",
                group=named(name),
                returns=shown(self.estimates[name].returns, 3),
                error=shown(self.estimates[name].error, 3),
                count=self.estimates[name].observations,
                ols=shown(self.estimates[name].ols, 3),
            )
            for name in names
        ]
        return "\n".join(lines or [say("No estimate for these units.")])


def _weak_warnings(groups: list[str]) -> tuple[str, ...]:
    names = enumerated([named(name) for name in groups[:8]])
    words = say(
        "XZ-408 weak instruments (first-stage F below 10) in {count} groups: {names}.",
        count=len(groups),
        names=names,
    )
    return (words,) if groups else ()


# Arrays in, arrays out ------------------------------------------------------------------------


def estimate(
    growth: Floats, inputs: Floats, shocks: Floats | None, units: Ints, *, errors: tuple[Covariance, int]
) -> Estimate | None:
    """Return the coefficient of growth on input growth with a mean for each unit; None where it is not identified.

    Parameters
    ----------
    growth, inputs : (m,)
        Log changes, rows in the order of unit and time.
    shocks : (m, q) or None
        Instruments.
    units : (m,)
        Codes of the units, whose means are removed.
    errors : covariance and its lags
    """
    if growth.size == 0:
        return None
    count = np.unique(units).size
    columns = [growth, inputs, *([] if shocks is None else shocks.T)]
    y, x, *z = (_demeaned(column, units) for column in columns)
    options = {"covariance": errors[0], "lags": errors[1], "groups": units, "absorbed": count}
    regressor, instruments = x[:, None], np.column_stack(z) if z else None
    if growth.size <= count + max(1, len(z)) or not full_rank(regressor):
        return None
    ols = _fit(y, regressor, None, options)
    if instruments is None:
        fit, first = ols, np.nan
    else:
        if not full_rank(instruments):
            return None
        fit = _fit(y, regressor, instruments, options)
        first = first_stage(x, instruments, absorbed=count)
    return Estimate(
        returns=float(fit.coefficients[0]),
        error=float(fit.errors[0]),
        ols=float(ols.coefficients[0]),
        ols_error=float(ols.errors[0]),
        first_stage=first,
        freedom=fit.freedom,
        observations=growth.size,
    )


def _fit(y: Floats, x: Floats, instruments: Floats | None, options: dict[str, Any]) -> LinearFit:
    return least_squares(y, x, instruments=instruments, **options)


def first_stage(x: Floats, instruments: Floats, *, absorbed: int) -> float:
    """Return F of (m, q) instruments in the regression of (m,) x on them, means removed from both."""
    fit = least_squares(x, instruments, absorbed=absorbed)
    explained = float(x @ x - fit.residuals @ fit.residuals) / instruments.shape[1]
    return float(explained * fit.freedom / (fit.residuals @ fit.residuals))


def _demeaned(column: Floats, units: Ints) -> Floats:
    """Return a column less the mean of each unit."""
    place = np.unique(units, return_inverse=True)[1]
    return np.asarray(column - (np.bincount(place, column) / np.bincount(place))[place], dtype=np.float64)
