"""Charts of the room: what they draw, and that they become SVG."""

from xml.etree import ElementTree as Tree

from tests.regions.dynamics import states
from xinzhi.method.charts import save_svg
from xinzhi.regions.dynamics.classes import Quantiles
from xinzhi.regions.dynamics.conditional import ConditionalDensity
from xinzhi.regions.dynamics.density import KernelDensity
from xinzhi.regions.dynamics.markov import MarkovChain
from xinzhi.regions.dynamics.spatial_markov import SpatialMarkovChain
from xinzhi.regions.figures import MOST_RIDGES, Labels, conditional_map, ridgelines, transition_map

LABELS = Labels(name="chart", title="Title", description="What it shows.", unit="unit")


def test_ridges_show_at_most_so_many_years_with_both_ends() -> None:
    result = KernelDensity(of="income", relative="year_mean", points=50).fit(states.panel())
    (chart,) = result.figures()
    layers = chart.to_dict()["layer"]
    assert len(layers) == MOST_RIDGES
    svg = save_svg(chart)
    assert "1929" in svg
    assert "2009" in svg


def test_a_cross_section_has_one_ridge_without_a_year() -> None:
    chart = ridgelines(LABELS, time=[""], x=[[0.0, 1.0, 2.0]], density=[[0.1, 0.4, 0.1]], across="x")
    assert Tree.fromstring(save_svg(chart)).tag.endswith("svg")


def test_a_conditional_map_has_its_diagonal_and_leaves_out_what_is_missing() -> None:
    density = [[0.1, 0.2], [None, float("nan")]]
    chart = conditional_map(LABELS, start=[0.0, 1.0], end=[0.0, 1.0], density=density, names=("before", "after"))
    cells, line = chart.layer
    assert len(cells.data.values) == 2
    assert line.data.values == [{"x": -0.5, "y": -0.5}, {"x": 1.5, "y": 1.5}]


def test_matrices_have_a_panel_for_each_condition() -> None:
    one = transition_map(LABELS, given=[""], probabilities=[[[0.9, 0.1], [0.2, 0.8]]])
    assert "facet" not in one.to_dict()
    two = transition_map(LABELS, given=["low", "high"], probabilities=[[[0.9, 0.1], [None, 0.8]]] * 2)
    assert two.to_dict()["columns"] == 2
    assert "–" in save_svg(two)


def test_every_result_of_dynamics_draws() -> None:
    ring, late = states.contiguity(), states.panel().select(times=(1990, 2009))
    for method in (
        MarkovChain(of="income", classes=Quantiles(over="year")),
        SpatialMarkovChain(of="income", weights=ring, relative="year_mean"),
        ConditionalDensity(of="income", lag=10, relative="year_mean"),
    ):
        (chart,) = method.fit(late).figures()
        assert Tree.fromstring(save_svg(chart)).tag.endswith("svg")
