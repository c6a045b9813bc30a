"""Luenberger productivity indicator: change of directional distances, a difference and not a ratio.

D^s(o) = max { b : (x - b g_x, y + b g_y, c - b g_c) in T^s },  c the bad outputs, 0 the year before, 1 the end
L      = 1/2 [D^0(0) - D^0(1)] + 1/2 [D^1(0) - D^1(1)]; D^C(0) - D^C(1) under one technology C
EC     = D^0(0) - D^1(1),  TC = L - EC                  L > 0 is progress
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from xinzhi.frontier.directional import Direction, DirectionalDEA, Moving, planned, steps_along
from xinzhi.frontier.disposability import Disposability
from xinzhi.frontier.distances import Measure, directional_measure
from xinzhi.frontier.engine import Returns
from xinzhi.frontier.goods import Goods
from xinzhi.frontier.productivity import ProductivityIndex, ProductivityResult, caveats
from xinzhi.language import Text, say
from xinzhi.method import Quantity, Table, View, register


@register("luenberger")
class Luenberger(ProductivityIndex):
    """Measure productivity change by the change of the distance to a frontier along a direction.

    Parameters
    ----------
    inputs, outputs, bad_outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units, zero or more; a growth index is refused.
    disposability : Weak, Kuosmanen, ByProduction or None
        How bad outputs enter the technology; no default where there are any.
    direction : "observed", "mean", "unit", Moving or Direction
        g: the evaluated observation's own goods; the mean of all observations of the panel; one unit of each good.
        :class:`Moving` restricts these to some goods, :class:`Direction` gives one's own. All goods move by default.
    returns : "crs", "vrs", "drs" or "irs"
        Returns to scale of the indicator; see :class:`~xinzhi.frontier.malmquist.Malmquist`.
    decompose_returns : "vrs", "drs", "irs" or None
        Returns to scale of the technology that splits efficiency change into a pure and a scale part; the indicator
        is then under constant returns.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The reference units of one year or more; two technologies or one for a step, as in Malmquist.
    reference : tuple of str or None
        Units that span the technology; all by default. All units are evaluated.
    window : (first, last) or None
        Only steps inside are computed.

    Notes
    -----
    Terms are differences of distances, in multiples of the direction (along the observed goods: of the observation's
    own goods), and add up; tables and ``periods`` show hundredths of the direction. A mixed-period programme may have
    no solution; such rows have the status of the programme, and the cells are counted and named in ``diagnostics``.
    With the direction "observed" each distance is along its own observation. Invariant to units of measurement along
    the observed and the mean goods, not along "unit" or numbers; invariant to units that occur twice, unless the
    direction is the mean. A global or fixed-base indicator is circular.

    References
    ----------
    Chambers, R. G., Färe, R. and Grosskopf, S. (1996). Pacific Economic Review 1(3), 181-190. doi:10.1111/j.1468-0106.1996.tb00184.x

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"j": list("AABB"), "t": [0, 1] * 2, "x": [10.0, 11, 28, 26], "y": [5.0, 6, 7, 8]})
    >>> result = Luenberger(inputs=["x"], outputs=["y"]).fit(xz.Panel(frame, unit="j", time="t"))
    >>> [round(float(change), 6) for change in result.term("luenberger")]
    [0.043478, 0.093989]
    """  # noqa: E501

    bad_outputs: tuple[Quantity, ...] = ()
    disposability: Disposability | None = None
    direction: Literal["observed", "mean", "unit"] | Moving | Direction = "observed"
    column_fields: ClassVar[tuple[str, ...]] = ("inputs", "outputs", "bad_outputs")
    total: ClassVar[str] = "luenberger"

    @model_validator(mode="after")
    def _same_direction(self) -> "Luenberger":
        if isinstance(self.direction, Moving) and self.direction.by in ("range", "ideal"):
            raise ValueError(
                say(
                    "direction by {name!r} depends on the reference set, so that distances to two of them cannot be "
                    "compared: observed, mean or unit",
                    name=self.direction.by,
                )
            )
        return self

    def measure(self, goods: Goods, returns: Returns) -> Measure:
        """Return what measures distances along the direction."""
        plan = planned(
            DirectionalDEA(
                inputs=self.inputs,
                outputs=self.outputs,
                bad_outputs=self.bad_outputs,
                disposability=self.disposability,
                direction=self.direction,
            )
        )
        everything = goods.observations.all[goods.usable]
        return directional_measure(returns, plan.disposability, partial(steps_along, plan, everything))

    def remarks(self) -> dict[str, Any]:
        """Return what is to be known about the technology."""
        return caveats((self.returns, self.decompose_returns), self.disposability)

    def result_type(self) -> type[ProductivityResult]:
        """Return the class of the result."""
        return LuenbergerResult


@dataclass(frozen=True, kw_only=True, repr=False)
class LuenbergerResult(ProductivityResult):
    """Indicator and components by unit and step; see :class:`~xinzhi.frontier.productivity.ProductivityResult`.

    ``distances`` are directional; terms are differences of them, not logs.
    """

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Luenberger productivity change and its parts")

    @property
    def start(self) -> float:
        """Return the value of the first year in the chart: 0 for sums of differences."""
        return 0.0

    @property
    def unit_of_rates(self) -> Text:
        """Return the unit of measurement of 100 times a term."""
        return say("hundredths of the direction a year")

    def indices(self) -> Any:
        """Return :meth:`tidy`: an indicator is a difference, and 0 is no change."""
        return self.tidy()

    def tables(self, view: View | None = None) -> list[Table]:
        """Return means by unit, and means by period."""
        means, *others = super().tables(view)
        note = say("100 × the mean change of a distance a year, in multiples of the direction; terms add up.")
        return [replace(means, unit=str(self.unit_of_rates), notes=(*means.notes[:-1], note)), *others]

    def means_words(self, means: Mapping[str, str], computed: int) -> Text:
        """Return the means of the terms in words."""
        return say(
            "{computed} of {count} steps computed. Unweighted mean change per step, in hundredths of the direction: "
            "productivity {productivity}, of which technical change {technical} and efficiency change {efficiency}.",
            computed=computed,
            count=self.rows.status.size,
            productivity=means["luenberger"],
            technical=means["technical_change"],
            efficiency=means["efficiency_change"],
        )
