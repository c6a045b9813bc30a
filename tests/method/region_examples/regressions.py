"""Examples of regressions with fixed effects and of moderation."""

from tests.method.examples import Example, grouped_frame
from xinzhi.regions.regressions.estimation.covariances import Clustered
from xinzhi.regions.regressions.fixed_effects import FixedEffects
from xinzhi.regions.regressions.moderation import Moderation

PARTS = ("unit_effect", "time_effect", "part_of_k", "part_of_persons", "residual")
SCALES = {"k": 1e-9, "persons": 1e9, "hours": 1e-9}

EXAMPLES: dict[str, Example] = {
    "fixed_effects": Example(
        lambda: FixedEffects(outcome="y", regressors=("k",), controls=("persons",), logs=("y", "k"), draws=99),
        main="residual",
        per="observation",
        sums=(("outcome_deviation", PARTS),),
        scales={**SCALES, "y": 1e9},
    ),
    "fixed_effects, weighted, clustered by group": Example(
        lambda: FixedEffects(
            outcome="y", regressors=("k", "share"), effects="unit", errors=Clustered(by="group"), weight="persons"
        ),
        main="residual",
        per="observation",
        sums=(("outcome_deviation", ("unit_effect", "part_of_k", "part_of_share", "residual")),),
        frame=grouped_frame,
        scales=SCALES,
    ),
    "fixed_effects, pooled": Example(
        lambda: FixedEffects(outcome="y", regressors=("k",), effects="none", errors="driscoll_kraay"),
        main="residual",
        per="observation",
        sums=(("outcome_deviation", ("part_of_k", "residual")),),
        scales=SCALES,
    ),
    "moderation": Example(
        lambda: Moderation(outcome="y", regressor="k", moderator="persons", logs=("y", "k", "persons")),
        main="slope",
        per="observation",
        sums=(("outcome_deviation", (*PARTS, "interaction_part")),),
        scales={**SCALES, "y": 1e9},
    ),
    "moderation inside units": Example(
        lambda: Moderation(
            outcome="y",
            regressor="k",
            moderator="share",
            controls=("persons",),
            logs=("y", "k", "share"),
            effects="unit",
            errors="two_way_clustered",
            interaction="double_demeaned",
        ),
        main="slope",
        per="observation",
        sums=(
            (
                "outcome_deviation",
                ("unit_effect", "part_of_k", "part_of_share", "interaction_part", "part_of_persons", "residual"),
            ),
        ),
        scales={**SCALES, "y": 1e9},
    ),
}
