"""The contract of a method, run over every method that is registered."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from functools import cache
from multiprocessing import get_context
from typing import Any

import altair as alt
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pydantic import ValidationError

from tests.method import growth_examples, indicator_examples, region_examples
from tests.method.examples import EXAMPLES as EARLIER
from tests.method.examples import GAP, LATE, UNITS, YEARS, Example
from xinzhi.errors import UsageError
from xinzhi.method import Result, Table, methods
from xinzhi.method.result import ADDING_UP, references
from xinzhi.study import load_methods

SAME = 1e-10
"""Other units of measurement change a logarithm by its rounding (1e-15) and the scaling of a linear
programme; relative to the largest number of a column."""

load_methods()
EXAMPLES = EARLIER | growth_examples.EXAMPLES | indicator_examples.EXAMPLES | region_examples.EXAMPLES
every_method = pytest.mark.parametrize("name", EXAMPLES)


@cache
def fitted(name: str) -> Result:
    """Return the example's result on its panel; made once, since results do not change."""
    return EXAMPLES[name].method().fit(EXAMPLES[name].panel())


def settings(name: str) -> dict[str, Any]:
    return dict(EXAMPLES[name].method())


def assert_same_bits(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    assert list(one) == list(other)
    for column in one:
        a, b = np.asarray(one[column]), np.asarray(other[column])
        assert a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes(), column


def test_every_method_has_an_example() -> None:
    ours = {name for name, method in methods().items() if method.__module__.startswith("xinzhi.")}
    assert ours == {example.method().method_name for example in EXAMPLES.values()}, (
        "add an Example to tests/method/examples.py"
    )


# Settings ---------------------------------------------------------------------------------------


@every_method
def test_settings_are_frozen_and_given_by_keyword(name: str) -> None:
    method = EXAMPLES[name].method()
    field = next(iter(type(method).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(method, field, getattr(method, field))
    with pytest.raises(TypeError, match="positional"):
        type(method)(*settings(name).values())


@every_method
def test_unknown_key_is_an_error_that_names_the_nearest(name: str) -> None:
    field = max(type(EXAMPLES[name].method()).model_fields, key=len)
    with pytest.raises(UsageError, match=re.escape(f"did you mean {field!r}?")) as caught:
        type(EXAMPLES[name].method())(**settings(name), **{f"{field}x": 1})
    assert caught.value.code == "XZ-102"


@every_method
def test_schema_builds_and_settings_survive_the_round_trip(name: str) -> None:
    method = EXAMPLES[name].method()
    schema = json.loads(json.dumps(type(method).model_json_schema()))
    assert set(schema["properties"]) == set(type(method).model_fields)
    assert type(method)(**dict(method)) == method
    if not method.inner_methods():  # a held method's name is not among its settings
        assert type(method).model_validate(method.model_dump()) == method


@every_method
def test_result_settings_contain_every_field(name: str) -> None:
    shown = fitted(name).settings
    assert shown["method"] == EXAMPLES[name].method().method_name
    assert set(shown) == {"method", *type(EXAMPLES[name].method()).model_fields}


@every_method
def test_docstring_has_its_sections_and_citable_references(name: str) -> None:
    doc = inspect.getdoc(type(EXAMPLES[name].method())) or ""
    for section in ("Parameters", "Notes", "References", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in doc, section
    for field in type(EXAMPLES[name].method()).model_fields:
        assert re.search(rf"^(.*, )?{field}(, .*)? :", doc, re.MULTILINE), f"parameter {field}"
    cited = references(type(EXAMPLES[name].method()))
    assert cited
    for entry in cited:
        assert re.search(r"\(\d{4}\)", entry), entry
        assert re.search(r"doi:10\.|ISBN|\d+\(\d+(-\d+)?\)|Press|Committee", entry), entry
    assert ">>> " in doc.partition("Examples\n")[2]


# Numbers ----------------------------------------------------------------------------------------


@every_method
def test_fitting_twice_gives_the_same_bits(name: str) -> None:
    assert_same_bits(EXAMPLES[name].method().fit(EXAMPLES[name].panel()).columns(), fitted(name).columns())


@every_method
def test_row_order_does_not_matter(name: str) -> None:
    shuffled = EXAMPLES[name].frame().sample(frac=1.0, random_state=7)
    assert_same_bits(EXAMPLES[name].method().fit(EXAMPLES[name].panel(shuffled)).columns(), fitted(name).columns())


@every_method
def test_units_of_measurement_do_not_matter(name: str) -> None:
    scaled = EXAMPLES[name].panel().scaled(EXAMPLES[name].scales)
    other = EXAMPLES[name].method().fit(scaled)
    for term, values in fitted(name).rows.terms.items():
        largest = np.nanmax(np.abs(values), initial=0.0)
        np.testing.assert_allclose(other.rows.terms[term], values, rtol=0, atol=SAME * largest, err_msg=term)
    assert other.rows.status.tolist() == fitted(name).rows.status.tolist()


@pytest.fixture(scope="module", params=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    else:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            yield pool


@every_method
def test_executors_do_not_matter(name: str, executor: Executor) -> None:
    result = EXAMPLES[name].method().fit(EXAMPLES[name].panel(), executor=executor)
    assert_same_bits(result.columns(), fitted(name).columns())


@every_method
def test_terms_add_up(name: str) -> None:
    terms = fitted(name).rows.terms
    for total, parts in EXAMPLES[name].sums:
        gap = np.abs(terms[total] - sum(terms[part] for part in parts))
        assert np.isfinite(gap).any(), total
        assert np.nanmax(gap) <= ADDING_UP, total


# Rows -------------------------------------------------------------------------------------------


def expected_rows(example: Example) -> int:
    """Return the number of rows: of 14 units, and of the late one, which has one row or one for every year."""
    steps = len(YEARS) - 1
    each, late = {
        "step": (steps, 1),
        "observation": (len(YEARS), 1),
        "unit": (1, 1),
        "year": (steps, steps),
        "date": (len(YEARS), len(YEARS)),
    }[example.per]
    return len(UNITS) * each + late


@every_method
def test_tidy_has_a_row_for_every_step_or_observation(name: str) -> None:
    tidy = fitted(name).tidy()
    assert type(tidy) is type(EXAMPLES[name].frame())
    assert list(tidy.columns)[:2] == ["unit", "time"]
    assert list(tidy.columns)[-2:] == ["status", "reason"]
    assert set(tidy.columns) - {"unit", "time", "status", "reason"} == set(fitted(name).rows.terms)
    assert len(tidy) == expected_rows(EXAMPLES[name])
    assert set(tidy["unit"]) == {*UNITS, LATE[0]}


@every_method
def test_what_could_not_be_computed_stays_with_status_and_reason(name: str) -> None:
    rows = fitted(name).rows
    odd = rows.status != "ok"
    assert (odd & (rows.unit == GAP[0])).any()
    assert all(rows.reason[odd])
    assert not any(rows.reason[~odd])
    assert np.isnan(rows.terms[EXAMPLES[name].main][odd]).all()
    if EXAMPLES[name].per not in {"observation", "date"}:
        assert odd[rows.unit == LATE[0]].all(), "no growth without a row before"


@every_method
def test_every_term_of_a_computed_row_is_there(name: str) -> None:
    rows = fitted(name).rows
    good = rows.status == "ok"
    assert good.sum() > len(UNITS) / 2
    for term, values in rows.terms.items():
        assert np.isfinite(values[good]).all(), term


@every_method
@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_the_callers_kind_of_frame_comes_back(name: str, kind: str) -> None:
    frame = EXAMPLES[name].frame()
    data = pl.from_pandas(frame) if kind == "polars" else pa.Table.from_pandas(frame, preserve_index=False)
    result = EXAMPLES[name].method().fit(EXAMPLES[name].panel(data))
    assert type(result.tidy()) is type(data)
    assert_same_bits(result.columns(), fitted(name).columns())


# What is published ------------------------------------------------------------------------------


@every_method
def test_result_is_immutable(name: str) -> None:
    result = fitted(name)
    with pytest.raises(FrozenInstanceError):
        result.rows = result.rows  # type: ignore[misc]
    for values in result.rows.terms.values():
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0


@every_method
def test_tables_figures_and_words(name: str) -> None:
    result = fitted(name)
    tables, figures = result.tables(), result.figures()
    assert tables
    assert all(isinstance(table, Table) and table.rows and table.title for table in tables)
    assert len({table.name for table in tables}) == len(tables)
    for figure in figures:
        assert isinstance(figure, alt.TopLevelMixin)
        specification = figure.to_dict()
        assert all(specification.get(key) for key in ("name", "title", "description"))
    assert result.summary().strip()
    assert result.methods_text().strip()
    assert "<table" in result._repr_html_()


@every_method
def test_everything_has_a_plain_form(name: str) -> None:
    plain = json.loads(json.dumps(fitted(name).to_dict(), allow_nan=False))
    assert len(plain["rows"]["unit"]) == len(fitted(name).rows.unit)
    sample = plain["sample"]
    assert sample["read"] == sample["used"] + len(sample["left_out"])
    assert sum(sample["rows_by_status"].values()) == len(plain["rows"]["unit"])
