"""Which dependence of errors standard errors allow for, with the degrees of freedom of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from xinzhi.language import Text, named, say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.panel.panel import Ints

FEW = 40
"""Clusters below which the usual approximation of their number by infinity is poor."""
ONE_CLUSTER = say("one cluster")


def few_clusters(count: int) -> tuple[Text, ...]:
    """Return the warning that clusters are few, or nothing."""
    words = say("XZ-475 {count} clusters: standard errors may be too small.", count=count)
    return (words,) if count < FEW else ()


@role("clustered")
class Clustered(Value):
    """Standard errors clustered by a column.

    Parameters
    ----------
    by : str
        Label column: the clusters, such as provinces of cities.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("by",)
    by: str


Kind = Literal["clustered", "two_way_clustered", "heteroskedastic", "driscoll_kraay", "conventional"]
Errors = Kind | Clustered


def words_of(errors: Errors) -> Text:
    """Return the standard errors in words."""
    if isinstance(errors, Clustered):
        return say("Standard errors clustered by {column}.", column=named(errors.by))
    return {
        "clustered": say("Standard errors clustered by unit."),
        "two_way_clustered": say("Standard errors clustered by unit and by year."),
        "heteroskedastic": say("Standard errors robust to heteroskedasticity (HC1)."),
        "driscoll_kraay": say("Standard errors of Driscoll and Kraay, for dependence over years and between units."),
        "conventional": say("Conventional standard errors."),
    }[errors]


@dataclass(frozen=True)
class Dependence:
    """Which rows depend on each other.

    ``kind``: see :data:`Errors`; ``clusters``: codes, (m,) each, of one dimension or two, or the years of Driscoll and
    Kraay; none for independent rows; ``lag``: of Driscoll and Kraay.
    """

    kind: Kind
    clusters: tuple[Ints, ...]
    lag: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """Return the numbers of clusters."""
        return tuple(int(code.max()) + 1 for code in self.clusters)

    def freedom(self, rows: int, parameters: int) -> int:
        """Return the degrees of freedom of Student's t."""
        return min(self.counts) - 1 if self.clusters else rows - parameters

    def parameters(self, slopes: int, held: Sequence[Ints]) -> int:
        """Return the parameters that the small-sample factor counts: effects nested in the clusters are not.

        Parameters
        ----------
        slopes : int
        held : (m,) each
            Codes of the fixed effects.
        """
        nesting = self.kind in {"clustered", "two_way_clustered"}
        open_ones = [code for code in held if not (nesting and any(_nested(code, by) for by in self.clusters))]
        effects = sum(int(code.max()) + 1 for code in open_ones) - max(len(open_ones) - 1, 0)
        return slopes + max(effects, 1)


def _nested(code: Ints, by: Ints) -> bool:
    """Say whether each group lies in one cluster."""
    pairs = np.unique(np.column_stack([code, by]), axis=0)
    return bool(pairs.shape[0] == int(code.max()) + 1)


def dependence(errors: Errors, *, unit: Ints, time: Ints, cluster: Ints | None) -> Dependence:
    """Return the dependence that errors name, of rows with these codes, (m,) each."""
    if isinstance(errors, Clustered):
        assert cluster is not None
        return Dependence("clustered", (cluster,))
    years = int(time.max()) + 1
    clusters: dict[Kind, tuple[Ints, ...]] = {
        "clustered": (unit,),
        "two_way_clustered": (unit, time),
        "driscoll_kraay": (time,),
    }
    return Dependence(errors, clusters.get(errors, ()), int(4 * (years / 100) ** (2 / 9)))
