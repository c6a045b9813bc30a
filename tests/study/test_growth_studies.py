"""The example studies of growth accounting: both reports, and printed numbers beside those of methods/growth.md."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import SHARED, needs_shared
from xinzhi.errors import UsageError
from xinzhi.report import write_report
from xinzhi.study import Analysis, read_run, read_study, run_study

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CHINA = SHARED / "growth" / "china_province_capital_1952_2022.csv"
PRINTED = 5.1e-4  # three printed decimals
RATE = 0.051  # per cent a year with one printed decimal
EXACT = 1e-10

RANGES = ("range_of_industry_tfp", "range_of_aggregate_tfp")


def shown(analysis: Analysis, name: str) -> dict[str, list[object]]:
    """Return the columns of a table of an analysis."""
    return next(table for table in analysis.tables if table.name == name).columns()


def stock(analysis: Analysis, unit: str, year: int) -> float:
    """Return the net stock that a table of stocks shows for a unit and a last year."""
    columns = shown(analysis, "stocks")
    row = next(i for i, cells in enumerate(zip(columns["unit"], columns["end"], strict=True)) if cells == (unit, year))
    return float(columns["stock"][row])  # type: ignore[arg-type]


def is_complete(run: Path, words: Mapping[str, tuple[str, str]]) -> None:
    """Check that every analysis has tables, figures, words and sources, in the pages of both languages."""
    for language, (page, word) in words.items():
        html = (run / page).read_text(encoding="utf-8")
        assert word in html
        contents = read_run(run, language=language)
        assert all(a.tables and a.figures and a.citations and a.summary for a in contents.analyses.values())
        for analysis in contents.analyses.values():
            assert analysis.tables[0].title in html, analysis.id


# China's provinces ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def china(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the study on the file of the R package."""
    out = tmp_path_factory.mktemp("china") / "run"
    outcome = run_study(EXAMPLES / "china-provinces.toml", out=out, data={"capital": CHINA}, render=write_report)
    assert outcome.errors == {}
    return out


@pytest.mark.slow
@needs_shared
@pytest.mark.reference
def test_stocks_of_beijing(china: Path) -> None:
    """Source: growth.md 4.7: Beijing 2000 in prices of 2000, rebased, as the R package leaves it, and its method CP."""
    found = read_run(china).analyses
    assert stock(found["zhang"], "Beijing", 2000) == pytest.approx(7067.006, abs=PRINTED)
    assert stock(found["zhang_unrebased"], "Beijing", 2000) == pytest.approx(7066.979, abs=PRINTED)
    rebasing = (7067.006 - 7066.979) / 0.904**4  # in 1996, after which depreciation is as reported, whatever the stock
    assert stock(found["reported"], "Beijing", 2000) == pytest.approx(7632.866 + rebasing, abs=3 * PRINTED)


@pytest.mark.slow
@needs_shared
@pytest.mark.reference
def test_sum_over_provinces(china: Path) -> None:
    """Source: growth.md 4.7: SUM K of 31 provinces grows by 13.5 % a year in 2000-2017; and the regions sum to it."""
    columns = shown(read_run(china).analyses["regions"], "stocks")
    growth = dict(zip(columns["unit"], columns["productive"], strict=True))
    assert list(growth) == ["China", "East", "Central", "West", "Northeast"]
    whole = [i for i, unit in enumerate(columns["unit"]) if unit == "China"]
    assert columns["productive"][whole[0]] == pytest.approx(13.5, abs=RATE)
    regions = sum(stock(read_run(china).analyses["regions"], unit, 2017) for unit in list(growth)[1:])
    assert regions == pytest.approx(stock(read_run(china).analyses["regions"], "China", 2017), rel=EXACT)


@pytest.mark.slow
@needs_shared
def test_no_extrapolated_year_and_both_languages(china: Path) -> None:
    assert all(
        max(shown(analysis, "stocks")["end"]) == 2017  # type: ignore[type-var]
        for analysis in read_run(china).analyses.values()
        if analysis.method == "perpetual_inventory"
    )
    is_complete(china, {"en": ("report.html", "7066.979"), "zh": ("report.zh.html", "永续盘存法")})


@pytest.mark.slow
@needs_shared
def test_the_growth_of_capital_owes_more_to_prices_than_to_the_initial_stock(china: Path) -> None:
    """The study's claim: a bias of 1 % a year in the price moves growth by about 1; the first stock by nothing."""
    parts = shown(read_run(china).analyses["simulated"], "sources")
    rows = {str(name): i for i, name in enumerate(parts["source"])}
    provinces = [name for name in parts if name != "source"]
    sources = ("Price of investment", "Divisor of the initial stock")
    price, first = ([parts[name][rows[source]] for name in provinces] for source in sources)
    assert min(price) > 0.8  # type: ignore[type-var]
    assert max(first) < 0.01  # type: ignore[type-var]


# The United States ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the study on the shipped table, with few draws."""
    folder = tmp_path_factory.mktemp("states")
    text = (EXAMPLES / "us-klems.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace("reps = 100", "reps = 8").replace("reps = 50", "reps = 8"))
    outcome = run_study(folder / "study.toml", out=folder / "run", render=write_report)
    assert outcome.errors == {}
    return folder / "run"


@pytest.mark.slow
def test_sources_of_growth_of_the_united_states(states: Path) -> None:
    """Source: growth.md 1.6: V 3.0024 = A .6893 + K 1.5025 + L .8111 % a year, mean gap -.0005 pp (its own TFP is
    that of annual Domar weights: Hulten's sum at ratios of means is up to .001 apart)."""
    columns = shown(read_run(states).analyses["aggregates"], "sources")
    assert columns["period"][0] == "1947–2023"
    names = ("growth", "capital", "hours", "quality", "hulten")
    growth, capital, hours, quality, hulten = (float(columns[name][0]) for name in names)  # type: ignore[arg-type]
    assert growth == pytest.approx(3.0024, abs=1e-3)
    assert capital == pytest.approx(1.5025, abs=1e-3)
    assert hours + quality == pytest.approx(0.8111, abs=1e-3)
    assert hulten == pytest.approx(0.6893, abs=1e-3)
    assert growth == pytest.approx(capital + hours + quality + hulten, abs=EXACT)


@pytest.mark.slow
def test_the_ledger_and_the_aggregates_agree(states: Path) -> None:
    """One identity, two methods: Baumol's effect is the ledger's upgrading, at the weights of either end."""
    found = read_run(states).analyses
    ledger, rules = shown(found["industry_ledger"], "ledger"), shown(found["aggregates"], "aggregates")
    for ours, theirs in (("upgrading", "baumol"), ("upgrading_end", "baumol_end")):
        assert ledger[ours] == pytest.approx(rules[theirs], abs=EXACT)


@pytest.mark.slow
def test_the_range_of_the_economy_is_narrower_than_that_of_industries(states: Path) -> None:
    """Errors that industries do not share average out; both languages are complete."""
    found = read_run(states).analyses
    industries, economy = (shown(found[name], "ranges")["sd"] for name in RANGES)
    assert max(economy) < min(industries)  # type: ignore[type-var]
    is_complete(states, {"en": ("report.html", "Hulten"), "zh": ("report.zh.html", "增加值")})


@pytest.mark.parametrize("name", ["china-provinces", "us-klems"])
def test_the_studies_read(name: str) -> None:
    assert read_study(EXAMPLES / f"{name}.toml").languages == ("en", "zh")


def test_the_study_of_china_asks_for_its_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"XZ-104(?s:.*)--data capital="):
        run_study(EXAMPLES / "china-provinces.toml", out=tmp_path / "run")
