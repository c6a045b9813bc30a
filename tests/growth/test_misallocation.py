"""Misallocation: an economy whose wedges are known, the planner by another solver, identities, invariances, errors."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import xinzhi as xz
from xinzhi.errors import DataError, EstimationError, UsageError
from xinzhi.growth import Misallocation
from xinzhi.growth.industries import misallocation
from xinzhi.growth.industries.misallocation import efficient_gain
from xinzhi.method import Filled
from xinzhi.method.result import ADDING_UP

PLANNER = 1e-8  # BFGS stops where the gradient is 1e-9; the objective is then good to about its square


def distorted(seed=1, sectors=6, years=4, economies=("X", "Y")):
    """Economies with taxes on inputs, Cobb-Douglas in and between sectors; the truth in columns tau_k, tau_l, gain.

    Sector i pays (1 + tau_ki) r for capital: K_i ~ s_i b_i / (1 + tau_ki). gain = ln(output without taxes / output).
    """
    draw = np.random.default_rng(seed)
    rows = []
    for economy in economies:
        share, beta = draw.dirichlet(np.full(sectors, 3.0)), draw.uniform(0.2, 0.7, sectors)
        for year in range(years):
            tau = draw.uniform(-0.5, 1.0, (2, sectors))
            tfp, capital, labour = np.exp(draw.normal(0, 0.3, sectors)), 50.0 * 1.1**year, 20.0 * 1.02**year

            def split(weight, total, wedge):
                return total * (weight / (1 + wedge)) / (weight / (1 + wedge)).sum()

            def output(wedges, tfp=tfp, capital=capital, labour=labour, share=share, beta=beta, split=split):
                k = split(share * beta, capital, wedges[0])
                workers = split(share * (1 - beta), labour, wedges[1])
                return k, workers, tfp * k**beta * workers ** (1 - beta)

            k, workers, y = output(tau)
            best = output(np.zeros_like(tau))[2]
            gain = share @ np.log(best / y)
            rows += [
                {
                    "unit": f"{economy}{i}",
                    "economy": economy,
                    "sector": f"s{i}",
                    "year": 2000 + year,
                    "va": 1000.0 * (year + 1) * share[i],
                    "k": k[i],
                    "l": workers[i],
                    "y": y[i],
                    "beta": beta[i],
                    "tau_k": tau[0, i],
                    "tau_l": tau[1, i],
                    "gain": gain,
                }
                for i in range(sectors)
            ]
    return pd.DataFrame(rows)


def panel_of(frame):
    return xz.Panel(frame, unit="unit", time="year")


def method(**settings):
    inputs = (xz.Input(name="capital", quantity="k", share="beta"), xz.Input(name="labour", quantity="l"))
    full = {"value_added": ("va",), "inputs": inputs, "economy": "economy", "sector": "sector", "real_output": "y"}
    return Misallocation(**(full | settings))


@pytest.fixture(scope="module")
def result():
    return method().fit(panel_of(distorted()))


def test_the_loss_of_an_economy_whose_taxes_are_known(result):
    """Truth: output with and without the taxes, both computed from the production functions."""
    truth = distorted().groupby(["economy", "year"])["gain"].first().to_numpy()
    assert np.abs(result.term("loss") - truth).max() < ADDING_UP
    assert truth.min() > 0.01
    assert np.abs(result.term("loss_capital") + result.term("loss_labour") - result.term("loss")).max() < ADDING_UP


def test_relative_wedges_are_those_of_the_taxes(result):
    """gamma_i ~ 1 / (1 + tau_i), scaled so that its mean at due shares is 1 (Aoki 2012); tau = 1 / gamma - 1."""
    frame = distorted()
    columns = pd.DataFrame(result.by_sector(2002))
    for _, rows in frame[frame["year"] == 2002].groupby("economy"):
        mine = columns[columns["unit"] == rows["economy"].iloc[0]]
        share = rows["va"].to_numpy() / rows["va"].sum()
        for name, wedge, beta in (("capital", "tau_k", rows["beta"]), ("labour", "tau_l", 1 - rows["beta"])):
            due = share * beta.to_numpy() / (share @ beta.to_numpy())
            free = 1 / (1 + rows[wedge].to_numpy())
            assert mine[f"gamma_{name}"].to_numpy() == pytest.approx(free / (due @ free), abs=ADDING_UP)
            assert ((1 + mine[f"tau_{name}"]) * mine[f"gamma_{name}"]).to_numpy() == pytest.approx(1.0)
            spread = np.std(np.log1p(rows[wedge]))
            row = (result.rows.unit == rows["economy"].iloc[0]) & (result.rows.time == 2002)
            assert result.term(f"dispersion_{name}")[row][0] == pytest.approx(spread, abs=ADDING_UP)
        assert mine["loss"].sum() == pytest.approx(rows["gain"].iloc[0], abs=ADDING_UP)


def planner(share, beta, gamma, substitution):
    """ln Y* - ln Y by BFGS over the shares of both inputs: an independent solver of the same problem."""
    rho = 1 - 1 / substitution
    n = share.size
    due = share[:, None] * beta / (share @ beta)
    now = due * gamma

    def shortfall(x):
        z = x.reshape(n, 2)
        allocation = np.exp(z - z.max(axis=0))
        allocation = allocation / allocation.sum(axis=0)
        change = (beta * np.log(allocation / now)).sum(axis=1)
        return -np.log(share @ np.exp(rho * change)) / rho

    found = minimize(shortfall, np.log(now).ravel(), method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
    return -found.fun


@pytest.mark.parametrize("substitution", [0.3, 0.8, 1.5, 3.0, 10.0])
def test_other_elasticities_of_substitution_against_another_solver(substitution):
    draw = np.random.default_rng(12)
    for _ in range(3):
        share, b = draw.dirichlet(np.full(5, 2.0)), draw.uniform(0.1, 0.9, 5)
        beta = np.column_stack([b, 1 - b])
        free = draw.uniform(0.5, 2.0, (5, 2))
        due = share[:, None] * beta / (share @ beta)
        gamma = free / (due * free).sum(axis=0)
        mine = efficient_gain((share[None], beta[None], gamma[None]), substitution)[0]
        assert mine == pytest.approx(planner(share, beta, gamma, substitution), abs=PLANNER)
        assert mine > 0


def test_wild_economies_are_solved():
    """Elasticities from 0.1 to 100, wedges over e^6, input shares near 0: every planner is found and gains."""
    draw = np.random.default_rng(0)
    share, beta = draw.dirichlet(np.full(12, 0.5), 50), draw.dirichlet(np.full(3, 0.3), (50, 12)).clip(1e-4)
    beta /= beta.sum(axis=2, keepdims=True)
    due, free = share[..., None] * beta, np.exp(draw.normal(0, 2, (50, 12, 3)))
    due /= due.sum(axis=1, keepdims=True)
    gamma = free / (due * free).sum(axis=1, keepdims=True)
    gains = [efficient_gain((share, beta, gamma), e) for e in (0.1, 0.5, 1.0, 2.0, 10.0, 100.0)]
    assert np.isfinite(gains).all()
    assert (np.diff(gains, axis=0) > 0).all(), "the more sectors replace each other, the more is lost"


def test_equal_elasticities_have_a_closed_form():
    """One input: Y_i = A_i K_i, planner's share s_i*: ln Y*/Y = ln(SUM s_i gamma_i^(1-e)) / (e - 1)... by hand.

    Y_i = A_i x_i with CES weight: s_i ~ w (A_i x_i)^rho, x_i* ~ (w A_i^rho)^e ~ (s_i / x_i^rho)^e = s_i^e x_i^(1-e),
    so with x_i = s_i gamma_i: Y*/Y = [SUM s_i gamma_i^(1-e)]^(1/(e-1)).
    """
    share, free = np.array([0.2, 0.3, 0.5]), np.array([0.5, 1.0, 1.7])
    gamma = free / (share @ free)
    for e in (0.4, 2.0, 7.0):
        exact = np.log((share * gamma ** (1 - e)).sum()) / (e - 1)
        mine = efficient_gain((share[None], np.ones((1, 3, 1)), gamma[None, :, None]), e)[0]
        assert mine == pytest.approx(exact, abs=1e-12)
    limit = efficient_gain((share[None], np.ones((1, 3, 1)), gamma[None, :, None]), 1.0)[0]
    near = efficient_gain((share[None], np.ones((1, 3, 1)), gamma[None, :, None]), 1.0 + 1e-6)[0]
    assert limit == pytest.approx(near, abs=1e-6)


def test_losses_grow_with_substitution_and_vanish_without_wedges(result):
    """More substitution, more lost; equal taxes, nothing lost."""
    losses = [method(substitution=e).fit(panel_of(distorted())).term("loss") for e in (0.5, 1.0, 3.0)]
    assert (np.diff(losses, axis=0) > 0).all()
    frame = distorted()
    for column, weight in (("k", frame["beta"]), ("l", 1 - frame["beta"])):
        due = frame["va"] * weight
        frame[column] = 40.0 * due / due.groupby([frame["economy"], frame["year"]]).transform("sum")
    for e in (0.5, 1.0, 3.0):
        even = method(substitution=e).fit(panel_of(frame))
        assert np.abs(even.term("loss")).max() < ADDING_UP
        assert np.abs(even.term("dispersion_capital")).max() < ADDING_UP


def test_sources_of_growth_add_up_and_find_the_technology(result):
    """Chen and Hu's four parts; shares and elasticities are constant, so technique is SUM s dln A exactly."""
    frame = distorted()
    frame["a"] = np.log(frame["y"]) - frame["beta"] * np.log(frame["k"]) - (1 - frame["beta"]) * np.log(frame["l"])
    columns = result.sources((2000, 2003))
    parts = ("technique", "capital", "labour", "output_shares", "distortion")
    assert np.abs(sum(columns[name] for name in parts) - columns["growth"]).max() < 100 * ADDING_UP
    for row, (_, rows) in enumerate(frame.groupby("economy")):
        first, last = rows[rows["year"] == 2000], rows[rows["year"] == 2003]
        share = first["va"].to_numpy() / first["va"].sum()
        truth = share @ (last["a"].to_numpy() - first["a"].to_numpy())
        assert columns["technique"][row] == pytest.approx(100 * truth / 3, abs=1e-9)
        lost = last["gain"].iloc[0] - first["gain"].iloc[0]
        assert columns["distortion"][row] == pytest.approx(-100 * lost / 3, abs=1e-9)
        capital = (share * first["beta"].to_numpy()).sum() * np.log(1.1)
        assert columns["capital"][row] == pytest.approx(100 * capital, abs=1e-9)
    assert np.abs(columns["output_shares"]).max() < 1e-9


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_units_of_measure_and_order_do_not_matter(result, factor):
    shuffled = distorted().sample(frac=1.0, random_state=4)
    scaled = panel_of(distorted()).scaled({"va": factor, "k": 1 / factor, "l": factor})
    for other in (method().fit(scaled), method().fit(panel_of(shuffled))):
        for name, values in result.rows.terms.items():
            assert np.abs(other.term(name) - values).max() < ADDING_UP, name


def test_a_sector_cut_in_two_like_halves_changes_no_loss(result):
    frame = distorted()
    half = frame["sector"] == "s2"
    frame.loc[half, ["va", "k", "l", "y"]] *= 0.5
    frame = pd.concat([frame, frame[half].assign(sector="s2b", unit=frame.loc[half, "unit"] + "b")])
    for name in ("loss", "loss_capital", "loss_labour"):
        assert np.abs(method().fit(panel_of(frame)).term(name) - result.term(name)).max() < ADDING_UP, name


def test_economies_with_different_sectors_are_apart():
    frame = distorted()
    frame = frame[~((frame["economy"] == "Y") & (frame["sector"] == "s5"))]
    mixed = method().fit(panel_of(frame))
    alone = method().fit(panel_of(frame[frame["economy"] == "Y"]))
    for name, values in alone.rows.terms.items():
        assert np.abs(mixed.term(name)[mixed.rows.unit == "Y"] - values).max() < ADDING_UP, name
    for e in (0.5, 3.0):
        both, one = (method(substitution=e).fit(panel_of(f)) for f in (frame, frame[frame["economy"] == "Y"]))
        assert np.abs(both.term("loss")[both.rows.unit == "Y"] - one.term("loss")).max() < ADDING_UP


# Statuses and errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "cell", "word"), [("va", 0.0, "non_positive"), ("k", np.nan, "missing_data")])
def test_one_bad_sector_makes_the_year_missing(column, cell, word):
    frame = distorted()
    frame.loc[(frame["unit"] == "X1") & (frame["year"] == 2001), column] = cell
    found = method().fit(panel_of(frame))
    odd = found.rows.status != "ok"
    assert list(zip(found.rows.unit[odd], found.rows.time[odd].tolist(), strict=True)) == [("X", 2001)]
    assert found.rows.status[odd].tolist() == [word]
    assert "X1" in found.rows.reason[odd][0]
    assert np.isnan([values[odd] for values in found.rows.terms.values()]).all()
    sources = found.sources((2000, 2003))
    assert np.isnan(sources["growth"]).tolist() == [True, False]


def test_a_planner_that_is_not_found_is_a_status(monkeypatch):
    monkeypatch.setattr(misallocation, "ITERATIONS", 1)
    found = method(substitution=5.0).fit(panel_of(distorted()))
    assert set(found.rows.status) == {"numerical"}
    assert np.isnan(found.term("loss")).all()
    assert np.isnan(found.term("dispersion_capital")).all()
    assert "the planner's shares were not found" in found.summary()


def test_errors():
    frame = distorted()
    index = xz.Panel(frame, unit="unit", time="year", columns={"k": xz.Column("", "growth_index")})
    with pytest.raises(DataError, match="XZ-207"):
        method().fit(index)
    with pytest.raises(DataError, match="XZ-204"):
        method().fit(panel_of(frame.assign(beta=1.2)))
    with pytest.raises(DataError, match="XZ-217"):
        method(
            inputs=(xz.Input(name="capital", quantity="k", share=0.3), xz.Input(name="labour", quantity="l", share=0.3))
        ).fit(panel_of(frame))
    with pytest.raises(UsageError, match="XZ-103"):
        method(substitution=0.05)
    with pytest.raises(DataError, match="XZ-206"):
        method().fit(panel_of(frame.assign(va=0.0)))
    ces = method(substitution=2.0, real_output=None).fit(panel_of(frame))
    with pytest.raises(EstimationError, match="only with substitution=1"):
        ces.term("loss_capital")
    assert ces.absent["technique"] == "no real output is given"
    with pytest.raises(UsageError, match="no real output is given"):
        ces.sources((2000, 2003))


def test_words_and_tables(result):
    assert [table.name for table in result.tables()] == ["rows", "sectors", "sources"]
    assert [figure.name for figure in result.figures()] == ["loss"]
    gain = 100 * np.expm1(result.term("loss")[3])
    assert f"X, 2003: equal marginal products in all sectors would raise output by {gain:.2f} %." in result.summary()
    assert len(result.tables(xz.View(units=("Y",)))[1].rows) == 6


def test_a_real_economy_us_industries_in_levels():
    """US KLEMS has no levels of inputs: the growth indices are refused, as everywhere."""
    klems = xz.catalog.load("us_klems44")
    inputs = (
        xz.Input(name="capital", quantity="capital_services_q"),
        xz.Input(name="labour", quantity="hours_q", share=0.6),
    )
    with pytest.raises(DataError, match="XZ-207"):
        Misallocation(value_added=("value_added",), inputs=inputs).fit(klems)


def test_filled_cells_are_logged():
    frame = distorted()
    frame.loc[(frame["unit"] == "X1") & (frame["year"] == 2001), "k"] = np.nan
    filled = Filled(column="k", rules=["log_linear"])
    inputs = (xz.Input(name="capital", quantity=filled, share="beta"), xz.Input(name="labour", quantity="l"))
    found = method(inputs=inputs).fit(panel_of(frame))
    assert (found.rows.status == "ok").all()
    assert [(cell.unit, cell.year) for cell in found.log] == [("X1", 2001)]
    assert found.warnings[0].startswith("XZ-401")
    assert found.tables()[-1].name == "filled_cells"


# Sectors that do not use an input ----------------------------------------------------------------


@pytest.mark.parametrize("substitution", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("unused", [0.0, 1.0])
def test_a_sector_without_an_input_is_the_limit_of_a_small_elasticity(unused, substitution):
    """beta ln beta goes to zero: the loss at an elasticity of 0 or 1 is that at 1e-10 from it."""
    frame = distorted(years=1)
    first = frame["sector"] == "s2"
    near = abs(unused - 1e-10)
    found, limit = (
        method(substitution=substitution).fit(panel_of(frame.assign(beta=frame["beta"].where(~first, value))))
        for value in (unused, near)
    )
    assert (found.rows.status == "ok").all()
    np.testing.assert_allclose(found.term("loss"), limit.term("loss"), atol=1e-7)  # 1e-10 ln 1e-10, a few times
    gamma = np.array(found.by_sector(2000)["gamma_capital" if unused == 0 else "gamma_labour"])
    assert np.isnan(gamma).sum() == 2, "no wedge where the input is not used"
    assert np.isfinite(found.term("dispersion_capital")).all()
    assert found.tables()


def test_a_sector_without_an_input_by_hand():
    """Sum of s beta ln(1 / gamma) over the sectors that use it, one term after the other."""
    frame = distorted(years=1, economies=("X",)).assign(year=2000)
    frame.loc[1, "beta"] = 0.0
    frame.loc[1, "k"] = 0.0  # nor does it have any: that is no missing logarithm
    share, loss = frame["va"] / frame["va"].sum(), 0.0
    for column, beta in (("k", frame["beta"]), ("l", 1.0 - frame["beta"])):
        for i in range(len(frame)):
            if beta[i] > 0:
                due = share[i] * beta[i] / (share * beta).sum()
                loss += share[i] * beta[i] * np.log(due / (frame[column][i] / frame[column].sum()))
    result = method().fit(panel_of(frame))
    assert result.term("loss") == pytest.approx([loss], rel=1e-12)


@pytest.mark.parametrize("substitution", [1.0, 3.0])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_input_that_no_sector_uses(share, substitution):
    """The loss is that of the other input alone; warnings are errors here."""
    both = (xz.Input(name="capital", quantity="k", share=share), xz.Input(name="labour", quantity="l"))
    alone = (xz.Input(name="only", quantity="l" if share == 0 else "k", share=1.0),)
    frame = distorted()
    found, other = (method(inputs=i, substitution=substitution).fit(panel_of(frame)) for i in (both, alone))
    np.testing.assert_allclose(found.term("loss"), other.term("loss"), atol=1e-12)
    sources = found.sources((2000, 2003))
    parts = ("technique", "capital", "labour", "output_shares", "distortion")
    np.testing.assert_allclose(sum(sources[name] for name in parts), sources["growth"], atol=100 * ADDING_UP)
    assert found.tables()
