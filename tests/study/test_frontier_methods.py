"""Every frontier method runs from a study file, has tables and method text, and appears in both reports."""

from pathlib import Path

from tests.study.every import run_every
from xinzhi.method import methods
from xinzhi.study import load_methods

HEAD = '''schema = 1

[data.farms]
catalog = "us_agriculture48"

[data.some]
sql = """
select state, year, q_capital, q_labour, q_crops, q_livestock, q_materials,
       case when state < 'LA' then 'first' else 'second' end as part
from farms where year <= 1997
"""
unit = "state"
time = "year"

[data.some.columns]
q_capital = { unit = "thousand 1996 USD", kind = "level" }
q_labour = { unit = "thousand 1996 USD", kind = "level" }
q_materials = { unit = "thousand 1996 USD", kind = "level" }
q_crops = { unit = "thousand 1996 USD", kind = "level" }
q_livestock = { unit = "thousand 1996 USD", kind = "level" }

[role.scores]
type = "dea"
inputs = ["q_capital", "q_labour"]
outputs = ["q_crops"]

[role.spill]
type = "weak"
bads = "inequality"

[role.base]
type = "fixed_base"
period = 1996

[role.way]
type = "direction"
inputs = [1.0, 1.0]
outputs = ["q_crops"]
'''
GOODS = 'inputs = ["q_capital", "q_labour"]\noutputs = ["q_crops"]\n'
BADS = GOODS + 'bad_outputs = ["q_materials"]\ndisposability = "@spill"\n'
STUDY = {
    "dea": GOODS + 'orientation = "input"\nreturns = [0.8, 1.2]\ntechnology = "@base"\n',
    "directional_dea": GOODS + 'direction = "@way"\n',
    "hyperbolic_dea": BADS,
    "additive_dea": GOODS + 'weights = "bam"\n',
    "sbm": GOODS + 'evaluated = "excluded"\n',
    "russell_dea": GOODS + 'orientation = "graph"\ntechnology = { type = "window", width = 2, scored = "all" }\n',
    "fdh": GOODS,
    "cross_efficiency": GOODS,
    "metafrontier": 'group = "part"\nmodel = "@scores"\n',
    "scale_efficiency": GOODS,
    "malmquist": GOODS + 'technology = "biennial"\ndecompose_returns = "vrs"\ndecomposition = "ray_desli"\n',
    "luenberger": BADS,
    "malmquist_luenberger": BADS,
    "hicks_moorsteen": GOODS,
    "fare_primont": GOODS + 'representative = { type = "representative", unit = "CA", period = 1996 }\n',
}
OTHERS = {"best_practice", "frontier_accounts"}
"""Methods of the room that the demo study runs."""


def test_every_method_runs_from_a_study(tmp_path: Path) -> None:
    load_methods()
    ours = {name for name, kind in methods().items() if kind.__module__.startswith("xinzhi.frontier.")}
    assert ours == set(STUDY) | OTHERS
    run_every(tmp_path, HEAD, STUDY, no_figure=frozenset({"cross_efficiency"}))
