r"""Tables as three-line LaTeX: booktabs rules, threeparttable notes, longtable for many rows.

Each table is one file that a paper can ``\input``; ``tables.tex`` inputs all of them and compiles by itself
with XeLaTeX or LuaLaTeX (and pdfLaTeX where no text is Chinese). Numbers are text, exactly as printed.
"""

import re
from collections.abc import Iterator

from xinzhi.language import say
from xinzhi.method import Table
from xinzhi.report.layout import (
    Placed,
    cells_wide,
    head_lines,
    is_number,
    lines_of,
    placed_tables,
    sheets_of,
    shown_rows,
    spans,
    tag,
    widths,
)
from xinzhi.study.contents import RunContents

PACKAGES = ("booktabs", "longtable", "threeparttable", "array", "pdflscape")
"""What the fragments need in the preamble."""
PORTRAIT, LANDSCAPE = 96, 148
"""Characters of 10 points that fit on a line of A4 with margins of 2.5 cm, upright and across."""
POINTS = 4.7
"""Width of an average character of 10 points."""
GAP = 1.6
"""Space between two columns, in characters."""
MOST_LINES = 34
"""A table of more lines may break over pages; its heading is repeated."""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "\ue000": "{}",
    "−": "$-$",
    "–": "--",
    "—": "---",
    "\u00a0": "~",
}
"""Characters that mean something to LaTeX, or join with their neighbours, and what prints them."""
LIGATURE = re.compile(r"(?<=-)-|(?<=')'|(?<=,),")
"""Second signs of pairs that LaTeX would print as one."""
HAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
PREAMBLE = r"""% Compile with: xelatex tables.tex
\documentclass[a4paper,11pt]{article}
\usepackage[margin=2.5cm]{geometry}
\usepackage{iftex,booktabs,longtable,threeparttable,array,pdflscape}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage{textcomp}
\else
  \usepackage{fontspec}
  \IfFontExistsTF{Times New Roman}{\setmainfont{Times New Roman}}{%
    \IfFontExistsTF{Liberation Serif}{\setmainfont{Liberation Serif}}{}}
\fi
"""
CHINESE = r"""\usepackage[UTF8,%(scheme)s,fontset=none]{ctex}
\IfFontExistsTF{SimSun}{\setCJKmainfont[AutoFakeBold]{SimSun}}{%%
  \IfFontExistsTF{Noto Serif CJK SC}{\setCJKmainfont{Noto Serif CJK SC}}{%%
    \setCJKmainfont[AutoFakeBold]{FandolSong-Regular.otf}}}
"""
OPENING = r"""\usepackage[%(separator)s,justification=centering]{caption}
\setlength{\LTcapwidth}{\linewidth}
\begin{document}
"""


def latex_files(contents: RunContents) -> dict[str, bytes]:
    """Return every table of a run as a LaTeX file, and ``tables.tex`` that inputs all of them.

    Parameters
    ----------
    contents : RunContents

    Returns
    -------
    dict from file name, below the export folder, to bytes
    """
    mark, tables = tag(contents), placed_tables(contents)
    parts = {f"latex/{placed.file.replace('/', '--')}{mark}.tex": latex_table(placed) for placed in tables}
    inputs = [rf"\input{{{name.removeprefix('latex/')}}}" for name in parts]
    chinese = contents.language == "zh"
    text = PREAMBLE
    if chinese or any(HAN.search(part) for part in parts.values()):
        text += CHINESE % {"scheme": "heading=false" if chinese else "scheme=plain"}
    text += OPENING % {"separator": "labelsep=quad" if chinese else "labelsep=period"}
    parts[f"latex/tables{mark}.tex"] = "\n".join([text, *inputs, r"\end{document}", ""])
    return {name: part.encode() for name, part in parts.items()}


def latex_table(placed: Placed) -> str:
    """Return one table as LaTeX; a table wider than a page comes in parts that repeat the stub.

    Parameters
    ----------
    placed : Placed
        The table, with its number and the name of its file.
    """
    table, sizes = placed.table, widths(placed.table)
    wide = sum(size + GAP for size in sizes) > PORTRAIT
    columns = sheets_of(table, sizes, most=LANDSCAPE if wide else PORTRAIT, gap=GAP)
    parts = [_part(placed, part, sizes, number) for number, part in enumerate(columns)]
    body = "\n".join(parts)
    if wide:
        body = f"\\begin{{landscape}}\n{body}\\end{{landscape}}\n"
    needs = ", ".join(PACKAGES)
    return f"% {_comment(placed.table.name)}; packages: {needs}\n{body}"


def escaped(text: str) -> str:
    r"""Return text that LaTeX prints as it stands; control characters become blanks.

    Examples
    --------
    >>> print(escaped("R&D, 5% of x_1--x_2"))
    R\&D, 5\% of x\_1-{}-x\_2
    """
    plain = "".join(" " if ord(sign) < 32 or sign in "\x7f\u2028\u2029\ufeff\ue000" else sign for sign in text)
    return "".join(SPECIAL.get(sign, sign) for sign in LIGATURE.sub(lambda found: f"\ue000{found[0]}", plain))


def _part(placed: Placed, columns: list[int], sizes: list[int], number: int) -> str:
    table = placed.table
    caption = escaped(placed.caption if number == 0 else say("{caption} (continued)", caption=placed.caption))
    label = f"\\label{{tab:{_label(placed.file)}}}" if number == 0 else ""
    counter = "" if number == 0 else "\\addtocounter{table}{-1}\n"
    shape = "".join(_column(table, k, sizes[k]) for k in columns)
    head, rows = list(_head(table, columns, sizes)), list(_rows(table, columns))
    notes = [escaped(note) for note in table.notes]
    small = "\\begingroup\\small\\setlength{\\tabcolsep}{4pt}"
    if lines_of(table, sizes) <= MOST_LINES:
        lines = [
            f"\\begin{{table}}[htbp]\n{counter}\\centering\\small\\setlength{{\\tabcolsep}}{{4pt}}",
            f"\\begin{{threeparttable}}\n\\caption{{{caption}}}{label}",
            f"\\begin{{tabular}}{{@{{}}{shape}@{{}}}}\n\\toprule",
            *head,
            "\\midrule",
            *rows,
            "\\bottomrule\n\\end{tabular}",
            *_short_notes(notes),
            "\\end{threeparttable}\n\\end{table}\n",
        ]
        return "\n".join(lines)
    many = len(columns)
    again = escaped(say("Table {number}, continued", number=placed.number))
    span = min(sum(sizes[k] + GAP for k in columns) / PORTRAIT, 1.5)
    under = [
        "\\noalign{\\nobreak}"
        f"\\multicolumn{{{many}}}{{@{{}}p{{{span * 0.94:.2f}\\textwidth}}@{{}}}}{{\\footnotesize {note}}}\\\\"
        for note in notes
    ]
    lines = [
        f"{small}\n{counter}\\begin{{longtable}}{{@{{}}{shape}@{{}}}}",
        f"\\caption{{{caption}}}{label}\\\\\n\\toprule",
        *head,
        "\\midrule\n\\endfirsthead",
        f"\\multicolumn{{{many}}}{{@{{}}l}}{{{again}}}\\\\\n\\toprule",
        *head,
        "\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n\\endlastfoot",
        *rows[:-1],
        rows[-1].removesuffix("\\\\") + "\\\\*\n\\bottomrule",
        *under,
        "\\end{longtable}\n\\endgroup\n",
    ]
    return "\n".join(lines)


def _short_notes(notes: list[str]) -> list[str]:
    if not notes:
        return []
    return ["\\begin{tablenotes}[flushleft]\\footnotesize", *(f"\\item {note}" for note in notes), "\\end{tablenotes}"]


def _column(table: Table, k: int, size: int) -> str:
    if is_number(table, k):
        return "r"
    longest = max((cells_wide(row[k]) for row in table.printed()), default=0)
    return f">{{\\raggedright\\arraybackslash}}p{{{size * POINTS:.0f}pt}}" if longest > size else "l"


def _head(table: Table, columns: list[int], sizes: list[int]) -> Iterator[str]:
    """Yield the lines over the body: spanners with their rules, then headings."""
    found = spans(table, columns)
    if found:
        cells, rules, at = [], [], 1
        for text, width in found:
            cells.append(f"\\multicolumn{{{width}}}{{c}}{{{escaped(text)}}}" if text else " &" * (width - 1))
            rules += [f"\\cmidrule(lr){{{at}-{at + width - 1}}}"] if text else []
            at += width
        yield " & ".join(cells) + " \\\\"
        yield "".join(rules)
    yield " & ".join(_heading(table, k, sizes[k]) for k in columns) + " \\\\"


def _heading(table: Table, k: int, size: int) -> str:
    lines = [escaped(line) for line in head_lines(table.fields[k].label, size)]
    side = "r" if is_number(table, k) else "l"
    if len(lines) == 1:
        under = bool(table.fields[k].spanner)
        return f"\\makebox[{size * POINTS:.0f}pt][{side}]{{{lines[0]}}}" if under else lines[0]
    stacked = "\\\\".join(_safe_start(line) for line in lines)
    return f"\\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}{stacked}\\end{{tabular}}"


def _rows(table: Table, columns: list[int]) -> Iterator[str]:
    """Yield the rows; a group opens with a little space, and a row never begins with what LaTeX takes for an option."""
    for row in shown_rows(table):
        line = _safe_start(" & ".join(escaped(row.cells[k]) for k in columns))
        yield ("\\addlinespace[2pt]\n" if row.opens else "") + line + (" \\\\*" if row.stays else " \\\\")


def _safe_start(line: str) -> str:
    return f"{{}}{line}" if line.lstrip().startswith(("[", "*")) else line


def _label(file: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", file).strip("-").lower()


def _comment(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
