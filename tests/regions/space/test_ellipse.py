"""The ellipse: closed forms, the published formula, conventions, projection."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi import catalog
from xinzhi.errors import DataError
from xinzhi.regions.space.ellipse import Albers, StandardDeviationalEllipse, ellipse, outline

ROUNDING = 1e-9
"""Sums of a few squares of numbers near 1000, relative."""


def drawn(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.normal(size=(30, 2)) @ [[300.0, 120.0], [0.0, 90.0]] + [2000.0, 4000.0], draw.uniform(0.5, 5.0, 30)


@pytest.mark.parametrize("power", [1, 2])
def test_it_is_the_published_formula(power: int) -> None:
    """Angle and axes of methods/indicators.md 2.10, written as there, with w^2 (and w in its place)."""
    places, w = drawn()
    centre = w @ places / w.sum()
    x, y = (places - centre).T
    v = w**power
    a, c = (v * x * x).sum() - (v * y * y).sum(), 2 * (v * x * y).sum()
    theta = np.arctan((a + np.sqrt(a**2 + c**2)) / c)  # from north, clockwise
    along = np.sqrt(2 * (v * (x * np.sin(theta) + y * np.cos(theta)) ** 2).sum() / v.sum())
    across = np.sqrt(2 * (v * (x * np.cos(theta) - y * np.sin(theta)) ** 2).sum() / v.sum())
    found = ellipse(places, w, power=power, factor=2.0)
    assert found is not None
    np.testing.assert_allclose(found.centre, centre, rtol=ROUNDING)
    assert found.major == pytest.approx(max(along, across), rel=ROUNDING)
    assert found.minor == pytest.approx(min(along, across), rel=ROUNDING)
    assert found.angle == pytest.approx(np.degrees(theta) % 180, rel=ROUNDING)


def test_turning_the_map_turns_the_ellipse() -> None:
    places, w = drawn()
    one, turn = ellipse(places, w, power=1, factor=1.0), np.radians(25.0)
    clockwise = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    other = ellipse(places @ clockwise, w * 1e6, power=1, factor=1.0)
    assert one is not None
    assert other is not None
    assert other.angle == pytest.approx((one.angle + 25.0) % 180, rel=ROUNDING)
    assert (other.major, other.minor) == pytest.approx((one.major, one.minor), rel=ROUNDING)


def test_the_outline_has_distance_one() -> None:
    places, w = drawn()
    found = ellipse(places, w, power=1, factor=2.0)
    assert found is not None
    np.testing.assert_allclose(found.placed(outline(found))["radius"], 1.0, rtol=ROUNDING)


def test_a_uniform_disc_has_its_own_radius() -> None:
    """The square root of two makes the ellipse of a uniform disc sqrt(2) R / 2: sd along an axis is R / 2."""
    turn, radius = np.meshgrid(np.linspace(0, 2 * np.pi, 60, endpoint=False), np.sqrt((np.arange(200) + 0.5) / 200))
    places = 100 * np.column_stack([(radius * np.cos(turn)).ravel(), (radius * np.sin(turn)).ravel()])
    found = ellipse(places, np.ones(len(places)), power=1, factor=2.0)
    assert found is not None
    assert found.major == pytest.approx(100 / np.sqrt(2), rel=1e-4)


def test_albers_keeps_areas_and_comes_back() -> None:
    """A cell of one degree has R^2 (sin b - sin a) dl everywhere; standard parallels keep lengths along them."""
    projection, corners = Albers(), np.array([[100.0, 30.0], [101.0, 30.0], [101.0, 31.0], [100.0, 31.0]])
    steps = np.linspace(0, 1, 2001)[:, None]
    edge = np.vstack([a + steps * (b - a) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)])
    x, y = projection.projected(edge).T
    area = 0.5 * abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())
    truth = 6371.0088**2 * (np.sin(np.radians(31)) - np.sin(np.radians(30))) * np.radians(1.0)
    assert area == pytest.approx(truth, rel=1e-6)
    np.testing.assert_allclose(projection.unprojected(np.column_stack([x, y])), edge, rtol=ROUNDING)
    parallel = projection.projected(np.array([[105.0, 25.0], [105.01, 25.0]]))
    length = np.hypot(*(parallel[1] - parallel[0]))
    assert length == pytest.approx(6371.0088 * np.cos(np.radians(25)) * np.radians(0.01), rel=1e-6)


def test_the_centroid_of_the_provinces_moves_to_where_the_weight_goes() -> None:
    capitals = catalog.frame("china_capitals")
    frame = pd.concat([capitals.assign(year=year, gdp=1.0) for year in (2000, 2001)])
    frame.loc[(frame.year == 2001) & (frame.province_en == "Guangdong"), "gdp"] = 10.0
    panel = xz.Panel(frame, unit="province_en", time="year")
    result = StandardDeviationalEllipse(x="longitude", y="latitude", weight="gdp", projection=Albers()).fit(panel)
    years = result.by_year()
    assert 30 < years["latitude"][0] < 36
    assert 105 < years["longitude"][0] < 115
    assert years["latitude"][1] < years["latitude"][0]
    assert 90 < years["direction"][1] < 270
    assert np.isnan(years["moved"][0])
    assert years["moved"][1] > 100
    assert len(result.figures()) == 1
    assert "Albers" in result.methods_text()
    with pytest.raises(DataError, match="look like degrees") as caught:
        StandardDeviationalEllipse(x="longitude", y="latitude", weight="gdp").fit(panel)
    assert caught.value.code == "XZ-288"
    with pytest.raises(DataError, match="x as longitude and y as latitude") as caught:
        StandardDeviationalEllipse(x="latitude", y="longitude", weight="gdp", projection=Albers()).fit(panel)
    assert caught.value.code == "XZ-288"


def test_projected_coordinates_are_taken_at_their_word_and_a_centroid_may_stay() -> None:
    frame = pd.DataFrame({"unit": list("ABCD"), "x": [0.0, 40.0, 0.0, 40.0], "y": [0.0, 0.0, 20.0, 20.0], "w": 0.1})
    panel = xz.Panel(pd.concat([frame.assign(year=2000), frame.assign(year=2001, w=0.3)]), unit="unit", time="year")
    result = StandardDeviationalEllipse(x="x", y="y", weight="w", projection="projected", axes="one").fit(panel)
    years = result.by_year()
    assert (years["major"][0], years["minor"][0]) == pytest.approx((20.0, 10.0), rel=ROUNDING)
    assert years["moved"][1] == 0.0
    assert np.isnan(years["direction"][1])
    assert "the centroid did not move; semi-axes" in result.summary()
    assert "taken as projected" in result.methods_text()


def test_three_units_are_needed_and_no_line() -> None:
    frame = pd.DataFrame({"unit": list("ABC"), "x": [0.0, 500.0, 1000.0], "y": [0.0, 500.0, 1000.0], "w": 1.0})
    with pytest.raises(DataError) as caught:
        StandardDeviationalEllipse(x="x", y="y", weight="w").fit(xz.Panel(frame, unit="unit"))
    assert caught.value.code == "XZ-281"
    assert "not on a line" in str(caught.value)
