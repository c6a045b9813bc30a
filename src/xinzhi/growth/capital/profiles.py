"""How capital goods age: efficiency, retirement, and the price that follows from both.

    e_s(T) = (T - s) / (T - beta s), 0 <= s < T      efficiency of a good of age s that lives T years
    S(s)   = SUM_T>s f(T)                            share of a cohort still in use, f: retirement at age T
    h_s    = SUM_T f(T) e_s(T)                       efficiency left in the cohort
    p_s    = P_s / P_0,  P_s = SUM_u h_s+u (1 + r)^-u    price of the cohort: the services still to come

beta = 1: one-hoss shay; beta = 0: straight line. Where h is geometric, p equals h, and in no other case.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import gamma
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.language import say
from xinzhi.method.base import Value, role
from xinzhi.panel.panel import Floats

Rate = Annotated[float, Setting(gt=0, lt=1)]

LONGEST_LIFE = 1000.0
"""Greatest mean service life, years."""

Life = Annotated[float, Setting(gt=0, le=LONGEST_LIFE)]
Spread = Annotated[float, Setting(gt=0, le=1)]

CELLS = 400
"""Cells into which a mean service life is cut; doubling them moves a profile by less than 1e-6."""

SHORT = 0.01
"""Mean service life, years, below which a year is not cut any finer: hardly anything outlives it."""

TAIL = 1e-9
"""Share of a cohort that is taken as retired."""

BLOCK = 2**23
"""Ages times lives that are held at once."""

SAME_MEAN = 0.05
"""Relative distance of the mean of a survivor curve from the mean service life; tables printed by the year, or by ten
per cent of it, miss it by less."""

LONGEST = 64.0
"""Greatest age, in mean service lives."""

WINFREY = {"S2": 3.70009, "S3": 6.90158}
"""Exponents m of Winfrey's symmetrical types, f(x) = y0 (1 - x^2/100)^m with x in tenths of the mean life.

His heights y0 = 11.91103 and 15.61048 are 10 / B(1/2, m + 1), so that each pair of numbers checks itself."""

# Efficiency -----------------------------------------------------------------------------------


@role("geometric")
class Geometric(Value):
    """Efficiency and price fall by the same rate every year; the rate holds for the cohort, retirement included.

    Parameters
    ----------
    form : "geometric"
        Tells this value from the others.
    rate : number, str or None
        Depreciation rate a year, or its column, which may change over time.
    declining_balance : number or None
        In the place of a rate: delta = declining_balance / life, e.g. 2 (double declining), 1.65 (equipment)
        or 0.91 (structures) as found by Hulten and Wykoff.
    life : number, str or None
        Mean service life in years, or its column; gross stock and retirements need it.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("rate", "life")
    form: Literal["geometric"] = "geometric"
    rate: Rate | str | None = None
    declining_balance: Annotated[float, Setting(gt=0)] | None = None
    life: Life | str | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> "Geometric":
        if (self.rate is None) == (self.declining_balance is None):
            raise ValueError(say("give rate or declining_balance, one of them"))
        if self.declining_balance is not None and self.life is None:
            raise ValueError(say("declining_balance needs life: the rate is declining_balance / life"))
        return self


@role("reported_depreciation")
class ReportedDepreciation(Value):
    """Depreciation as an accounting column reports it, from the first year that counts; before it, a rate.

    Parameters
    ----------
    form : "reported_depreciation"
        Tells this value from the others.
    column : str
        Depreciation in the prices of the year, deflated like investment.
    rate : number
        Rate of the years before.
    since : int
        First year in which the column counts.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("column",)
    form: Literal["reported_depreciation"] = "reported_depreciation"
    column: str
    rate: Rate
    since: int


@role("hyperbolic")
class Hyperbolic(Value):
    """Efficiency (T - s) / (T - beta s): it falls slowly first, fast at the end.

    Parameters
    ----------
    form : "hyperbolic"
        Tells this value from the others.
    life : number or str
        Mean service life T in years, or its column.
    beta : number
        0 is the straight line, towards 1 efficiency is kept to the end; the BLS takes 0.5 for equipment and
        0.75 for structures.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("life",)
    form: Literal["hyperbolic"] = "hyperbolic"
    life: Life | str
    beta: Annotated[float, Setting(ge=0, le=1)]


@role("straight_line")
class StraightLine(Value):
    """Efficiency falls by the same amount every year of a service life.

    Parameters
    ----------
    form : "straight_line"
        Tells this value from the others.
    life : number or str
        Mean service life in years, or its column.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("life",)
    form: Literal["straight_line"] = "straight_line"
    life: Life | str


@role("one_hoss_shay")
class OneHossShay(Value):
    """Full efficiency to the last day of a service life.

    Parameters
    ----------
    form : "one_hoss_shay"
        Tells this value from the others.
    life : number or str
        Mean service life in years, or its column.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("life",)
    form: Literal["one_hoss_shay"] = "one_hoss_shay"
    life: Life | str


Efficiency = Annotated[
    Geometric | ReportedDepreciation | Hyperbolic | StraightLine | OneHossShay, Setting(discriminator="form")
]


def beta_of(efficiency: Efficiency) -> float:
    """Return beta of the hyperbolic profile that an efficiency is; 0 where it is none."""
    if isinstance(efficiency, Hyperbolic):
        return efficiency.beta
    return 1.0 if isinstance(efficiency, OneHossShay) else 0.0


# Retirement -----------------------------------------------------------------------------------


@role("fixed_life")
class FixedLife(Value):
    """All goods of a cohort are retired at the service life.

    Parameters
    ----------
    law : "fixed_life"
        Tells this value from the others.
    """

    law: Literal["fixed_life"] = "fixed_life"

    def survival(self, age: Floats) -> Floats:
        """Return the share in use at ages in mean service lives."""
        return (age < 1.0).astype(np.float64)


@role("normal_retirement")
class NormalRetirement(Value):
    """Retirement ages are normal around the service life, cut at age zero.

    Parameters
    ----------
    law : "normal"
        Tells this value from the others.
    spread : number
        Standard deviation in service lives, e.g. 0.25.
    """

    law: Literal["normal"] = "normal"
    spread: Spread

    def survival(self, age: Floats) -> Floats:
        """Return the share in use at ages in mean service lives."""
        return cut_normal(age, self.spread, 0.0, np.inf)


@role("truncated_normal")
class TruncatedNormal(Value):
    """Retirement ages are normal around the service life, cut at a least and a greatest age.

    Parameters
    ----------
    law : "truncated_normal"
        Tells this value from the others.
    spread : number
        Standard deviation in service lives before it is cut.
    least, greatest : number
        Ages at which it is cut, in service lives; the mean stays 1 where they are symmetrical around it.
    """

    law: Literal["truncated_normal"] = "truncated_normal"
    spread: Spread
    least: Annotated[float, Setting(ge=0, lt=1)] = 0.0
    greatest: Annotated[float, Setting(gt=1, le=LONGEST)] = 2.0

    def survival(self, age: Floats) -> Floats:
        """Return the share in use at ages in mean service lives."""
        return cut_normal(age, self.spread, self.least, self.greatest)


@role("lognormal_retirement")
class LogNormal(Value):
    """Logs of retirement ages are normal: few early retirements, a long tail.

    Parameters
    ----------
    law : "lognormal"
        Tells this value from the others.
    spread : number
        Standard deviation of the age in service lives.
    """

    law: Literal["lognormal"] = "lognormal"
    spread: Spread

    def survival(self, age: Floats) -> Floats:
        """Return the share in use at ages in mean service lives."""
        from scipy.special import ndtr

        variance = np.log1p(self.spread**2)
        with np.errstate(divide="ignore"):
            return np.asarray(ndtr(-(np.log(age) + 0.5 * variance) / np.sqrt(variance)))


@role("weibull_retirement")
class Weibull(Value):
    """Retirement grows likelier (shape above 1) or rarer (below 1) with age.

    Parameters
    ----------
    law : "weibull"
        Tells this value from the others.
    shape : number
        Exponent; the scale follows from the mean service life.
    """

    law: Literal["weibull"] = "weibull"
    shape: Annotated[float, Setting(ge=0.5, le=20)]

    def survival(self, age: Floats) -> Floats:
        """Return the share in use at ages in mean service lives."""
        return np.asarray(np.exp(-((age * gamma(1.0 + 1.0 / self.shape)) ** self.shape)))


@role("winfrey")
class Winfrey(Value):
    """Winfrey's symmetrical retirement curves, f(x) = y0 (1 - x^2/100)^m, x: tenths of the service life from it.

    Parameters
    ----------
    law : "winfrey"
        Tells this value from the others.
    curve : "S2" or "S3"
        The two whose numbers check themselves; for any other type (S0 to S6, L0 to L5, R1 to R5) give its printed
        table as :class:`SurvivorCurve`.

    References
    ----------
    Winfrey, R. (1935). Statistical Analyses of Industrial Property Retirements. Bulletin 125. Iowa State College.
    """

    law: Literal["winfrey"] = "winfrey"
    curve: Literal["S2", "S3"]

    def survival(self, age: Floats) -> Floats:
        """Return the share in use at ages in mean service lives."""
        from scipy.special import betainc

        m = WINFREY[self.curve] + 1.0
        return np.asarray(1.0 - betainc(m, m, np.clip(0.5 * age, 0.0, 1.0)))


@role("survivor_curve")
class SurvivorCurve(Value):
    """A printed survivor curve, such as Winfrey's L and R types: straight lines between its points.

    Parameters
    ----------
    law : "survivor_curve"
        Tells this value from the others.
    age : tuple of numbers
        Ages in per cent of the mean service life, rising from 0: the mean of the curve, the area below it, is 100
        within five per cent, or the curve is refused. Divide ages in years by their mean first.
    surviving : tuple of numbers
        Per cent of the cohort in use at each age, falling from 100 to 0.
    """

    law: Literal["survivor_curve"] = "survivor_curve"
    age: tuple[float, ...]
    surviving: tuple[float, ...]

    @model_validator(mode="after")
    def _a_curve(self) -> "SurvivorCurve":
        age, left = np.array(self.age), np.array(self.surviving)
        ends = age.size == left.size >= 2 and age[0] == 0 and left[0] == 100 and left[-1] == 0
        if not ends or (np.diff(age) <= 0).any() or (np.diff(left) > 0).any():
            raise ValueError(say("ages rise from 0, and as many per cents fall from 100 to 0"))
        mean = float(np.trapezoid(left, age)) / 100.0
        if abs(mean - 100.0) > 100.0 * SAME_MEAN:
            raise ValueError(
                say("the mean of the curve is {mean:g}: ages are per cent of the mean life, so it is 100", mean=mean)
            )
        return self

    def survival(self, age: Floats) -> Floats:
        """Return the share in use at ages in mean service lives."""
        return np.interp(100.0 * age, self.age, self.surviving, right=0.0) / 100.0


Retirement = Annotated[
    FixedLife | NormalRetirement | TruncatedNormal | LogNormal | Weibull | Winfrey | SurvivorCurve,
    Setting(discriminator="law"),
]

# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Profile:
    """A cohort by age, (a,) each.

    ``age``: 0 .. a - 1 in years; ``efficiency``: of a good that lives exactly the mean service life; ``survival``:
    share in use; ``cohort``: efficiency left in the cohort; ``price``: of the cohort, relative to new.
    """

    age: Floats
    efficiency: Floats
    survival: Floats
    cohort: Floats
    price: Floats


@lru_cache(maxsize=1024)
def profile(life: float, beta: float, retirement: Retirement, discount: float) -> Profile:
    """Return the profiles of a cohort.

    Parameters
    ----------
    life : years
        Mean service life.
    beta : number
        Of the hyperbolic efficiency.
    discount : number
        Real rate a year at which the services to come are valued.
    """
    lives, shares = service_lives(life, retirement)
    age = np.arange(np.ceil(lives.max()) + 1.0)
    blocks = np.array_split(age, -(-age.size * lives.size // BLOCK))
    left = [(ages[:, None], int(np.searchsorted(lives, ages[0], side="right"))) for ages in blocks]
    cohort = np.concatenate([hyperbolic(ages, lives[gone:], beta) @ shares[gone:] for ages, gone in left])
    survival = np.concatenate([(ages < lives[gone:]) @ shares[gone:] for ages, gone in left])
    return Profile(age, hyperbolic(age, life, beta), survival, cohort, age_price(cohort, discount))


def hyperbolic(age: Floats, life: Floats | float, beta: float) -> Floats:
    """Return (T - s) / (T - beta s) where s < T, else 0."""
    used = age < life
    return np.where(used, (life - age) / np.where(used, life - beta * age, 1.0), 0.0)


def service_lives(life: float, retirement: Retirement) -> tuple[Floats, Floats]:
    """Return ages of retirement and the shares of a cohort retired at them, (j,) each; the shares sum to one."""
    if isinstance(retirement, FixedLife):
        return np.array([life]), np.ones(1)
    grid = np.arange(0.25, LONGEST + 0.25, 0.25)
    gone = retirement.survival(grid) <= TAIL
    longest = grid[int(np.argmax(gone))] if gone.any() else LONGEST
    cells = int(np.ceil(CELLS / max(life, SHORT)))  # a year holds whole cells, so that S(s) is exact at whole ages
    edges = np.arange(int(np.ceil(longest * life)) * cells + 1) / cells
    left = retirement.survival(edges / life)
    left[-1] = 0.0
    return 0.5 * (edges[1:] + edges[:-1]), left[:-1] - left[1:]


def age_price(cohort: Floats, discount: float) -> Floats:
    """Return the price of a cohort by age, relative to new: the discounted sum of the efficiency to come, (a,)."""
    value = np.zeros(cohort.size + 1)
    for s in range(cohort.size - 1, -1, -1):
        value[s] = cohort[s] + value[s + 1] / (1.0 + discount)
    price: Floats = value[:-1] / value[0]
    return price


def cut_normal(age: Floats, spread: float, least: float, greatest: float) -> Floats:
    """Return 1 - F of a normal with mean 1 that is cut at two ages."""
    from scipy.special import ndtr

    low, high = ndtr((least - 1.0) / spread), ndtr((greatest - 1.0) / spread)
    inside = ndtr((np.clip(age, least, greatest) - 1.0) / spread)
    return np.asarray((high - inside) / (high - low))


def centred(weights: Floats) -> Floats:
    """Return weights by age of investment that is spread over its year: means of the ages s and s + 1, (a,)."""
    means: Floats = 0.5 * (weights + np.append(weights[1:], 0.0))
    return means
