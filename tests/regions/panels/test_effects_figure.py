"""The figure of effects: three a regressor, with intervals and a line at zero."""

from xml.etree import ElementTree as Tree

import numpy as np

from xinzhi.language import speaking
from xinzhi.method.charts import Labels, save_svg
from xinzhi.regions.panels.effects import SpatialEffects
from xinzhi.regions.panels.effects_figure import effects_chart

LABELS = Labels(name="effects", title="Effects", description="Three effects.", unit="effect")
ESTIMATE = np.array([[0.2, -0.1], [0.3, 0.0], [0.5, -0.1]])
FOUND = SpatialEffects(ESTIMATE, 0 * ESTIMATE + 0.03, ESTIMATE - 0.05, ESTIMATE + 0.05)


def test_three_effects_a_regressor_and_zero_in_sight() -> None:
    chart = effects_chart(LABELS, FOUND, regressors=["k", "l"])
    zero, bars, _ = chart.layer
    assert zero.data.values == [{"zero": 0}]
    rows = bars.data.values
    assert [row["kind"] for row in rows[:3]] == ["direct", "indirect", "total"]
    assert [round(row["x"], 9) for row in rows] == [0.2, 0.3, 0.5, -0.1, 0.0, -0.1]
    assert all(row["low"] < row["x"] < row["high"] for row in rows)
    low, high = chart.to_dict()["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low <= 0 <= high


def test_names_are_those_of_the_study() -> None:
    with speaking("zh", names={"k": "资本"}):
        chart = effects_chart(LABELS, FOUND, regressors=["k", "l"])
        svg = save_svg(chart)
    assert "资本" in "".join(Tree.fromstring(svg).itertext())
