"""SQL over a run: its tables, and nothing else."""

from pathlib import Path

import pandas as pd
import pytest

from tests.study.economy import write
from xinzhi.errors import XinzhiError
from xinzhi.study import query_run, run_study


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("asked")
    run_study(write(folder), out=folder / "run")
    return folder / "run"


def test_rows_of_an_analysis_and_a_published_table(run: Path) -> None:
    answer = query_run(run, "select unit, avg(tfp) as mean from accounts group by unit order by unit")
    rows = pd.read_parquet(run / "results/accounts/rows.parquet")
    assert answer.heads == ("unit", "mean")
    assert dict(answer.rows) == pytest.approx(dict(rows.groupby("unit")["tfp"].mean()), rel=1e-12)
    table = query_run(run, "select period, unit from \"accounts.mean_rates\" where unit = 'B'")
    assert table.rows == (("2000–2005", "B"),)
    joined = query_run(
        run, 'with a as (select * from accounts) select count(*) as n from a join "mean.rows" m using (unit)'
    )
    assert joined.records() == [{"n": 10}]  # two units are shown, five steps each


REFUSED = {
    "a file": "select * from read_csv('/etc/passwd')",
    "a file by name": "select * from '/etc/passwd'",
    "a Parquet file of the run": "select * from read_parquet('{run}/results/accounts/rows.parquet')",
    "a folder": "select * from glob('/etc/*')",
    "text of a file": "select * from read_text('/etc/passwd')",
    "written out": "copy (select 1) to '{run}/x.csv'",
    "attached": "attach '{run}/x.db'",
    "opened again": "set enable_external_access = true",
    "two statements": "select 1; select 2",
    "no statement": "",
    "a table changed": "delete from accounts",
    "an extension": "install httpfs",
    "the network": "select * from 'http://127.0.0.1:1/x.csv'",
    "a variable of the program": "select * from frame",
    "broken": "selec 1",
    "a null byte": "select '\0'; drop",
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_else_can_be_reached(case: str, run: Path) -> None:
    frame = pd.DataFrame({"a": [1]})
    before = sorted(run.rglob("*"))
    with pytest.raises(XinzhiError) as caught:
        query_run(run, REFUSED[case].format(run=run))
    assert caught.value.code == "XZ-117"
    assert sorted(run.rglob("*")) == before
    assert len(frame) == 1


def test_an_unknown_table_is_named_with_the_nearest(run: Path) -> None:
    with pytest.raises(XinzhiError, match="did you mean 'accounts'"):
        query_run(run, "select * from acounts")
    with pytest.raises(XinzhiError, match=r'write "accounts\.mean_rates", with the quotes'):
        query_run(run, "select * from accounts.mean_rates")


def test_a_damaged_file_is_not_read(tmp_path: Path) -> None:
    run_study(write(tmp_path), out=tmp_path / "run")
    place = tmp_path / "run/results/accounts/rows.parquet"
    place.write_bytes(place.read_bytes()[:-1])
    with pytest.raises(XinzhiError, match="XZ-201"):
        query_run(tmp_path / "run", "select * from accounts")
    assert query_run(tmp_path / "run", "select count(*) from twice").rows
