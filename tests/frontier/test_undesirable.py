"""Bad outputs turned into outputs by a translation: a level that is high is made one that is low."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.frontier import DEA

TARGET = 1e-8  # what is promised against reference files
SETTINGS = {
    "inputs": ["D-Input1", "D-Input2"],
    "outputs": ["D-Output1", "D-Output2", "turned"],
    "orientation": "output",
    "returns": "vrs",
}


def mills(ceiling):
    """Return the thirty units with the bad output as what it leaves below a ceiling."""
    frame = pd.read_csv(SHARED / "frontier" / "deaR_Hua_Bian_2007.csv").iloc[:, 1:]
    return xz.Panel(frame.assign(turned=ceiling - frame["UD-Output1"]), unit="DMUS")


@needs_shared
@pytest.mark.reference
def test_hua_and_bian_2007_by_dear():
    """deaR 1.5: output scores under variable returns, the bad output used as 1500 less its value (Seiford and Zhu)."""
    name = "deaR_HuaBian2007_undesirable_oo_vrs_vtrans1500_expected.csv"
    expected = pd.read_csv(SHARED / "frontier" / name, index_col=0)["eff"]
    result = DEA(**SETTINGS).fit(mills(1500.0))
    assert result.rows.status.tolist() == ["ok"] * 30
    np.testing.assert_allclose(result.term("score"), expected[result.rows.unit], rtol=TARGET)


@needs_shared
@pytest.mark.reference
def test_the_ceiling_is_a_choice():
    """Output scores are not invariant to a translation of outputs: the choice of 1500 is part of the answer."""
    found = [DEA(**SETTINGS).fit(mills(ceiling)).term("score") for ceiling in (1500.0, 3000.0)]
    assert np.abs(found[0] - found[1]).max() > 0.01
    efficient = [np.abs(score - 1) < TARGET for score in found]
    assert (efficient[0] == efficient[1]).all()  # who is on the frontier does not depend on it
