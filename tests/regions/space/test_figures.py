"""Charts of space: scales of their own, lines of the means, names that do not cover each other, units of length."""

import numpy as np
import pandas as pd

import xinzhi as xz
from tests.regions.space.states import contiguity, states
from xinzhi.language import speaking
from xinzhi.method.charts import Labels, save_svg
from xinzhi.regions.space.autocorrelation import SpatialAutocorrelation
from xinzhi.regions.space.ellipse import Albers, StandardDeviationalEllipse
from xinzhi.regions.space.figures import NAMED, beside, moran_scatter

LABELS = Labels(name="chart", title="Title", description="What it shows.", unit="spatial lag")


def test_statistics_have_a_panel_each_and_the_scatter_has_zero_lines_and_names() -> None:
    paths, scatter = SpatialAutocorrelation(of="income", weights=contiguity()).fit(states()).figures()
    plain = paths.to_dict()
    assert len(plain["vconcat"]) == 2
    axes = [panel["layer"][1]["encoding"]["y"] for panel in plain["vconcat"]]
    assert [axis["title"] for axis in axes] == ["Moran's I", "Geary's C"]
    assert axes[0]["scale"]["domain"][1] < 1.0 == axes[1]["scale"]["domain"][1]  # Geary's C is expected at one
    zeros = [layer for layer in scatter.layer if getattr(layer.data, "values", None) == [{"zero": 0}]]
    assert len(zeros) == 2
    svg = save_svg(scatter)
    for word in ("high-high", "low-low", "Connecticut"):
        assert word in svg
    with speaking("zh"):
        assert "高高" in save_svg(SpatialAutocorrelation(of="income", weights=contiguity()).fit(states()).figures()[1])


def test_charts_and_notes_speak_chinese() -> None:
    capitals = xz.catalog.frame("china_capitals").assign(gdp=1.0)
    ellipse = StandardDeviationalEllipse(x="longitude", y="latitude", weight="gdp", projection=Albers())
    place = ellipse.fit(xz.Panel(capitals, unit="province_en"))
    result = SpatialAutocorrelation(of="income", weights=contiguity()).fit(states())
    with speaking("zh"):
        svg = save_svg(result.figures()[0])
        for word in ("莫兰指数", "吉尔里指数", "p值不大于0.05", "p值更大"):
            assert word in svg
        (table,) = place.tables()
        assert "长度单位：公里。" in table.notes
        assert "面积（平方公里）" in [field.label for field in table.fields]


def test_a_flat_line_and_points_on_top_of_each_other_are_drawn() -> None:
    x = np.array([-1.0, -1.0, 2.0])
    chart = moran_scatter(LABELS, item=["a", "b", "c"], x=x, y=np.zeros(3), across="x", slope=0.0)
    assert "<svg" in save_svg(chart)


def test_names_leave_each_other_room() -> None:
    """Of 400 points in a square few are named, at the rim, and on the side where there is room."""
    places = np.random.default_rng(2).uniform(0, 300, (400, 2))
    found = beside(places, [f"unit {k}" for k in range(400)], width=300.0)
    assert 0 < len(found) <= NAMED
    corner = np.array([[0.0, 0.0], [300.0, 300.0], [150.0, 150.0], [165.0, 150.0]])
    sides = {0: "left", 1: "right", 2: "right", 3: "left"}  # the edge of the text that is at the point
    assert beside(corner, ["west", "east", "one", "two"], width=300.0) == sides


def test_lengths_have_a_unit() -> None:
    frame = pd.DataFrame({"unit": list("ABCD"), "x": [100.0, 110.0, 100.0, 112.0], "y": [25.0, 25.0, 31.0, 36.0]})
    two = pd.concat([frame.assign(year=2000, gdp=1.0), frame.assign(year=2001, gdp=[1.0, 1.0, 1.0, 5.0])])
    degrees = xz.Panel(two, unit="unit", time="year")
    settings = {"x": "x", "y": "y", "weight": "gdp"}
    result = StandardDeviationalEllipse(**settings, projection=Albers()).fit(degrees)
    assert result.summary().count(" km") == 5
    axes = result.figures()[0].to_dict()["layer"][0]["encoding"]
    assert (axes["x"]["title"], axes["y"]["title"]) == ("east, km", "north, km")
    assert "Lengths in km." in result.tables()[0].notes
    metres = two.assign(x=two["x"] * 1e4, y=two["y"] * 1e4)
    declared = xz.Panel(metres, unit="unit", time="year", columns={"x": xz.Column("m"), "y": xz.Column("m")})
    assert " m " in StandardDeviationalEllipse(**settings).fit(declared).summary()
    bare = StandardDeviationalEllipse(**settings).fit(xz.Panel(metres, unit="unit", time="year"))
    assert bare.figures()[0].to_dict()["layer"][0]["encoding"]["x"]["title"] == "east"
