"""Frameworks from files, and those that are shipped."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xinzhi import catalog
from xinzhi.errors import DataError, UsageError, listed, nearest
from xinzhi.indicators.framework import Dimension, Framework, Indicator
from xinzhi.indicators.framework_tables import collected, framework_of, tree_of
from xinzhi.language import Text, joined, say
from xinzhi.panel.readers import read_table

LARGEST = 8 * 2**20
"""Bytes of a TOML file."""

SOURCES: dict[str, tuple[str, str, str]] = {
    "firm_SongZhangPan2024": (
        "New quality productive forces of firms",
        "企业新质生产力",
        "Song, Zhang and Pan (2024), index of 11 indicators",
    ),
    "province_WangWang2024": (
        "New quality productive forces: labourers, objects and means of labour",
        "新质生产力：劳动者、劳动对象、生产资料",
        "Wang and Wang (2024), index of provinces",
    ),
    "province_LuGuoWang2024": (
        "New quality productive forces: technology, green and digital",
        "新质生产力：科技、绿色、数字生产力",
        "Lu, Guo and Wang (2024), index of provinces",
    ),
    "HQD_SciRep2025_94462_table3": (
        "High-quality development",
        "高质量发展",
        "Scientific Reports (2025), table 3. doi:10.1038/s41598-025-94462-8",
    ),
    "mfg_green_hanspub_74-2310276_table1": (
        "Green development of manufacturing",
        "制造业绿色发展",
        "Hans Publishers, article 74-2310276, table 1",
    ),
}
"""Title in English and Chinese, and citation, of the systems in ``index_system_templates``."""


@dataclass(frozen=True)
class Template:
    """A framework that is shipped.

    ``name``: for :func:`index_template`; ``title``: by language; ``citation``; ``status``: "as_published" where the
    published table was read, else "recalled"; ``indicators``: how many; ``weighted``: whether it has weights.
    """

    name: str
    title: Mapping[str, str]
    citation: str
    status: str
    indicators: int
    weighted: bool


def read_framework(path: str | Path, *, citation: str = "") -> Framework:
    r"""Read a framework from a table (.csv, .xlsx and what else the readers know) or a .toml file.

    Parameters
    ----------
    path : str or Path
        A table has one row for each part (``code``, ``parent``, ... as in COINr's iMeta), or one for each indicator
        (``level1``, ``level2``, ..., ``name``, ...; each level becomes a dimension). Heads may be Chinese (一级指标).
        By levels, the last level is the indicator where there is no column ``name``; ``code``, where there is one, is
        its column in the data; weights are those in the whole index; a blank cell at the left continues the row above.
        TOML has ``[[indicators]]`` and ``[[dimensions]]`` with the settings of Indicator and Dimension.
    citation : str
        The paper or report that the framework comes from.

    Raises
    ------
    DataError
        The file cannot be read (XZ-201), or a line cannot be understood (XZ-265).
    UsageError
        What the file describes is not a tree (XZ-260).

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "framework.csv"
    >>> _ = path.write_text("一级指标,二级指标,单位,方向\n创新,专利,件,正\n绿色,能耗,吨,负\n", encoding="utf-8")
    >>> [(i.name, i.parent, i.direction) for i in read_framework(path).indicators]
    [('专利', '创新', 'benefit'), ('能耗', '绿色', 'cost')]
    """
    path = Path(path)
    if path.suffix.lower() == ".toml":
        return _from_toml(path, citation)
    table = read_table(path)
    return framework_of(table.frame, lines=table.lines.tolist(), source=table.source, citation=citation)


def index_templates() -> tuple[Template, ...]:
    """Return the frameworks that are shipped.

    Examples
    --------
    >>> [(t.name, t.status, t.indicators) for t in index_templates()][:2]
    [('asem', 'as_published', 49), ('firm_SongZhangPan2024', 'recalled', 11)]
    """
    found = []
    for name in ("asem", *SOURCES):
        framework = index_template(name)
        top = next(d for d in framework.dimensions if d.parent is None)
        weighted = all(i.weight is not None for i in framework.indicators)
        title = {str(code): text for code, text in top.title.items()}
        size = len(framework.indicators)
        found.append(Template(name, title, framework.citation, framework.status, size, weighted))
    return tuple(found)


def index_template(name: str, *, columns: Mapping[str, str] | None = None) -> Framework:
    """Return a framework that is shipped; its status says whether the publication was read or recalled.

    Parameters
    ----------
    name : str
        One of :func:`index_templates`.
    columns : mapping from indicator to column, optional
        What indicators are called in your data, where it is not their name.

    Raises
    ------
    UsageError
        Unknown name (XZ-103).

    Examples
    --------
    >>> framework = index_template("firm_SongZhangPan2024", columns={"研发人员占比": "RDPersonRatio"})
    >>> framework.status, framework.indicators[1].name
    ('recalled', 'RDPersonRatio')
    """
    _require(name, ["asem", *SOURCES], "index_template")
    if name == "asem":
        framework = _asem()
    else:
        table = catalog.frame("index_system_templates")
        ours = table[table.system == name]
        english, chinese, citation = SOURCES[name]
        verified = ours.status.str.startswith("VERIFIED").all()
        framework = framework_of(
            ours.drop(columns=["system", "status"]).reset_index(drop=True),
            lines=(ours.index + 2).tolist(),
            source="index_system_templates.csv",
            citation=citation,
            status="as_published" if verified else "recalled",
            top={"en": english, "zh": chinese},
        )
    for indicator in columns or {}:
        _require(indicator, [i.name for i in framework.indicators], "index_template")
    new = [i.model_copy(update={"name": (columns or {}).get(i.name, i.name)}) for i in framework.indicators]
    return framework.model_copy(update={"indicators": tuple(new)}) if columns else framework


def _require(name: str, known: Sequence[str], where: str) -> None:
    """Raise XZ-103 where a name is not among the known ones."""
    if name not in known:
        raise UsageError("XZ-103", joined(repr(name), nearest(name, known)), where=where, expected=listed(known, 40))


def _asem() -> Framework:
    """Return the framework of the ASEM index."""
    found = catalog.entry("asem_framework")
    frame = catalog.frame("asem_framework")
    lines = range(2, len(frame) + 2)
    return framework_of(frame, lines=lines, source=found.file, citation=found.citation, status="as_published")


def _from_toml(path: Path, citation: str) -> Framework:
    """Return the framework of a TOML file."""
    try:
        if not path.is_file():  # a pipe could be read for ever
            raise DataError("XZ-201", say("there is no such file"), where=path.name, expected=say("a file"))
        if path.stat().st_size > LARGEST:
            found = say("more than {most:,} bytes", most=LARGEST)
            raise DataError("XZ-220", found, where=path.name, expected=say("a smaller file"))
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except OSError as error:
        raise DataError("XZ-201", error.strerror or str(error), where=path.name) from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, brackets without end
        line = re.search(r"line (\d+)", str(error))
        place = say("{path}, line {line}", path=path.name, line=line[1]) if line else path.name
        raise DataError("XZ-265", str(error)[:200], where=place, expected="TOML") from error
    parts: dict[str, list[Any]] = {}
    if "indicators" in content:
        parts["indicators"] = collected(_places("indicators", content, path.name, text), lambda one: Indicator(**one))
    if "dimensions" in content:
        parts["dimensions"] = collected(_places("dimensions", content, path.name, text), lambda one: Dimension(**one))
    own = {"citation": citation} if citation else {}
    return tree_of({**content, **parts, **own}, path.name)


def _places(kind: str, content: Mapping[str, Any], source: str, text: str) -> list[tuple[Text, Any]]:
    """Return the tables of a kind with the line of each; XZ-265 where they are no tables."""
    tables = content[kind]
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise DataError("XZ-265", say("{name!r} is no list of tables", name=kind), where=source, expected=f"[[{kind}]]")
    head = re.compile(rf"\s*\[\[\s*{kind}\s*\]\]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if head.match(line)]
    lines += [1] * (len(tables) - len(lines))  # written in one line, as an array
    return [
        (say("{path}, line {line}", path=source, line=line), table) for line, table in zip(lines, tables, strict=False)
    ]
