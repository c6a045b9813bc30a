"""Maps: natural breaks against all partitions and against mapclassify, classes, colours, what is drawn."""

from itertools import combinations
from typing import Any
from xml.etree import ElementTree as Tree

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.method.region_examples.choropleth import grid
from tests.regions.space.states import states
from tests.regions.space.test_shapes import one_map, square
from xinzhi.errors import DataError, UsageError
from xinzhi.language import speaking
from xinzhi.method import View
from xinzhi.method.charts import save_svg
from xinzhi.regions.dynamics.classes import CutOffs, Quantiles
from xinzhi.regions.space.breaks import Breaks, equal_cuts, natural_cuts
from xinzhi.regions.space.choropleth import Choropleth, decimals, goodness
from xinzhi.regions.space.figures import BLANK, MIDDLE, RISING, class_colours
from xinzhi.regions.space.local import LocalAutocorrelation
from xinzhi.regions.space.shapes import Shapes
from xinzhi.regions.space.weights import ContiguityList

ROUNDING = 1e-12
"""Sums of squares of ten numbers."""


def within_classes(values: Any, cuts: Any) -> float:
    place = np.searchsorted(cuts, values, side="left")
    return sum(((values[place == k] - values[place == k].mean()) ** 2).sum() for k in np.unique(place))


def row_of_squares(values: dict[str, list[float]], **settings: Any) -> tuple[xz.Panel, Shapes]:
    """Return a year from 2000 on for each value of each unit, and a square for each unit."""
    rows = [(unit, 2000 + t, value) for unit, cells in values.items() for t, value in enumerate(cells)]
    frame = pd.DataFrame(rows, columns=["unit", "year", "y"])
    shapes = one_map(*(square(unit, float(k)) for k, unit in enumerate(values)), **settings)
    return xz.Panel(frame, unit="unit", time="year"), shapes


# Breaks ---------------------------------------------------------------------------------------


def test_natural_breaks_are_the_best_of_all_partitions() -> None:
    """200 small worlds, half of them with ties: no other partition has a smaller sum of squares."""
    draw = np.random.default_rng(20261127)
    for world in range(200):
        values = draw.lognormal(size=draw.integers(5, 11)).round(1 if world % 2 else 6)
        distinct, count = np.unique(values), int(draw.integers(2, 5))
        if distinct.size > count:
            best = min(within_classes(values, np.array(cuts)) for cuts in combinations(distinct[:-1], count - 1))
            assert within_classes(values, natural_cuts(values, count)) == pytest.approx(best, abs=ROUNDING)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("year", "cuts", "counts"),
    [
        (1929, [393.0, 532.0, 686.0, 874.0], [9, 10, 15, 7, 7]),
        (2000, [24321.0, 27230.0, 29685.0, 34547.0], [12, 10, 12, 11, 3]),
    ],
)
def test_income_of_the_states_as_mapclassify(year: int, cuts: list[float], counts: list[int]) -> None:
    """FisherJenks(k=5) of mapclassify 2.10.0, the last bin (the largest value) left out."""
    panel = states()
    values = panel.values("income")[panel.when == year]
    found = natural_cuts(values, 5)
    assert found.tolist() == cuts
    assert np.bincount(np.searchsorted(found, values, side="left")).tolist() == counts


@pytest.mark.reference
def test_equal_intervals_as_mapclassify() -> None:
    """EqualInterval(k=4) of mapclassify 2.10.0 for 2000."""
    panel = states()
    found = equal_cuts(panel.values("income")[panel.when == 2000], 4)
    assert found.tolist() == [25904.75, 30816.5, 35728.25]


def test_breaks_do_not_depend_on_units_of_measurement_or_copies() -> None:
    values = np.random.default_rng(1).lognormal(size=300)
    found = natural_cuts(values, 5)
    np.testing.assert_allclose(natural_cuts(1e9 * values - 1e9, 5), 1e9 * found - 1e9, rtol=1e-9)
    np.testing.assert_array_equal(natural_cuts(np.tile(values, 3), 5), found)
    assert (np.diff(natural_cuts(np.arange(20.0), 7)) > 0).all()


# Classes by unit and year ---------------------------------------------------------------------


def test_years_shown_share_their_classes() -> None:
    """Pooled over the first and the last year: 1 2 | 10 11 12; the year between is left out."""
    panel, shapes = row_of_squares({"A": [1.0, 99.0, 10.0], "B": [2.0, 99.0, 11.0], "C": [1.0, 99.0, 12.0]})
    result = Choropleth(of="y", shapes=shapes, classes=Breaks(rule="natural", count=2)).fit(panel)
    assert result.years.tolist() == [2000, 2002]
    assert result.cuts.tolist() == [[2.0], [2.0]]
    assert result.term("class")[result.rows.time != 2001].tolist() == [1, 2, 1, 2, 1, 2]
    assert set(result.rows.status[result.rows.time == 2001]) == {"left_out"}
    assert "Units in a higher class than in 2000: 3; in a lower one: 0." in result.summary()
    classes = result.tables()[0].columns()
    assert classes["members"] == ["B, A, C", "–", "–", "C, B, A"]
    assert classes["low"] == [1.0, 2.0, 1.0, 2.0]
    assert classes["high"] == [2.0, 12.0, 2.0, 12.0]


def test_small_units_of_measurement_print_digits() -> None:
    panel, shapes = row_of_squares({"A": [1.0e-9], "B": [1.5e-9], "C": [9.0e-9]})
    result = Choropleth(of="y", shapes=shapes, classes=Breaks(rule="natural", count=2)).fit(panel)
    classes, values = (table.printed() for table in result.tables())
    assert [row[2:4] for row in classes] == [["0.0000000010", "0.0000000015"], ["0.0000000015", "0.0000000090"]]
    assert [row[1] for row in values] == ["0.0000000010", "0.0000000015", "0.0000000090"]
    assert result.class_names() == ["up to 0.0000000015", "over 0.0000000015"]


def test_classes_of_each_year() -> None:
    panel, shapes = row_of_squares({"A": [1.0, 30.0], "B": [2.0, 20.0], "C": [4.0, 10.0]})
    result = Choropleth(of="y", shapes=shapes, classes=Quantiles(count=3, over="year")).fit(panel)
    assert result.term("class").tolist() == [1, 3, 2, 2, 3, 1]
    assert result.class_names() == ["class 1", "class 2", "class 3"]
    assert result.diagnostics["goodness"] == 1.0
    with pytest.raises(UsageError, match="no common centre"):
        Choropleth(of="y", shapes=shapes, classes=Quantiles(over="year"), centre=1.0)


def test_years_are_asked_for() -> None:
    panel, shapes = row_of_squares({"A": [1.0, 3.0], "B": [2.0, 4.0]})
    with pytest.raises(DataError, match="1999") as caught:
        Choropleth(of="y", shapes=shapes, years=(1999,)).fit(panel)
    assert caught.value.code == "XZ-208"
    for years in ((2000, 2000), (), (1, 2, 3, 4, 5)):
        with pytest.raises(UsageError):
            Choropleth(of="y", shapes=shapes, years=years)


def test_values_that_cannot_make_classes() -> None:
    panel, shapes = row_of_squares({"A": [1.0], "B": [2.0], "C": [2.0]})
    with pytest.raises(DataError, match="coincide") as caught:
        Choropleth(of="y", shapes=shapes).fit(panel)
    assert caught.value.code == "XZ-284"
    empty, shapes = row_of_squares({"A": [np.nan], "B": [np.nan]})
    with pytest.raises(DataError, match="no value") as caught:
        Choropleth(of="y", shapes=shapes).fit(empty)
    assert caught.value.code == "XZ-281"


def test_units_without_a_polygon_are_left_out_by_name() -> None:
    panel, _ = row_of_squares({"A": [1.0], "B": [2.0], "C": [3.0]})
    shapes = one_map(square("A"), square("B", 1.0), square("Z", 2.0), absent="leave_out")
    result = Choropleth(of="y", shapes=shapes, classes=Breaks(rule="natural", count=2)).fit(panel)
    assert result.rows.status.tolist() == ["ok", "ok", "left_out"]
    assert "left out: C" in result.methods_text()
    assert "not in the data: Z" in result.methods_text()


def test_goodness_of_fit_by_hand() -> None:
    """1 3 | 7 9: total 40, within 2 + 2."""
    values, place = np.array([1.0, 3.0, 7.0, 9.0]), np.array([1.0, 1.0, 2.0, 2.0])
    assert goodness(values, place, np.zeros(4, dtype=np.int64)) == pytest.approx(0.9, abs=ROUNDING)


# What is drawn --------------------------------------------------------------------------------


def test_a_figure_has_a_map_for_each_year_under_one_key() -> None:
    panel, shapes = row_of_squares({"A": [1.0, 5.0], "B": [2.0, np.nan], "C": [9.0, 9.5]}, source="Own drawing")
    result = Choropleth(of="y", shapes=shapes, classes=CutOffs(values=[3.0, 7.0])).fit(panel)
    (figure,) = result.figures()
    plain = figure.to_dict()
    maps = plain["vconcat"][0]
    features = figure.vconcat[0].data.values
    assert [feature["unit"] for feature in features] == ["A", "B", "C"]
    assert [feature["kind1"] for feature in features] == ["3 to 7", "no data", "over 7"]
    scale = maps["concat"][0]["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == ["up to 3", "3 to 7", "over 7", "no data"]
    assert (scale["range"][0], scale["range"][2], scale["range"][3]) == (RISING[0], RISING[3], BLANK)
    svg = save_svg(figure)
    assert "Own drawing" in svg
    (one,) = result.figures(View(periods=((2001, 2001),)))
    assert len(one.to_dict()["vconcat"][0]["concat"]) == 1
    assert result.figures(View(periods=((1990, 1991),))) == []


def test_a_picture_in_chinese() -> None:
    panel, shapes = row_of_squares({"A": [1.0, 5.0], "B": [2.0, 6.0]}, source="审图号：示例")
    result = Choropleth(of="y", shapes=shapes, classes=Breaks(rule="natural", count=2)).fit(panel)
    with speaking("zh", names={"y": "得分"}):
        svg = save_svg(result.figures()[0])
    text = "".join(Tree.fromstring(svg).itertext())
    assert "审图号" in text


def test_a_hole_shows_what_lies_in_it_and_lines_are_drawn() -> None:
    names = [f"U{k:02d}" for k in range(15)]
    panel = xz.Panel(pd.DataFrame({"unit": names, "y": np.arange(15.0)}), unit="unit")
    (figure,) = Choropleth(of="y", shapes=Shapes(geojson=grid(), unit="name")).fit(panel).figures()
    plain = figure.to_dict()
    by_unit = {one["unit"]: one["geometry"]["coordinates"] for one in figure.data.values}
    assert [len(polygon) for polygon in by_unit["U00"]] == [2]
    assert len(by_unit["U01"]) == 2
    assert "spare" in by_unit
    assert len(plain["concat"][0]["layer"]) == 2
    assert Tree.fromstring(save_svg(figure)).tag.endswith("svg")


def test_colours_part_at_a_centre() -> None:
    cuts = np.array([1.0, 2.0, 3.0])
    assert class_colours(cuts, None) == list(RISING)
    parted = class_colours(cuts, 2.5)
    assert parted[2] == MIDDLE
    assert MIDDLE not in class_colours(cuts, 2.0)
    assert len(set(parted)) == len(set(class_colours(cuts, 2.0))) == 4
    assert class_colours(cuts, 9.0)[3] == MIDDLE
    lightness = [int(colour[1:3], 16) for colour in class_colours(np.arange(1.0, 9.0), None)]
    assert lightness == sorted(lightness, reverse=True)


@pytest.mark.parametrize(
    ("cuts", "digits"),
    [
        ([0.25, 0.30], 2),
        ([0.2512, 0.3], 3),
        ([1000.0, 4000.0], 0),
        ([2.5], 1),
        ([0.0], 0),
        ([2.5e-10, 3.0e-10], 11),
    ],
)
def test_a_key_shows_the_digits_that_tell_classes_apart(cuts: list[float], digits: int) -> None:
    assert decimals(np.array(cuts)) == digits


def test_clusters_on_the_map() -> None:
    values = {name: [float(k), float(k * k)] for k, name in enumerate("ABCDEF")}
    panel, shapes = row_of_squares(values)
    weights = ContiguityList.from_shapes(shapes)
    plain, mapped = (LocalAutocorrelation(of="y", weights=weights, draws=99, shapes=one) for one in (None, shapes))
    assert len(plain.fit(panel).figures()) == 1
    _, figure = mapped.fit(panel).figures()
    assert len(figure.to_dict()["concat"]) == 2
    with pytest.raises(DataError) as caught:
        LocalAutocorrelation(of="y", weights=weights, draws=99, shapes=one_map(square("A"))).fit(panel)
    assert caught.value.code == "XZ-288"
