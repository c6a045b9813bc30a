"""The new-quality share of growth: TFP growth over output growth, with the cases in which it means little."""

from typing import Literal

from xinzhi.language import say

ShareStatus = Literal[
    "ok", "growth_below_floor", "interval_covers_zero", "tfp_negative", "above_one", "output_fell", "missing_data"
]

FLOOR = 1.0
"""Output growth, % a year, below which the ratio is not given."""


def new_quality_share(
    growth: float, tfp: float, *, interval: tuple[float, float] | None = None
) -> tuple[float | None, ShareStatus]:
    """Return TFP growth over output growth and its status; never clipped.

    Parameters
    ----------
    growth, tfp : float
        % a year.
    interval : (low, high) or None
        Interval of TFP growth, where one is known.

    Returns
    -------
    share, status
        No ratio (None) where output fell or grew by less than ``FLOOR``; else the ratio with ``ok``,
        ``interval_covers_zero``, ``tfp_negative`` or ``above_one``.

    Examples
    --------
    >>> new_quality_share(5.0, 2.0)
    (0.4, 'ok')
    >>> new_quality_share(0.4, 0.3)
    (None, 'growth_below_floor')
    """
    if growth != growth or tfp != tfp:
        return None, "missing_data"
    if growth < 0:
        return None, "output_fell"
    if growth < FLOOR:
        return None, "growth_below_floor"
    share = tfp / growth
    if tfp < 0:
        return share, "tfp_negative"
    if interval is not None and interval[0] <= 0 <= interval[1]:
        return share, "interval_covers_zero"
    return share, "above_one" if share > 1 else "ok"


WORDS: dict[str, str] = {
    "ok": "",
    "growth_below_floor": say("growth below {floor:g} % a year: no ratio", floor=FLOOR),
    "interval_covers_zero": say("the interval of TFP covers zero"),
    "tfp_negative": say("TFP fell"),
    "above_one": say("TFP grew faster than output"),
    "output_fell": say("output fell: no ratio"),
    "missing_data": say("data missing"),
}
"""What each status says to a reader."""
