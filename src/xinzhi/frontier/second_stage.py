"""The second stage: once a score is reached, the largest weighted sum of slacks; shared by models that move a point."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from xinzhi.frontier.engine import Answers, Questions, loosened
from xinzhi.frontier.model import Scores
from xinzhi.panel.panel import Floats, Ints

SlackObjective = Literal["scaled", "raw"]
Asks = Callable[[Questions, Ints], Answers]
"""Questions about some of a model's points, and which points these are."""
ROUNDING = 1e-10
"""A slack that is smaller, relative to the point's good, is rounding."""


def slack_weights(goods: Floats, objective: SlackObjective) -> Floats:
    """Return what a unit of each good's slack is worth, (g,): 1, or one over the mean of its size; 0 if it is zero."""
    if objective == "raw":
        return np.ones(goods.shape[1])
    mean = np.abs(goods).mean(axis=0) if goods.shape[0] else np.zeros(goods.shape[1])
    return np.divide(1.0, mean, out=np.zeros_like(mean), where=mean > 0)


def with_rest(found: Scores, asks: Asks, goods: Floats, *, worth: Floats, way: Floats | Ints) -> Scores:
    """Return scores with the largest weighted sum of slacks at their targets, and the peers of that.

    Parameters
    ----------
    worth : (g,)
        What a unit of each good's slack is worth; 0 for goods that are reached exactly.
    way : (g,)
        1 for inputs and bad outputs, -1 for outputs.
    """
    good = np.flatnonzero(found.status == "ok")
    at = found.targets[good]
    asked = Questions(b=at, size=goods[good], gain=np.tile(worth, (good.size, 1)))
    second = asks(asked, good)
    odd = np.flatnonzero(second.status != "ok")
    if odd.size:  # a target that was reached cannot be out of reach: rounding says so
        second.put(odd, asks(loosened(asked, np.where(worth > 0, way, 0.0), odd), good[odd]))
    slack = np.where(worth > 0, cleared(second.slack, goods[good]), 0.0)
    total, status = np.full(found.status.size, np.nan), found.status.copy()
    total[good], status[good] = slack @ worth, np.where(second.status == "infeasible", "numerical", second.status)
    slacks, targets = found.slacks.copy(), found.targets.copy()
    slacks[good], targets[good] = slack, at - way * slack
    width = max(found.peers.shape[1], second.peers.shape[1])
    peers, intensities = np.full((status.size, width), -1), np.zeros((status.size, width))
    peers[good, : second.peers.shape[1]] = second.peers
    intensities[good, : second.peers.shape[1]] = second.intensities
    terms = {**found.terms, "slack": total}
    return replace(
        found, terms=terms, status=status, slacks=slacks, targets=targets, peers=peers, intensities=intensities
    )


def cleared(slack: Floats, goods: Floats) -> Floats:
    """Return slacks (e, g) without rounding: zero where they are negative or tiny beside the point's goods (e, g)."""
    kept: Floats = np.where(slack <= ROUNDING * np.abs(goods), 0.0, slack)
    return kept


def blanked(found: Scores) -> Scores:
    """Return scores with nothing but a status where that is not ``ok``."""
    lost = found.status != "ok"
    terms = {name: np.where(lost, np.nan, values) for name, values in found.terms.items()}
    wide = {name: np.where(lost[:, None], np.nan, getattr(found, name)) for name in ("slacks", "targets", "prices")}
    return replace(found, terms=terms, peers=np.where(lost[:, None], -1, found.peers), **wide)
