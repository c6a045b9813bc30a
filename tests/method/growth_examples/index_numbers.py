"""Examples of index numbers: items of economies, some of which are not there."""

import numpy as np
import pandas as pd

from tests.method.examples import GAP, Example, industry_frame
from xinzhi.growth import IndexNumber, MultilateralIndex, RollingWindow, ValueIndicator
from xinzhi.numerics.index_numbers import FORMULAS

ITEMS = {"price": "price", "quantity": "k", "economy": "economy", "item": "industry"}
SCALES = {"price": 1e6, "k": 1e-6}


def item_frame() -> pd.DataFrame:
    """Return items of economies with prices; one has no quantity in a year, and another is sold in some years only."""
    data = industry_frame()
    price = (data["cap"] + data["lab"]) / data["k"]
    returning = (data["unit"] == "U06|I2") & data["year"].isin([2011, 2013])
    return data.assign(price=price, k=np.where(returning, 0.0, data["k"]))


def gap_frame() -> pd.DataFrame:
    """Return the same with no item at all in one year of an economy."""
    data = item_frame()
    empty = (data["economy"] == GAP[0]) & (data["year"] == GAP[1])
    return data.assign(k=data["k"].mask(empty))


EXAMPLES: dict[str, Example] = {
    "index_number": Example(
        lambda: IndexNumber(**ITEMS, formulas=FORMULAS, elasticity=0.7, basket=2013, least_matched=0.3),
        main="fisher",
        per="year",
        frame=gap_frame,
        scales=SCALES,
    ),
    "index_number of all items": Example(
        lambda: IndexNumber(
            **ITEMS,
            formulas=["laspeyres", "tornqvist", "jevons"],
            of="implicit_quantity",
            linking="fixed",
            base=2011,
            least_matched=1.0,
        ),
        main="tornqvist",
        per="year",
        frame=item_frame,
        scales=SCALES,
    ),
    "value_indicator": Example(
        lambda: ValueIndicator(**ITEMS, formula="montgomery"),
        main="value_change",
        per="year",
        sums=(("value_change", ("price_indicator", "quantity_indicator", "entering_items", "leaving_items")),),
        frame=item_frame,
        scales=SCALES,
    ),
    "multilateral_index": Example(
        lambda: MultilateralIndex(
            **ITEMS, formulas=["geks", "ccdi", "geary_khamis", "wtpd", "ikle", "spanning_tree", "similarity_chain"]
        ),
        main="geks",
        per="year",
        frame=gap_frame,
        scales=SCALES,
    ),
    "multilateral_index in windows": Example(
        lambda: MultilateralIndex(
            **ITEMS,
            formulas=["geks", "wtpd"],
            of="quantity",
            bilateral="walsh",
            window=RollingWindow(width=3, splice="half_published"),
        ),
        main="geks",
        per="year",
        frame=gap_frame,
        scales=SCALES,
    ),
    "multilateral_index across economies": Example(
        lambda: MultilateralIndex(
            **ITEMS,
            formulas=["geks", "geary_khamis", "ikle", "spanning_tree"],
            of="implicit_quantity",
            across="economies",
        ),
        main="geks",
        per="date",
        frame=gap_frame,
        scales=SCALES,
    ),
}
