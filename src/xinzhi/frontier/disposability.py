"""How bad outputs enter a technology, and how a technology with them is asked.

Weak, equality       X'L <= x, Y'L >= y, B'L = b       outputs and bad outputs fall together (Chung, Färe and Grosskopf)
Weak, inequality     X'L <= x, Y'L >= y, B'L <= b      a bad output is disposed of like an input
Kuosmanen            X'(L + M) <= x, Y'L >= y, B'L = b (or <=), returns to scale bound 1'(L + M)
by-production        X'L <= x, Y'L >= y   and   P'M >= p, B'M <= b, p the polluting inputs; each with its own returns
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Literal

import numpy as np

from xinzhi.errors import UsageError, listed
from xinzhi.frontier.engine import Answers, Questions, Returns, Technology, solve
from xinzhi.frontier.goods import Observations
from xinzhi.frontier.model import Scores
from xinzhi.frontier.second_stage import Asks
from xinzhi.language import Text, say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.panel.panel import Bools, Floats, Ints

Bads = Literal["equality", "inequality"]


@role("weak")
class Weak(Value):
    """One intensity per unit for outputs and bad outputs alike.

    Parameters
    ----------
    bads : "equality" or "inequality"
        Bad outputs are reached exactly (Chung, Färe and Grosskopf 1997), or are disposed of like an input
        (Aparicio, Pastor and Zofío 2013). Results differ; there is no default.
    rule : "weak"
        Tells this value from the others.

    Notes
    -----
    Where the sum of intensities is bounded from below (vrs, irs), outputs and bad outputs cannot be scaled down
    together: this technology is then not weakly disposable; :class:`Kuosmanen` is.

    References
    ----------
    Chung, Y. H., Färe, R. and Grosskopf, S. (1997). Journal of Environmental Management 51(3), 229-240. doi:10.1006/jema.1997.0146
    Aparicio, J., Pastor, J. T. and Zofío, J. L. (2013). European Journal of Operational Research 229(3), 738-742. doi:10.1016/j.ejor.2013.03.031
    """  # noqa: E501

    bads: Bads
    rule: Literal["weak"] = "weak"


@role("kuosmanen")
class Kuosmanen(Value):
    """Two intensities per unit: active, and abated (its inputs without its outputs and bad outputs).

    Parameters
    ----------
    bads : "equality" or "inequality"
        Bad outputs are reached exactly (Kuosmanen 2005), or may also rise freely, so that their prices cannot be
        negative (Leleu 2013). There is no default.
    rule : "kuosmanen"
        Tells this value from the others.

    References
    ----------
    Kuosmanen, T. (2005). American Journal of Agricultural Economics 87(4), 1077-1082. doi:10.1111/j.1467-8276.2005.00788.x
    Leleu, H. (2013). European Journal of Operational Research 231(2), 474-480.
    """  # noqa: E501

    bads: Bads
    rule: Literal["kuosmanen"] = "kuosmanen"


@role("by_production")
class ByProduction(Value):
    """Two technologies at once: outputs from all inputs, bad outputs from polluting inputs.

    Parameters
    ----------
    polluting : tuple of str or int
        Names of the inputs that pollute, or their places among the inputs, from 0.
    rule : "by_production"
        Tells this value from the others.

    References
    ----------
    Murty, S., Russell, R. R. and Levkoff, S. B. (2012). Journal of Environmental Economics and Management 64(1), 117-135. doi:10.1016/j.jeem.2012.02.005
    """  # noqa: E501

    polluting: tuple[str | int, ...]
    rule: Literal["by_production"] = "by_production"


Disposability = Weak | Kuosmanen | ByProduction


# Arrays in, arrays out ------------------------------------------------------------------------


def placed(
    disposability: Disposability | None, input_names: Sequence[str], *, bads: int, where: str
) -> Disposability | None:
    """Return a disposability that fits the goods of a model, polluting inputs by their places.

    Parameters
    ----------
    input_names : sequence of str
        Names of the inputs in their order.
    bads : int
        Number of bad outputs.
    where : str
        The model, for the error.

    Raises
    ------
    UsageError
        Bad outputs without a disposability, or the reverse; polluting inputs that are no inputs (XZ-103).
    """
    if (disposability is None) != (bads == 0):
        raise UsageError(
            "XZ-103",
            say(
                "{count} bad outputs, disposability {given}",
                count=bads,
                given="None" if disposability is None else type(disposability).__name__,
            ),
            where=where,
            expected=say("Weak, Kuosmanen or ByProduction where there are bad outputs, and none elsewhere"),
        )
    if not isinstance(disposability, ByProduction):
        return disposability
    known: dict[str | int, int] = {name: place for place, name in enumerate(input_names)}
    known |= {place: place for place in range(len(input_names))}
    places = [known.get(name, -1) for name in disposability.polluting]
    if not places or min(places) < 0 or len(set(places)) < len(places):
        raise UsageError(
            "XZ-103",
            say("polluting {names}", names=listed(list(disposability.polluting))),
            where=f"{where}.disposability",
            expected=say("some of {names}, each once", names=listed(list(input_names))),
        )
    return ByProduction(polluting=tuple(places))


def technology_of(reference: Observations, returns: Returns, disposability: Disposability | None) -> Technology:
    """Return the technology that a reference set spans, goods in the order inputs, outputs, bad outputs.

    Without bad outputs the disposability is None. Under :class:`Kuosmanen` the reference units come twice, the
    second time abated: see :func:`peers_of`. Under :class:`ByProduction` (by places) they come twice, too, and
    goods are followed by the polluting inputs of the second technology and by the sums of intensities of both:
    only :func:`ask` knows how to question that.
    """
    n, m, s, q = reference.x.shape[0], reference.x.shape[1], reference.y.shape[1], reference.bad.shape[1]
    goods, sense = reference.all, np.repeat([1, -1, 1], [m, s, q])
    if isinstance(disposability, ByProduction):
        places, bounds = _places(disposability), sum_bounds(returns)
        p, r = len(places), len(bounds)
        first = np.hstack((reference.x, reference.y, np.zeros((n, q + p)), np.ones((n, r)), np.zeros((n, r))))
        second = (np.zeros((n, m + s)), reference.bad, reference.x[:, places], np.zeros((n, r)), np.ones((n, r)))
        sense = np.r_[sense, [-1] * p, [sign for _, sign in bounds] * 2].astype(np.int64)
        return Technology(np.vstack((first, np.hstack(second))), sense, "crs")
    if disposability is not None and disposability.bads == "equality":
        sense[m + s :] = 0
    if isinstance(disposability, Kuosmanen):
        goods = np.vstack((goods, np.hstack((reference.x, np.zeros((n, s + q))))))
    return Technology(goods, sense, returns)


def sum_bounds(returns: Returns) -> list[tuple[float, int]]:
    """Return each bound of the sum of intensities with its sense: 1 at most, 0 exactly, -1 at least."""
    if isinstance(returns, tuple):
        lower, upper = returns
        below = [(lower, -1)] if lower > 0 else []
        return [*below, (upper, 1)] if np.isfinite(upper) else below
    words: dict[str, list[tuple[float, int]]] = {"crs": [], "vrs": [(1.0, 0)], "drs": [(1.0, 1)], "irs": [(1.0, -1)]}
    return words[returns]


def peers_of(peers: Ints, intensities: Floats, n: int) -> tuple[Ints, Floats]:
    """Return peers and intensities by unit where n reference units came twice: what is active and what is abated.

    Parameters
    ----------
    peers, intensities : (e, p)
        Places among the doubled units, -1 where empty.
    n : int
        Reference units.

    Returns
    -------
    peers, intensities : (e, p)
        Places among the units in rising order, -1 where empty, and the sum of both intensities.
    """
    unit, share = _in_order(np.where(peers >= 0, peers % max(n, 1), n), np.where(peers >= 0, intensities, 0.0))
    again = np.zeros(unit.shape, dtype=np.bool_)
    again[:, 1:] = (unit[:, 1:] == unit[:, :-1]) & (unit[:, 1:] < n)
    share[:, :-1] += np.where(again, share, 0.0)[:, 1:]  # a unit comes at most twice
    unit, share = _in_order(np.where(again, n, unit), np.where(again, 0.0, share))
    return np.where(unit < n, unit, -1), share


def _in_order(unit: Ints, share: Floats) -> tuple[Ints, Floats]:
    order = np.argsort(unit, axis=1, kind="stable")
    return np.take_along_axis(unit, order, axis=1), np.take_along_axis(share, order, axis=1)


def ask(
    reference: Observations,
    returns: Returns,
    disposability: Disposability | None,
    *,
    asked: Questions,
    short: Bools | None = None,
) -> Answers:
    """Return certified answers about a technology with bad outputs; peers are places in the reference set.

    Parameters
    ----------
    reference : Observations
        Goods of the reference units.
    disposability : Disposability or None
        As :func:`placed` returns it.
    asked : Questions
        About inputs, outputs and bad outputs, in this order.
    short : (g,) or None
        Bad outputs that may stay below their bounds whatever the disposability.

    Notes
    -----
    By-production answers with the peers and slacks of the technology that a good belongs to, polluting inputs and
    peers with those of the outputs; the price of a polluting input is the sum of its two prices.
    """
    n, e, out = reference.x.shape[0], asked.b.shape[0], asked.excluded
    twice = isinstance(disposability, Kuosmanen | ByProduction)
    if out is None or not twice or not (out >= 0).any():
        return _ask(reference, returns, disposability, asked, short)
    rows, parts = [np.flatnonzero(out < 0)], []
    if rows[0].size:
        parts.append(_ask(reference, returns, disposability, _some(asked, rows[0]), short))
    for row in np.flatnonzero(out >= 0):  # a unit that may not be used has two columns
        left = np.delete(np.arange(n), out[row])
        alone = _ask(reference.at(left), returns, disposability, _some(asked, np.array([row])), short)
        rows.append(np.array([row]))
        parts.append(replace(alone, peers=np.where(alone.peers >= 0, np.r_[left, -1][alone.peers], -1)))
    width = max(part.peers.shape[1] for part in parts)
    back = np.empty(e, dtype=np.int64)
    back[np.concatenate(rows)] = np.arange(e)
    joined = Answers.joined([_widened(part, width) for part in parts])
    return Answers(**{f.name: getattr(joined, f.name)[back] for f in fields(Answers)})


def asking(
    reference: Observations,
    returns: Returns,
    disposability: Disposability | None,
    *,
    excluded: Ints,
    short: Bools | None = None,
) -> Asks:
    """Return :func:`ask` for the points of a model; ``excluded``: (e,) place of the unit that each may not use."""

    def asks(asked: Questions, rows: Ints) -> Answers:
        return ask(reference, returns, disposability, asked=replace(asked, excluded=excluded[rows]), short=short)

    return asks


def scores_of(way: Floats, parts: Sequence[tuple[Ints, Answers]], shape: tuple[int, int]) -> Scores:
    """Return scores of e points and g goods with the peers and prices of answers about some of them.

    Parameters
    ----------
    way : (g,)
        1 for inputs and bad outputs, -1 for outputs.
    parts : sequence of (rows, answers)
        Which points the answers are about.
    """
    out = Scores.of({}, np.full(shape[0], "not_identified", dtype=object), None, shape)
    width = max(answers.peers.shape[1] for _, answers in parts)
    peers, intensities = np.full((shape[0], width), -1), np.zeros((shape[0], width))
    for rows, answers in parts:
        used = answers.peers.shape[1]
        peers[rows, :used], intensities[rows, :used] = answers.peers, answers.intensities
        out.prices[rows] = np.column_stack((0.0 - way * answers.dual, answers.intercept))
    return replace(out, peers=peers, intensities=intensities)


def caveat(returns: Returns, disposability: Disposability | None) -> Text | None:
    """Return the words about a technology that is called weakly disposable and is not, or None."""
    below = returns in ("vrs", "irs") or (isinstance(returns, tuple) and returns[0] > 0)
    if isinstance(disposability, Weak) and below:
        return say(
            "The sum of intensities is bounded from below: with one intensity per unit the technology is not weakly "
            "disposable (Kuosmanen 2005)."
        )
    return None


def _ask(
    reference: Observations,
    returns: Returns,
    disposability: Disposability | None,
    asked: Questions,
    short: Bools | None,
) -> Answers:
    """Return the answers; of units that come twice none is excluded."""
    technology, n = technology_of(reference, returns, disposability), reference.x.shape[0]
    if isinstance(disposability, ByProduction):
        places = _places(disposability)
        found = solve(technology, _in_both(asked, places, sum_bounds(returns)))
        return _one_of_both(found, places, (n, asked.b.shape[1]))
    if short is not None:
        technology = replace(technology, sense=np.where((technology.sense == 0) & short, 1, technology.sense))
    if not isinstance(disposability, Kuosmanen):
        return solve(technology, asked)
    found = solve(technology, replace(asked, excluded=None))
    peers, intensities = peers_of(found.peers, found.intensities, n)
    return replace(found, peers=peers, intensities=intensities)


def _in_both(asked: Questions, places: list[int], bounds: list[tuple[float, int]]) -> Questions:
    """Return questions about goods, about polluting inputs in the second technology and about two sums."""
    e, g = asked.b.shape
    every = [*range(g), *places]
    sums = np.tile([bound for bound, _ in bounds] * 2, (e, 1))
    excess = None
    if asked.excess is not None:
        excess = np.hstack((asked.excess[:, every], np.full_like(sums, np.inf)))
    gain = None
    if asked.gain is not None:
        gain = np.hstack((asked.gain, np.zeros((e, len(places))), np.zeros_like(sums)))
    return Questions(
        b=np.hstack((asked.b[:, every], sums)),
        size=np.hstack((asked.size[:, every], np.ones_like(sums))),
        move=None if asked.move is None else np.hstack((asked.move[:, every], np.zeros_like(sums))),
        cost=asked.cost,
        gain=gain,
        excess=excess,
    )


def _one_of_both(found: Answers, places: list[int], shape: tuple[int, int]) -> Answers:
    """Return answers about n units and g goods from those about the goods of both technologies."""
    n, g = shape
    p = len(places)
    dual = found.dual[:, :g].copy()
    dual[:, places] += found.dual[:, g : g + p]
    mine = (found.peers >= 0) & (found.peers < n)
    unit, share = _in_order(np.where(mine, found.peers, n), np.where(mine, found.intensities, 0.0))
    return replace(
        found,
        dual=dual,
        intercept=found.dual[:, g + p :].sum(axis=1),
        slack=found.slack[:, :g],
        peers=np.where(unit < n, unit, -1),
        intensities=share,
    )


def _some(asked: Questions, rows: Ints) -> Questions:
    """Return some of the questions, nothing excluded."""

    def kept(values: Floats | None) -> Floats | None:
        return None if values is None else values[rows]

    return Questions(
        b=asked.b[rows],
        size=asked.size[rows],
        move=kept(asked.move),
        cost=asked.cost,
        gain=kept(asked.gain),
        excess=kept(asked.excess),
    )


def _widened(found: Answers, width: int) -> Answers:
    more = ((0, 0), (0, width - found.peers.shape[1]))
    return replace(
        found, peers=np.pad(found.peers, more, constant_values=-1), intensities=np.pad(found.intensities, more)
    )


def _places(disposability: ByProduction) -> list[int]:
    """Return the places of the polluting inputs, names of which :func:`placed` has turned into places."""
    return [int(place) for place in disposability.polluting]
