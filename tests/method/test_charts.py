"""Charts: what is drawn stands in the specification; equal charts are equal bytes."""

import itertools
from xml.etree import ElementTree

import pytest

from xinzhi.method import charts
from xinzhi.method.chart_parts import spread
from xinzhi.method.theme import SERIES_COLOURS, TERM_COLOURS, term_colours

ROUNDING = 1e-9
"""Positions are sums of a few numbers of order one."""
WHITE_CONTRAST = 4.5
"""WCAG 2.1, level AA, for the names that are written in a series' colour on white."""
LIGHTNESS_STEP = 8.0
"""Least difference in CIE lightness between terms that stand side by side: told apart in grey print."""


def labels(name="chart", title="A caption", unit="per cent a year"):
    return charts.Labels(name=name, title=title, description="CHN 3.0, USA 1.0", unit=unit)


def every_chart():
    pair = {"unit": ["A", "B"], "period": ["2000–2010", "2000–2010"]}
    terms = {"capital": [2.0, -1.0], "tfp": [1.0, float("nan")]}
    yield charts.waterfall(labels(), units=["A", "B"], terms=terms, total=[3.0, None])
    yield charts.waterfall(labels(), units=["A"], terms={"capital": [2.0], "tfp": [1.0]}, total=[3.0])
    yield charts.stacked_periods(labels(), **pair, terms=terms, total=[3.0, 1.0])
    yield charts.lines(
        labels(),
        series=["A", "A", "B", "B"],
        time=[2000, 2001, 2000, 2001],
        value=[1.0, 2.0, None, 2.0],
        reference=1.0,
    )
    yield charts.range_chart(
        labels(), item=["A", "B"], low=[0.0, 1.0], median=[1.0, 2.0], high=[2.0, 3.0], point=[1.5, None]
    )
    yield charts.tornado(
        labels(),
        unit=["A", "A"],
        choice=["Share", "Share"],
        option=["0.5", "0.6"],
        value=[1.0, 2.0],
        base={"A": 1.5},
    )
    yield charts.timeline(labels(), unit=["A", "B"], time=[2000, 2001], share=[0.5, 1.0])


CHARTS = list(every_chart())


@pytest.mark.parametrize("chart", CHARTS)
def test_svg_is_equal_for_equal_charts_and_keeps_text_as_text(chart):
    first = charts.save_svg(chart)
    assert first == charts.save_svg(chart)
    assert ElementTree.fromstring(first).findall(".//{http://www.w3.org/2000/svg}text")


@pytest.mark.parametrize("chart", CHARTS)
def test_specification_carries_name_description_and_data_but_no_address(chart):
    found = charts.spec(chart)
    assert (found["name"], found["description"]) == ("chart", "CHN 3.0, USA 1.0")
    assert "title" not in found
    assert chart.title == "A caption"
    assert '"url"' not in str(found).replace("'", '"')


def rows_of(chart, key):
    return (
        [row for data in charts.spec(chart)["datasets"].values() for row in data if key in row]
        if "datasets" in charts.spec(chart)
        else [row for row in charts.spec(chart)["data"]["values"] if key in row]
    )


def test_cascade_starts_where_the_step_before_ended():
    chart = charts.waterfall(
        labels(), units=["A"], terms={"capital": [2.0], "hours": [-0.5], "tfp": [1.0]}, total=[2.5]
    )
    steps = [(row["start"], row["end"]) for row in rows_of(chart, "start") if "term" in row]
    assert steps == [(0.0, 2.0), (2.0, 1.5), (1.5, 2.5), (0.0, 2.5)]  # sums by hand


def test_a_missing_term_draws_a_dash_and_no_later_step():
    chart = charts.waterfall(
        labels(), units=["A"], terms={"capital": [2.0], "hours": [None], "tfp": [1.0]}, total=[4.0]
    )
    rows = rows_of(chart, "term")
    assert [row["told"] for row in rows] == ["2.00", "–", "1.00", "4.00"]
    assert [row["end"] for row in rows] == [2.0, None, None, 4.0]


def test_stacks_part_at_zero_and_a_period_with_a_missing_term_has_no_bar():
    chart = charts.stacked_periods(
        labels(),
        unit=["A", "A"],
        period=["1", "2"],
        terms={"capital": [2.0, 1.0], "hours": [-0.5, None], "quality": [0.25, 1.0], "tfp": [-1.0, 1.0]},
        total=[0.75, 3.0],
    )
    bars = [(row["period"], row["start"], row["end"]) for row in rows_of(chart, "term")]
    assert bars == [("1", 0.0, 2.0), ("1", 0.0, -0.5), ("1", 2.0, 2.25), ("1", -0.5, -1.5)]  # sums by hand


def test_tornado_orders_choices_by_their_largest_effect():
    chart = charts.tornado(
        labels(),
        unit=["A"] * 3,
        choice=["small", "large", "large"],
        option=["x", "y", "z"],
        value=[1.1, 0.0, 3.0],
        base={"A": 1.0},
    )
    assert [(row["choice"], row["low"], row["high"]) for row in rows_of(chart, "choice")] == [
        ("small", 1.0, 1.1),
        ("large", 0.0, 3.0),
    ]
    assert "['large', 'small']" in str(charts.spec(chart))


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [0.0, 0.1, 5.0], [3.0, -3.0, 2.9, 3.1], []])
def test_labels_are_spread_in_order_at_least_a_gap_apart(values):
    places = spread(values, gap=0.5)
    ordered = [place for _, place in sorted(zip(values, places, strict=True))]
    assert all(b - a >= 0.5 - ROUNDING for a, b in itertools.pairwise(ordered))
    assert sum(places) == pytest.approx(sum(values), abs=ROUNDING)


def luminance(colour):
    """Relative luminance as WCAG 2.1 defines it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def lightness(colour):
    """CIE 1976 lightness, 0 to 100."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def test_names_in_a_series_colour_can_be_read_on_white():
    assert min(1.05 / (luminance(colour) + 0.05) for colour in SERIES_COLOURS) >= WHITE_CONTRAST


@pytest.mark.parametrize(
    "terms",
    [
        ("capital", "employment", "hours", "quality", "tfp"),
        ("capital", "employment", "hours", "quality", "technology", "efficiency"),
        ("capital", "employment", "hours", "quality", "technology", "technical", "scale", "mix"),
        ("technology", "efficiency", "reallocation", "upgrading"),
        ("capital", "labour", "intermediate", "tfp"),
    ],
)
def test_neighbouring_terms_differ_in_lightness(terms):
    light = [lightness(colour) for colour in term_colours(terms)]
    assert min(abs(a - b) for a, b in itertools.pairwise(light)) >= LIGHTNESS_STEP


def test_a_term_without_a_colour_gets_one_of_its_own():
    found = term_colours(["capital", "water", "soil", "tfp"])
    assert len(set(found)) == 4
    assert (found[0], found[3]) == (TERM_COLOURS["capital"], TERM_COLOURS["tfp"])
