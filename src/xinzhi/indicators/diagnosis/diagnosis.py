"""Diagnosis of an index: how its parts hang together, what really decides the scores, what a referee would ask.

index -> evidence -> correlations, alpha, components, effective weights, missing cells -> findings with remedies
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.compute import Run
from xinzhi.indicators.diagnosis import pages
from xinzhi.indicators.diagnosis.evidence import Evidence
from xinzhi.indicators.diagnosis.lint import Finding, Limits, findings
from xinzhi.indicators.pages.index import passed_on
from xinzhi.indicators.system import IndexResult, IndexSystem
from xinzhi.language import Text, enumerated, say, sentences
from xinzhi.method import Method, Result, Rows, Table, View, register
from xinzhi.panel import Panel


@register("index_diagnosis")
class IndexDiagnosis(Method):
    """Examine an index: correlations, reliability, components, effective weights, missing cells, usual mistakes.

    Parameters
    ----------
    system : IndexSystem
    redundant : number
        Absolute correlation beyond which two indicators are near-duplicates.
    heavy : number
        Weight, nominal or effective, beyond which one indicator dominates.
    size : str or None
        Column of the size of units, such as population, beside the denominators of the framework.

    Notes
    -----
    Numbers are of normalised values over all rows that count; years of a unit are not independent, so tests over
    rows of a panel reject too easily. Nominal weights say how much an indicator counts in the formula. Effective
    weights say how much of the index goes with it: the correlation ratio, var E(y | x) / var y, with E(y | x) a
    natural cubic spline whose knots are chosen by leaving rows out, over the sum of all ratios. Indicators share what
    they correlate with, so ratios do not add up to one and an indicator may matter without weight. Findings are
    conventions of the field applied to the data: each is a question, not a verdict.

    References
    ----------
    Paruolo, P., Saisana, M. and Saltelli, A. (2013). Journal of the Royal Statistical Society A 176(3), 609-634.
    OECD and JRC (2008). Handbook on Constructing Composite Indicators. OECD. doi:10.1787/9789264043466-en
    Cronbach, L. J. (1951). Psychometrika 16(3), 297-334. doi:10.1007/BF02310555

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("A", 4.0, 10.0), ("B", 2.0, 30.0), ("C", 3.5, 20.0), ("D", 1.0, 25.0)]
    >>> panel = xz.Panel(pd.DataFrame(rows, columns=["unit", "patents", "skills"]), unit="unit")
    >>> framework = xz.Framework(
    ...     indicators=[xz.Indicator(name="patents", parent="index"), xz.Indicator(name="skills", parent="index")],
    ...     dimensions=[xz.Dimension(name="index")])
    >>> system = xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])
    >>> sorted({finding.code for finding in IndexDiagnosis(system=system).fit(panel).findings})
    ['no_uncertainty', 'silent', 'wrong_sign']
    """

    column_fields: ClassVar[tuple[str, ...]] = ("size",)
    system: SerializeAsAny[IndexSystem]
    redundant: float = Setting(default=0.95, gt=0, lt=1)
    heavy: float = Setting(default=0.25, gt=0, lt=1)
    size: str | None = None

    @property
    def limits(self) -> Limits:
        """Return the limits of findings."""
        return Limits(self.redundant, self.heavy)

    def compute(self, panel: Panel, run: Run) -> "IndexDiagnosisResult":
        """Return the score and the shares of cells that are there and filled, by unit and year, and the findings."""
        index = self.system.fit_in(panel, run)
        assert isinstance(index, IndexResult)
        evidence = Evidence(index, self.size)
        found = findings(evidence, self.limits)
        top = index.last.tree.groups[-1]
        count = len([finding for finding in found if finding.severity != "low"])
        warning = say("XZ-460 findings of high or medium severity: {count}; see the table of findings.", count=count)
        return IndexDiagnosisResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {
                    top: index.rows.terms[top].copy(),
                    "available": evidence.observed.mean(axis=1),
                    "filled": evidence.filled.mean(axis=1),
                },
                index.rows.status.copy(),
                index.rows.reason.copy(),
            ),
            flow=False,
            warnings=(*passed_on(index), *([warning] if count else ())),
            diagnostics={"findings": len(found)},
            log=index.log,
            evidence=evidence,
            findings=found,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class IndexDiagnosisResult(Result):
    """Scores with the shares of indicators that are there and filled, by unit and year.

    ``evidence``: correlations, coherence of dimensions, importance; ``findings``: the gravest first.
    """

    evidence: Evidence
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Diagnosis of {index}", index=self._index_name)

    @property
    def _index_name(self) -> Text:
        return self.evidence.index.name(self.evidence.stage.tree.groups[-1])

    def tables(self, view: View | None = None) -> list[Table]:
        """Return findings, importance, coherence, pairs, shape, cells, and correlations with size."""
        method: Any = self.method
        units, _ = self.chosen(view)
        e, limits = self.evidence, method.limits
        return [
            *([pages.findings_table(self)] if self.findings else []),
            pages.importance_table(e, limits),
            pages.dimensions_table(e),
            *pages.pairs_table(e, limits),
            pages.shape_table(e),
            *pages.missing_tables(e, units),
            *pages.size_table(e),
        ]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return maps of correlations and of missing cells."""
        return pages.figures(self, view)

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how many findings there are, and the indicators that matter most and least."""
        e = self.evidence
        counts = {s: sum(f.severity == s for f in self.findings) for s in ("high", "medium", "low")}
        told = say(
            "{index}: findings of high severity {high}, of medium {medium}, of low {low}.",
            index=self._index_name,
            **counts,
        )
        if not np.isfinite(e.shares).any():
            return told
        most, least = int(np.nanargmax(e.shares)), int(np.nanargmin(e.shares))
        parts = [
            say("{name} {share:.1%} (nominal {weight:.1%})", name=e.name(j), share=e.shares[j], weight=e.weights[j])
            for j in dict.fromkeys((most, least))
        ]
        return sentences(told, say("Largest and smallest effective weight: {parts}.", parts=enumerated(parts)))
