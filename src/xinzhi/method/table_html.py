"""A table as three-line HTML: caption, unit, spanners, stub that stays in view, notes.

The markup follows HTML's own table model (caption, scope) and carries no style of its own but ``TABLE_CSS``,
which a notebook gets with each table and a page once.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from xinzhi.language import TAGS, language, say
from xinzhi.method.table import Cell, Field, Table, spanners, wide

TABLE_CSS = """
.xz-table{margin:1.5em 0;font-size:.875rem;line-height:1.4;font-family:"Source Sans 3","Helvetica Neue",
Arial,"Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif}
.xz-table:lang(zh){font-family:"Source Han Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",Arial,sans-serif;
line-height:1.5}
.xz-table:lang(zh) thead th{word-break:keep-all}
.xz-scroll{overflow-x:auto;container-type:inline-size}
.xz-table table{border-collapse:collapse;width:100%;margin:0;border:0;border-bottom:1.5px solid currentColor;
font-variant-numeric:tabular-nums lining-nums}
.xz-table caption{caption-side:top;text-align:left;padding:0 0 .5em;color:inherit}
.xz-table caption>span{display:block;position:sticky;left:0;max-width:100cqw}
.xz-table caption b{font-weight:600}
.xz-table thead{border-top:1.5px solid currentColor;border-bottom:.75px solid currentColor}
.xz-table tr{background:none}
.xz-table th,.xz-table td{padding:.15em .6em;border:0;font-weight:400;text-align:left;vertical-align:baseline;
white-space:nowrap;max-width:none}
.xz-table thead th{padding-top:.35em;padding-bottom:.35em;vertical-align:bottom;white-space:normal}
.xz-table .xz-number{text-align:right}
.xz-table .xz-text{white-space:normal;min-width:8em}
.xz-table .xz-long{min-width:16em}
.xz-table .xz-span{text-align:center}
.xz-table .xz-span>span{display:block;border-bottom:.75px solid currentColor;padding-bottom:.2em}
.xz-table tr>:first-child{position:sticky;left:0;z-index:1;padding-left:0;
background:var(--xz-paper,var(--jp-layout-color0,Canvas))}
.xz-table tr>:last-child{padding-right:.2em}
.xz-table tbody tr:first-child>*{padding-top:.45em}
.xz-table tbody tr:last-child>*{padding-bottom:.45em}
.xz-table tbody tr.xz-group:not(:first-child)>*{padding-top:.6em}
.xz-same{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.xz-notes{margin:.5em 0 0;font-size:.8125rem}
.xz-notes p{margin:.15em 0}
@media (max-width:600px){
.xz-table th,.xz-table td{padding-left:.42em;padding-right:.42em}
.xz-table tbody th{max-width:9.5em;white-space:normal}
}
@media print{
.xz-table{break-inside:avoid;font-size:8pt;line-height:1.3}
.xz-table th,.xz-table td{padding-top:.06em;padding-bottom:.06em}
.xz-notes{font-size:7.5pt}
.xz-scroll{overflow:visible}
}
"""
"""The style of tables; ``--xz-paper`` is the colour behind the stub."""

MARKUP = """<div class="xz-table" id="{{ id }}" lang="{{ said.tag }}">
{%- if style %}<style>{{ style | safe }}</style>{% endif %}
<div class="xz-scroll" role="region" tabindex="0" aria-labelledby="{{ id }}-caption">
<table>
<caption id="{{ id }}-caption"><span>
{%- if number %}<b>{{ said.number }}</b> {% endif %}{{ said.title }}</span></caption>
<thead>
{%- if spanners %}
<tr>
{%- for text, width in spanners %}
{%- if text %}<th scope="colgroup" colspan="{{ width }}" class="xz-span"><span>{{ text }}</span></th>
{%- else %}<td colspan="{{ width }}"></td>{% endif %}
{%- endfor %}</tr>
{%- endif %}
<tr>{% for field, kind in heads %}<th scope="col" class="{{ kind }}">{{ field.label }}</th>{% endfor %}</tr>
</thead>
<tbody>
{%- for row in rows %}
<tr{% if row.group %} class="xz-group"{% endif %}><th scope="row">
{%- if row.same %}<span class="xz-same">{{ row.stub }}</span>{% else %}{{ row.stub }}{% endif %}</th>
{%- for cell, kind in row.cells %}<td class="{{ kind }}">{{ cell }}</td>{% endfor %}</tr>
{%- endfor %}
</tbody>
</table>
</div>
{%- if table.notes %}
<div class="xz-notes">{% for note in table.notes %}<p>{{ note }}</p>{% endfor %}</div>
{%- endif %}
</div>"""


def table_html(table: Table, *, number: int | None = None, styled: bool = True) -> str:
    """Return a table as HTML; whatever comes from data is escaped.

    Parameters
    ----------
    table : Table
    number : int or None
        Number in a report, printed before the title.
    styled : bool
        Carry ``TABLE_CSS`` along, as a notebook needs; a page has it once for all tables.

    Returns
    -------
    str
        The same text for equal tables; the element's id comes from name, number and content.
    """
    from jinja2 import Environment

    template = Environment(autoescape=True).from_string(MARKUP)
    kinds = [_kind(table, k) for k in range(len(table.fields))]
    return template.render(
        id=table_id(table, number),
        style=TABLE_CSS if styled else "",
        table=table,
        number=number,
        said={"tag": TAGS[language()], "number": say("Table {number}.", number=number), "title": titled(table)},
        spanners=_spanners(table.fields),
        heads=list(zip(table.fields, kinds, strict=True)),
        rows=list(_rows(table, kinds)),
    )


def titled(table: Table) -> str:
    """Return the caption of a table with the unit of its numbers."""
    return say("{title}, {unit}", title=table.title, unit=table.unit) if table.unit else table.title


def table_id(table: Table, number: int | None = None) -> str:
    """Return the id of a table's element: its number, the same in every language, or its name and a hash of content."""
    if number is not None:
        return f"table-{number}"
    content = json.dumps([table.title, table.unit, table.notes, [f.label for f in table.fields], table.printed()])
    slug = re.sub(r"[^a-z0-9]+", "-", table.name.lower()).strip("-") or "table"
    return f"{slug}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _rows(table: Table, kinds: list[str]) -> Iterator[dict[str, Any]]:
    """Yield stub and cells by row; a stub that repeats the one above is kept for readers of screens only."""
    printed = table.printed()
    stubs = [cells[0] for cells in printed]
    grouped = any(a == b for a, b in pairwise(stubs))
    for k, cells in enumerate(printed):
        same = k > 0 and stubs[k] == stubs[k - 1]
        yield {
            "stub": cells[0],
            "same": same,
            "group": grouped and not same,
            "cells": list(zip(cells[1:], kinds[1:], strict=True)),
        }


def _kind(table: Table, k: int) -> str:
    cells: list[Cell] = [row[k] for row in table.rows]
    words = [cell for cell in cells if isinstance(cell, str)]
    if k > 0 and (not words or any(isinstance(cell, int | float) for cell in cells)):
        return "xz-number"
    longest = max((wide(word) for word in words), default=0)
    return "" if longest <= 14 or k == 0 else "xz-text xz-long" if longest > 40 else "xz-text"


def _spanners(fields: tuple[Field, ...]) -> list[tuple[str, int]]:
    groups = [(text, len(places)) for text, places in spanners(fields)]
    return groups if any(text for text, _ in groups) else []
