"""Charts of the room: what they draw, and that they become SVG."""

from xml.etree import ElementTree as Tree

import numpy as np

from tests.regions.dynamics import states
from xinzhi.language import speaking
from xinzhi.method.charts import save_svg
from xinzhi.regions.dynamics.classes import Quantiles
from xinzhi.regions.dynamics.conditional import ConditionalDensity
from xinzhi.regions.dynamics.density import KernelDensity
from xinzhi.regions.dynamics.markov import MarkovChain
from xinzhi.regions.dynamics.spatial_markov import SpatialMarkovChain
from xinzhi.regions.figures import MOST_RIDGES, Labels, conditional_map, evenly, ridgelines, transition_map

LABELS = Labels(name="chart", title="Title", description="What it shows.", unit="unit")


def test_ridges_show_at_most_so_many_years_evenly() -> None:
    """81 years: each eighth, both ends among them."""
    result = KernelDensity(of="income", relative="year_mean", points=50).fit(states.panel())
    (chart,) = result.figures()
    layers = chart.to_dict()["layer"]
    assert len(layers) == 11 <= MOST_RIDGES
    svg = save_svg(chart)
    assert "1929" in svg
    assert "2009" in svg


def test_places_are_equally_far_apart() -> None:
    assert evenly(81, 12) == list(range(0, 81, 8))
    assert evenly(5, 12) == [0, 1, 2, 3, 4]
    assert evenly(1, 12) == [0]
    assert evenly(80, 12) == list(range(7, 80, 8))  # no step divides 79: the last year stays
    assert all(len(evenly(count, 12)) <= 12 for count in range(1, 200))


def test_a_cross_section_has_one_ridge_without_a_year() -> None:
    chart = ridgelines(LABELS, time=[""], x=[[0.0, 1.0, 2.0]], density=[[0.1, 0.4, 0.1]], across="x")
    assert Tree.fromstring(save_svg(chart)).tag.endswith("svg")


def test_a_conditional_map_has_its_diagonal_and_leaves_out_what_is_missing() -> None:
    density = [[0.1, 0.2], [None, float("nan")]]
    chart = conditional_map(LABELS, start=[0.0, 1.0], end=[0.0, 1.0], density=density, names=("before", "after"))
    cells, line = chart.layer
    assert len(cells.data.values) == 2
    assert line.data.values == [{"x": -0.5, "y": -0.5}, {"x": 1.5, "y": 1.5}]
    faint = conditional_map(
        LABELS, start=[0.0, 1.0], end=[0.0, 1.0], density=[[1.0, 0.004], [0.006, 0.0]], names=("", "")
    )
    assert [cell["value"] for cell in faint.layer[0].data.values] == [1.0, 0.006]


def test_matrices_have_a_panel_for_each_condition() -> None:
    counts = np.array([[90.0, 10.0], [1.0, 4.0]])
    one = transition_map(LABELS, given=[""], counts=[counts])
    assert "facet" not in one.to_dict()
    two = transition_map(LABELS, given=["low", "high"], counts=[counts, np.array([[0.0, 0.0], [3.0, 0.0]])])
    assert two.to_dict()["columns"] == 2
    svg = save_svg(two)
    assert "–" in svg
    for row in ("1 (n = 100)", "2 (n = 5)", "1 (n = 0)", "2 (n = 3)"):
        assert row in svg


def test_rows_of_many_classes_stay_in_order() -> None:
    chart = transition_map(LABELS, given=[""], counts=[np.eye(12)])
    assert chart.to_dict()["layer"][0]["encoding"]["y"]["sort"] is None
    assert [row["start"] for row in chart.data.values[::12]] == [f"{k} (n = 1)" for k in range(1, 13)]


def test_every_result_of_dynamics_draws() -> None:
    ring, late = states.contiguity(), states.panel().select(times=(1990, 2009))
    for method in (
        MarkovChain(of="income", classes=Quantiles(over="year")),
        SpatialMarkovChain(of="income", weights=ring, relative="year_mean"),
        ConditionalDensity(of="income", lag=10, relative="year_mean"),
    ):
        (chart,) = method.fit(late).figures()
        assert Tree.fromstring(save_svg(chart)).tag.endswith("svg")


def test_an_even_steady_state_is_no_finding() -> None:
    """Quantiles of each year hold the same share in every year: no numbers of a steady state in the summary."""
    panel = states.panel()
    ranked, pooled = (
        MarkovChain(of="income", relative="year_mean", classes=Quantiles(over=over)).fit(panel)
        for over in ("year", "pooled")
    )
    tables = {table.name: table for table in ranked.tables()}
    assert "no finding" in ranked.summary()
    assert "Steady state:" not in ranked.summary()
    assert any("no finding" in note for note in tables["steady"].notes)
    assert "Steady state:" in pooled.summary()
    with speaking("zh"):
        assert "不构成发现" in ranked.summary()
        assert any(note.startswith("短横线") for note in ranked.tables()[2].notes)


def test_errors_of_probabilities_of_zero_are_dashes_and_equal_times_print_alike() -> None:
    result = MarkovChain(of="income", classes=Quantiles(over="year")).fit(states.panel())
    tables = {table.name: table for table in result.tables()}
    assert any(cell == "–" for row in tables["errors"].printed() for cell in row)
    assert not any(cell == "0.0000" for row in tables["errors"].printed() for cell in row)
    assert any("A dash" in note for note in tables["errors"].notes)
    assert (result.chain.errors[result.chain.probabilities == 0] == 0).all()
    times = np.array([row[1:] for row in tables["passage"].rows], dtype=float)
    near = np.abs(times[:, :, None, None] - times) < 1e-9
    printed = np.array([row[1:] for row in tables["passage"].printed()])
    assert (printed[:, :, None, None] == printed)[near].all()
