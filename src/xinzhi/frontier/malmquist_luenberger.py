"""Malmquist-Luenberger productivity index: outputs up and bad outputs down in the same proportion.

D^s(o) = max { b : (x, y + b y, c - b c) in T^s },  c the bad outputs, 0 the year before, 1 the end
ML     = [ (1 + D^0(0)) / (1 + D^0(1)) * (1 + D^1(0)) / (1 + D^1(1)) ]^1/2
         (1 + D^C(0)) / (1 + D^C(1)) under one technology C
EC     = (1 + D^0(0)) / (1 + D^1(1)),  TC = ML / EC     ML > 1 is progress
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xinzhi.frontier.disposability import Disposability, placed
from xinzhi.frontier.distances import Measure, directional_measure, logs_of_distances
from xinzhi.frontier.engine import Returns
from xinzhi.frontier.goods import Goods
from xinzhi.frontier.productivity import ProductivityIndex, ProductivityResult, caveats
from xinzhi.language import say
from xinzhi.method import Quantity, register
from xinzhi.panel.panel import Floats


@register("malmquist_luenberger")
class MalmquistLuenberger(ProductivityIndex):
    """Measure productivity change where bad outputs count, against a frontier.

    Parameters
    ----------
    inputs, outputs, bad_outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units, zero or more; a growth index is refused.
    disposability : Weak, Kuosmanen or ByProduction
        How bad outputs enter the technology. ``Weak(bads="equality")`` is that of Chung, Färe and Grosskopf,
        ``Weak(bads="inequality")`` disposes of bad outputs like inputs (Aparicio, Pastor and Zofío). Results differ,
        and there is no default.
    returns : "crs", "vrs", "drs" or "irs"
        Returns to scale of the index; see :class:`~xinzhi.frontier.malmquist.Malmquist`.
    decompose_returns : "vrs", "drs", "irs" or None
        Returns to scale of the technology that splits efficiency change into a pure and a scale part; the index is
        then under constant returns.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The reference units of one year or more; "global" is the index of Oh. Two technologies or one for a step, as in
        Malmquist.
    reference : tuple of str or None
        Units that span the technology; all by default. All units are evaluated.
    window : (first, last) or None
        Only steps inside are computed.

    Notes
    -----
    Terms are log points and add up. Programmes of mixed years have often no solution where bad outputs are reached
    exactly; such rows have the status of the programme, and the cells are counted and named in ``diagnostics``. The
    global index has none with all units in the reference set. A distance of -1 or less has no logarithm: ``infeasible``.
    Invariant to units of measurement and to units that occur twice.

    References
    ----------
    Chung, Y. H., Färe, R. and Grosskopf, S. (1997). Journal of Environmental Management 51(3), 229-240. doi:10.1006/jema.1997.0146
    Oh, D. (2010). Journal of Productivity Analysis 34, 183-197. doi:10.1007/s11123-010-0178-y
    Aparicio, J., Pastor, J. T. and Zofío, J. L. (2013). European Journal of Operational Research 229(3), 738-742. doi:10.1016/j.ejor.2013.03.031

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.frontier.disposability import Weak
    >>> rows = [("A", 0, 1.0, 7.0, 2.0), ("A", 1, 1.0, 8.0, 1.0), ("B", 0, 1.0, 1.0, 2.0), ("B", 1, 1.0, 2.0, 2.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=list("jtxyb")), unit="j", time="t")
    >>> weak = Weak(bads="inequality")
    >>> index = MalmquistLuenberger(inputs=["x"], outputs=["y"], bad_outputs=["b"], disposability=weak)
    >>> [round(float(change), 6) for change in index.fit(panel).indices()["malmquist_luenberger"]]
    [1.370238, 1.09141]
    """  # noqa: E501

    bad_outputs: tuple[Quantity, ...]
    disposability: Disposability
    column_fields: ClassVar[tuple[str, ...]] = ("inputs", "outputs", "bad_outputs")
    total: ClassVar[str] = "malmquist_luenberger"

    def measure(self, goods: Goods, returns: Returns) -> Measure:
        """Return what measures ln(1 + D) along the observation's own outputs and bad outputs."""
        q = len(goods.bad_names)
        known = placed(self.disposability, goods.input_names, bads=q, where="MalmquistLuenberger")
        return logs_of_distances(directional_measure(returns, known, outputs_only(goods.x.shape[1])))

    def remarks(self) -> dict[str, Any]:
        """Return what is to be known about the technology."""
        return caveats((self.returns, self.decompose_returns), self.disposability)

    def result_type(self) -> type[ProductivityResult]:
        """Return the class of the result."""
        return MalmquistLuenbergerResult


@dataclass(frozen=True, kw_only=True, repr=False)
class MalmquistLuenbergerResult(ProductivityResult):
    """Index and components by unit and step, log points; see :class:`~xinzhi.frontier.productivity.ProductivityResult`.

    ``distances`` are ln(1 + D).
    """

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Malmquist-Luenberger productivity change and its parts")


# Arrays in, arrays out ------------------------------------------------------------------------


def outputs_only(inputs: int) -> Callable[[Floats], Floats]:
    """Return what gives the direction (0, y, c) of goods (e, m + s + q), m being ``inputs``."""

    def direction(goods: Floats) -> Floats:
        return np.where(np.arange(goods.shape[1]) < inputs, 0.0, goods)

    return direction
