"""Examples of event studies."""

import pandas as pd

from tests.method.examples import Example, grouped_frame
from xinzhi.method import Method
from xinzhi.regions.regressions.estimation.covariances import Clustered
from xinzhi.regions.regressions.event_study import EventStudy
from xinzhi.regions.regressions.events.design import EventWindow

PARTS = (("outcome", ("counterfactual", "effect", "residual")),)
FIRST = {"U01": 2010, "U02": 2012, "U03": 2012, "U04": 2012, "U06": 2013, "U07": 2013, "U08": 2013}


def adopted_frame() -> pd.DataFrame:
    """Return the grouped economy with the year in which some units adopt a policy, and whether they have it."""
    data = grouped_frame()
    first = data["unit"].map(FIRST)
    return data.assign(first=first, policy=(data["year"] >= first).astype(float))


def saturated() -> Method:
    return EventStudy(outcome="k", first_treated="first", logs=("k",), placebo=20)


def two_stages() -> Method:
    return EventStudy(
        outcome="k",
        treated="policy",
        controls=("persons",),
        logs=("k", "persons"),
        estimator="did2s",
        events=EventWindow(leads=2, lags=1, endpoints="dropped"),
        errors=Clustered(by="group"),
        level=0.9,
        placebo=20,
    )


def two_way() -> Method:
    return EventStudy(
        outcome="k", first_treated="first", logs=("k",), estimator="twfe", events=EventWindow(leads=2), placebo=0
    )


SCALES = {"y": 1e9, "persons": 1e9}
EXAMPLES: dict[str, Example] = {
    "event_study": Example(saturated, "effect", per="observation", sums=PARTS, frame=adopted_frame, scales=SCALES),
    "event_study in two stages": Example(
        two_stages, "effect", per="observation", sums=PARTS, frame=adopted_frame, scales=SCALES
    ),
    "event_study with two-way effects": Example(
        two_way, "effect", per="observation", sums=PARTS, frame=adopted_frame, scales=SCALES
    ),
}
