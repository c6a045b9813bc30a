"""The regions of the world: every economy of the Penn World Table has one, and they fit the standard."""

import pytest

from tests.support import SHARED
from xinzhi import catalog

# M49, as of 2021: continental regions and the sub-regions that hold an economy of the Penn World Table 10.01.
SUBREGIONS = {
    "Africa": {"Northern Africa", "Sub-Saharan Africa"},
    "Americas": {"Latin America and the Caribbean", "Northern America"},
    "Asia": {"Central Asia", "Eastern Asia", "South-eastern Asia", "Southern Asia", "Western Asia"},
    "Europe": {"Eastern Europe", "Northern Europe", "Southern Europe", "Western Europe"},
    "Oceania": {"Australia and New Zealand", "Melanesia"},
}
CHINESE = {"Africa": "非洲", "Americas": "美洲", "Asia": "亚洲", "Europe": "欧洲", "Oceania": "大洋洲"}


def test_every_economy_of_the_penn_world_table_has_one_region() -> None:
    regions, pwt = catalog.frame("m49_regions"), catalog.frame("pwt1001")
    assert regions["isocode"].is_unique
    assert set(regions["isocode"]) == set(pwt["isocode"])
    names = pwt[["isocode", "country"]].drop_duplicates()
    assert dict(zip(regions["isocode"], regions["country"], strict=True)) == dict(names.to_numpy().tolist())


def test_sub_regions_lie_in_their_regions() -> None:
    regions = catalog.frame("m49_regions")
    found = {region: set(rows["subregion"]) for region, rows in regions.groupby("region")}
    assert found == SUBREGIONS
    assert (regions["region_zh"] == regions["region"].map(CHINESE)).all()
    assert not regions.isna().any().any()


@pytest.mark.parametrize(
    ("isocode", "subregion"),
    [  # where M49 differs from what many tables say
        ("CYP", "Western Asia"),
        ("TUR", "Western Asia"),
        ("GEO", "Western Asia"),
        ("EGY", "Northern Africa"),
        ("SDN", "Northern Africa"),
        ("MRT", "Sub-Saharan Africa"),
        ("MEX", "Latin America and the Caribbean"),
        ("BMU", "Northern America"),
        ("IRN", "Southern Asia"),
        ("RUS", "Eastern Europe"),
        ("EST", "Northern Europe"),
        ("GBR", "Northern Europe"),
        ("SVN", "Southern Europe"),
        ("TWN", "Eastern Asia"),
    ],
)
def test_economies_that_tables_disagree_about(isocode: str, subregion: str) -> None:
    regions = catalog.frame("m49_regions").set_index("isocode")
    assert regions.loc[isocode, "subregion"] == subregion


def test_the_entry_says_what_is_known_about_its_source() -> None:
    entry = catalog.entry("m49_regions")
    assert not (SHARED / "catalog" / entry.file).exists()  # made here: the reference material has no such file
    assert any("Taiwan" in note for note in entry.notes)
    assert any("not read again at the source" in note for note in entry.notes)


def test_regions_group_a_panel() -> None:
    """The way to a metafrontier: join the label to the table by its code."""
    import pandas as pd

    import xinzhi as xz

    pwt = catalog.frame("pwt1001")
    joined = pwt[pwt["year"] == 2019].merge(catalog.frame("m49_regions")[["isocode", "region"]], on="isocode")
    panel = xz.Panel(pd.DataFrame(joined), unit="isocode", time="year")
    assert set(panel.label("region")) == set(SUBREGIONS)
