"""Charts of indices: what is drawn stands in the specification; widths fit a phone and a column of print."""

import json
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from xinzhi.indicators.pages import figures
from xinzhi.indicators.pages.maps import GRADE_COLOURS, WHITE, between, distinct, luminance
from xinzhi.language import speaking
from xinzhi.method.charts import TICK, save_svg, spec

WIDEST = 490
"""CSS pixels: a chart of 460 with padding; on a phone of 390 its 12 px letters are 9.5 px."""
TALLEST = 1.85
"""Height over width of the tallest chart: 60 rows on a page of A4 leave room for the caption."""
CONTRAST = 4.1
"""Contrast of letters with their cell: on the shade as far from white as from ink, no letter has more than 4.17."""
MANY, UNITS, INDICATORS = (
    51,
    [f"Unit {k}" for k in range(51)],
    [f"A rather long name of indicator {k}" for k in range(49)],
)


def labels(name="chart", unit="score"):
    return figures.Labels(name=name, title="A caption", description="A 1, B 2", unit=unit)


def tree(count=49, groups=8):
    """Return names, parents and weights of so many indicators in so many groups under two dimensions."""
    names = [*INDICATORS[:count], *(f"Group {k}" for k in range(groups)), "Left", "Right", "Index"]
    top = count + groups
    parent = [count + k % groups for k in range(count)] + [top + k % 2 for k in range(groups)] + [top + 2] * 2 + [-1]
    return names, parent, [100 / count] * count + [100 / groups] * groups + [50.0, 50.0, 100.0]


def every_chart():
    draw = np.random.default_rng(1)
    names, parent, weight = tree()
    yield figures.framework_tree(labels(), names=names, parent=parent, weight=weight)
    parts = {f"Dimension {k}": draw.uniform(0, 10, MANY).tolist() for k in range(8)}
    score = np.sum(list(parts.values()), axis=0)
    yield figures.component_bars(labels(), unit=UNITS, parts=parts, score=score.tolist())
    rank = np.arange(1.0, MANY + 1)
    ends = {"median": rank, "low": np.maximum(rank - 3, 1), "high": np.minimum(rank + 3, MANY)}
    yield figures.rank_intervals(labels(), item=UNITS, rank=rank, **ends)
    others = {"Entropy": draw.permutation(rank), "Equal weights": draw.permutation(rank)}
    yield figures.rank_changes(labels(), item=UNITS, base=rank, others=others)
    interval = ([0.1, 0.3], [0.3, 0.5])
    settings = {"first": [0.2, 0.4], "total": [0.2, 0.4], "first_interval": interval, "total_interval": interval}
    yield figures.sobol_bars(labels(), factor=["weights", "normalisation"], **settings)
    groups = [f"Dimension {k // 7}" for k in range(49)]
    correlation = np.corrcoef(draw.normal(size=(49, 60)))
    yield figures.correlation_map(labels(), item=INDICATORS, group=groups, correlation=correlation)
    yield figures.correlation_map(labels(), item=INDICATORS[:8], group=groups[:8], correlation=correlation[:8, :8])
    yield figures.missing_map(
        labels(), unit=UNITS, item=INDICATORS, state=np.eye(MANY, 49, dtype=int) * (np.arange(49) < 20)
    )
    grid = {"unit": [u for u in UNITS for _ in range(12)], "time": list(range(2011, 2023)) * MANY}
    grades = draw.integers(1, 11, 12 * MANY).tolist()
    yield figures.grade_strip(labels(), **grid, grade=grades, names=[f"grade {k}" for k in range(10)])
    rules = {name: draw.uniform(1, 4, 49).tolist() for name in ("Equal", "Entropy", "CRITIC")}
    yield figures.weights_comparison(labels(), item=INDICATORS, rules=rules)


CHARTS = list(every_chart())


def rows_of(chart, key):
    """Return the rows of data that hold a key."""
    found = spec(chart)
    sets = [*found.get("datasets", {}).values(), *_inline(found)]
    return [row for data in sets for row in data if key in row]


def _inline(value):
    if isinstance(value, dict):
        if isinstance(value.get("values"), list) and value["values"] and isinstance(value["values"][0], dict):
            yield value["values"]
        for inner in value.values():
            yield from _inline(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _inline(inner)


@pytest.mark.parametrize("chart", CHARTS)
def test_svg_has_text_and_fits_a_phone_and_a_page(chart):
    root = ElementTree.fromstring(save_svg(chart))
    width, height = float(root.get("width")), float(root.get("height"))
    assert width <= WIDEST
    assert height / width <= TALLEST
    assert root.findall(".//{http://www.w3.org/2000/svg}text")


@pytest.mark.parametrize("chart", CHARTS)
def test_specification_carries_name_description_and_data_but_no_address(chart):
    found = spec(chart)
    assert (found["name"], found["description"], chart.title) == ("chart", "A 1, B 2", "A caption")
    assert "title" not in found
    assert '"url"' not in json.dumps(found)


def test_numbers_do_not_depend_on_the_language():
    def numbers(value):
        if isinstance(value, dict):
            return [n for inner in value.values() for n in numbers(inner)]
        if isinstance(value, list):
            return [n for inner in value for n in numbers(inner)]
        return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []

    data = [[sorted(numbers(list(_inline(spec(chart))))) for chart in CHARTS]]
    with speaking("zh"):
        data.append([sorted(numbers(list(_inline(spec(chart))))) for chart in every_chart()])
    assert data[0] == data[1]


def test_tree_shows_a_dimension_before_what_belongs_to_it():
    names, parent, weight = tree(4, 2)
    rows = {
        row["term"]: row
        for row in rows_of(figures.framework_tree(labels(), names=names, parent=parent, weight=weight), "depth")
    }
    assert len(rows) == len(names)
    for name, above in zip(names, parent, strict=True):
        if above >= 0:
            assert rows[name]["row"] > rows[names[above]]["row"]
            assert rows[name]["depth"] == rows[names[above]]["depth"] + 1


def test_bars_meet_end_to_end_the_best_is_first_and_who_has_no_score_is_not_drawn():
    parts = {"one": [1.0, 2.0, None], "two": [-0.5, 1.0, 1.0]}
    chart = figures.component_bars(labels(), unit=["A", "B", "C"], parts=parts, score=[0.5, 3.0, None])
    bars = [(row["unit"], row["start"], row["end"]) for row in rows_of(chart, "start")]
    assert bars == [("B", 0.0, 2.0), ("B", 2.0, 3.0), ("A", 0.0, 1.0), ("A", 0.0, -0.5)]
    assert [row["told"] for row in rows_of(chart, "at")] == ["3.00", "0.50"]


def test_ranks_stand_in_the_order_of_the_base():
    chart = figures.rank_intervals(
        labels(), item=["A", "B", "C"], rank=[2, 1, None], median=[2, 1, 3], low=[1, 1, 2], high=[3, 2, 3]
    )
    assert [row["item"] for row in rows_of(chart, "low")] == ["B", "A"]


def test_no_alternative_looks_like_the_base_or_like_another():
    base = list(range(1, 5))
    others = {f"rule {k}": base for k in range(20)}
    chart = spec(figures.rank_changes(labels(), item=list("ABCD"), base=base, others=others))
    marks = next(layer["encoding"] for layer in chart["layer"] if "shape" in layer["encoding"])
    looks = list(zip(marks["shape"]["scale"]["range"], marks["color"]["scale"]["range"], strict=True))
    assert len(set(looks)) == len(looks) == 21
    assert [shape for shape, _ in looks].count(TICK) == 1
    assert looks[0][0] == TICK
    assert len({shape for shape, _ in looks[:7]}) == 7


def test_the_largest_shifts_are_marked_and_no_shift_never_is():
    base = list(range(1, 41))
    other = [*base[:-2], base[-1], base[-2]]
    chart = figures.rank_changes(labels(), item=[f"u{k}" for k in base], base=base, others={"other": other})
    assert [row["item"] for row in rows_of(chart, "large") if row["large"]] == ["u39", "u40"]


def test_factors_stand_in_the_order_of_their_total_index():
    ends = ([0.0, 0.0], [1.0, 1.0])
    chart = figures.sobol_bars(
        labels(), factor=["a", "b"], first=[0.1, 0.2], total=[0.2, 0.7], first_interval=ends, total_interval=ends
    )
    assert spec(chart)["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["b", "a"]


def test_correlations_are_below_the_diagonal_with_a_corner_at_each_new_dimension():
    chart = figures.correlation_map(
        labels(), item=["a", "b", "c"], group=["x", "x", "y"], correlation=np.full((3, 3), 0.9)
    )
    cells = rows_of(chart, "other")
    assert {(row["item"], row["other"]) for row in cells} == {("2 b", 1), ("3 c", 1), ("3 c", 2)}
    assert all(row["dark"] for row in cells)
    lines = [layer for layer in spec(chart)["layer"] if layer["mark"].get("type") == "rule"]
    assert len(lines) == 2


def test_missing_cells_are_drawn_with_their_rows_and_columns_only():
    state = [[0, 0, 0], [0, 1, 0], [0, 0, 2]]
    chart = figures.missing_map(labels(), unit=["A", "B", "C"], item=["x", "y", "z"], state=state)
    found = {(row["unit"], row["item"]): row["kind"] for row in rows_of(chart, "kind")}
    assert found == {("B", "y"): "Filled", ("B", "z"): "There", ("C", "y"): "There", ("C", "z"): "Missing"}
    whole = figures.missing_map(labels(), unit=["A"], item=["x", "y"], state=[[0, 0]])
    assert len(rows_of(whole, "kind")) == 2


def test_a_unit_without_a_grade_keeps_its_row():
    chart = figures.grade_strip(
        labels(), unit=["A", "A", "B"], time=[1, 2, 1], grade=[1, 2, None], names=["low", "high"]
    )
    assert [row.get("kind") for row in rows_of(chart, "time")] == ["1 low", "2 high", None]
    assert spec(chart)["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["A", "B"]


def test_grades_get_darker_and_their_numbers_are_legible():
    for count in (2, 4, 5, 10):
        colours = between(GRADE_COLOURS, count)
        light = [luminance(colour) for colour in colours]
        assert (colours[0], colours[-1]) == (GRADE_COLOURS[0], GRADE_COLOURS[-1])
        assert all(one > other for one, other in pairwise(light))
        for shade in light:
            ink = 1.0 if shade < WHITE else luminance("#1a1a1a")
            assert (max(shade, ink) + 0.05) / (min(shade, ink) + 0.05) > CONTRAST


def test_parts_beside_each_other_differ_in_lightness():
    light = [luminance(colour) for colour in figures.PART_COLOURS]
    for one, other in pairwise(light):
        assert (max(one, other) + 0.05) / (min(one, other) + 0.05) > 2.0


def test_rows_of_the_same_name_are_numbered():
    assert [str(name) for name in distinct(["a", "b", "a"])] == ["a (1)", "b", "a (2)"]
    chart = figures.weights_comparison(labels(), item=["a", "a"], rules={"Equal": [1.0, 2.0]})
    assert {row["item"] for row in rows_of(chart, "kind")} == {"a (1)", "a (2)"}
