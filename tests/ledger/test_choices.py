"""Ranges over choices, and the statuses of the new-quality share."""

import numpy as np
import pytest

import xinzhi as xz
from tests.growth.test_accounts import PWT
from xinzhi.errors import UsageError
from xinzhi.ledger.choices import changed

SAME = 1e-12  # the same fit reached by two ways

INPUTS = (
    xz.Input(name="capital", quantity=xz.Capital(growth="rkna", level="ck", base=2017)),
    xz.Input(name="labour", quantity=PWT.labour, share="labsh"),
)

CHOICES = (
    xz.Choice(name="output", options=(xz.Option(label="rgdpna"), xz.Option(label="rgdpo", set={"output": "rgdpo"}))),
    xz.Choice(
        name="labour",
        options=(xz.Option(label="hours"), xz.Option(label="persons", unset=("labour.missing_hours", "labour.hours"))),
    ),
)


@pytest.fixture(scope="module")
def pwt():
    return xz.catalog.load("pwt1001")


def test_factorial_covers_every_combination(pwt):
    method = xz.ChoiceRange(of=PWT, columns=("tfp",), choices=CHOICES, period=(1978, 2019), units=("CHN", "USA"))
    result = method.fit(pwt)
    assert result.labels == (("rgdpna", "hours"), ("rgdpna", "persons"), ("rgdpo", "hours"), ("rgdpo", "persons"))
    for (labels, cell), rates in zip(method.cells(), result.grid, strict=True):
        alone = cell.fit(pwt).period_columns([(1978, 2019)])
        row = alone["unit"].tolist().index("CHN")
        assert rates[0, 0] == pytest.approx(alone["tfp"][row], abs=SAME), labels
    assert result.term("tfp_minimum")[0] == result.grid[:, 0, 0].min()
    assert result.term("tfp_maximum")[0] == result.grid[:, 0, 0].max()
    assert result.term("tfp_median")[0] == np.median(result.grid[:, 0, 0])
    assert result.term("tfp_point")[0] == result.grid[0, 0, 0]


def test_one_at_a_time_changes_one_choice(pwt):
    method = xz.ChoiceRange(
        of=PWT, columns=("tfp",), choices=CHOICES, period=(1978, 2019), units=("CHN",), design="one_at_a_time"
    )
    labels = [labels for labels, _ in method.cells()]
    assert labels[0] == ("base", "base")
    assert all(sum(label != "base" for label in cell) == 1 for cell in labels[1:])
    result = method.fit(pwt)
    assert result.grid[0, 0, 0] == result.term("tfp_point")[0]


def test_cells_that_cannot_be_computed_are_counted(pwt):
    result = xz.ChoiceRange(of=PWT, columns=("tfp",), choices=CHOICES, period=(1978, 2019), units=("VNM", "CHN")).fit(
        pwt
    )
    cells = result.cells()
    mine = [k for k, unit in enumerate(cells["unit"]) if unit == "VNM"]
    assert [cells["status"][k] for k in mine] == ["missing_data"] * 4
    assert all("rkna" in cells["reason"][k] for k in mine)
    assert result.term("tfp_count").tolist() == [0.0, 4.0]


def test_wrong_paths_name_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'output'"):
        changed(PWT, (xz.Option(label="x", set={"outputs": "rgdpo"}),))
    with pytest.raises(UsageError, match="did you mean 'hours'"):
        changed(PWT, (xz.Option(label="x", set={"labour.hour": "avh"}),))


@pytest.mark.parametrize(
    ("growth", "tfp", "share", "status"),
    [
        (5.0, 2.0, 0.4, "ok"),
        (0.9, 0.5, None, "growth_below_floor"),
        (-1.0, 0.5, None, "output_fell"),
        (2.0, -0.5, -0.25, "tfp_negative"),
        (2.0, 3.0, 1.5, "above_one"),
        (float("nan"), 1.0, None, "missing_data"),
    ],
)
def test_new_quality_share(growth, tfp, share, status):
    assert xz.new_quality_share(growth, tfp) == (share, status)


def test_new_quality_share_with_an_interval():
    assert xz.new_quality_share(4.0, 1.0, interval=(-0.5, 2.5)) == (0.25, "interval_covers_zero")


def test_a_cell_that_fails_is_kept_with_its_reason(pwt):
    base = xz.BestPractice(output="rgdpna", inputs=INPUTS, reference="all", window=(1990, 2019))
    tiny = xz.ReferenceSet(population="pop", minimum_population=400.0)
    choice = xz.Choice(name="reference", options=(xz.Option(label="two units", set={"reference": tiny}),))
    method = xz.ChoiceRange(
        of=base, columns=("technology",), choices=(choice,), period=(1990, 2019), units=("USA",), design="one_at_a_time"
    )
    cells = method.fit(pwt).cells()
    assert cells["status"] == ["ok", "missing_data"]
    assert cells["reason"][1].startswith("XZ-302")


def test_one_choice_alone_is_compared_with_the_base_whatever_the_first_option():
    """The first option of "share" is not the base's: the effect of hours alone must not carry it."""
    base = PWT.model_copy(update={"capital": "rnna"})
    share = xz.Choice(
        name="share",
        options=(xz.Option(label=".3", set={"labour_share": 0.3}), xz.Option(label=".6", set={"labour_share": 0.6})),
    )
    choices = (share, CHOICES[0])
    panel = xz.catalog.load("pwt1001")
    method = xz.ChoiceRange(of=base, columns=("tfp",), choices=choices, period=(1990, 2019), units=("CHN",))
    result = method.fit(panel)
    assert result.alone == (("share", ".3"), ("share", ".6"), ("output", "rgdpo"))
    alone = base.model_copy(update={"output": "rgdpo"}).fit(panel).period_columns([(1990, 2019)])
    expected = alone["tfp"][alone["unit"].tolist().index("CHN")]
    assert result.alone_rates[2, 0, 0] == pytest.approx(expected, abs=SAME)


def test_labels_and_names_are_checked():
    with pytest.raises(UsageError, match="share a label"):
        xz.Choice(name="x", options=(xz.Option(label="a"), xz.Option(label="a")))
    with pytest.raises(UsageError, match="XZ-103"):
        xz.Choice(name="x", options=())
    with pytest.raises(UsageError, match="names of their own"):
        xz.ChoiceRange(
            of=PWT,
            columns=("tfp",),
            choices=(xz.Choice(name="tfp", options=(xz.Option(label="a"),)),),
            period=(1990, 2019),
        )
    with pytest.raises(UsageError, match="XZ-102"):
        xz.ChoiceRange(of=PWT, columns=("start",), choices=CHOICES, period=(1990, 2019)).fit(xz.catalog.load("pwt1001"))
