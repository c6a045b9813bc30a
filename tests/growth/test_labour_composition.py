"""Labour composition: closed forms, a second implementation, adding up, invariances, bad cells."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import LabourComposition
from xinzhi.method.result import ADDING_UP

ROUNDING = 1e-12  # sums of a dozen logs

METHOD = LabourComposition(
    hours="h", compensation="pay", economy="c", cell="cell", characteristics=("sex", "age", "education")
)


def workers(seed=20261127, economies=("A", "B"), years=6):
    """Cells of 2 sexes x 3 ages x 3 educations (EU KLEMS: 18), hours and pay drawn at random."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"{c}-{s}{a}{e}", c, f"{s}{a}{e}", s, a, e, t)
        for c in economies
        for s in "fm"
        for a in "123"
        for e in "LMH"
        for t in range(2000, 2000 + years)
    ]
    frame = pd.DataFrame(rows, columns=["u", "c", "cell", "sex", "age", "education", "t"])
    return frame.assign(h=rng.uniform(5, 50, len(frame)), pay=rng.uniform(20, 900, len(frame)))


def fit(frame, method=METHOD):
    return method.fit(xz.Panel(frame, unit="u", time="t"))


def by_loops(frame, group=None):
    """The definition, written out with dictionaries: Törnqvist growth of the cells, or of cells summed by a label."""
    found = {}
    for c, data in frame.groupby("c"):
        table = data.groupby([group or "cell", "t"])[["h", "pay"]].sum()
        for t in range(2001, 2006):
            now, then = table.xs(t, level="t"), table.xs(t - 1, level="t")
            share = 0.5 * (now["pay"] / now["pay"].sum() + then["pay"] / then["pay"].sum())
            found[c, t] = float((share * np.log(now["h"] / then["h"])).sum())
    return found


def test_against_a_second_implementation():
    frame = workers()
    result = fit(frame)
    keys = list(zip(result.rows.unit, result.rows.time.tolist(), strict=True))
    labour = by_loops(frame)
    total = frame.groupby(["c", "t"])["h"].sum()
    hours = {(c, t): np.log(total[c, t] / total[c, t - 1]) for c, t in keys}
    np.testing.assert_allclose(result.term("labour"), [labour[k] for k in keys], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(result.term("hours"), [hours[k] for k in keys], rtol=0, atol=ROUNDING)
    for name in METHOD.characteristics:
        partial = by_loops(frame, name)
        expected = [partial[k] - hours[k] for k in keys]
        np.testing.assert_allclose(result.term(f"composition_by_{name}"), expected, rtol=0, atol=ROUNDING)
    first = sum(result.term(f"composition_by_{name}") for name in METHOD.characteristics)
    np.testing.assert_allclose(first + result.term("higher_order"), result.term("composition"), rtol=0, atol=ADDING_UP)


def test_characteristics_that_do_not_meet_have_no_joint_term():
    """Closed form: hours and pay are products over sex, age, education; first-order indices are then all there is."""
    rng = np.random.default_rng(1)
    frame = workers(economies=("A",))
    for column, low in (("h", 0.5), ("pay", 0.2)):
        value = np.ones(len(frame))
        for name in METHOD.characteristics:
            keys = frame[[name, "t"]].apply(tuple, axis=1)
            value *= keys.map({key: rng.uniform(low, 1.0) for key in sorted(set(keys))})
        frame[column] = value
    result = fit(frame)
    np.testing.assert_allclose(result.term("higher_order"), 0.0, atol=ADDING_UP)
    assert np.abs(result.term("composition")).min() > 1e-3


def test_no_composition_where_all_hours_grow_alike():
    frame = workers()
    frame["h"] = frame.groupby("u")["h"].transform("first") * 1.02 ** (frame["t"] - 2000)
    result = fit(frame)
    np.testing.assert_allclose(result.term("hours"), np.log(1.02), rtol=0, atol=ROUNDING)
    for name in ("composition", "composition_by_sex", "composition_by_education", "higher_order"):
        np.testing.assert_allclose(result.term(name), 0.0, atol=ROUNDING)


def test_wages_and_compensation_say_the_same():
    frame = workers().assign(w=lambda d: d["pay"] / d["h"])
    by_wage = LabourComposition(hours="h", wage="w", economy="c", cell="cell")
    np.testing.assert_allclose(fit(frame, by_wage).term("labour"), fit(frame).term("labour"), rtol=0, atol=ROUNDING)
    with pytest.raises(UsageError, match="one of the two"):
        LabourComposition(hours="h", wage="w", compensation="pay")


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_invariances(factor):
    """Units of measure, names, and a cell cut in two halves that grow alike change nothing."""
    frame, result = workers(), fit(workers())
    scaled = fit(frame.assign(h=frame["h"] * factor, pay=frame["pay"] / factor))
    renamed = fit(frame.assign(cell="z" + frame["cell"], u="z" + frame["u"]))
    half = frame[frame["cell"] == "f1L"].assign(h=lambda d: d["h"] / 3, pay=lambda d: d["pay"] / 3)
    rest = frame.assign(
        h=np.where(frame["cell"] == "f1L", frame["h"] * 2 / 3, frame["h"]),
        pay=np.where(frame["cell"] == "f1L", frame["pay"] * 2 / 3, frame["pay"]),
    )
    split = fit(pd.concat([rest, half.assign(u=half["u"] + "'", cell="f1L'")]))
    for name, values in result.rows.terms.items():
        for other in (scaled, renamed, split):
            np.testing.assert_allclose(other.term(name), values, rtol=0, atol=ADDING_UP, err_msg=name)


def test_by_cell_adds_up():
    result = fit(workers())
    cells, rates = result.by_cell((2001, 2005)), result.period_columns([(2001, 2005)])
    assert len(cells["unit"]) == 36
    for k, unit in enumerate(rates["unit"]):
        mine = cells["unit"] == unit
        for name in ("labour", "composition"):
            assert cells[name][mine].sum() == pytest.approx(rates[name][k], abs=100 * ADDING_UP)
        assert cells["share"][mine].sum() == pytest.approx(1.0)
    assert "18" in result.methods_text()


@pytest.mark.parametrize(
    ("value", "status", "reason"),
    [
        (np.nan, "missing_data", "A-m2H: h missing in 2001 or 2002"),
        (0.0, "non_positive", "A-m2H: h not positive in 2001 or 2002"),
    ],
)
def test_a_cell_without_hours_is_a_status_never_a_sum_that_skips_it(value, status, reason):
    frame = workers()
    frame.loc[(frame["u"] == "A-m2H") & (frame["t"] == 2002), "h"] = value
    rows = fit(frame).rows
    assert rows.status[:5].tolist() == ["ok", status, status, "ok", "ok"]
    assert rows.reason[1] == reason
    assert all(np.isnan(values[1:3]).all() for values in rows.terms.values())
    assert set(rows.status[5:]) == {"ok"}


def test_a_year_that_no_cell_has_is_missing():
    frame = workers()
    rows = fit(frame[frame["t"] != 2003]).rows
    assert rows.time[:5].tolist() == [2001, 2002, 2003, 2004, 2005]
    assert rows.status[:5].tolist() == ["ok", "ok", "missing_data", "missing_data", "ok"]


def test_one_cell_has_one_label():
    frame = workers()
    frame.loc[frame["u"] == "B-f1L", "sex"] = "m"
    with pytest.raises(DataError, match="cell 'f1L' is 'f' and 'm' by 'sex'"):
        fit(frame)
