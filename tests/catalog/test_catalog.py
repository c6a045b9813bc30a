"""The catalogue: every file is the one that was shipped, and every column means what it says."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import xinzhi
from tests.support import SHARED, needs_shared
from xinzhi import catalog
from xinzhi.catalog import catalog as module
from xinzhi.errors import DataError
from xinzhi.panel.columns import KINDS

IDS = [entry.id for entry in catalog.entries()]
# Rows and columns of each file, and the units of its panel: counted in the table of the data's own page.
SIZES = {
    "pwt1001": (10_399, 31, 183),
    "us_klems44": (3_388, 18, 44),
    "us_agriculture48": (480, 16, 48),
    "asem_indicators": (51, 60, 51),
    "asem_framework": (68, 10, 68),
    "china_province_technology": (24_163, 8, 32),
    "china_technology_variables": (70, 12, 70),
    "china_provinces": (31, 6, 31),
    "m49_regions": (183, 5, 183),
    "index_system_templates": (98, 9, 98),
    "china_contiguity": (69, 8, 69),
    "china_capitals": (31, 7, 31),
    "us_state_income": (3_888, 7, 48),
    "us_state_contiguity": (107, 8, 107),
}
OURS = ("m49_regions", "china_contiguity", "china_capitals", "us_state_income", "us_state_contiguity")
"""Tables that were made here: typed, or (test_states.py) rebuilt from the files of libpysal."""

# Prices that are not positive in the source: Bermuda's price level is published below zero for four years
# (a note of the entry says so).
NOT_POSITIVE = {"pl_gdpo": {"BMU"}}


def test_the_catalogue_holds_what_it_should() -> None:
    assert set(IDS) == SIZES.keys()
    assert xinzhi.catalog is catalog


@pytest.mark.parametrize("id", IDS)
def test_every_entry_loads_as_it_is_described(id: str) -> None:
    entry, frame, panel = catalog.entry(id), catalog.frame(id), catalog.load(id)
    assert (len(frame), len(frame.columns), panel.units.size) == SIZES[id]
    assert entry.rows == len(frame)
    assert [column.name for column in entry.columns] == list(frame.columns)
    assert panel.source == id
    assert panel.citation == entry.citation
    assert panel.account.left_out == ()
    assert {panel.unit, panel.time} == {entry.unit, entry.time or None}
    assert panel.account.used == (512 if entry.shape == "long" else entry.rows)  # 512 province-years


@pytest.mark.parametrize("entry", catalog.entries(), ids=lambda entry: entry.id)
def test_every_entry_says_where_it_comes_from(entry: catalog.Entry) -> None:
    for text in (entry.title, entry.description, entry.source, entry.citation, entry.licence):
        assert len(text) > 7
    assert entry.notes
    assert entry.shape in ("panel", "cross_section", "long", "table")
    assert {column.kind for column in entry.columns} <= {*KINDS, "key", "label"}
    keys = {column.name for column in entry.columns if column.kind == "key"}
    assert keys == {entry.unit, entry.time} - {""}
    assert all(column.description for column in entry.columns)


@pytest.mark.parametrize("id", IDS)
def test_every_number_column_has_a_unit_and_a_kind_that_its_values_allow(id: str) -> None:
    panel = catalog.load(id)
    for name, column in panel.columns.items():
        assert column.kind in KINDS
        assert column.unit, name
        values = panel.values(name)
        if column.kind == "share":
            assert np.nanmin(values) >= 0
            assert np.nanmax(values) <= 1
        if column.kind in ("growth_index", "price", "relative_level"):
            assert set(panel.unit_names[values <= 0]) == NOT_POSITIVE.get(name, set()), name


@pytest.mark.parametrize("id", IDS)
def test_text_is_kept_as_a_label(id: str) -> None:
    entry, panel = catalog.entry(id), catalog.load(id)
    labels = {column.name for column in entry.columns if column.kind == "label"} - {entry.variable}
    assert set(panel.labels) == labels


def test_kinds_of_the_penn_world_table() -> None:
    panel = catalog.load("pwt1001")
    kinds = {name: column.kind for name, column in panel.columns.items()}
    assert {name for name, kind in kinds.items() if kind == "growth_index"} == {"rkna", "rtfpna"}
    assert {kinds[name] for name in ("ck", "ctfp")} == {"relative_level"}
    assert {kinds[name] for name in ("hc", "avh", "emp", "rgdpna", "rgdpo")} == {"level"}
    assert kinds["labsh"] == "share"
    in_2017 = panel.select(times=(2017, 2017))  # the base year of both national indices, and the USA of ck
    for name in ("rkna", "rtfpna"):
        values = in_2017.values(name)
        assert set(values[~np.isnan(values)]) == {1.0}
    usa = panel.select(units=["USA"]).values("ck")
    assert set(usa[~np.isnan(usa)]) == {1.0}


def test_kinds_of_the_industry_accounts() -> None:
    panel = catalog.load("us_klems44")
    indices = [name for name in panel.columns if name.endswith("_q") or name[:3] in ("tfp", "lp_")]
    assert len(indices) == 10
    first = panel.select(times=(1947, 1947))
    for name in indices:
        assert panel.columns[name].kind == "growth_index"
        assert set(first.values(name)) == {1.0}
    assert "Farms" in panel.units
    assert panel.label("industry_id")[panel.unit_names == "Farms"][0] == "1"  # number of the source


def test_prices_of_agriculture_compare_states_and_years() -> None:
    panel = catalog.load("us_agriculture48")
    base = panel.select(units=["AL"], times=(1996, 1996))
    prices = [name for name, column in panel.columns.items() if column.kind == "price"]
    assert len(prices) == 7
    assert {float(base.values(name)[0]) for name in prices} == {1.0}


def test_percentages_are_no_shares() -> None:
    panel = catalog.load("asem_indicators")
    percent = [name for name, column in panel.columns.items() if column.unit == "percent"]
    assert len(percent) == 12  # what the source calls shares
    assert {panel.columns[name].kind for name in percent} == {"ratio"}
    assert all(np.nanmax(panel.values(name)) > 1 for name in percent)
    assert "share" not in Counter(column.kind for column in panel.columns.values())


def test_the_long_table_becomes_a_panel_with_every_value() -> None:
    frame, panel = catalog.frame("china_province_technology"), catalog.load("china_province_technology")
    assert len(panel.columns) == 70
    assert sum(int(np.isfinite(panel.values(name)).sum()) for name in panel.columns) == len(frame)
    assert panel.columns["rd_intensity"].unit == "percent"
    assert panel.columns["rd_intensity"].kind == "ratio"
    assert panel.columns["rd_expenditure"].unit == "10 thousand current CNY"
    row = frame[(frame.province_en == "Beijing") & (frame.year == 2020) & (frame.variable == "patents_granted")]
    place = panel.locate(["Beijing"], [2020])[0, 0]
    assert panel.values("patents_granted")[place] == row.value.item()
    assert panel.label("province_zh")[place] == "北京"
    assert panel.label("code")[place] == "110000"
    assert "China" in panel.units


def test_loading_twice_gives_the_same_panel() -> None:
    assert catalog.load("us_klems44").digest() == catalog.load("us_klems44").digest()


def test_an_unknown_id_names_the_nearest() -> None:
    for ask in (catalog.entry, catalog.frame, catalog.load):
        with pytest.raises(DataError) as caught:
            ask("pwt10001")
        assert caught.value.code == "XZ-210"
        assert "did you mean 'pwt1001'?" in caught.value.found


@pytest.mark.parametrize("damage", ["changed", "absent"])
def test_a_damaged_file_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    file = catalog.entry("us_agriculture48").file
    if damage == "changed":
        content = bytearray((module.DATA / file).read_bytes())
        content[len(content) // 2] ^= 1  # one bit
        (tmp_path / file).write_bytes(content)
    monkeypatch.setattr(module, "DATA", tmp_path)
    with pytest.raises(DataError) as caught:
        catalog.load("us_agriculture48")
    assert caught.value.code == "XZ-211"
    assert caught.value.where == file


@pytest.mark.parametrize("entry", catalog.entries(), ids=lambda entry: entry.id)
def test_the_text_of_an_entry_says_everything(entry: catalog.Entry) -> None:
    text = entry.text()
    flat = " ".join(text.split())
    for part in (entry.title, entry.description, entry.licence, entry.citation, entry.source, *entry.notes):
        assert " ".join(part.split()) in flat
    assert all(column.name in text for column in entry.columns)
    if entry.shape == "long":
        assert "rd_intensity" in text


def test_the_notices_travel_with_the_data() -> None:
    notice = (module.DATA / "NOTICE.md").read_text(encoding="utf-8")
    for words in (
        "Copyright (c) 2025 Selim Elbadri and Juan I. Vizcaino",
        "Copyright (c) 2021 Hu Huaping",
        "Copyright (c) 2022 William Becker",
        "Copyright (c) 2007-, PySAL Developers",
        "Permission is hereby granted, free of charge",
        "Source: National Bureau of Statistics of China",
        "Commission Decision 2011/833/EU",
        "Creative",
    ):
        assert words in notice
    assert all(entry.file in notice for entry in catalog.entries())


@needs_shared
@pytest.mark.parametrize("entry", [e for e in catalog.entries() if e.id not in OURS], ids=lambda entry: entry.id)
def test_the_files_are_those_of_the_reference_material(entry: catalog.Entry) -> None:
    room = "indicators" if entry.id == "index_system_templates" else "catalog"
    original = (SHARED / room / entry.file).read_bytes()
    assert hashlib.sha256(original).hexdigest() == entry.sha256
