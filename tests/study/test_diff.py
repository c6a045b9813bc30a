"""Two runs side by side."""

from pathlib import Path

import pytest

from tests.study.economy import STUDY, frame, write
from xinzhi.errors import XinzhiError
from xinzhi.study import Comparison, diff_runs, run_study


def pair(folder: Path, study: str = STUDY, **given: object) -> Comparison:
    """Compare the study of the tests with another one."""
    run_study(write(folder / "a"), out=folder / "a/run")
    run_study(write(folder / "b", study, **given), out=folder / "b/run")  # type: ignore[arg-type]
    return diff_runs(folder / "a/run", folder / "b/run")


def test_equal_runs(tmp_path: Path) -> None:
    found = pair(tmp_path)
    assert found.equal
    assert found.differences == ()
    assert found.hashes[0] == found.hashes[1]


def test_a_cell_is_followed_to_rows_and_tables(tmp_path: Path) -> None:
    data = frame()
    data.loc[3, "gdp"] *= 1.01
    found = pair(tmp_path, data=data)
    assert not found.equal
    by_kind = {(d.analysis, d.what): d.found for d in found.differences}
    assert by_kind[("mean", "data")] == "the data are not the same"
    size = 0.00995033  # ln 1.01, added to growth of 2003 and taken from growth of 2004
    rows = next(d.found for d in found.differences if d.analysis == "accounts" and d.what == "rows")
    assert f"largest difference {size:.3g} at =A 2003" in rows or f"largest difference {size:.3g} at =A 2004" in rows
    assert "cells" in by_kind[("mean", "table")]


def test_a_setting_and_an_analysis_of_one_run_only(tmp_path: Path) -> None:
    other = STUDY.replace("labour_share = 0.6\nview", "labour_share = 0.5\nview").replace(
        'id = "mean"', 'id = "average"'
    )
    found = pair(tmp_path, other)
    by_kind = {(d.analysis, d.what): d.found for d in found.differences}
    assert by_kind[("twice", "settings")] == "labour_share: 0.6, then 0.5"
    assert by_kind[("mean", "analyses")] == f"only in {tmp_path / 'a/run'}"
    assert by_kind[("average", "analyses")] == f"only in {tmp_path / 'b/run'}"
    assert not any(d.analysis == "accounts" for d in found.differences)


def test_rows_of_one_run_only_and_an_error(tmp_path: Path) -> None:
    found = pair(tmp_path, data=frame().iloc[:-1])
    words = [d.found for d in found.differences if d.analysis == "accounts" and d.what == "rows"]
    assert "1 rows only in the first run, such as C 2005" in words
    broken = pair(tmp_path / "more", STUDY.replace('column = "gdp"', 'column = "gpd"'))
    error = next(d.found for d in broken.differences if d.what == "error")
    assert error.startswith("first: computed; then: XZ-205")


def test_an_unfinished_run_cannot_be_compared(tmp_path: Path) -> None:
    run_study(write(tmp_path / "a"), out=tmp_path / "a/run")
    with pytest.raises(XinzhiError, match="no finished run"):
        diff_runs(tmp_path / "a/run", tmp_path / "nowhere")
