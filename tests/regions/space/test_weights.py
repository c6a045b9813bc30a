"""Spatial weights: lists, distances, nesting, islands."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi import catalog
from xinzhi.errors import DataError, UsageError
from xinzhi.regions.space.weights import (
    ContiguityList,
    DistanceWeights,
    EconomicDistance,
    Nested,
    Weights,
    read_weights,
)

ROUNDING = 1e-12
"""A few divisions of numbers near one."""


def panel(**columns: Any) -> xz.Panel:
    frame = pd.DataFrame({"unit": list("ABCD"), "x": [0.0, 3.0, 0.0, 6.0], "y": [0.0, 0.0, 4.0, 8.0], **columns})
    return xz.Panel(frame, unit="unit")


CHAIN = ContiguityList(links=[("A", "B"), ("B", "C"), ("C", "D")])


def dense(weights: Weights, data: xz.Panel | None = None) -> Any:
    return read_weights(weights, panel() if data is None else data).matrix.toarray()


def test_a_link_holds_in_both_directions_and_rows_add_up_to_one() -> None:
    found = read_weights(CHAIN, panel())
    assert found.units.tolist() == list("ABCD")
    assert found.symmetric
    np.testing.assert_array_equal(found.matrix.toarray(), np.eye(4, k=1) + np.eye(4, k=-1))
    np.testing.assert_allclose(found.applied.sum(axis=1), 1.0, atol=ROUNDING)
    assert found.lag(np.array([1.0, 2.0, 4.0, 8.0])).tolist() == [2.0, 2.5, 5.0, 4.0]
    raw = read_weights(CHAIN.model_copy(update={"standardise": "none"}), panel())
    assert raw.lag(np.array([1.0, 2.0, 4.0, 8.0])).tolist() == [2.0, 5.0, 10.0, 4.0]
    assert read_weights(ContiguityList(links=[*CHAIN.links, ("B", "A")]), panel()).matrix.max() == 1.0


def test_euclidean_distances_by_hand() -> None:
    found = dense(DistanceWeights(x="x", y="y", metric="euclidean"))
    assert found[0, 1] == pytest.approx(1 / 3, abs=ROUNDING)
    assert found[1, 2] == pytest.approx(1 / 5, abs=ROUNDING)  # 3, 4, 5
    assert found[0, 3] == pytest.approx(1 / 10, abs=ROUNDING)  # 6, 8, 10
    squared = dense(DistanceWeights(x="x", y="y", metric="euclidean", power=2))
    np.testing.assert_allclose(squared, found**2, atol=ROUNDING)
    cut = dense(DistanceWeights(x="x", y="y", metric="euclidean", cutoff=5.0, islands="keep"))
    np.testing.assert_array_equal(cut > 0, (found >= 1 / 5 - ROUNDING))


def test_the_nearest_are_not_symmetric() -> None:
    found = read_weights(DistanceWeights(x="x", y="y", metric="euclidean", nearest=1, power=0), panel())
    assert found.matrix.toarray().sum(axis=1).tolist() == [1.0] * 4
    assert not found.symmetric  # the nearest of D is C, that of C is A


def test_great_circles() -> None:
    """A quarter of the equator, and Beijing to Shanghai: 1,067 km by any calculator of great circles."""
    capitals = catalog.load("china_capitals")
    found = read_weights(DistanceWeights(x="longitude", y="latitude", standardise="none"), capitals)
    place = {str(unit): k for k, unit in enumerate(capitals.units)}
    assert 1 / found.matrix[place["Beijing"], place["Shanghai"]] == pytest.approx(1067, abs=3)
    quarter = panel(x=[0.0, 90.0, 0.0, 180.0], y=[0.0, 0.0, 90.0, 0.0])
    apart = 1 / dense(DistanceWeights(x="x", y="y", standardise="none"), quarter)[0, 1:]
    np.testing.assert_allclose(apart, 6371.0088 * np.pi * np.array([0.5, 0.5, 1.0]), rtol=ROUNDING)


def test_economic_distance_uses_means_over_the_years() -> None:
    frame = pd.DataFrame({"unit": list("AABBCC"), "year": [1, 2] * 3, "gdp": [1.0, 3.0, 3.0, 5.0, 10.0, np.nan]})
    found = dense(EconomicDistance(of="gdp"), xz.Panel(frame, unit="unit", time="year"))
    np.testing.assert_allclose(found, [[0, 1 / 2, 1 / 8], [1 / 2, 0, 1 / 6], [1 / 8, 1 / 6, 0]], atol=ROUNDING)


def test_nesting() -> None:
    data = panel(gdp=[1.0, 2.0, 4.0, 8.0])
    economic = EconomicDistance(of="gdp")
    a, b = dense(CHAIN, data), dense(economic, data)
    np.testing.assert_array_equal(dense(Nested(first=CHAIN, second=economic), data), a * b)
    mixed = dense(Nested(first=CHAIN, second=economic, form="mixture", share=0.3), data)
    np.testing.assert_allclose(
        mixed, 0.3 * a / a.sum(axis=1, keepdims=True) + 0.7 * b / b.sum(axis=1, keepdims=True), atol=ROUNDING
    )
    assert Nested.model_validate(Nested(first=CHAIN, second=economic).model_dump()).second == economic


def test_islands_need_a_policy() -> None:
    links = [("A", "B"), ("B", "C")]
    with pytest.raises(DataError, match="D") as caught:
        read_weights(ContiguityList(links=links), panel())
    assert caught.value.code == "XZ-283"
    kept = read_weights(ContiguityList(links=links, islands="keep"), panel())
    assert kept.islands == ("D",)
    assert np.isnan(kept.lag(np.ones(4))).tolist() == [False, False, False, True]
    assert kept.warnings() == ("XZ-471 without neighbours: D.",)
    by_hand = read_weights(ContiguityList(links=links, islands={"D": "A"}), panel())
    assert by_hand.islands == ()
    assert by_hand.symmetric
    assert by_hand.matrix[3, 0] == 1.0
    assert "D to A" in by_hand.words
    far = DistanceWeights(x="x", y="y", metric="euclidean", cutoff=5.0, islands={"D": "A"})
    assert dense(far)[3, 0] == pytest.approx(1 / 10, abs=ROUNDING)


def test_units_without_a_value_leave_with_their_links() -> None:
    part = read_weights(CHAIN, panel()).among(np.array([True, True, False, True]))
    assert part.islands == ("D",)
    np.testing.assert_array_equal(part.applied.toarray(), [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("weights", "columns", "words"),
    [
        (ContiguityList(links=[("A", "Z")]), {}, "Z"),
        (DistanceWeights(x="x", y="y"), {"x": [0.0, 0.0, 1.0, 2.0], "y": [1.0, 1.0, 1.0, 1.0]}, "same place"),
        (DistanceWeights(x="x", y="y"), {"x": [0.0, 500.0, 1.0, 2.0]}, "beyond 180"),
        (EconomicDistance(of="gdp"), {"gdp": [1.0, 1.0, 2.0, 3.0]}, "same mean"),
        (EconomicDistance(of="gdp"), {"gdp": [1.0, np.nan, 2.0, 3.0]}, "missing in all years"),
    ],
)
def test_what_cannot_be_used_is_named(weights: Weights, columns: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_weights(weights, panel(**columns))
    assert caught.value.code == "XZ-282"


def test_coordinates_that_are_missing_are_named() -> None:
    with pytest.raises(DataError, match="missing or changes") as caught:
        read_weights(DistanceWeights(x="x", y="y"), panel(x=[0.0, np.nan, 1.0, 2.0]))
    assert caught.value.code == "XZ-288"
    assert "same number" in str(caught.value)


def test_means_over_fewer_years_are_warned_of() -> None:
    """An infinite cell is a missing one."""
    frame = pd.DataFrame({"unit": list("AABBCC"), "year": [1, 2] * 3, "gdp": [1.0, 3.0, 5.0, np.inf, 7.0, 8.0]})
    uneven = xz.Panel(frame, unit="unit", time="year")
    warned = ("XZ-473 means of gdp over fewer years: B.",)
    economic, links = EconomicDistance(of="gdp"), ContiguityList(links=[("A", "B"), ("B", "C")])
    assert read_weights(economic, uneven).warnings() == warned
    nested = read_weights(Nested(first=links, second=economic), uneven)
    assert nested.among(np.array([True, True, False])).warnings() == warned
    even = xz.Panel(frame.assign(gdp=[1.0, 3.0, 5.0, 5.5, 7.0, 8.0]), unit="unit", time="year")
    assert read_weights(economic, even).warnings() == ()


def test_links_of_other_units_may_be_left_out() -> None:
    found = dense(ContiguityList(links=[*CHAIN.links, ("A", "Z")], others="leave_out"))
    np.testing.assert_array_equal(found, dense(CHAIN))


def test_the_shipped_list_is_the_map_of_china() -> None:
    """Neighbours of some provinces from any map; Hainan by hand; all units have a neighbour."""
    frame = catalog.frame("china_contiguity")
    assert frame[frame.kind != "land border"][["from_en", "to_en"]].to_numpy().tolist() == [["Guangdong", "Hainan"]]
    provinces = catalog.load("china_provinces")
    found = read_weights(ContiguityList.from_catalog("china_contiguity"), provinces)
    around = {
        str(unit): sorted(provinces.units[found.matrix[[k]].toarray()[0] > 0]) for k, unit in enumerate(provinces.units)
    }
    assert around["Beijing"] == ["Hebei", "Tianjin"]
    assert around["Hainan"] == ["Guangdong"]
    assert around["Heilongjiang"] == ["Inner Mongolia", "Jilin"]
    assert around["Shaanxi"] == sorted(
        ["Shanxi", "Inner Mongolia", "Henan", "Hubei", "Chongqing", "Sichuan", "Gansu", "Ningxia"]
    )
    assert (found.matrix.nnz, found.islands) == (138, ())


def test_a_study_gives_a_file_or_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("from,to\nA,B\nB,C\nC,D\n", encoding="utf-8")
    assert ContiguityList.from_study({"file": "links.csv"}, lambda name: tmp_path / name) == CHAIN
    assert ContiguityList.from_study({"links": CHAIN.links}, Path) == CHAIN
    chinese = ContiguityList.from_study({"catalog": "china_contiguity", "names": "zh", "standardise": "none"}, Path)
    assert ("广东", "海南") in chinese.links
    assert chinese.standardise == "none"
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="from, to"):
        ContiguityList.read(tmp_path / "odd.csv")
    with pytest.raises(UsageError):
        ContiguityList.from_catalog(names="fr")
    with pytest.raises(UsageError, match="themselves"):
        ContiguityList(links=[("A", "A")])
