"""Weights of multi-criteria decision analysis that pymcdm computes."""

from types import ModuleType
from typing import ClassVar, Literal

import numpy as np

from xinzhi.errors import DataError, UsageError, listed
from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.dispersion import moments
from xinzhi.indicators.weights.rule import (
    ROUNDING,
    Needs,
    Weighting,
    WeightRule,
    counting_rows,
    refuse_cells,
    refuse_columns,
)
from xinzhi.language import Text, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Bools, Floats

_NEEDS: dict[str, Needs] = {
    "merec": "positive",
    "cilos": "positive",
    "idocriw": "positive",
    "angle": "positive",
    "gini": "non_negative",
    "variance": "anything",
    "lopcow": "anything",
}


@role("multi_criteria")
class MultiCriteria(WeightRule):
    """Weights of multi-criteria decision analysis, computed by the package pymcdm.

    Parameters
    ----------
    form : "multi_criteria"
    method : "merec", "cilos", "idocriw", "lopcow", "angle", "gini" or "variance"
        ``merec``: effect of leaving a column out; ``cilos``: loss in the others where one is at its best; ``idocriw``:
        CILOS times entropy; ``lopcow``: logarithm of root mean square over standard deviation (divisor n - 1);
        ``angle``: angle to equal shares; ``gini``: Gini coefficient; ``variance``: variance after min-max.

    Notes
    -----
    Normalised values are given to pymcdm as benefits. MEREC, CILOS, IDOCRIW and angle need positive ones: min-max gives
    a zero to every column, so name its lowest value, ``MinMax(low=0.01)``; after ``OfMaximum(cost="reciprocal")``, x /
    max and min / x, MEREC and CILOS are those of their authors on raw data. CILOS and IDOCRIW look at the row in which
    a column is best: where several different rows are, they are not defined (XZ-270). Rows with a missing cell do not
    count. Entropy, CRITIC and standard deviations are rules of this package: pymcdm takes them from raw or undirected
    values.

    References
    ----------
    Keshavarz-Ghorabaee, M. et al. (2021). Symmetry 13(4), 525. doi:10.3390/sym13040525
    Kizielewicz, B. et al. (2023). SoftwareX 22, 101368. doi:10.1016/j.softx.2023.101368

    Examples
    --------
    >>> MultiCriteria(method="gini").words()
    'weights of multi-criteria analysis (rule: Gini coefficient)'
    """

    called: ClassVar[Text] = say("weights of multi-criteria analysis")
    form: Literal["multi_criteria"] = "multi_criteria"
    method: Literal["merec", "cilos", "idocriw", "lopcow", "angle", "gini", "variance"] | OneOf = "merec"

    @property
    def needs(self) -> Needs:
        """Return what normalised values it can take."""
        return _NEEDS.get(str(self.method), "anything")

    def weighting(self, columns: Columns) -> Weighting:
        """Return what pymcdm finds; XZ-270 where it finds no single set of weights."""
        package = pymcdm()
        rows, z, base = counting_rows(columns)
        if len(columns.names) == 1:
            return Weighting(np.ones((1, 1)))
        if self.needs == "positive":
            refuse_cells(z <= 0, rows, columns, expected=say("positive values"))
        if self.needs == "non_negative":
            refuse_cells(z < 0, rows, columns, expected=say("values of zero or more"))
        refuse_columns(moments(z, base)[1] == 0, columns, expected=say("values that differ between units"))
        loss = self.method in {"cilos", "idocriw"}
        if loss:
            refuse_columns(several_best(z), columns, expected=say("one row that is best in each column"))
        z = np.repeat(z, base[:, 0].astype(np.int64), axis=0)
        for name in (*(["cilos"] if loss else []), str(self.method)):
            found = np.asarray(getattr(package, f"{name}_weights")(z, np.ones(z.shape[1])), dtype=np.float64)
            if found.shape != (z.shape[1],) or not (found >= -ROUNDING).all():
                names = listed([named(name) for name in columns.names])
                raise DataError("XZ-270", names, where=columns.group, expected=say("data with one set of such weights"))
        weights = np.maximum(found, 0.0)
        return Weighting(weights[None] / weights.sum())


def several_best(z: Floats) -> Bools:
    """Return which (m,) columns of (k, m) values are at their best in rows that differ in another column."""
    best = z == z.max(axis=0)
    return np.array([np.ptp(z[rows], axis=0).any() for rows in best.T])


def pymcdm() -> ModuleType:
    """Return the module of weights of pymcdm.

    Raises
    ------
    UsageError
        It is not installed (XZ-108).
    """
    try:
        from pymcdm import weights
    except ImportError as error:
        remedy = say("Install it: pip install 'xinzhi[mcdm]'.")
        raise UsageError("XZ-108", say("no package {package!r}", package="pymcdm"), remedy=remedy) from error
    found: ModuleType = weights
    return found
