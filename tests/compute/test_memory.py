"""Memory: what the system says is left, and a refusal before anything is computed."""

import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xinzhi import DEA, GrowthAccounts, Ledger, Malmquist
from xinzhi.compute import Run, memory
from xinzhi.compute.memory import WORKER_BYTES, available, require, size
from xinzhi.errors import ResourceError
from xinzhi.frontier.technology import CHUNK_MATRICES
from xinzhi.method import Method
from xinzhi.method.base import BASE_BYTES, ROW_NUMBERS
from xinzhi.panel import Panel

GB = 1_000_000_000


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 8 GiB left and a control group of each version, without limits."""
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {8 << 20} kB\n")
    (tmp_path / "cgroup").write_text("4:memory:/box\n0::/slice/job\n")
    for folder in ("two/slice/job", "one/box"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUP", tmp_path / "cgroup")
    names = [place[1:] for place in memory.LIMITS]
    monkeypatch.setattr(memory, "LIMITS", tuple((tmp_path / m, *n) for m, n in zip(("two", "one"), names, strict=True)))
    return tmp_path


def limit(folder: Path, names: tuple[str, str, str], most: str, used: int, dropped: int) -> None:
    """Write the limit of a control group."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip(names, (most, str(used), f"anon 1\n{names[2]} {dropped}\n"), strict=True):
        (folder / ("memory.stat" if name == names[2] else name)).write_text(content)


VERSION_2 = ("memory.max", "memory.current", "inactive_file")
VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def test_the_machine_counts_where_no_group_has_a_limit(system: Path) -> None:
    limit(system / "two/slice", VERSION_2, "max\n", GB, 0)
    limit(system / "one/box", VERSION_1, str(0x7FFFFFFFFFFFF000), GB, 0)
    assert available() == 8 << 30


def test_the_tightest_group_counts_and_files_that_can_be_dropped_do_not(system: Path) -> None:
    limit(system / "two/slice", VERSION_2, str(4 * GB), 3 * GB, GB // 2)
    limit(system / "two/slice/job", VERSION_2, str(6 * GB), 2 * GB, 0)
    assert available() == GB + GB // 2


def test_version_one_counts_too(system: Path) -> None:
    limit(system / "one/box", VERSION_1, str(2 * GB), GB, 100)
    assert available() == GB + 100


def test_a_group_over_its_limit_leaves_nothing(system: Path) -> None:
    limit(system / "one/box", VERSION_1, str(GB), 2 * GB, 0)
    assert available() == 0


def test_unknown_where_the_system_says_nothing(system: Path) -> None:
    (system / "meminfo").unlink()
    (system / "cgroup").unlink()
    assert available() is None
    require(10**18)


def test_what_does_not_fit_is_refused_and_workers_count(system: Path) -> None:
    require(8 << 30)
    with pytest.raises(ResourceError, match="XZ-120") as caught:
        require((8 << 30) + 1, where="analysis 'x'")
    assert caught.value.exit_code == 4
    assert "about 8.6 GB are needed, 8.6 GB are free" in str(caught.value)
    with pytest.raises(ResourceError, match="XZ-120"):
        require(0, processes=1, left=WORKER_BYTES - 1)
    require(0, processes=1, left=WORKER_BYTES)


def test_sizes_in_words() -> None:
    assert [str(size(n)) for n in (1, 999_000_000, 12_340_000_000)] == ["0 MB", "999 MB", "12.3 GB"]


def peak(method: Method, panel: Panel) -> int:
    """Return the most bytes that Python and NumPy held at once while a method was computed."""
    panel.digest()
    tracemalloc.start()
    try:
        method.fit_in(panel, Run())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def drawn(units: int, years: int) -> Panel:
    """Return a panel of output and two inputs."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"unit": np.repeat(np.arange(units).astype(str), years)})
    frame["year"] = np.tile(np.arange(years), units)
    for name in ("y", "k", "l"):
        frame[name] = np.exp(rng.normal(0.0, 0.3, len(frame)))
    return Panel(frame, unit="unit", time="year")


@pytest.mark.parametrize(
    ("method", "panel"),
    [
        (GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6), drawn(4000, 25)),
        (DEA(inputs=("k", "l"), outputs=("y",)), drawn(400, 1)),
    ],
    ids=["rows", "frontier"],
)
def test_estimates_lie_within_a_factor_of_two_of_what_is_measured(method: Method, panel: Panel) -> None:
    estimate = method.memory(panel) - BASE_BYTES
    assert 0.5 < estimate / peak(method, panel) < 2.0


def test_inner_methods_and_workers_count() -> None:
    panel = drawn(30, 4)
    accounts = GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6)
    index = Malmquist(inputs=("k", "l"), outputs=("y",))
    ledger = Ledger(accounts=accounts, frontier=index)
    rows = BASE_BYTES + ROW_NUMBERS * 8 * len(panel)
    assert ledger.inner_methods() == [accounts, index]
    assert accounts.memory(panel) == rows
    assert ledger.memory(panel) == rows + accounts.memory(panel) + index.memory(panel)
    chunk = index.memory(panel) - rows
    assert index.memory(panel, workers=3) == rows + 3 * chunk
    more = 3 * CHUNK_MATRICES * 8 * 30 * 30  # the reference set of the last year has the rows of four
    assert index.model_copy(update={"technology": "sequential"}).memory(panel) == rows + chunk + more
