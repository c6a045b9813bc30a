"""What the aggregation of industries shows."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.growth.accounts import not_computed
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Table, View
from xinzhi.method.chart_rows import Period, chart_columns, told
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel.panel import Floats

if TYPE_CHECKING:
    from xinzhi.growth.industries.aggregation import AggregationResult

AGGREGATES = (
    "hulten",
    "reallocation_capital",
    "reallocation_labour",
    "tfp",
    "reallocation_value_added",
    "tfp_production_function",
    "pure",
    "baumol",
    "baumol_end",
    "technical_efficiency",
    "input_reallocation",
)
"""The aggregates of TFP beside each other, in the order of reading."""

BY_INDUSTRY = (
    "hulten",
    "reallocation_capital",
    "reallocation_labour",
    "reallocation_value_added",
    "baumol",
    "denison",
)
"""What the table of industries shows; :meth:`AggregationResult.by_industry` has the rest."""

PRODUCTIVITY = ("labour_productivity", "labour_pure", "labour_baumol", "denison")


def sources(result: "AggregationResult") -> list[str]:
    """Return the terms that add up to growth: inputs, industries' own TFP, reallocation."""
    inputs = [name for name in result.accounts.contributions if name in result.rows.terms]
    moved = ("reallocation_capital", "reallocation_labour")
    return [*inputs, "hulten", *(name for name in moved if name in result.rows.terms)]


def aggregation_tables(result: "AggregationResult", view: View | None) -> list[Table]:
    """Return the sources of growth, TFP by all rules, labour productivity, and the industries of the first period."""
    there = result.rows.terms
    bases = say(
        "Pure effect: industries' own growth at the weights of the first year of each period; Baumol effect: what the "
        "change of weights adds; with end weights, at those of its last year."
    )
    tables = [
        result.mean_rates(say("Sources of growth of value added"), view, ["growth", *sources(result)], name="sources"),
        result.mean_rates(
            say("Total factor productivity by rule of aggregation"),
            view,
            [name for name in AGGREGATES if name in there],
            name="aggregates",
            notes=[bases, *result.absences()],
        ),
    ]
    if "labour_productivity" in there:
        title = say("Growth of labour productivity")
        tables.append(result.mean_rates(title, view, PRODUCTIVITY, name="labour_productivity", notes=[bases]))
    units, periods = result.chosen(view)
    return [*tables, industry_table(result, units, periods[0]), *result.filled_table(view)]


def industry_table(result: "AggregationResult", units: list[str], period: Period) -> Table:
    """Return what each industry gave in a period, the largest in Hulten's sum first."""
    columns = result.by_industry(period)
    cells = largest_first(columns, units, np.array(columns["hulten"]))
    fields = [
        *industry_fields(period, several=len(result.economies) > 1),
        Field("domar", say("Domar weight"), 3),
        Field("tfp", say("Own TFP")),
        Field("contribution", say("Contribution to growth"), 3),
    ]
    fields += [Field(name, label(name), 3) for name in BY_INDUSTRY if name in columns]
    title = say("Industries behind the aggregates, {start}–{end}", start=period[0], end=period[1])
    notes = [say("Columns after own TFP sum to the economy's.")]
    return Table.of("industries", title, fields, cells, unit=say("per cent a year"), notes=notes)


def largest_first(columns: dict[str, Any], units: list[str], size: Floats) -> dict[str, Any]:
    """Return the columns of :meth:`by_industry` of the chosen economies for a table, (m,) industries by size."""
    order = sorted(
        (i for i in range(size.size) if columns["unit"][i] in units),
        key=lambda i: (units.index(columns["unit"][i]), -size[i] if np.isfinite(size[i]) else np.inf),
    )
    cells: dict[str, Any] = {key: [values[i] for i in order] for key, values in columns.items()}
    for name in ("unit", "industry"):
        cells[name] = [named(of) for of in cells[name]]
    for name in ("weight_start", "weight_end"):
        cells[name] = [100.0 * w for w in cells[name]]
    return cells


def industry_fields(period: Period, *, several: bool) -> list[Field]:
    """Return the first columns of a table of industries: economy (where there are several), name, weights."""
    share = say("Share of value added, %")
    weights = zip(("weight_start", "weight_end"), period, strict=True)
    return [
        *([Field("unit", label("unit"))] if several else []),
        Field("industry", say("Industry")),
        *(Field(name, str(year), 1, share) for name, year in weights),
    ]


def aggregation_summary(result: "AggregationResult", view: View | None) -> str:
    """Return the aggregates in words that depend on the numbers."""
    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    rows = [int(i) for unit in units[:12] for i in np.flatnonzero(columns["unit"] == unit)]
    return "\n".join(_sentence(result, columns, i) for i in rows)


def _sentence(result: "AggregationResult", columns: dict[str, Any], i: int) -> Text:
    """Return growth, Hulten's sum, reallocation and aggregate TFP of an economy in a period."""
    unit, start, end = columns["unit"][i], columns["start"][i], columns["end"][i]
    if columns["status"][i] != "ok":
        return not_computed(unit, columns["reason"][i])
    text = say(
        "{unit}: value added grew by {growth} % a year in {start}–{end}; industries' own TFP gave {hulten} % "
        "(Domar weights), of which {baumol} % by the change of weights since {start}",
        unit=named(unit),
        growth=shown(columns["growth"][i], 2),
        start=start,
        end=end,
        hulten=shown(columns["hulten"][i], 2),
        baumol=shown(columns["baumol"][i], 2),
    )
    moved = [columns[name][i] for name in sources(result) if name.startswith("reallocation_")]
    if not moved:
        return say("{text}; the reallocation of inputs is not known.", text=text)
    return say(
        "{text}; reallocation of inputs gave {moved} % and aggregate TFP was {tfp} %.",
        text=text,
        moved=shown(sum(moved), 2),
        tfp=shown(columns["tfp"][i], 2),
    )


def aggregation_figures(result: "AggregationResult", view: View | None) -> list[Any]:
    """Return where growth came from, and by period where the view has several."""
    from xinzhi.method.charts import Labels, stacked_periods, waterfall

    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    units = [unit for unit in units if np.isfinite(columns["growth"][columns["unit"] == unit]).all()][:12]
    if not units:
        return []
    parts = sources(result)
    first = chart_columns(columns, units, periods[:1], parts)
    words = told(first["unit"], first["total"], say("growth"))
    title = say("Where growth came from, {start}–{end}", start=periods[0][0], end=periods[0][1])
    labels = Labels(name="waterfall", title=title, description=words)
    figures = [waterfall(labels, units=first["unit"], terms=first["terms"], total=first["total"])]
    if len(periods) > 1:
        rest = chart_columns(columns, units, periods[1:], parts)
        labels = Labels(
            name="periods",
            title=say("Sources of growth by period"),
            description=told(rest["period"], rest["total"], say("growth")),
        )
        figures.append(stacked_periods(labels, **rest))
    return figures
