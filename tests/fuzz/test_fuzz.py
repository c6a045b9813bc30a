"""The kept corpus, and what hypothesis makes up: only errors with a code come out, and numbers survive a round trip."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import KINDS, read_bytes, read_settings
from tests.hostile.inputs import book
from tests.study.economy import STUDY
from xinzhi.errors import CODES
from xinzhi.panel import read_table

CORPUS = Path(__file__).parent / "corpus"
TARGETS: dict[str, Callable[[bytes], str]] = {"readers": read_bytes, "study": read_settings}
KEPT = sorted(path for path in CORPUS.rglob("*") if path.is_file())
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


PARTS = ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"]


def fine(code: str) -> bool:
    return code == "" or code in CODES


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_kept_corpus_ends_in_codes(path: Path) -> None:
    assert fine(TARGETS[path.parent.name](path.read_bytes()))


def test_the_corpus_is_small() -> None:
    assert KEPT
    assert sum(path.stat().st_size for path in KEPT) < 300_000


CELLS = st.one_of(
    st.text(max_size=8),
    st.floats(width=64).map(repr),
    st.sampled_from(["", "NA", "1e309", "1e-400", "1.234", "1,234", "1,5", '"', "'", "\r", "１", "=1+1", "5%"]),
)


@FEW
@given(st.binary(max_size=300), st.sampled_from([0, 1]))
def test_any_bytes_as_a_text_file(content: bytes, kind: int) -> None:
    assert fine(read_bytes(bytes([kind]) + content))


@FEW
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_any_cells_as_a_text_file(rows: list[list[str]], mark: str) -> None:
    assert fine(read_bytes(b"\0" + "\n".join(mark.join(row) for row in rows).encode("utf-8", "surrogatepass")))


@FEW
@given(st.sampled_from(KEPT), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6))
def test_damage_to_the_corpus(path: Path, changes: list[tuple[int, int]]) -> None:
    content = bytearray(path.read_bytes())
    for place, value in changes:
        content[place % len(content)] = value
    assert fine(TARGETS[path.parent.name](bytes(content)))


@FEW
@given(
    st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"]), st.data()
)
def test_damage_inside_a_workbook(part: str, data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as archive:
        content = bytearray(archive.read(part))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=5)):
        content[place] = data.draw(st.integers(0, 255))
    assert fine(read_bytes(bytes([KINDS.index(".xlsx")]) + book({part: bytes(content)})))


@FEW
@given(st.text(max_size=300))
def test_any_text_as_a_study(text: str) -> None:
    assert fine(read_settings(text.encode("utf-8", "surrogatepass")))


@FEW
@given(st.sampled_from(STUDY.splitlines()), st.one_of(st.text(max_size=20), st.sampled_from(STUDY.splitlines())))
def test_a_study_with_a_line_changed(old: str, new: str) -> None:
    assert fine(read_settings(STUDY.replace(old, new, 1).encode("utf-8", "surrogatepass")))


WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    ".parquet": lambda frame, path: frame.to_parquet(path),
    ".dta": lambda frame, path: frame.to_stata(path, write_index=False),
    ".xlsx": lambda frame, path: frame.to_excel(path, index=False, engine="openpyxl"),
}
STATA_LARGEST = 8.9e307  # Stata keeps what lies above for its missing values


@pytest.mark.parametrize("suffix", WRITERS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.floats(-STATA_LARGEST, STATA_LARGEST, allow_nan=False), min_size=1, max_size=12))
def test_numbers_survive_a_round_trip(suffix: str, values: list[float], tmp_path: Path) -> None:
    if suffix == ".xlsx":  # openpyxl writes 16 digits; whole numbers of that length are codes, which stay text
        values = [value for value in (float(f"{value:.16g}") for value in values) if not 1e15 <= abs(value) < 1e17]
    assume(values)
    path = tmp_path / f"data{suffix}"
    WRITERS[suffix](pd.DataFrame({"unit": [f"u{i}" for i in range(len(values))], "x": values}), path)
    back = read_table(path, decimal="." if "csv" in suffix else None).frame["x"].to_numpy(dtype=float)
    np.testing.assert_array_equal(back, values)  # bit for bit
