"""Static models with the settings that the tests of invariance go through."""

from collections.abc import Callable

from xinzhi.frontier import (
    DEA,
    FDH,
    SBM,
    AdditiveDEA,
    ByProduction,
    CrossEfficiency,
    DirectionalDEA,
    HyperbolicDEA,
    Kuosmanen,
    Moving,
    RussellDEA,
    Weak,
)
from xinzhi.frontier.model import FrontierModel

GOODS = {"inputs": ["x1", "x2"], "outputs": ["y1", "y2"]}
BADS = {**GOODS, "bad_outputs": ["b1"]}

MODELS: dict[str, Callable[[], FrontierModel]] = {
    "dea input": lambda: DEA(**GOODS, orientation="input"),
    "dea output": lambda: DEA(**GOODS, orientation="output"),
    "dea crs": lambda: DEA(**GOODS, orientation="input", returns="crs"),
    "dea drs": lambda: DEA(**GOODS, orientation="output", returns="drs"),
    "dea irs": lambda: DEA(**GOODS, orientation="input", returns="irs"),
    "dea bounded": lambda: DEA(**GOODS, orientation="input", returns=(0.8, 1.5)),
    "dea fixed input": lambda: DEA(**GOODS, orientation="input", fixed_inputs=("x2",)),
    "dea excluded": lambda: DEA(**GOODS, orientation="input", returns="crs", evaluated="excluded"),
    "directional observed": lambda: DirectionalDEA(**GOODS),
    "directional inputs": lambda: DirectionalDEA(**GOODS, direction=Moving(goods=("x1", "x2"))),
    "directional outputs crs": lambda: DirectionalDEA(**GOODS, returns="crs", direction=Moving(goods=("y1", "y2"))),
    "directional unit": lambda: DirectionalDEA(**GOODS, direction="unit"),
    "directional range": lambda: DirectionalDEA(**GOODS, direction="range"),
    "directional ideal": lambda: DirectionalDEA(**GOODS, direction="ideal"),
    "directional bads": lambda: DirectionalDEA(**BADS, disposability=Weak(bads="equality"), returns="crs"),
    "directional weighted": lambda: DirectionalDEA(
        **BADS,
        disposability=ByProduction(polluting=("x1",)),
        direction=Moving(goods=("x2", "y1", "y2", "b1")),
        weights="groups",
    ),
    "directional excluded": lambda: DirectionalDEA(**GOODS, evaluated="excluded"),
    "directional kuosmanen": lambda: DirectionalDEA(**BADS, disposability=Kuosmanen(bads="equality")),
    "hyperbolic": lambda: HyperbolicDEA(**GOODS),
    "hyperbolic bads": lambda: HyperbolicDEA(**BADS, disposability=Weak(bads="inequality"), evaluated="excluded"),
    "additive raw": lambda: AdditiveDEA(**GOODS, weights="raw"),
    "additive ram": lambda: AdditiveDEA(**GOODS, weights="ram"),
    "additive bam": lambda: AdditiveDEA(**GOODS, weights="bam"),
    "additive mip": lambda: AdditiveDEA(**GOODS, weights="mip"),
    "additive normalised": lambda: AdditiveDEA(**GOODS, weights="normalised"),
    "additive excluded": lambda: AdditiveDEA(**GOODS, weights="ram", evaluated="excluded"),
    "sbm": lambda: SBM(**GOODS),
    "sbm input": lambda: SBM(**GOODS, orientation="input"),
    "sbm bads": lambda: SBM(**BADS, orientation="output"),
    "sbm excluded": lambda: SBM(**GOODS, evaluated="excluded"),
    "russell": lambda: RussellDEA(**GOODS),
    "russell graph": lambda: RussellDEA(**GOODS, orientation="graph"),
    "fdh": lambda: FDH(**GOODS, orientation="input"),
    "fdh crs": lambda: FDH(**GOODS, orientation="output", returns="crs"),
    "fdh excluded": lambda: FDH(**GOODS, orientation="input", evaluated="excluded"),
    "cross efficiency": lambda: CrossEfficiency(**GOODS, goal="aggressive", self_appraisal="excluded"),
}
