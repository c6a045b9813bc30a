"""Frameworks as tables.

codes    a row for each part:       code, name, parent, type, direction, weight, unit, target, denominator   (COINr)
levels   a row for each indicator:  level1, level2, ..., name, definition, unit, sign, weight      (tables of papers)
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, TypeVar

from xinzhi.errors import DataError, Problems, UsageError, XinzhiError, listed, nearest, raise_all
from xinzhi.indicators.framework import Dimension, Framework, Indicator
from xinzhi.language import Text, joined, say
from xinzhi.panel.frames import plain_text

T = TypeVar("T")
R = TypeVar("R")

HEADS: dict[str, tuple[str, ...]] = {
    "code": ("code", "icode", "column", "代码", "变量", "变量名"),
    "name": ("name", "iname", "indicator", "指标", "指标名称"),
    "name_en": ("name_en", "英文名", "英文名称"),
    "name_zh": ("name_zh", "中文名", "中文名称"),
    "parent": ("parent", "上级", "上级指标"),
    "type": ("type", "类型"),
    "direction": ("direction", "sign", "属性", "方向", "指标属性", "指标方向"),
    "weight": ("weight", "weight_published_pct", "权重"),
    "unit": ("unit", "单位"),
    "best": ("best", "target", "目标值", "适度值", "最优区间"),
    "denominator": ("denominator", "分母"),
    "definition": ("definition", "定义", "含义", "指标解释", "指标说明", "衡量方式"),
    "formula": ("formula", "计算方法", "计算公式"),
    "source": ("source", "来源", "数据来源"),
    "": ("level", "status", "no", "note", "序号", "备注"),  # read by people, not by us
}
FIELD_OF = {head: field for field, heads in HEADS.items() for head in heads}
NUMERALS = "一二三四五六七八九"
LEVEL = re.compile(rf"level_?([1-9])|([{NUMERALS}])级指标")
DIRECTIONS: dict[str, tuple[str, ...]] = {
    "benefit": ("1", "+1", "+", "＋", "正", "正向", "benefit", "positive"),
    "cost": ("-1", "-", "－", "−", "–", "负", "负向", "逆", "逆向", "cost", "negative"),
    "interval": ("interval", "区间", "区间型"),
    "target": ("target", "适度", "适度型"),
}
DIRECTION_OF = {word: direction for direction, words in DIRECTIONS.items() for word in words}
TYPES: dict[str, type[Indicator] | type[Dimension] | None] = {
    "indicator": Indicator,
    "aggregate": Dimension,
    "dimension": Dimension,
    "group": None,
    "denominator": None,
}
TOP = {"en": "Index", "zh": "综合指数"}


@dataclass(frozen=True)
class Row:
    """A row of a table: where it stands, its texts by field, and its levels from the left, "" where blank."""

    place: Text
    cells: Mapping[str, str]
    levels: tuple[str, ...] = ()


def framework_of(
    frame: Any,
    *,
    lines: Sequence[int],
    source: str,
    citation: str = "",
    status: str = "own",
    top: Mapping[str, str] = TOP,
) -> Framework:
    """Return the framework that a table describes; ``lines``: of its rows in ``source``; ``top``: the index's title."""
    rows = _rows(frame, lines, source)
    indicators, dimensions = _by_levels(rows, top) if rows[0].levels else _by_codes(rows, source)
    settings = {"indicators": indicators, "dimensions": dimensions, "citation": citation, "status": status}
    return tree_of(settings, source)


def tree_of(settings: Mapping[str, Any], source: str) -> Framework:
    """Return a framework; what is wrong with it is said of ``source``."""
    try:
        return Framework(**settings)
    except XinzhiError as error:
        complaints = [_said_of(source, one) for one in (error.errors if isinstance(error, Problems) else (error,))]
        raise complaints[0] if len(complaints) == 1 else Problems(complaints) from error


def _said_of(source: str, error: XinzhiError) -> XinzhiError:
    """Return a complaint as one about a file."""
    if error.code == "XZ-260":
        return UsageError(error.code, error.found, where=source, expected=error.expected)
    return DataError("XZ-265", say("{where}: {found}", where=error.where, found=error.found), where=source)


def _rows(frame: Any, lines: Sequence[int], source: str) -> list[Row]:
    """Return the rows of a table with its heads understood."""
    fields, levels, errors = dict[str, Any](), dict[int, Any](), list[XinzhiError]()
    where = say("{path}, line {line}", path=source, line=1)
    known = [head for heads in HEADS.values() for head in heads]
    for head in frame.columns:
        plain = re.sub(r"\s*[(（].*", "", str(head)).strip().lower().replace(" ", "_")
        if level := LEVEL.fullmatch(plain):
            levels[int(level[1]) if level[1] else NUMERALS.index(level[2]) + 1] = head
        elif plain not in FIELD_OF:
            found = joined(say("unknown column {name!r}", name=head), nearest(plain, known))
            errors.append(DataError("XZ-265", found, where=where, expected=listed([*known, "level1", "一级指标"], 60)))
        elif FIELD_OF[plain] in fields:
            found = say("{name!r} and {other!r} mean the same", name=head, other=fields[FIELD_OF[plain]])
            errors.append(DataError("XZ-265", found, where=where))
        elif FIELD_OF[plain]:
            fields[FIELD_OF[plain]] = head
    if not levels and not {"code", "parent"} <= fields.keys():
        expected = say("columns code and parent, or level1 and more")
        errors.append(DataError("XZ-265", listed(list(frame.columns), 20), where=where, expected=expected))
    raise_all(errors)
    texts = {head: [_text(cell) for cell in frame[head].tolist()] for head in (*fields.values(), *levels.values())}
    return [
        Row(
            say("{path}, line {line}", path=source, line=line),
            {field: texts[head][k] for field, head in fields.items()},
            tuple(texts[levels[level]][k] for level in sorted(levels)),
        )
        for k, line in enumerate(lines)
    ]


def _text(cell: Any) -> str:
    """Return a cell as text, "" where it is missing."""
    if isinstance(cell, str):
        return cell.strip()
    return plain_text(float(cell)) or "" if isinstance(cell, float | int) else ""


def _by_codes(rows: Sequence[Row], source: str) -> tuple[list[Indicator], list[Dimension]]:
    """Return the parts of a table with one row for each of them."""
    parents = {row.cells["parent"] for row in rows}

    def kind(row: Row) -> type[Indicator] | type[Dimension] | None:
        word = row.cells.get("type", "").lower()
        if word and word not in TYPES:
            found = joined(say("type {word!r}", word=word), nearest(word, list(TYPES)))
            raise DataError("XZ-265", found, expected=listed(list(TYPES)))
        return TYPES[word] if word else Dimension if row.cells["code"] in parents else Indicator

    def part(row: Row) -> Indicator | Dimension | None:
        made, code, parent = kind(row), row.cells["code"], row.cells["parent"]
        if made is Indicator:
            return _indicator(row, code, parent)
        about = {"title": _title(row), "definition": row.cells.get("definition", "")}
        weight = _number(row, "weight")
        return Dimension(name=code, parent=parent or None, weight=weight, **about) if made is Dimension else None

    parts = collected([(row.place, row) for row in rows], part)
    indicators = [made for made in parts if isinstance(made, Indicator)]
    dimensions = [made for made in parts if isinstance(made, Dimension)]
    if not (indicators and dimensions):
        counts = {"indicators": len(indicators), "dimensions": len(dimensions)}
        found = say("{indicators} indicators and {dimensions} dimensions", **counts)
        raise DataError("XZ-265", found, where=source, expected=say("at least one of each"))
    return indicators, dimensions


def _by_levels(rows: Sequence[Row], top: Mapping[str, str]) -> tuple[list[Indicator], list[Dimension]]:
    """Return the parts of a table with one row for each indicator: each level becomes a dimension."""
    paths = list[tuple[tuple[str, ...], str]]()
    above: tuple[str, ...] = ()
    for row in rows:
        own = row.levels if "name" in row.cells else row.levels[:-1]
        blank = len(list(takewhile(lambda text: not text, own)))
        above = (*above[:blank], *own[blank:])
        paths.append((tuple(text for text in above if text), row.cells.get("name", row.levels[-1])))
    prefixes = list(dict.fromkeys(path[: k + 1] for path, _ in paths for k in range(len(path))))
    names = _names_of(prefixes, [name for _, name in paths])
    firsts = {path[:1] for path, _ in paths}
    alone = next(iter(firsts)) if len(firsts) == 1 and () not in firsts else None
    names[()] = names[alone] if alone else "index"

    def indicator(at: tuple[Row, tuple[str, ...], str]) -> Indicator:
        row, path, name = at
        if not name:
            raise DataError("XZ-265", say("no name of an indicator"))
        return _indicator(row, row.cells.get("code") or name, names[path], name)

    indicators = collected([(row.place, (row, *path)) for row, path in zip(rows, paths, strict=True)], indicator)
    weights = [(path, i.weight) for (path, _), i in zip(paths, indicators, strict=True)]

    def weight(of: tuple[str, ...]) -> float | None:
        below = [w for path, w in weights if path[: len(of)] == of]
        return None if any(w is None for w in below) else sum(w for w in below if w is not None)

    dimensions = [] if alone else [Dimension(name=names[()], title=dict(top))]
    for path in prefixes:
        above_it = {} if path == alone else {"parent": names[path[:-1]], "weight": weight(path)}
        dimensions.append(Dimension(name=names[path], title=_words(path[-1]), **above_it))
    return indicators, dimensions


def _names_of(paths: Iterable[tuple[str, ...]], indicators: Sequence[str]) -> dict[tuple[str, ...], str]:
    """Return a name for each dimension: its own text, or the way to it where another part has the same."""
    paths = list(paths)
    counts = Counter([*indicators, *(path[-1] for path in paths)])
    return {path: path[-1] if counts[path[-1]] == 1 else "/".join(path) for path in paths}


def collected(items: Sequence[tuple[Text, T]], make: Callable[[T], R]) -> list[R]:
    """Return what is made of each item; what is wrong with them is raised together, each under its place in words."""
    made, errors = list[R](), list[XinzhiError]()
    for place, item in items:
        try:
            made.append(make(item))
        except XinzhiError as error:
            for one in error.errors if isinstance(error, Problems) else (error,):
                found = one.found if one.code == "XZ-265" else say("{where}: {found}", where=one.where, found=one.found)
                errors.append(DataError("XZ-265", found, where=place, expected=one.expected))
    raise_all(errors)
    return made


def _indicator(row: Row, name: str, parent: str, title: str = "") -> Indicator:
    """Return the indicator of a row."""
    word = row.cells.get("direction", "").lower()
    if word and word not in DIRECTION_OF:
        expected = listed(list(DIRECTION_OF), 40)
        raise DataError("XZ-265", say("direction {word!r}", word=word), expected=expected)
    texts = {field: row.cells.get(field, "") for field in ("unit", "definition", "formula", "source")}
    return Indicator(
        name=name,
        parent=parent,
        direction=DIRECTION_OF.get(word, "benefit"),
        best=_best(row),
        weight=_number(row, "weight"),
        denominator=row.cells.get("denominator") or None,
        title={**_words(title), **_title(row)},
        **texts,
    )


def _number(row: Row, field: str) -> float | None:
    """Return a number of a row, None where it is blank."""
    text = row.cells.get(field, "")
    return _as_number(text.rstrip("%％"), field) if text else None


def _best(row: Row) -> tuple[float, float] | float | None:
    """Return the best value or interval of a row: ``5``, or ``3, 5``; ``3~5`` and ``3至5`` are the same."""
    parts = [part for part in re.split(r"[,;~，；～至]", row.cells.get("best", "").strip("[]() ")) if part.strip()]
    numbers = [_as_number(part, "best") for part in parts]
    if len(numbers) > 2:
        raise DataError("XZ-265", say("{field}: {text!r}", field="best", text=row.cells["best"]))
    return (numbers[0], numbers[1]) if len(numbers) == 2 else numbers[0] if numbers else None


def _as_number(text: str, field: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        found = say("{field}: {text!r}", field=field, text=text)
        raise DataError("XZ-265", found, expected=say("a number")) from error


def _title(row: Row) -> dict[str, str]:
    """Return the reader's names of a part by language."""
    given = {code: row.cells.get(f"name_{code}", "") for code in ("en", "zh")}
    return {**_words(row.cells.get("name", "")), **{code: text for code, text in given.items() if text}}


def _words(text: str) -> dict[str, str]:
    """Return a text under its language: Chinese where it has a Chinese letter."""
    return {"zh" if re.search("[\u4e00-\u9fff]", text) else "en": text} if text else {}
