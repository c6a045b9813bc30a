"""Contents that exports must survive: markup and formulas in labels, ties, a wide and a long table, Chinese."""

import re
from pathlib import Path

from tests.study import economy
from xinzhi.method import Field, Table
from xinzhi.study.contents import Analysis, Chapter, Figure, RunContents

HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "+1|cmd",
    "@sum",
    "-2+3",
    "R&D 100% $x$ #1 a_b {c} ~ ^ \\input{/etc/passwd}",
    "<script>alert(1)</script> <b>",
    "[optional] *star --x ''y'' ,,z",
    "line\nbreak\tand \x07 bell",
    "“quoted” — naïve Färe Łódź",
)
TIES = (0.125, 2.675, -0.125, -0.001, 1.005, 1e-9, 12345.675, -2.5, 0.0, None)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60" viewBox="0 0 200 60">'
    '<rect width="200" height="60" fill="white"/><text x="10" y="30" font-family="Liberation Sans">{words}</text></svg>'
)


def tables(chinese: bool = False) -> tuple[Table, ...]:
    rows = tuple(
        (word, f"19{k}0–19{k}9", tie, k) for k, (word, tie) in enumerate(zip(HOSTILE, TIES, strict=False), start=1)
    )
    hostile = Table(
        "hostile",
        "全要素生产率的来源：R&D_1" if chinese else "Hostile [labels]: R&D_1/2 of *every* kind?",
        (
            Field("unit", "地区" if chinese else "Unit"),
            Field("period", "时期" if chinese else "Period"),
            Field("rate", "增长率" if chinese else "Rate & risk", 2, "对数点" if chinese else "Spanner <1>"),
            Field("count", "企业数" if chinese else "Count", 0, "对数点" if chinese else "Spanner <1>"),
        ),
        rows,
        unit="%每年" if chinese else "per cent a year",
        notes=("注：数据缺失记为“–”。" if chinese else "Note with 5% & \\backslash.", HOSTILE[5]),
    )
    wide = Table(
        "wide",
        "很宽的表" if chinese else "A wide table",
        (Field("unit", "Unit"), *(Field(f"x{k}", f"Indicator number {k}", 3) for k in range(30))),
        tuple(
            (name, *(k * sign / 7 for k in range(30))) for name, sign in (("东部" if chinese else "East", 1), ("W", -1))
        ),
    )
    long = Table(
        "long",
        "很长的表" if chinese else "A long table",
        (Field("unit", "Unit"), Field("x", "Value", 2)),
        tuple((f"unit {k // 3}", k / 3) for k in range(150)),
        notes=("Under a long table.",),
    )
    return hostile, wide, long


def contents(language: str = "en") -> RunContents:
    chinese = language == "zh"
    words = "全要素生产率 TFP" if chinese else "TFP &amp; more"
    analysis = Analysis(
        id="ledger",
        title="增长账户" if chinese else "The growth <ledger>",
        method="ledger",
        sample={"source": "pwt1001", "read": 10, "used": 9},
        citations=(
            "Caves, D. W., Christensen, L. R. and Diewert, W. E. (1982). Economic Journal 92(365). doi:10.2307/2232257",
            "An Office (2024). 50% of {all} R&D. Own data.",
        ),
        tables=tables(chinese),
        figures=(Figure("bars", "Bars", "A bar", SVG.format(words=words), {}),),
    )
    provenance = {
        "started": "2026-01-02T03:04:05+00:00",
        "seconds": {"total": 2.5},
        "code": "0" * 64,
        "libraries": {"numpy": "2.4.6"},
    }
    return RunContents(
        title="数据 & 结果" if chinese else "Study of R&D: 100 %",
        authors=("王小明",) if chinese else ("A. Economist", "B. <b>"),
        abstract="Words.",
        chapters=(Chapter("One", "", ("ledger",)),),
        analyses={"ledger": analysis},
        results_hash="a" * 64,
        provenance=provenance,
        language=language,
        languages=("en", "zh"),
    )


WITHOUT_SQL = re.sub(r"\[data\.doubled\].*?(?=\[role)", "", economy.STUDY, flags=re.DOTALL).replace("doubled", "mine")


def small_run(folder: Path, study: str = WITHOUT_SQL) -> Path:
    from xinzhi.report import write_report
    from xinzhi.study import run_study

    run_study(economy.write(folder / "study", study), out=folder / "run", render=write_report)
    return folder / "run"
