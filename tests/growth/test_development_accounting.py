"""Development accounting: identities, an economy whose answer is known, and the world's."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import UsageError
from xinzhi.growth.levels.development import success

SAME = 1e-10  # rounding of logarithms
ALPHA = 1 / 3


def economies(sd: float, units: int = 400, seed: int = 9) -> pd.DataFrame:
    """Return economies on balanced paths Y = K^a (A h N)^(1-a) that differ in K/Y, h and, by ``sd``, in ln A."""
    draw = np.random.default_rng(seed)
    ratio, h = np.exp(draw.normal(1.0, 0.4, units)), np.exp(draw.normal(0.7, 0.3, units))
    a, n = np.exp(draw.normal(0.0, sd, units)), np.exp(draw.normal(2.0, 1.0, units))
    y = ratio ** (ALPHA / (1 - ALPHA)) * a * h * n
    return pd.DataFrame(
        {"u": [f"U{k}" for k in range(units)], "t": 2000, "y": y, "k": ratio * y, "n": n, "h": h, "a": a}
    )


def fitted(frame: pd.DataFrame, **changes):
    settings = {"output": "y", "capital": "k", "capital_share": ALPHA, "base": "U0"}
    method = xz.DevelopmentAccounting(**{**settings, **changes}, labour=xz.Labour(persons="n", quality="h"))
    return method.fit(xz.Panel(frame, unit="u", time="t"))


def test_sources_are_recovered():
    frame = economies(0.5)
    result = fitted(frame)
    order = [int(unit[1:]) for unit in result.rows.unit]
    for name, column in (("human_capital", "h"), ("productivity", "a")):
        values = np.log(frame[column].to_numpy())
        assert result.term(name) == pytest.approx((values - values[0])[order], abs=SAME), name
    total = sum(result.term(name) for name in ("capital_intensity", "human_capital", "productivity"))
    assert total == pytest.approx(result.term("income"), abs=SAME)


def test_success_is_one_without_differences_in_productivity_and_known_with_them():
    """var(ln y_KH) / (var(ln y_KH) + sd^2) for independent productivity; here at most 4 sampling errors away."""
    none = fitted(economies(0.0)).success()
    assert none["variance_ratio"] == pytest.approx([1.0], abs=SAME)
    assert none["percentile_ratio"] == pytest.approx([1.0], abs=SAME)
    explained = (0.4 * ALPHA / (1 - ALPHA)) ** 2 + 0.3**2
    share = explained / (explained + 0.5**2)
    found = fitted(economies(0.5, units=4000)).success()["variance_ratio"][0]
    assert found == pytest.approx(share, abs=4 * share * np.sqrt(2 * 2 / 4000))


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_money_and_persons_may_be_counted_otherwise(factor):
    frame = economies(0.5, units=30)
    other = fitted(frame.assign(y=frame["y"] * factor, k=frame["k"] * factor, n=frame["n"] / factor))
    for name, values in fitted(frame).rows.terms.items():
        assert other.term(name) == pytest.approx(values, abs=1e-9), name


def test_few_units_have_no_variance_to_explain():
    found = fitted(economies(0.5, units=2)).success()
    assert np.isnan(found["variance_ratio"]).all()
    assert np.isnan(success(np.ones(5), np.ones(5))).all()


def test_a_share_of_one_is_refused():
    with pytest.raises(UsageError, match="less than 1"):
        fitted(economies(0.1, units=5), capital_share=1.0)


def test_the_worlds_inputs_account_for_less_than_half():
    """Caselli (2005) finds .39 with other data of 1996; here Penn World Table 10.01 of the same year."""
    method = xz.DevelopmentAccounting(
        output="cgdpo",
        capital="cn",
        labour=xz.Labour(persons="emp", quality="hc"),
        capital_share=ALPHA,
        base="USA",
    )
    result = method.fit(xz.catalog.load("pwt1001").select(times=(1995, 1996)))
    at = result.success()["time"].index(1996)
    assert result.success()["units"][at] > 130
    assert 0.1 < result.success()["variance_ratio"][at] < 0.5
