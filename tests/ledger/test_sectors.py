"""The ledger by sector: every ETD and PLD target of methods/ledger.md, a simulated world, identities, bad input."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.growth.test_accounts import PWT
from tests.growth.test_shift_share import REAL_ESTATE, etd, etd_method, etd_panel
from tests.method.growth_examples.structure import sector_frame, whole
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, EstimationError
from xinzhi.ledger import OtherSource, SectorLedger, SectorLevels
from xinzhi.method.result import ADDING_UP
from xinzhi.report import write_report
from xinzhi.study import read_run, run_study

PRINTED = 5.1e-7  # six printed decimals
SAME = 1e-12
WINDOW = (1990, 2018)
STUDY = Path(__file__).resolve().parents[2] / "examples" / "structural-change.toml"
SECTORS = dict(
    zip(
        ("agr", "min", "man", "pu", "con", "trd", "tra", "bus", "fin", "dwe", "pub", "oth"),
        (
            *("Agriculture", "Mining", "Manufacturing", "Utilities", "Construction", "Trade services"),
            *("Transport services", "Business services", "Financial services", "Real estate"),
            *("Government services", "Other services"),
        ),
        strict=True,
    )
)

# Source: methods/ledger.md section 8, computed by an independent script on ETD 1990-2018, PWT 10.01 and PLD 2023: real
# estate merged into business services; dlnX, within, between; PWT dlnX, TFP; REALL_L.
TARGETS = """
CHN 7.807996 6.412709 1.395287 5.874083 .655621 .796320
IND 4.609993 3.294074 1.315919 4.870359 1.256326 .724990
KOR 3.353734 2.452559 .901175 3.590409 1.112174 .481857
"""
# Same source: technology, catch-up, between of the sector frontier.
FRONTIER = """
CHN 1.301338 5.111371 1.395287
KOR .487011 1.965549 .901175
"""


def sources() -> xz.Panel:
    """Return ETD with PLD levels and, beside it, PWT totals and TFP of our own accounts of PWT, as an index.

    The target's TFP is that of the accounts; the published rtfpna, stored with seven digits, gives .655622 for CHN.
    """
    pld = pd.read_csv(SHARED / "growth" / "ggdc_pld2023.csv").rename(columns={"countrycode": "cnt"})
    pld = pld.assign(sector=pld["sector"].map(SECTORS))[["cnt", "sector", "year", "VA", "EMP", "PPP_va"]]
    pld = pld.rename(columns={"VA": "level_output", "EMP": "level_persons"})
    pwt = pd.DataFrame(xz.catalog.load("pwt1001").to_dict()).rename(columns={"isocode": "cnt"})
    accounts = pd.DataFrame(PWT.fit(xz.catalog.load("pwt1001")).tidy()).rename(columns={"unit": "cnt", "time": "year"})
    pwt = pwt.merge(accounts[["cnt", "year", "tfp"]], how="left", on=["cnt", "year"]).sort_values(["cnt", "year"])
    pwt["own_tfp"] = np.exp(pwt["tfp"].fillna(0).groupby(pwt["cnt"]).cumsum()).where(pwt["tfp"].notna())
    pwt = pwt[["cnt", "year", "rgdpna", "emp", "own_tfp", "labsh"]]
    data = etd().merge(pld, how="left", on=["cnt", "sector", "year"]).merge(pwt, how="left", on=["cnt", "year"])
    return xz.Panel(data, unit="series", time="year")


def etd_ledger(**settings) -> SectorLedger:
    return SectorLedger(
        output="VA_Q15",
        employment="EMP",
        levels=SectorLevels(value_added="level_output", ppp="PPP_va", employment="level_persons", base=2017),
        economy="cnt",
        sector="sector",
        merge=(REAL_ESTATE,),
        **settings,
    )


@pytest.fixture(scope="module")
def with_pwt():
    other = OtherSource(output="rgdpna", employment="emp", tfp="own_tfp")
    return etd_ledger(labour_share="labsh", other=other).fit(sources())


def rates(result, unit: str) -> dict[str, float]:
    columns = result.period_columns([WINDOW])
    return {name: cells[columns["unit"].tolist().index(unit)] for name, cells in columns.items()}


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("line", TARGETS.strip().splitlines())
def test_public_targets_of_etd(with_pwt, line):
    unit, *printed = line.split()
    found = rates(with_pwt, unit)
    within = found["technology"] + found["catch_up"]
    names = ("growth", within, "between", "other_growth", "other_tfp", "reallocation_labour")
    computed = [found[name] if isinstance(name, str) else name for name in names]
    assert computed == pytest.approx([float(p) for p in printed], abs=PRINTED)
    assert found["discrepancy"] == pytest.approx(found["other_growth"] - found["growth"], abs=SAME * 100)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("line", TARGETS.strip().splitlines())
def test_the_decomposition_alone_meets_the_same_targets(line):
    unit, *printed = line.split()
    found = rates(etd_method(formulas=("log_mean", "gead_log")).fit(etd_panel()), unit)
    computed = [found[name] for name in ("growth", "log_mean_within", "log_mean_reallocation")]
    assert computed == pytest.approx([float(p) for p in printed[:3]], abs=PRINTED)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("line", FRONTIER.strip().splitlines())
def test_public_targets_of_the_sector_frontier(with_pwt, line):
    unit, *printed = line.split()
    found = rates(with_pwt, unit)
    computed = [found[name] for name in ("technology", "catch_up", "between")]
    assert computed == pytest.approx([float(p) for p in printed], abs=PRINTED)


@needs_shared
@pytest.mark.reference
def test_reference_set_and_rows():
    """47 economies have every sector in every year and a level; Botswana lacks six steps, others a level."""
    result = etd_ledger().fit(sources())
    assert len(result.diagnostics["reference"]) == 47
    assert result.diagnostics["best"] == [5] * 11
    odd = result.rows.status != "ok"
    assert set(result.rows.unit[odd]) == {"BWA"}
    assert odd.sum() == 6
    sectors = pd.DataFrame(result.by_sector(WINDOW)).set_index("unit")
    assert set(sectors[sectors["gap_end"].isna()].index) == {"BFA", "LSO", "MOZ"}, "no level in PLD"


@needs_shared
@pytest.mark.reference
def test_other_sources_are_missing_with_reasons(with_pwt):
    """PWT 10.01 has no labour share for ten of the economies."""
    odd = with_pwt.rows.status != "ok"
    reasons = {
        unit: str(reason) for unit, reason in zip(with_pwt.rows.unit[odd], with_pwt.rows.reason[odd], strict=True)
    }
    pwt = pd.DataFrame(xz.catalog.load("pwt1001").to_dict())
    known = set(pwt[(pwt["year"] == 2000) & pwt["labsh"].notna()]["isocode"])
    assert {unit for unit in reasons if reasons[unit] == "no labour share"} == set(with_pwt.rows.unit) - known


# A simulated world ------------------------------------------------------------------------------


def world(**columns) -> xz.Panel:
    return xz.Panel(whole(sector_frame()).assign(**columns), unit="unit", time="year")


def ledger(**settings) -> SectorLedger:
    levels = SectorLevels(value_added="nominal", ppp="ppp", employment="persons", base=2012)
    columns = {"output": "y", "employment": "workers", "economy": "economy", "sector": "industry"}
    return SectorLedger(**columns | {"levels": levels} | settings)


def test_by_hand():
    """Levels, best practice and weights in plain arithmetic, economy by economy."""
    result, data = ledger().fit(world()), whole(sector_frame()).set_index(["industry", "economy", "year"]).sort_index()
    names, industries = sorted({key[1] for key in data.index}), sorted({key[0] for key in data.index})
    log_level, best = {}, {}
    for i in industries:
        for j in names:
            base = data.loc[(i, j, 2012)]
            for t in range(2010, 2015):
                row = data.loc[(i, j, t)]
                own = np.log(row["y"] / row["workers"]) - np.log(base["y"] / base["workers"])
                log_level[i, j, t] = own + np.log(base["nominal"] / base["ppp"] / base["persons"])
        for t in range(2010, 2015):
            best[i, t] = np.mean(sorted((log_level[i, j, t] for j in names), reverse=True)[:5])
    tidy = result.tidy().set_index(["unit", "time"])
    for j in names:
        for t in range(2011, 2015):
            total = [sum(data.loc[(i, j, at)]["y"] for i in industries) for at in (t - 1, t)]
            labour = [sum(data.loc[(i, j, at)]["workers"] for i in industries) for at in (t - 1, t)]
            growth = np.log(total[1] / labour[1]) - np.log(total[0] / labour[0])
            mean = (total[1] / labour[1] - total[0] / labour[0]) / growth
            technology = between = 0.0
            for i in industries:
                y, n = ([data.loc[(i, j, at)][name] for at in (t - 1, t)] for name in ("y", "workers"))
                c0, c1 = y[0] / labour[0], y[1] / labour[1]
                omega = (c1 - c0) / np.log(c1 / c0) / mean
                technology += omega * (best[i, t] - best[i, t - 1])
                between += omega * np.log(n[1] / labour[1] / (n[0] / labour[0]))
            row = tidy.loc[(j, t)]
            assert row["technology"] == pytest.approx(technology, abs=1e-10)
            assert row["between"] == pytest.approx(between, abs=1e-10)
            assert row["catch_up"] == pytest.approx(growth - technology - between, abs=1e-10)


def test_a_world_at_one_pace_has_technology_only():
    """Truth: every sector grows by 2 % everywhere and labour stays: technology is 2 %, nothing catches up or moves."""
    data = whole(sector_frame())
    first = data[data["year"] == 2010].set_index("unit")["workers"]
    workers = data["unit"].map(first)
    panel = world(workers=workers, y=workers * data["unit"].map(hash).mod(7).add(1) * np.exp(0.02 * data["year"]))
    terms = ledger().fit(panel).rows.terms
    np.testing.assert_allclose(terms["technology"], 0.02, atol=1e-12)
    np.testing.assert_allclose(terms["catch_up"], 0.0, atol=1e-12)
    np.testing.assert_allclose(terms["between"], 0.0, atol=1e-12)


def test_every_row_adds_up_and_so_do_periods():
    settings = {"labour_share": "whole_share", "other": OtherSource(output="total", employment="people")}
    result = ledger(**settings).fit(world())
    terms = result.rows.terms
    total = terms["technology"] + terms["catch_up"] + terms["between"]
    assert np.abs(total - terms["growth"]).max() <= ADDING_UP
    assert np.abs(terms["other_growth"] - terms["growth"] - terms["discrepancy"]).max() <= ADDING_UP
    whole_, first, second = (result.period_columns([p]) for p in ((2010, 2014), (2010, 2012), (2012, 2014)))
    for name in terms:
        np.testing.assert_allclose(whole_[name], (first[name] + second[name]) / 2, atol=1e-10)
    sectors = pd.DataFrame(result.by_sector((2010, 2014))).groupby("unit")
    for name in ("technology", "catch_up", "between"):
        np.testing.assert_allclose(sectors[name].sum(), whole_[name], atol=1e-10)
    share = whole(sector_frame()).groupby(["economy", "year"])["whole_share"].first().unstack().to_numpy()
    mean = (share[:, 1:] + share[:, :-1]) / 2
    np.testing.assert_allclose(terms["reallocation_labour"], mean.ravel() * terms["between"], atol=SAME)


def test_invariances():
    panel, plain = world(), ledger().fit(world())
    factors = {"y": 1e9, "workers": 1e-9, "nominal": 1e6, "ppp": 1e3, "persons": 1e-3}
    data = whole(sector_frame())
    renamed = data.assign(economy="z" + data["economy"], unit="z" + data["unit"]).sample(frac=1, random_state=5)
    others = (panel.scaled(factors), xz.Panel(renamed, unit="unit", time="year"))
    for other in map(ledger().fit, others):
        for name, values in plain.rows.terms.items():
            np.testing.assert_allclose(other.rows.terms[name], values, atol=1e-10)


def test_a_tenth_of_the_economies_where_that_is_more_than_the_fewest():
    assert ledger(fewest=1).fit(world()).diagnostics["best"] == [2, 2, 2]  # 13 economies
    assert ledger(fewest=4).fit(world()).diagnostics["best"] == [4, 4, 4]


def test_an_economy_without_a_level_is_evaluated_and_cannot_lead():
    data = whole(sector_frame())
    data.loc[data["economy"] == "U00", "ppp"] = np.nan
    result = ledger().fit(xz.Panel(data, unit="unit", time="year"))
    assert "U00" not in result.diagnostics["reference"]
    assert (result.rows.status == "ok").all()
    assert np.isnan(pd.DataFrame(result.by_sector((2010, 2014))).set_index("unit").loc["U00", "gap_end"]).all()


def test_the_window_fixes_the_reference_set():
    """A cell that is missing in 2010 is outside the window 2011-2014."""
    data = whole(sector_frame())
    data.loc[(data["unit"] == "U00|I1") & (data["year"] == 2010), "workers"] = np.nan
    panel = xz.Panel(data, unit="unit", time="year")
    assert "U00" not in ledger().fit(panel).diagnostics["reference"]
    later = ledger(window=(2011, 2014)).fit(panel)
    assert "U00" in later.diagnostics["reference"]
    assert later.rows.time.min() == 2012
    assert later.tables()


# Bad input --------------------------------------------------------------------------------------


def test_zero_and_missing_cells_have_a_status():
    for value, status in ((0.0, "non_positive"), (np.nan, "missing_data")):
        data = whole(sector_frame())
        data.loc[(data["unit"] == "U00|I1") & (data["year"] == 2013), "workers"] = value
        rows = ledger().fit(xz.Panel(data, unit="unit", time="year")).rows
        odd = rows.status != "ok"
        assert rows.status[odd].tolist() == [status] * 2
        assert all("U00|I1" in reason for reason in rows.reason[odd])


@pytest.mark.parametrize("column", ["y", "workers", "persons", "nominal", "ppp"])
@pytest.mark.parametrize("value", [0.0, 1e300, 1e308])
def test_odd_cells_give_no_warning_and_no_missing_number_in_an_ok_row(column, value):
    """In the base year and outside it, of growth and of levels; warnings are errors here."""
    for year in (2011, 2012):
        data = whole(sector_frame())
        data[column] = data[column].astype(float)
        data.loc[(data["unit"] == "U00|I1") & (data["year"] == year), column] = value
        result = ledger().fit(xz.Panel(data, unit="unit", time="year"))
        good = result.rows.status == "ok"
        assert good[result.rows.unit != "U00"].all()
        assert all(np.isfinite(cells[good]).all() for cells in result.rows.terms.values())
        assert set(result.rows.status[~good]) <= {"numerical", "non_positive"}
        assert result.tables()
        assert result.summary()


def test_coded_errors():
    cases = (
        (ledger(levels=SectorLevels(value_added="nominal", ppp="ppp", employment="persons", base=2020)), "XZ-208"),
        (ledger(labour_share="y"), "XZ-204"),
        (ledger(labour_share="share"), "XZ-242"),
        (ledger(window=(2014, 2010)), "XZ-208"),
    )
    for method, code in cases:
        with pytest.raises(DataError) as caught:
            method.fit(world())
        assert caught.value.code == code
    with pytest.raises(EstimationError) as few:
        ledger().fit(world().select(units=[u for u in world().units.tolist() if u < "U09"]))
    assert few.value.code == "XZ-302"
    index = {"y": xz.Column("2015 = 100", "growth_index")}
    with pytest.raises(DataError) as caught:
        ledger().fit(xz.Panel(whole(sector_frame()), unit="unit", time="year", columns=index))
    assert caught.value.code == "XZ-207"
    with pytest.raises(EstimationError):
        ledger().fit(world(workers=np.nan))


# The study --------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.reference
@pytest.mark.slow
def test_the_example_study_runs_with_both_reports(tmp_path):
    """Run as the head of the file says, on the files as they are published; numbers as above."""
    growth = SHARED / "growth"
    given = {"etd": growth / "etd_2021_12sector_51econ.csv", "pld": growth / "ggdc_pld2023.csv"}
    outcome = run_study(STUDY, out=tmp_path / "run", data=given, render=write_report)
    assert outcome.errors == {}
    for language, china, page, word in (
        ("en", "China", "report.html", "McMillan"),
        ("zh", "中国", "report.zh.html", "结构变迁"),
    ):
        found = read_run(tmp_path / "run", language=language).analyses
        assert all(analysis.tables and analysis.figures and analysis.citations for analysis in found.values())
        table = next(table for table in found["sector_frontier"].tables if table.name == "ledger").columns()
        row = table["unit"].index(china)
        computed = [table[name][row] for name in ("technology", "catch_up", "between")]
        assert computed == pytest.approx([1.301338, 5.111371, 1.395287], abs=PRINTED)
        assert word in (tmp_path / "run" / page).read_text(encoding="utf-8")
