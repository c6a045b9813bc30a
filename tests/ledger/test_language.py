"""Every method says the same in both languages: other words, the same numbers; nothing of one inside the other."""

import pickle
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import pytest
from altair.utils.schemapi import debug_mode

import xinzhi as xz
from tests.method import growth_examples, indicator_examples, region_examples
from tests.method.examples import EXAMPLES as EARLIER
from tests.method.examples import accounts, labour, malmquist, panel
from xinzhi.language import LANGUAGES, Text, again, language, speaking
from xinzhi.method import Method, Result, Table, View
from xinzhi.study import load_methods

load_methods()
EXAMPLES = EARLIER | growth_examples.EXAMPLES | indicator_examples.EXAMPLES | region_examples.EXAMPLES

DATA = (
    "persons",
    "hours",
    "spare",
    "Hours",
    "quality",
    "share",
    "cap",
    "lab",
    "labour",
    "observed",
    "economy",
    "industry",
    "even",
    "odd",
    "bad",
    "energy",
    "price",
    "prices",
    "invested",
    "workers",
    "nominal",
    "school",
    "worked",
    "skill",
    "coe",
    "all",
    "oil",
    "carbon",
    "cost",
    "popgrowth",
    "sex",
    "cpi",
    "index",
    "equal",
    "year",
    "size",
    "group",
    "Size",
    "Skill",
)
QUOTED = (
    "Hulten",
    "Petrin",
    "Levinsohn",
    "Pitman",
    "Morgan",
    "Carree",
    "Klomp",
    "log",
    "EAMFP",
    "TFP",
    "Malmquist",
    "Farrell",
    "Domar",
    "Denison",
    "Baumol",
    "Sobol",
    "Silverman",
    "Scott",
    "Epanechnikov",
    "MATLAB",
    "ksdensity",
    "Shorrocks",
    "Prais",
    "Bickenbach",
    "Bode",
    "Bartholomew",
    "Moran",
    "Geary",
    "Getis",
    "Ord",
    "Theil",
    "Dagum",
    "Gini",
    "Atkinson",
    "Hoover",
    "Benjamini",
    "Hochberg",
    "Albers",
    "Hausman",
    "Mundlak",
    "Lee",
    "Durbin",
    "Wald",
    "Markov",
    "min",
    "det",
    "Törnqvist",
    "best",
    "practice",
    "max",
)
SETTINGS = ("aggregator", "prices", "intercept", "regime")
MODELS = (
    "CSWD",
    "GEKS",
    "CCDI",
    "CSLS",
    "GEAD",
    "SBM",
    "RAM",
    "MIP",
    "BAM",
    "FDH",
    "Russell",
    "Luenberger",
    "Hicks",
    "Moorsteen",
    "Färe",
    "Primont",
    "KMO",
    "CRITIC",
    "TOPSIS",
)
KEPT = frozenset((*DATA, *QUOTED, *SETTINGS, *MODELS))
"""Latin words that stay in a Chinese text: the data's own, authors and
abbreviations by which something is called, quoted settings."""
LATIN, CHINESE = re.compile(r"[A-Za-zÀ-ÿ]{3,}"), re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")

VARIANTS: dict[str, Method] = {
    "accounts per hour": xz.GrowthAccounts(**{**dict(accounts()), "per": "hours"}),
    "ledger under max": xz.Ledger(accounts=accounts(), frontier=malmquist(), reference="all", best_practice="max"),
    "ledger without rule": xz.Ledger(accounts=accounts(), reference="all", best_practice="none"),
    "ledger with leader": xz.Ledger(accounts=accounts(), reference="all", best_practice=xz.Leader(unit="U01")),
    "malmquist vrs": xz.Malmquist(inputs=["k", labour()], outputs=["y"], decompose_returns="vrs"),
    "dea input": xz.DEA(inputs=["k", labour()], outputs=["y"], orientation="input", returns="drs"),
    "capital index": xz.GrowthAccounts(output="y", capital="k", labour=xz.Labour(hours="hours"), labour_share=0.6),
}
every_result = pytest.mark.parametrize(
    "name", [name for name in EARLIER if name.isidentifier()] + [*VARIANTS], scope="module"
)
every_method = pytest.mark.parametrize("name", [*EXAMPLES, *VARIANTS], scope="module")
"""By their scope the tests of one method run one after the other, and share what it shows."""


@cache
def fitted(name: str) -> Result:
    """Return a result; made once."""
    if name in VARIANTS:
        return VARIANTS[name].fit(panel())
    return EXAMPLES[name].method().fit(EXAMPLES[name].panel())


def views(result: Result) -> list[View]:
    """Return the view of everything, and one of some units (with one that has a gap) in several periods."""
    some = tuple(unit for unit in ("U01", "U02", "U03", "U04") if unit in set(result.rows.unit.tolist()))
    periods = ((2010, 2014), (2010, 2012), (2012, 2014)) if result.flow else None
    return [View(), View(units=some, periods=periods)]


def texts(value: Any, key: str = "") -> Iterator[str]:
    """Return the texts of a chart that a reader sees: titles, descriptions, names of rows, terms and marks."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, key)
    elif isinstance(value, str) and key in {"title", "description", "term", "unit", "choice", "option", "kind", "item"}:
        yield value


def numbers(value: Any) -> Iterator[float]:
    """Return the numbers of a chart's data."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner)
    elif isinstance(value, int | float):
        yield value


@lru_cache(maxsize=4)
def shown(name: str, language: str) -> tuple[list[str], list[Table], list[dict[str, Any]]]:
    """Return summaries, tables and charts of all views of a result in a language."""
    result = fitted(name)
    with speaking(language), debug_mode(False):
        summaries = [result.summary(view) for view in views(result)]
        tables = [table for view in views(result) for table in result.tables(view)]
        charts = [chart.to_dict(validate=False) for view in views(result) for chart in result.figures(view)]
    return summaries, tables, charts


def said(name: str) -> list[str]:
    """Return everything that a report says of a result, in the language in force."""
    result = fitted(name)
    summaries, tables, charts = shown(name, language())
    found = [result.title, *again(dict(result.absent)).values(), *again(list(result.warnings))]
    found += [again(reason) for reason in result.rows.reason.tolist()]
    found += [line for summary in summaries for line in summary.splitlines()]
    for table in tables:
        found += [table.title, table.unit, *table.notes]
        found += [text for field in table.fields for text in (field.label, field.spanner)]
        found += [cell for row in table.rows for cell in row if isinstance(cell, str)]
    for chart in charts:
        found += texts(chart)
    return list(dict.fromkeys(filter(None, found)))


def odd(words: list[str]) -> list[str]:
    """Return the texts with Latin words that are not the data's own, each with those words."""
    found = {text: [word for word in LATIN.findall(text) if word not in KEPT] for text in words}
    return [f"{rest}: {text}" for text, rest in found.items() if rest]


@every_method
def test_chinese_is_chinese(name: str) -> None:
    with speaking("zh"):
        assert odd(said(name)) == []


@every_result
def test_english_is_english(name: str) -> None:
    words = [*said(name), fitted(name).methods_text()]
    assert [text for text in words if CHINESE.search(text)] == []


@every_result
def test_methods_text_is_translated(name: str) -> None:
    with speaking("zh"):
        chinese = fitted(name).methods_text()
    assert len(CHINESE.findall(chinese)) > 0.7 * len(re.sub(r"[\s\w]*[A-Za-z0-9_./()=+-]+", "", chinese))
    assert ". " not in chinese


@every_result
def test_numbers_and_keys_are_the_same(name: str) -> None:
    shape = []
    for tongue in LANGUAGES:
        _, tables, charts = shown(name, tongue)
        cells = [[[None if isinstance(cell, str) else cell for cell in row] for row in table.rows] for table in tables]
        keys = [(table.name, [(field.key, field.decimals) for field in table.fields]) for table in tables]
        data = [(chart["name"], sorted(numbers(chart.get("datasets", chart.get("data", {}))))) for chart in charts]
        shape.append((keys, cells, data))
    assert shape[0] == shape[1]


@every_result
def test_a_fit_is_said_in_english_whatever_the_language(name: str) -> None:
    with speaking("zh", names={"U01": "甲", "k": "资本"}):
        method = VARIANTS.get(name) or EXAMPLES[name].method()
        result = method.fit(panel() if name in VARIANTS else EXAMPLES[name].panel())
    assert result.rows.reason.tolist() == fitted(name).rows.reason.tolist()
    assert dict(result.absent) == dict(fitted(name).absent)
    assert result.warnings == fitted(name).warnings


@every_result
def test_reasons_can_be_said_again_after_a_worker(name: str) -> None:
    reasons = pickle.loads(pickle.dumps([reason for reason in fitted(name).rows.reason.tolist() if reason]))
    assert reasons
    assert all(isinstance(reason, Text) for reason in reasons)
    with speaking("zh"):
        assert all(CHINESE.search(again(reason)) for reason in reasons)


@every_result
def test_units_have_the_names_of_the_study(name: str) -> None:
    result = fitted(name)
    view = views(result)[1]
    names = {unit: f"第{unit[1:]}号" for unit in dict.fromkeys(result.rows.unit.tolist())}
    with speaking("zh", names=names), debug_mode(False):
        found = result.summary(view).splitlines()
        for table in result.tables(view):
            found += [cell for row in table.rows for cell in row if isinstance(cell, str)]
            found += [*table.notes, *(field.label for field in table.fields)]
        found += [text for chart in result.figures(view) for text in texts(chart.to_dict(validate=False))]
    assert any("号" in text for text in found)
    assert [text for text in found if re.search(r"\bU\d\d\b(?!\|)", text)] == []
