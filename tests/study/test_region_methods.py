"""Every method of the room of regions runs from a study file, has tables and method text, and is in both reports."""

import json
from pathlib import Path

import pytest

from tests.study.every import run_every
from xinzhi import catalog
from xinzhi.method import methods
from xinzhi.study import load_methods

HEAD = '''schema = 1

[data.states]
catalog = "us_state_income"

[data.some]
sql = """
select s.state, s.region, s.division, s.year, s.income, e.income as start,
       e.income / 100 + (s.year * length(s.state)) % 7 as moderator,
       case when s.state < 'Illinois' then 2003 when s.state < 'Montana' then 2005 end as adopted,
       length(s.state) % 7 - 100.0 as longitude, length(s.state) % 5 + 35 + e.income / 100000 as latitude
from states s join states e on e.state = s.state and e.year = 1999 where s.year between 2000 and 2009
"""
unit = "state"
time = "year"

[data.some.columns]
income = { unit = "current USD per head", kind = "level" }
start = { unit = "current USD per head", kind = "level" }
moderator = { unit = "index", kind = "ratio" }
adopted = { unit = "year", kind = "ratio" }
longitude = { unit = "degrees", kind = "ratio" }
latitude = { unit = "degrees", kind = "ratio" }

[role.neighbours]
type = "contiguity_list"
catalog = "us_state_contiguity"

[role.few]
type = "quantiles"
count = 3
over = "pooled"

[role.map]
type = "shapes"
file = "map.geojson"
unit = "name"
'''
OF = 'of = "income"\n'
NEAR = 'weights = "@neighbours"\n'
SLOPES = 'outcome = "income"\nlogs = ["income"]\n'
STUDY = {
    "inequality": OF + 'intervals = { type = "resampled", draws = 99 }\n',
    "dagum_decomposition": OF + 'group = "region"\n',
    "theil_decomposition": OF + 'group = "division"\n',
    "variance_decomposition": 'components = ["income", "start"]\n',
    "kernel_density": OF + 'relative = "year_mean"\n',
    "conditional_density": OF + 'relative = "year_mean"\npoints = 30\n',
    "markov_chain": OF + 'classes = "@few"\n',
    "spatial_markov_chain": OF + NEAR + 'classes = "@few"\n',
    "spatial_autocorrelation": OF + NEAR + 'inference = { type = "permutations", draws = 99 }\n',
    "local_autocorrelation": OF + NEAR + 'shapes = "@map"\n',
    "standard_deviational_ellipse": 'x = "longitude"\ny = "latitude"\nweight = "income"\n'
    + 'projection = { type = "albers" }\n',
    "geodetector": OF + 'factors = ["region", "division"]\n',
    "choropleth": OF + 'shapes = "@map"\nclasses = { type = "breaks", rule = "natural", count = 4 }\n',
    "spatial_panel": 'outcome = "income"\nregressors = ["moderator"]\nmodel = "durbin"\n' + NEAR,
    "spatial_beta": OF + NEAR,
    "fixed_effects": SLOPES + 'regressors = ["moderator"]\nerrors = { type = "clustered", by = "division" }\n',
    "moderation": SLOPES + 'regressor = "moderator"\nmoderator = "latitude"\neffects = "time"\n',
    "threshold_regression": SLOPES
    + 'regime_dependent = ["moderator"]\nthreshold_variable = "latitude"\n'
    + 'search = { type = "threshold_search", grid = 50, draws = 99 }\n',
    "event_study": SLOPES
    + 'first_treated = "adopted"\nplacebo = 20\nevents = { type = "event_window", leads = 2, lags = 3 }\n',
}


def board(path: Path) -> None:
    """Write a map on which every state is a square."""
    names = sorted(set(catalog.frame("us_state_income")["state"]))
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]],
            },
        }
        for k, name in enumerate(names)
        for x, y in [(k % 8, k // 8)]
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


@pytest.mark.slow
def test_every_method_runs_from_a_study(tmp_path: Path) -> None:
    load_methods()
    assert {name for name, kind in methods().items() if kind.__module__.startswith("xinzhi.regions.")} == set(STUDY)
    board(tmp_path / "map.geojson")
    run_every(tmp_path, HEAD, STUDY)
