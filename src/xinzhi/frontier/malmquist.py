"""Malmquist productivity index: change against the frontier, split into technical, efficiency and scale change.

d^s(x, y) = ln of the Farrell output score under technology s (input orientation: minus ln of the input score),
            0 the year before, 1 the end; c: the index's returns to scale, v: those that split scale off
ln M      = 1/2 [d^0(0) - d^0(1)] + 1/2 [d^1(0) - d^1(1)]; d^C(0) - d^C(1) under one technology C
            M > 1 is progress in both orientations
fgnz      EC = d^0(0) - d^1(1), TC = ln M - EC; EC = PEC + SEC, PEC = EC under v
ray_desli TC = ln M_v - PEC, scale = ln M_c - ln M_v
base      ln M = d_c^0(0) - d_c^0(1), TC = d_v^1(1) - d_v^0(1), scale = [d_c^0 - d_v^0](0) - [d_c^0 - d_v^0](1);
          generalised: the latter at (x(1), y(0)), M being the product of the parts
biased    TC = MAG + OB + IB, MAG = d^1(0) - d^0(0), with (10) = (x(1), y(0)):
          OB = 1/2 [d^1(1) - d^0(1) + d^0(10) - d^1(10)], IB = 1/2 [d^0(0) - d^1(0) + d^1(10) - d^0(10)]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import model_validator

from xinzhi.frontier.distances import Measure, Side, radial_measure
from xinzhi.frontier.engine import Orientation, Returns
from xinzhi.frontier.goods import Goods
from xinzhi.frontier.productivity import ProductivityIndex, ProductivityResult, index_change, index_terms
from xinzhi.language import say
from xinzhi.method import register
from xinzhi.panel.panel import Floats

Decomposition = Literal["fgnz", "ray_desli", "base_period", "base_period_generalised", "biased"]
BY_SCALE = ("ray_desli", "base_period", "base_period_generalised")
"""Splits into technical, pure efficiency and scale change, the first two under the returns that split scale off."""

OF_TWO_YEARS = ("base_period", "base_period_generalised", "biased")
"""Splits that compare the technologies of the two years of a step."""


@register("malmquist")
class Malmquist(ProductivityIndex):
    """Measure productivity change against a frontier and split it into technical, efficiency and scale change.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; a growth index is refused.
    returns : "crs", "vrs", "drs" or "irs"
        Returns to scale of the index. Under ``crs`` gains of scale count as productivity; under the others they do
        not, and programmes of mixed years may have no solution.
    decompose_returns : "vrs", "drs", "irs" or None
        Returns to scale of the technology that splits scale off; the index is then under constant returns.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The reference units of the year, of all years up to it, of the years of a window that ends with it: the index
        is the geometric mean under the technologies of the two years. The reference units of all years (Pastor and
        Lovell 2005), of the two years of the step (Pastor, Asmild and Lovell 2011) or of a base year (Berg, Førsund
        and Jansen 1992): the index is under that one technology, efficiency change under those of the year alone.
    reference : tuple of str or None
        Units that span the technology; all by default. All units are evaluated.
    window : (first, last) or None
        Only steps inside are computed; a sequential technology still begins where it is told to, a global one spans
        all years of the panel.
    orientation : "input" or "output"
        Under constant returns both give the same index.
    decomposition : "fgnz", "ray_desli", "base_period", "base_period_generalised" or "biased"
        ``fgnz``: technical and efficiency change, and of the latter a pure and a scale part if ``decompose_returns``
        is given (Färe, Grosskopf, Norris and Zhang 1994). ``ray_desli``: technical, pure efficiency and scale change,
        the first two under ``decompose_returns``, geometric means of both years (Ray and Desli 1997). ``base_period``:
        the same parts of the index under the technology of the year before alone. ``base_period_generalised``: with
        scale change at the outputs of the year before; the index is the product of the parts (Grifell-Tatjé and
        Lovell 1999). ``biased``: as ``fgnz``, and of technical change magnitude, output bias and input bias (Färe
        and Grosskopf 1996).

    Notes
    -----
    Terms are log points that add up; where a part has no solution the index is missing, too. A mixed-period programme
    may have no solution; such rows have the status of the programme, and the cells are counted and named in
    ``diagnostics``. Global and fixed-base indices are circular: steps add up to the change over the period. A global
    index of old years changes when a year is added. The index measures changes against best practice in the data:
    with few units, or units outside the reference set, scores above the frontier are possible. Invariant to units of
    measurement and to units that occur twice.

    References
    ----------
    Färe, R., Grosskopf, S., Norris, M. and Zhang, Z. (1994). American Economic Review 84(1), 66-83.
    Ray, S. C. and Desli, E. (1997). American Economic Review 87(5), 1033-1039.
    Grifell-Tatjé, E. and Lovell, C. A. K. (1999). Top 7(1), 81-101. doi:10.1007/BF02564713
    Färe, R. and Grosskopf, S. (1996). Intertemporal Production Frontiers. Kluwer. doi:10.1007/978-94-009-1816-0
    Shestalova, V. (2003). Journal of Productivity Analysis 19, 211-226. doi:10.1023/A:1022857501478
    Pastor, J. T. and Lovell, C. A. K. (2005). Economics Letters 88(2), 266-271. doi:10.1016/j.econlet.2005.02.013
    Pastor, J. T., Asmild, M. and Lovell, C. A. K. (2011). Socio-Economic Planning Sciences 45(1), 10-15. doi:10.1016/j.seps.2010.09.001
    Berg, S. A., Førsund, F. R. and Jansen, E. S. (1992). Scandinavian Journal of Economics 94, S211-S228. doi:10.2307/3440261

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"j": list("AABB"), "t": [0, 1] * 2, "x": [10.0, 12, 28, 26], "y": [5.0, 6, 7, 8]})
    >>> result = Malmquist(inputs=["x"], outputs=["y"], orientation="input").fit(xz.Panel(frame, unit="j", time="t"))
    >>> [round(float(m), 6) for m in result.indices()["malmquist"]]
    [1.0, 1.230769]
    """  # noqa: E501

    orientation: Orientation = "output"
    decomposition: Decomposition = "fgnz"
    total: ClassVar[str] = "malmquist"

    @model_validator(mode="after")
    def _split_exists(self) -> "Malmquist":
        if self.decomposition in BY_SCALE and self.decompose_returns is None:
            raise ValueError(
                say("decomposition={name!r} splits scale off: give decompose_returns", name=self.decomposition)
            )
        if self.decomposition in OF_TWO_YEARS and self.one_technology:
            raise ValueError(
                say(
                    "decomposition={name!r} compares the technologies of two years: technology may be contemporaneous, "
                    "sequential or a window",
                    name=self.decomposition,
                )
            )
        return self

    def needed(self) -> tuple[tuple[Side, ...], tuple[Side, ...]]:
        """Return the distances that the index needs, and those that the split by scale needs."""
        index, split = super().needed()
        if self.decomposition == "ray_desli":
            return index, index
        if self.decomposition == "base_period":
            return ("own_before", "base_on_end"), (*split, "base_on_end")
        if self.decomposition == "base_period_generalised":
            return ("own_before", "base_on_mixed"), (*split, "base_on_end", "base_on_mixed")
        return ((*index, "base_on_mixed", "end_on_mixed") if self.decomposition == "biased" else index), split

    def terms(self, distances: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the index and its parts."""
        return malmquist_terms(distances, decomposition=self.decomposition, split=self.split)

    def sums(self) -> dict[str, tuple[str, ...]]:
        """Return the terms that are sums of others."""
        if self.decomposition in BY_SCALE:
            return {self.total: ("technical_change", "pure_efficiency_change", "scale_change")}
        biased = ("magnitude_change", "output_biased_change", "input_biased_change")
        return super().sums() | ({"technical_change": biased} if self.decomposition == "biased" else {})

    def measure(self, goods: Goods, returns: Returns) -> Measure:  # noqa: ARG002
        """Return what measures logs of radial scores."""
        return radial_measure(returns, self.orientation)

    def result_type(self) -> type[ProductivityResult]:
        """Return the class of the result."""
        return MalmquistResult


@dataclass(frozen=True, kw_only=True, repr=False)
class MalmquistResult(ProductivityResult):
    """Index and components by unit and step, log points; see :class:`~xinzhi.frontier.productivity.ProductivityResult`.

    ``distances`` are logs of output-type Farrell scores.
    """

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Malmquist productivity change and its parts")


# Arrays in, arrays out ------------------------------------------------------------------------


def malmquist_terms(
    distances: Mapping[str, Floats], *, decomposition: Decomposition = "fgnz", split: str = ""
) -> dict[str, Floats]:
    """Return the logs of the index and of its parts from the distances of a step, (m,) each.

    Parameters
    ----------
    split : str
        End of the names of the distances under the returns that split scale off, such as ``_vrs``.
    """
    if decomposition in BY_SCALE:
        return by_scale(distances, decomposition=decomposition, split=split)
    terms = index_terms(distances, total="malmquist", split=split)
    return terms | biased_parts(distances) if decomposition == "biased" else terms


def by_scale(distances: Mapping[str, Floats], *, decomposition: Decomposition, split: str) -> dict[str, Floats]:
    """Return an index as technical and pure efficiency change under the returns of ``split``, and scale change."""
    c, v = distances, {side.removesuffix(split): d for side, d in distances.items() if side.endswith(split)}
    pure = v["own_before"] - v["own_end"]
    if decomposition == "ray_desli":
        (total, *_), (inner, technical, _) = index_change(c), index_change(v)
        scale = total - inner
    else:
        technical = v["own_end"] - v["base_on_end"]
        moved = "base_on_end" if decomposition == "base_period" else "base_on_mixed"
        scale = (c["own_before"] - v["own_before"]) - (c[moved] - v[moved])
        total = technical + pure + scale if moved == "base_on_mixed" else c["own_before"] - c["base_on_end"]
    return {
        "malmquist": total,
        "technical_change": technical,
        "pure_efficiency_change": pure,
        "scale_change": scale,
    }


def biased_parts(distances: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the magnitude of technical change, what its output bias and what its input bias add."""
    d = distances
    before, end = d["end_on_base"] - d["own_before"], d["own_end"] - d["base_on_end"]
    mixed = d["end_on_mixed"] - d["base_on_mixed"]
    return {
        "magnitude_change": before,
        "output_biased_change": 0.5 * (end - mixed),
        "input_biased_change": 0.5 * (mixed - before),
    }
