"""Every growth method runs from a study file, has tables, figures and method text, and appears in both reports."""

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from tests.method.examples import frame, industry_frame
from tests.method.growth_examples.aggregation import deflation_frame
from tests.method.growth_examples.capital import asset_frame
from tests.method.growth_examples.convergence import shares_frame
from tests.method.growth_examples.index_numbers import item_frame
from tests.method.growth_examples.labour import (
    income_frame,
    labour_frame,
    nature_frame,
    schooling_frame,
    shocked_frame,
)
from tests.method.growth_examples.structure import sector_frame
from xinzhi.method import methods
from xinzhi.report import write_report
from xinzhi.study import RunContents, load_methods, read_run, run_study

WORLDS: dict[str, Callable[[], pd.DataFrame]] = {
    "economies": frame,
    "industries": industry_frame,
    "purchases": deflation_frame,
    "assets": asset_frame,
    "items": item_frame,
    "cells": labour_frame,
    "schooling": schooling_frame,
    "incomes": income_frame,
    "nature": nature_frame,
    "shocks": lambda: shocked_frame().assign(all="all"),
    "sectors": sector_frame,
    "shares": shares_frame,
}
"""Small simulated worlds of the contract suite, gaps and all."""

ROLES = """
[role.labour]
type = "labour"
persons = "persons"
hours = "hours"
quality = "quality"

[role.paid]
type = "share"
part = ["lab"]
total = ["cap", "lab"]

[role.of_industries]
type = "growth_accounts"
output = "y"
capital = "k"
labour = "@labour"
labour_share = "@paid"

[role.capital]
type = "input"
name = "capital"
quantity = "k"
share = 0.4

[role.workers]
type = "input"
name = "labour"
quantity = "@labour"

[role.three]
type = "three_sectors"
primary = ["I0"]
secondary = ["I1"]
tertiary = ["I2"]
"""

PARTS = 'economy = "economy"\nsector = "industry"\n'
ITEMS = 'price = "price"\nquantity = "k"\neconomy = "economy"\nitem = "industry"\n'
ACCOUNTS = 'output = "y"\ncapital = "k"\nlabour = "@labour"\n'
STUDY: dict[str, tuple[str, str]] = {
    "growth_accounts": ("economies", ACCOUNTS + 'labour_share = "share"\nper = "hours"\nform = "balanced_growth"\n'),
    "double_deflation": (
        "purchases",
        'output = "y"\noutput_value = "value"\nbase_year = 2012\n'
        'inputs = [{ name = "energy", quantity = "energy", value = "cost_e" }, '
        '{ name = "materials", quantity = "materials", value = "cost_m" }]\n',
    ),
    "aggregation": (
        "industries",
        'accounts = "@of_industries"\nvalue_added = ["cap", "lab"]\neconomy = "economy"\nindustry = "industry"\n'
        "base_year = 2011\nelasticities = [0.4, 0.6]\n",
    ),
    "misallocation": (
        "industries",
        'value_added = ["cap", "lab"]\ninputs = ["@capital", "@workers"]\nreal_output = "y"\n' + PARTS,
    ),
    "perpetual_inventory": (
        "economies",
        'investment = "k"\ndeflator = { type = "deflator", price = "hours", year = 2011 }\ntiming = "mid_year"\n'
        'efficiency = { type = "hyperbolic", life = 6.0, beta = 0.5 }\n'
        'retirement = { type = "winfrey", curve = "S3" }\n'
        'initial = { type = "steady_state", years = 2 }\n',
    ),
    "capital_services": (
        "assets",
        'stock = "k"\nprice = "price"\ndepreciation = 0.1\neconomy = "economy"\nasset = "industry"\n'
        'rate = { type = "hybrid_rate", real = 0.04, consumer_price = "cpi", years = 2 }\n',
    ),
    "human_capital": (
        "schooling",
        'schooling = "school"\nfunction = { type = "returns_to_schooling", rates = [0.1, 0.07], kinks = [5.0] }\n',
    ),
    "labour_composition": (
        "cells",
        'hours = "worked"\ncompensation = "lab"\neconomy = "economy"\ncell = "industry"\n'
        'characteristics = ["sex", "skill"]\n',
    ),
    "labour_share": (
        "incomes",
        'compensation = "coe"\nvalue_added = "va"\nmixed_income = "mixed"\nemployees = "employees"\n'
        'engaged = "persons"\nagriculture = "agriculture"\n',
    ),
    "returns_to_scale": (
        "shocks",
        'output = "y"\ninputs = ["@capital", { type = "input", name = "labour", quantity = "@labour", share = 0.6 }]\n'
        'by = "all"\ninstruments = ["shock"]\nerrors = { type = "newey_west", lags = 1 }\n',
    ),
    "environmental_accounts": (
        "nature",
        ACCOUNTS + 'capital_cost = "uk"\nlabour_cost = "wl"\n'
        'resources = [{ name = "oil", extraction = "oil", price = "price", unit_cost = "cost" }]\n'
        'pollutants = [{ name = "carbon", emissions = "bad", elasticity = 0.05 }]\n',
    ),
    "index_number": (
        "items",
        ITEMS + 'formulas = ["fisher", "sato_vartia", "lowe"]\nbasket = 2013\nleast_matched = 0.3\n',
    ),
    "multilateral_index": (
        "items",
        ITEMS + 'formulas = ["geks", "wtpd"]\nwindow = { type = "rolling_window", width = 3, splice = "mean" }\n',
    ),
    "value_indicator": ("items", ITEMS + 'formula = "montgomery"\n'),
    "shift_share": (
        "sectors",
        'output = "y"\nemployment = "workers"\nnominal_output = "nominal"\n'
        'formulas = ["traditional", "gead", "log_mean"]\n'
        'merge = [{ type = "merged", parts = ["I0"], into = "I1" }]\n' + PARTS,
    ),
    "structure_indices": ("sectors", 'quantity = "nominal"\nemployment = "workers"\ngroups = "@three"\n' + PARTS),
    "regional_shift_share": (
        "sectors",
        'employment = "workers"\nregion = "economy"\nindustry = "industry"\nformulas = ["classical", "arcelus"]\n',
    ),
    "relative_levels": ("economies", ACCOUNTS + 'labour_share = "share"\nbase = "U00"\n'),
    "development_accounting": ("economies", ACCOUNTS + 'capital_share = 0.4\nbase = "U00"\n'),
    "beta_convergence": (
        "economies",
        'of = "y"\ncontrols = ["quality", { type = "control", column = "k", at = "start", form = "log" }]\n'
        'errors = "robust"\nwindow = [2011, 2013]\n',
    ),
    "sigma_convergence": ("economies", 'of = "k"\n'),
    "convergence_clubs": (
        "economies",
        'of = "k"\ntrend = { type = "hodrick_prescott", smoothing = 6.25 }\n'
        'test = { type = "log_t_test", trim = 0.2 }\n'
        'sieve = { type = "sieve", step = 0.05, most = 50 }\ndraws = 99\n',
    ),
    "solow_regression": (
        "shares",
        'output = "y"\ninitial = "y"\ninvestment = "invested"\npopulation_growth = "popgrowth"\n'
        'human_capital = "quality"\n',
    ),
}
TABLES_ONLY = {"development_accounting", "solow_regression"}
REPORT = '[report]\nlanguages = ["en", "zh"]\ntitle = { en = "All", zh = "全部" }\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one study with every method of the room."""
    folder = tmp_path_factory.mktemp("growth")
    for name, world in WORLDS.items():
        world().to_csv(folder / f"{name}.csv", index=False)
    data = "".join(f'[data.{name}]\nfile = "{name}.csv"\nunit = "unit"\ntime = "year"\n\n' for name in WORLDS)
    body = "".join(
        f'[[analysis]]\nid = "{name}"\nmethod = "{name}"\ndata = "{world}"\n{settings}\n'
        for name, (world, settings) in STUDY.items()
    )
    path = folder / "study.toml"
    path.write_text(f"schema = 1\n\n{data}{ROLES}\n{body}{REPORT}", encoding="utf-8")
    outcome = run_study(path, out=folder / "run", render=write_report)
    assert outcome.errors == {}
    return folder / "run"


def test_the_study_has_every_method_of_the_room() -> None:
    load_methods()
    ours = {name for name, kind in methods().items() if kind.__module__.startswith("xinzhi.growth.")}
    assert ours == set(STUDY)


@pytest.fixture(scope="module", params=[("en", "report.html"), ("zh", "report.zh.html")], ids=lambda pair: pair[0])
def report(request: pytest.FixtureRequest, run: Path) -> tuple[str, RunContents, str]:
    """Language, contents and page of a report."""
    language, page = request.param
    return language, read_run(run, language=language), unescape((run / page).read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDY)
def test_every_method_is_shown_in_both_languages(report: tuple[str, RunContents, str], name: str) -> None:
    language, contents, html = report
    analysis = contents.analyses[name]
    assert analysis.tables
    assert analysis.figures or name in TABLES_ONLY
    assert analysis.summary
    assert len(analysis.methods_text) > (100 if language == "en" else 50)
    assert analysis.methods_text[:60] in html
    assert analysis.citations
    for table in analysis.tables:
        assert table.rows, table.name
        assert all(field.label for field in table.fields), table.name


@pytest.mark.slow
def test_no_term_is_without_a_name(run: Path) -> None:
    """A heading that is its own key has no label; statistics (b, t, p) and parts that the data name may show theirs."""
    own = {"b", "t", "p", "energy", "materials", "oil", "carbon", "I0", "I1", "I2", "quality", "hours", "all"}
    heads = {
        f"{analysis.id}.{field.key}"
        for analysis in read_run(run, language="zh").analyses.values()
        for table in analysis.tables
        for field in table.fields
        if field.label == field.key and field.key not in own and not field.key.isdigit()
    }
    assert heads == set()
