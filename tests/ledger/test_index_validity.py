"""An index meets the ledger: convergent validity against TFP and its parts, each fitted once and joined by Term."""

import numpy as np

import xinzhi as xz
from tests.method.examples import accounts, panel

SAME = 1e-12  # the same rows, correlated by two programs


def index() -> xz.IndexSystem:
    """Return an index of skill and capital."""
    indicators = [xz.Indicator(name=name, parent="index") for name in ("quality", "k")]
    framework = xz.Framework(indicators=indicators, dimensions=[xz.Dimension(name="index")])
    return xz.IndexSystem(framework=framework, steps=[xz.Normalise(), xz.Weigh(by=xz.Equal()), xz.Aggregate()])


def test_the_ledgers_terms_can_be_what_an_index_is_held_against() -> None:
    ledger = xz.Ledger(accounts=accounts(), reference="all", best_practice="max")
    data = panel()
    scores, terms = index().fit(data).columns(), ledger.fit(data).columns()
    place = {key: i for i, key in enumerate(zip(terms["unit"], terms["time"].tolist(), strict=True))}
    keys = zip(scores["unit"], scores["time"].tolist(), strict=True)
    pairs = [(i, place[key]) for i, key in enumerate(keys) if key in place]
    for name in ("tfp", "technology"):
        both = np.array([(scores["index"][i], terms[name][j]) for i, j in pairs])
        both = both[np.isfinite(both).all(axis=1)]
        method = xz.ConvergentValidity(
            index=xz.Term(method=index(), column="index"), against=xz.Term(method=ledger, column=name), draws=19
        )
        table = method.fit(data).tables()[0].columns()
        assert table["rows"][0] == len(both) > 20
        assert abs(float(table["pearson"][0]) - np.corrcoef(both.T)[0, 1]) < SAME  # type: ignore[arg-type]
