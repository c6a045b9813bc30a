"""Indices of structure: other implementations, closed forms, a moving economy, invariances, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cosine
from scipy.stats import entropy

import xinzhi as xz
from tests.growth.test_shift_share import REAL_ESTATE, etd_panel
from tests.method.growth_examples.structure import GROUPS, sector_frame, whole
from tests.support import needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.growth import Merged, StructureIndices, ThreeSectors

SAME = 1e-12  # the same sums in another order, of numbers of order one
ARC = 1e-7  # arccos near one loses half of the digits of its argument; the method's own form does not
CHANGES, LEVELS = ("lilien", "moore", "structural_change"), ("entropy", "herfindahl", "krugman")
GROUPED = ("hierarchy", "tertiary_to_secondary", "rationalisation")


def economies(**columns) -> xz.Panel:
    return xz.Panel(whole(sector_frame()).assign(**columns), unit="unit", time="year")


def method(**settings) -> StructureIndices:
    columns = {"quantity": "nominal", "employment": "workers", "economy": "economy", "sector": "industry"}
    return StructureIndices(**columns | {"groups": GROUPS} | settings)


def shares(column: str) -> np.ndarray:
    """Return (economies, years, sectors) shares of a column."""
    cube = whole(sector_frame()).pivot(index=["economy", "year"], columns="industry", values=column)
    return (cube.div(cube.sum(axis=1), axis=0)).to_numpy().reshape(-1, 5, 3)


def test_other_implementations():
    """SciPy's entropy and cosine distance; the others in plain arithmetic."""
    result, s, labour = method().fit(economies()), shares("nominal"), shares("workers")
    found = {name: values.reshape(s.shape[0], 4) for name, values in result.rows.terms.items()}
    assert set(found) == {*CHANGES, *LEVELS, *GROUPED}
    for w in range(s.shape[0]):
        others = np.delete(s, w, axis=0).mean(axis=0)
        for t in range(1, 5):
            now, before = s[w, t], s[w, t - 1]
            lilien = sum(b * (np.log(b) - np.log(a)) ** 2 for a, b in zip(before, now, strict=True)) ** 0.5
            theil = sum(y * np.log(y / n) for y, n in zip(now, labour[w, t], strict=True))
            expected = {
                "entropy": entropy(now),
                "herfindahl": sum(now**2),
                "krugman": sum(abs(now - others[t])),
                "structural_change": sum(abs(now - before)) / 2,
                "lilien": lilien,
                "hierarchy": now[0] + 2 * now[1] + 3 * now[2],
                "tertiary_to_secondary": now[2] / now[1],
                "rationalisation": theil,
            }
            for name, value in expected.items():
                assert found[name][w, t - 1] == pytest.approx(value, abs=SAME), name
            assert found["moore"][w, t - 1] == pytest.approx(np.arccos(1 - cosine(before, now)), abs=ARC)


def test_lilien_is_the_dispersion_of_growth_over_sectors():
    """Lilien's own form: growth of each sector less that of the whole, weighed by the last shares."""
    data = whole(sector_frame()).sort_values(["economy", "industry", "year"])
    cube = data["workers"].to_numpy().reshape(-1, 3, 5)
    growth, total = np.diff(np.log(cube), axis=2), np.diff(np.log(cube.sum(axis=1)), axis=1)
    weight = (cube / cube.sum(axis=1, keepdims=True))[:, :, 1:]
    expected = np.sqrt((weight * (growth - total[:, None]) ** 2).sum(axis=1))
    result = method(quantity="workers", indices=("lilien",)).fit(economies())
    np.testing.assert_allclose(result.term("lilien"), expected.ravel(), atol=SAME)


def two(first: tuple[float, ...], last: tuple[float, ...], **settings):
    rows = [(name, t, cell) for t, cells in ((1, first), (2, last)) for name, cell in zip("abc", cells, strict=True)]
    panel = xz.Panel(pd.DataFrame(rows, columns=["s", "t", "y"]), unit="s", time="t")
    return StructureIndices(quantity="y", **settings).fit(panel)


def test_closed_forms():
    still = two((1, 2, 3), (2, 4, 6))
    for name in CHANGES:
        assert abs(still.term(name)[0]) <= SAME, "the same structure, twice the size"
    assert two((1, 0, 0), (0, 1, 0), indices=("moore",)).term("moore")[0] == pytest.approx(np.pi / 2, abs=SAME)
    assert two((1, 0, 0), (0, 1, 0), indices=("structural_change",)).term("structural_change")[0] == 1.0
    tiny = two((1, 1, 1), (1, 1 + 1e-9, 1), indices=("moore",)).term("moore")[0]
    assert tiny == pytest.approx(1e-9 * np.sqrt(2) / 3, rel=1e-6), "small angles keep their digits"
    even = two((2, 2, 2), (2, 2, 2), indices=("entropy", "herfindahl"))
    np.testing.assert_allclose([even.term("entropy")[0], even.term("herfindahl")[0]], [np.log(3), 1 / 3], atol=SAME)


def test_equal_productivity_is_fully_rational():
    """Truth: output in proportion to labour in every sector; moving labour away makes the index positive."""
    same = method(indices=("rationalisation",)).fit(economies(nominal=whole(sector_frame())["workers"] * 7))
    assert np.abs(same.term("rationalisation")).max() <= SAME
    assert (method(indices=("rationalisation",)).fit(economies()).term("rationalisation") > 0).all()


def test_levels_alone_have_a_row_for_every_year():
    levels = method(indices=LEVELS).fit(economies())
    both = method().fit(economies())
    assert levels.rows.time.min() == 2010
    later = levels.rows.time > 2010
    for name in LEVELS:
        np.testing.assert_allclose(levels.rows.terms[name][later], both.rows.terms[name], atol=SAME)
        np.testing.assert_allclose(both.levels(2010)[name], levels.rows.terms[name][~later], atol=SAME)


def test_change_over_a_period_compares_its_ends():
    result, s = method().fit(economies()), shares("nominal")
    change = result.changes((2010, 2014))
    np.testing.assert_allclose(change["structural_change"], np.abs(s[:, 4] - s[:, 0]).sum(axis=1) / 2, atol=SAME)
    one = result.changes((2013, 2014))
    for name in CHANGES:
        np.testing.assert_allclose(one[name], result.rows.terms[name][result.rows.time == 2014], atol=SAME)


def test_krugman_against_a_named_economy():
    s = shares("nominal")
    result = method(reference="U01", indices=("krugman",)).fit(economies())
    found = result.term("krugman").reshape(-1, 5)
    place = list(dict.fromkeys(result.rows.unit)).index("U01")
    np.testing.assert_allclose(found, np.abs(s - s[place]).sum(axis=2), atol=SAME)
    assert (found[place] == 0).all()
    assert "krugman" not in two((1, 2, 3), (3, 2, 1)).rows.terms
    assert "one economy" in two((1, 2, 3), (3, 2, 1)).absent["krugman"]


def test_invariances():
    panel, plain = economies(), method().fit(economies())
    again = method().fit(panel.scaled({"nominal": 1e9, "workers": 1e-9}))
    data = whole(sector_frame())
    shuffled = method().fit(xz.Panel(data.sample(frac=1, random_state=3), unit="unit", time="year"))
    for name, values in plain.rows.terms.items():
        np.testing.assert_allclose(again.rows.terms[name], values, atol=1e-10)
        np.testing.assert_allclose(shuffled.rows.terms[name], values, atol=0)


def test_absent_indices_say_what_they_need():
    result = StructureIndices(quantity="workers", employment="workers", economy="economy", sector="industry").fit(
        economies()
    )
    assert set(result.absent) == set(GROUPED)
    same = method(quantity="workers").fit(economies())
    assert set(same.absent) == {"rationalisation"}
    with pytest.raises(UsageError, match="needs groups"):
        StructureIndices(quantity="nominal", indices=("hierarchy",))
    with pytest.raises(UsageError, match="needs employment"):
        method(employment=None, indices=("rationalisation",))
    with pytest.raises(UsageError, match="no index"):
        method(indices=())


@pytest.mark.parametrize(
    "groups",
    [
        {"primary": ("I0",), "secondary": ("I1",), "tertiary": ()},
        {"primary": ("I0",), "secondary": ("I1", "I0"), "tertiary": ("I2",)},
        {"primary": ("I0",), "secondary": ("I1",), "tertiary": ("I2", "I3")},
        {"primary": ("I0",), "secondary": ("I1",), "tertiary": ("I2", "I2")},
    ],
)
def test_every_sector_is_in_one_group(groups):
    with pytest.raises(DataError) as caught:
        method(groups=ThreeSectors(**groups)).fit(economies())
    assert caught.value.code == "XZ-241"


def changed(column: str, value: float) -> xz.Panel:
    data = whole(sector_frame())
    data.loc[(data["unit"] == "U00|I1") & (data["year"] == 2012), column] = value
    return xz.Panel(data, unit="unit", time="year")


def test_zero_cells_are_admitted_where_no_logarithm_needs_them():
    with_logs = method().fit(changed("nominal", 0.0)).rows
    assert with_logs.status[(with_logs.unit == "U00") & (with_logs.time == 2012)].tolist() == ["non_positive"]
    without = method(indices=("moore", "structural_change", *LEVELS)).fit(changed("nominal", 0.0)).rows
    assert (without.status == "ok").all()
    ratio = method(indices=("tertiary_to_secondary",)).fit(changed("nominal", 0.0)).rows
    assert ratio.status[(ratio.unit == "U00") & (ratio.time == 2012)].tolist() == ["not_identified"]
    for value, status in ((-1.0, "non_positive"), (np.nan, "missing_data")):
        rows = method(indices=("entropy",)).fit(changed("nominal", value)).rows
        assert rows.status[(rows.unit == "U00") & (rows.time == 2012)].tolist() == [status]
    lost = method(indices=LEVELS).fit(changed("nominal", -1.0))
    assert np.isnan(lost.levels(2012)["herfindahl"][0]), "a year with a negative cell has no shares"
    assert any("U00" in note for note in lost.tables(xz.View(periods=[(2010, 2012)]))[0].notes)


def test_other_bad_input():
    with pytest.raises(DataError) as caught:
        method(reference="U99").fit(economies())
    assert caught.value.code == "XZ-212"
    index = {"nominal": xz.Column("2015 = 100", "growth_index")}
    with pytest.raises(DataError) as caught:
        method().fit(xz.Panel(whole(sector_frame()), unit="unit", time="year", columns=index))
    assert caught.value.code == "XZ-207"
    with pytest.raises(DataError) as caught:
        method().fit(economies(nominal=np.nan))
    assert caught.value.code == "XZ-206"


def test_an_empty_cell_is_recorded_elsewhere_only_if_it_is_employment():
    rule = {"merge": (Merged(parts=("I1",), into="I0"),), "groups": None, "indices": ("entropy",)}
    output = method(**rule, employment=None).fit(changed("nominal", np.nan)).rows
    assert (output.status == "missing_data").sum() == 1
    labour = method(**rule, quantity="workers").fit(changed("workers", np.nan))
    assert (labour.rows.status == "ok").all()
    assert [(cell.unit, cell.year, cell.column) for cell in labour.parts.log] == [("U00|I1", 2012, "workers")]


@needs_shared
@pytest.mark.reference
def test_51_economies():
    """ETD: every economy in every year; Botswana's negative utilities have no shares in 2011-2015."""
    groups = ThreeSectors(
        primary=("Agriculture",),
        secondary=("Mining", "Manufacturing", "Utilities", "Construction"),
        tertiary=(
            *("Trade services", "Transport services", "Business services"),
            *("Financial services", "Government services", "Other services"),
        ),
    )
    columns = {"economy": "cnt", "sector": "sector", "groups": groups, "merge": (REAL_ESTATE,)}
    output = StructureIndices(quantity="VA", employment="EMP", **columns).fit(etd_panel())
    labour = StructureIndices(quantity="EMP", employment="EMP", **columns).fit(etd_panel())
    assert (labour.rows.status == "ok").all()
    odd = output.rows.status != "ok"
    assert set(output.rows.unit[odd]) == {"BWA"}
    assert odd.sum() == 6
    for result in (output, labour):
        hierarchy = result.rows.terms["hierarchy"][result.rows.status == "ok"]
        assert ((hierarchy > 1) & (hierarchy < 3)).all()


@pytest.mark.parametrize("column", ["nominal", "workers"])
@pytest.mark.parametrize("indices", [(*CHANGES, *GROUPED), ("moore", "rationalisation", "krugman")])
def test_a_year_of_zeros_has_a_status(column, indices):
    """Warnings are errors here."""
    data = whole(sector_frame())
    result = method(indices=indices).fit(economies(**{column: np.where(data["year"] == 2012, 0.0, data[column])}))
    lost = np.isin(result.rows.time, [2012, 2013])
    good = result.rows.status == "ok"
    assert not good[result.rows.time == 2012].any()
    assert good[~lost].all()
    assert all(np.isfinite(cells[good]).all() for cells in result.rows.terms.values())
    with pytest.raises(DataError, match="XZ-206"):
        method(indices=indices).fit(economies(**{column: 0.0}))
