"""What capital stocks and capital services show."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.growth.accounts import not_computed
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Table, View
from xinzhi.method.chart_rows import chart_columns, told
from xinzhi.method.table import shown
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.growth.capital.services import CapitalServicesResult
    from xinzhi.growth.capital.stock import PerpetualInventoryResult

FORMS = {
    "geometric": say("geometric"),
    "reported_depreciation": say("depreciation as reported"),
    "hyperbolic": say("hyperbolic"),
    "straight_line": say("straight line"),
    "one_hoss_shay": say("one-hoss shay"),
}
"""Efficiency in words."""

LAWS = {
    "fixed_life": say("all at the service life"),
    "normal": say("normal"),
    "truncated_normal": say("truncated normal"),
    "lognormal": say("log-normal"),
    "weibull": say("Weibull"),
    "winfrey": say("Winfrey"),
    "survivor_curve": say("by a survivor curve"),
}
"""Retirement in words."""

PROFILE = {
    "efficiency": say("Efficiency"),
    "survival": say("Survival"),
    "cohort": say("Efficiency of the cohort"),
    "price": say("Price of the cohort"),
}
"""Headings of the profiles."""

DRAWN = 12
"""Units that a summary or a chart of bars shows."""

SEEN = 1e-3
"""Price of a cohort, relative to new, down to which it is followed."""

ROWS = 25
"""Ages, at most, that the table of a profile lists."""

FEW = 6
"""Units that a chart of lines draws, which all end near zero."""


def stock_columns(
    result: "PerpetualInventoryResult", units: Sequence[str], periods: Sequence[tuple[int, int]]
) -> dict[str, list[Any]]:
    """Return growth and what stands behind it, by unit and period: of the years in it that were computed."""
    rows, terms = result.rows, result.rows.terms
    names = ("unit", "start", "end", "stock", "productive", "net", "rate", "initial_share", "reason")
    out: dict[str, list[Any]] = {name: [] for name in names}
    for unit in units:
        mine = np.flatnonzero(rows.unit == unit)
        for first, last in periods:
            inside = mine[(rows.time[mine] >= first) & (rows.time[mine] <= last)]
            good = inside[rows.status[inside] == "ok"]
            cells: dict[str, Any] = dict.fromkeys(names) | {"unit": unit, "reason": ""}
            if good.size:
                a, b = good[0], good[-1]
                years = max(int(rows.time[b] - rows.time[a]), 1)
                follows = good[1:][np.diff(good) == 1]
                cells |= {"start": int(rows.time[a]), "end": int(rows.time[b]), "stock": float(terms["net"][b])}
                cells |= {n: 100.0 * float(np.log(terms[n][b] / terms[n][a])) / years for n in ("productive", "net")}
                worn = terms["depreciation"][follows] / terms["net"][follows - 1]
                cells["rate"] = 100.0 * float(np.mean(worn)) if follows.size else None
                cells["initial_share"] = 100.0 * float(terms["initial_share"][b])
            elif inside.size:
                cells["reason"] = rows.reason[inside[0]]
            for name in names:
                out[name].append(cells[name])
    return out


def stock_tables(result: "PerpetualInventoryResult", view: View | None) -> list[Table]:
    """Return growth, depreciation and the initial share by unit and period."""
    columns = stock_columns(result, *result.chosen(view))
    fields = [
        Field("unit", label("unit")),
        Field("start", say("First year"), 0),
        Field("end", say("Last year"), 0),
        Field("stock", say("Net stock, last year"), 1),
        Field("productive", label("productive"), 2, say("Growth, % a year")),
        Field("net", label("net"), 2, say("Growth, % a year")),
        Field("rate", say("Depreciation, % of net stock"), 2),
        Field("initial_share", say("From the initial stock, %"), 1),
    ]
    reasons = {unit: reason for unit, reason in zip(columns["unit"], columns["reason"], strict=True) if reason}
    notes: list[str] = [not_computed_stock(unit, reason) for unit, reason in reasons.items()]
    cells = columns | {"unit": [named(unit) for unit in columns["unit"]]}
    notes += [
        say(
            "Growth is 100 × the mean log change a year between the two years. From the initial stock: the share of "
            "the productive stock of the last year that rests on the assumption about the beginning."
        ),
        *result.absences(),
    ]
    tables = [Table.of("stocks", result.title, fields, cells, notes=notes)]
    shape = aged(result, columns["unit"][0])
    if shape:
        names = [name for name in ("efficiency", "survival", "cohort", "price") if name in shape]
        heads = [Field("age", say("Age"), 0), *(Field(name, PROFILE[name], 4) for name in names)]
        title = say("How investment of {unit} ages", unit=named(columns["unit"][0]))
        every = -(-shape["age"].size // ROWS)
        kept = {name: values[::every].tolist() for name, values in shape.items()}
        kept["age"] = [int(age) for age in kept["age"]]
        tables.append(Table.of("profile", title, heads, kept))
    return tables


def aged(result: "PerpetualInventoryResult", unit: str) -> dict[str, Any]:
    """Return how investment ages as long as some of it is left; nothing where one depreciation rate says it all."""
    shape = result.profile(unit)
    seen = shape["price"] > SEEN if "efficiency" in shape else None
    return {} if seen is None else {name: values[seen] for name, values in shape.items()}


def not_computed_stock(unit: str, reason: str) -> Text:
    """Return the sentence that a unit has no stock."""
    return say("{unit}: no stock ({reason}).", unit=named(unit), reason=reason)


def stock_summary(result: "PerpetualInventoryResult", view: View | None) -> str:
    """Return growth and what of it rests on the initial stock."""
    units, periods = result.chosen(view)
    columns = stock_columns(result, units, periods[:1])
    lines = []
    for place, unit in enumerate(columns["unit"][:DRAWN]):
        if columns["start"][place] is None:
            lines.append(not_computed_stock(unit, columns["reason"][place]))
            continue
        line = say(
            "{unit}: the productive capital stock grew by {growth} % a year in {start}–{end}; {share} % of that of "
            "{end} rests on the initial stock.",
            unit=named(unit),
            growth=shown(columns["productive"][place], 2),
            start=columns["start"][place],
            end=columns["end"][place],
            share=shown(columns["initial_share"][place], 1),
        )
        lines.append(line)
    return "\n".join(lines)


def stock_figures(result: "PerpetualInventoryResult", view: View | None) -> list[Any]:
    """Return the share of the initial stock by year, and how the first unit's investment ages."""
    from xinzhi.method.charts import Labels, lines

    units, _ = result.chosen(view)
    rows = result.rows
    keep = np.flatnonzero((rows.status == "ok") & np.isin(rows.unit.astype(str), units[:FEW]))
    if not keep.size:
        return []
    share = 100.0 * rows.terms["initial_share"][keep]
    last = dict(zip(rows.unit[keep], share.tolist(), strict=True))
    labels = Labels(
        name="initial_share",
        title=say("Share of the productive capital stock that rests on the initial stock"),
        description=told(list(last), list(last.values()), say("per cent in the last year")),
        unit=say("per cent"),
    )
    series = [named(unit) for unit in rows.unit[keep]]
    figures = [lines(labels, series=series, time=rows.time[keep].tolist(), value=share.tolist(), decimals=1)]
    shape = aged(result, units[0])
    if shape:
        age, names = shape["age"].astype(int).tolist(), [name for name in PROFILE if name in shape]
        half = [float(np.interp(0.5, shape[name][::-1], shape["age"][::-1])) for name in names]
        labels = Labels(
            name="profile",
            title=say("How investment of {unit} ages, by years of age", unit=named(units[0])),
            description=told([PROFILE[name] for name in names], half, say("age at which a half is left")),
            unit=say("share of new"),
        )
        series = [PROFILE[name] for name in names for _ in age]
        values = [float(cell) for name in names for cell in shape[name]]
        figures.append(lines(labels, series=series, time=age * len(names), value=values))
    return figures


# Capital services -----------------------------------------------------------------------------


def services_tables(result: "CapitalServicesResult", view: View | None) -> list[Table]:
    """Return services, stock and composition by period, user costs of the last year, rates of return."""
    units, _ = result.chosen(view)
    costs, rates = result.user_costs(), result.rates()
    asked = None if view is None or view.periods is None else {year for period in view.periods for year in period}
    last = {unit: int(costs["time"][costs["unit"] == unit].max()) for unit in units if (costs["unit"] == unit).any()}
    rows = [i for unit in last for i in np.flatnonzero((costs["unit"] == unit) & (costs["time"] == last[unit]))]
    cells = {name: values[rows].tolist() for name, values in costs.items()}
    cells |= {name: [named(cell) for cell in cells[name]] for name in ("unit", "asset", "group")}
    cells["share"] = [100.0 * share for share in cells["share"]]
    fields = [
        Field("unit", label("unit")),
        Field("time", label("time"), 0),
        Field("asset", say("Asset")),
        Field("group", say("Group")),
        Field("user_cost", say("User cost per unit of stock"), 4),
        Field("share", say("Share of user costs, %"), 1),
    ]
    tables = [result.mean_rates(result.title, view)]
    if rows:
        tables.append(Table.of("user_costs", say("User costs of capital, last year"), fields, cells))
    keep = [i for unit in units for i in np.flatnonzero(rates["unit"] == unit)]
    keep = [i for i in keep if asked is None or int(rates["time"][i]) in asked]
    if keep:
        returns: dict[str, Any] = {"unit": [named(unit) for unit in rates["unit"][keep]], "time": rates["time"][keep]}
        returns["rate"] = 100.0 * rates["rate"][keep]
        paid = rates["compensation"][keep]
        returns["covered"] = 100.0 * rates["cost"][keep] / np.where(paid > 0, paid, np.nan)
        heads = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            Field("rate", say("Rate of return, %")),
        ]
        if np.isfinite(returns["covered"]).any():
            heads.append(Field("covered", say("User costs, % of compensation"), 1))
        tables.append(Table.of("rates", say("Rates of return"), heads, returns))
    return tables


def services_summary(result: "CapitalServicesResult", view: View | None) -> str:
    """Return growth of services and what composition adds."""
    units, periods = result.chosen(view)
    columns, lines = result.period_columns(periods[:1]), list[str]()
    for unit in units[:DRAWN]:
        row = int(np.flatnonzero(columns["unit"] == unit)[0])
        if not np.isfinite(columns["capital_services"][row]):
            lines.append(not_computed(unit, columns["reason"][row]))
            continue
        line = say(
            "{unit}: capital services grew by {services} % a year in {start}–{end}, the stock by {stock} %; "
            "composition adds {composition}.",
            unit=named(unit),
            start=periods[0][0],
            end=periods[0][1],
            services=shown(columns["capital_services"][row], 2),
            stock=shown(columns["capital_stock"][row], 2),
            composition=shown(columns["capital_composition"][row], 2),
        )
        lines.append(line)
    return "\n".join(lines)


def services_figures(result: "CapitalServicesResult", view: View | None) -> list[Any]:
    """Return contributions of assets to services by period."""
    from xinzhi.method.charts import Labels, stacked_periods

    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    good = set(columns["unit"]) - set(columns["unit"][~np.isfinite(columns["capital_services"])])
    drawn = [unit for unit in units if unit in good][:DRAWN]
    if not drawn:
        return []
    columns["growth"] = columns["capital_services"]
    shapes = chart_columns(columns, drawn, periods, result.groups)
    labels = Labels(
        name="contributions",
        title=say("Contributions of assets to growth of capital services"),
        description=told(shapes["unit"], shapes["total"], say("growth of services")),
    )
    return [stacked_periods(labels, **shapes)]
