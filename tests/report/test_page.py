"""The page: complete without scripts, silent on the network, inert against markup in data, equal for equal contents."""

import itertools
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from xinzhi.language import DIRECTIONS, named, say, speaking
from xinzhi.method import Field, Table, charts
from xinzhi.method.result import LOG_RATES
from xinzhi.method.terms import label
from xinzhi.report import write_report
from xinzhi.report.page import account, cited, data_block, flat, prose
from xinzhi.report.picture import read_svg
from xinzhi.study.contents import Analysis, Chapter, Figure, RunContents

CHROMIUM = Path("/usr/bin/chromium")
MOST_BYTES = 2_500_000
"""The Vega bundle takes 0.9 MB of it; a page has to travel by mail."""
EVIL = "<script>document.title='owned'</script>"
WIDTHS = (1280, 390)
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium on this machine")


def figure(name: str, chart) -> Figure:
    return Figure(name, str(chart.title), chart.description, charts.save_svg(chart), charts.spec(chart))


def drawn(unit: str) -> tuple[Figure, ...]:
    def labels(name):
        return charts.Labels(name=name, title=f"Caption of {name} {unit}", description=f"Description of {name} {unit}")

    terms = {"capital": [2.0, 1.0], "tfp": [1.0, -0.5]}
    both = [unit, "USA"]
    return (
        figure("cascade", charts.waterfall(labels("cascade"), units=both, terms=terms, total=[3.0, 0.5])),
        figure("best", charts.timeline(labels("best"), unit=both, time=[2000, 2001], share=[0.5, 1.0])),
        figure(
            "range",
            charts.range_chart(
                labels("range"),
                item=both,
                low=[0.0, 1.0],
                median=[1.0, 2.0],
                high=[2.0, 3.0],
                point=[1.5, 1.5],
            ),
        ),
    )


def contents(unit: str = "CHN") -> RunContents:
    table = Table(
        "rates",
        f"Rates of {unit}",
        (Field("unit", "Unit"), *(Field(f"x{k}", f"A rather long heading {k}", 2) for k in range(8))),
        ((unit, *(k - 0.001 for k in range(8))), ("USA", *([None] * 8))),
        unit="per cent a year",
        notes=(f"About {unit}.",),
    )
    good = Analysis(
        "accounts",
        f"Sources of growth, {unit}",
        "growth_accounts",
        summary=f"{unit}: output grew by 3.00 % a year.\nUSA: output grew by 0.50 % a year.",
        methods_text="Cost shares are averaged over two years.",
        settings={
            "labour": {"hours": "avh", "missing_hours": None},
            "periods": [[1990, 2000], [2000, 2019]],
            "per": None,
        },
        absent={"upgrading": f"needs industries; {unit} has none"},
        warnings=(f"XZ-401 filled hours in {unit}",),
        sample={
            "source": "data.csv",
            "read": 1200,
            "used": 1198,
            "left_out": [{"line": 7, "reason": "no year"}, {"line": 9, "reason": "no year"}],
            "findings": ["decimal comma"],
            "rows_by_status": {"ok": 1000, "missing_data": 198},
        },
        diagnostics={"largest_gap": 2.5e-16},
        citations=("Author, A. (2001). Journal 1(1), 1-2. doi:10.1000/xyz.1", f"Data of {unit}"),
        tables=(table,),
        figures=drawn(unit),
    )
    again = replace(good, id="again", title="Again", tables=(replace(table, name="other"),), figures=drawn(unit)[:1])
    bad = Analysis(
        "bad",
        "What failed",
        "malmquist",
        error=f"XZ-302 The reference set is too small: {unit}\n  to do:    Widen it.",
    )
    return RunContents(
        f"A report on {unit}",
        ("First Author", "Second Author"),
        "What growth came from.",
        (
            Chapter("Countries", "The author's words.", ("accounts", "bad")),
            Chapter("Choices", "", ("again",)),
        ),
        {"accounts": good, "bad": bad, "again": again},
        "ab" * 32,
        {"versions": {"numpy": "2.4"}, "data": {"data.csv": {"sha256": "cd" * 32}}},
    )


class Outline(HTMLParser):
    """Collect tags, headings, ids and text outside scripts and style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self._inside = "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._inside = tag

    def handle_endtag(self, tag):
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data):
        if not self._inside:
            self.text += data


@pytest.fixture(scope="module")
def html() -> str:
    return write_report(contents())


@pytest.fixture(scope="module")
def outline(html) -> Outline:
    return Outline(html)


def test_equal_contents_give_equal_bytes(html):
    assert write_report(contents()) == html
    assert write_report(contents("IND")) != html


def test_the_page_is_small_enough_to_send(html):
    assert len(html.encode()) < MOST_BYTES


def test_everything_of_the_run_stands_in_the_text(outline):
    words = [
        "A report on CHN", "First Author, Second Author", "What growth came from.", "The author's words.",
        "output grew by 3.00 % a year", "XZ-401 filled hours in CHN", "needs industries; CHN has none",
        "Table 1.", "Table 2.", "Figure 1.", "Figure 2.", "Figure 3.", "Figure 4.", "Caption of range CHN",
        "Cost shares are averaged", "labour.missing_hours", "(1990, 2000), (2000, 2019)", "1,200", "1,198", "line 7, 9",
        "decimal comma", "missing data", "XZ-302 The reference set is too small: CHN", "Widen it.", "ab" * 32,
        "cd" * 32,
    ]  # fmt: skip
    assert [word for word in words if word not in outline.text] == []


def test_figures_and_tables_are_all_there_and_axes_are_named(html, outline):
    assert len([tag for tag, _ in outline.tags if tag == "figure"]) == 4
    assert len([tag for tag, _ in outline.tags if tag == "table"]) == 2
    assert html.count("per cent a year</text>") >= 4  # cascade has two panels, range one, and the cascade again
    pictures = [attrs for _, attrs in outline.tags if attrs.get("role") == "img"]
    assert [str(p["aria-label"]).split()[2] for p in pictures] == ["cascade", "best", "range", "cascade"]


def test_references_are_listed_once(outline):
    assert outline.text.count("Author, A. (2001)") == 1
    assert sum(1 for _, attrs in outline.tags if attrs.get("href") == "#reference-1") == 2


def test_headings_go_down_one_level_at_a_time_and_links_have_targets(outline):
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    ids = [attrs["id"] for _, attrs in outline.tags if attrs.get("id")]
    assert len(ids) == len(set(ids))
    assert {
        str(attrs["href"])[1:] for tag, attrs in outline.tags if tag == "a" and str(attrs["href"]).startswith("#")
    } <= set(ids)
    assert dict(outline.tags)["html"]["lang"] == "en"


def test_nothing_is_loaded_from_elsewhere(outline):
    loading = [
        attrs
        for tag, attrs in outline.tags
        if tag in {"img", "script", "link", "iframe", "object"} and (attrs.get("src") or attrs.get("href"))
    ]
    assert [attrs for attrs in loading if attrs.get("href") != "data:,"] == []
    policy = next(
        str(attrs["content"]) for _, attrs in outline.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_markup_in_names_titles_and_errors_is_inert():
    evil = write_report(contents(EVIL))
    kinds = [attrs.get("type") for tag, attrs in Outline(evil).tags if tag == "script"]
    assert kinds == ["application/json"] * 4 + [None, None]
    assert EVIL not in evil


def test_a_page_without_figures_carries_no_script():
    run = contents()
    plain = replace(run, analyses={name: replace(a, figures=()) for name, a in run.analyses.items()})
    assert "<script" not in write_report(plain)


def test_specifications_come_back_unchanged():
    spec = {"a": ["</script><!--", "&", "–", 1.5]}
    text = str(data_block(spec))
    assert json.loads(text) == spec
    assert "<" not in text


def test_a_stored_picture_loses_what_could_run_or_load():
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 20"'
        ' onload="x()">'
        '<script>x()</script><foreignObject/><image href="https://example.org/a.png"/>'
        '<a xlink:href="https://example.org"><text>t</text></a>'
        '<linearGradient id="g"/><rect fill="url(#g)" onclick="x()" style="fill:red"/>'
        '<rect fill="url(https://example.org/a)"/></svg>'
    )
    found = read_svg(svg, prefix="f")
    assert (found.width, found.height) == (10, 20)
    for word in ("script", "foreignObject", "image", "href", "onload", "onclick", "style", "example.org"):
        assert word not in found.markup
    assert 'id="f-g"' in found.markup
    assert "url(#f-g)" in found.markup


def test_words():
    assert prose("one\ntwo") == "<ul><li>one</li><li>two</li></ul>"
    assert prose("one\n\n<b>") == "<p>one</p>\n<p>&lt;b&gt;</p>"
    assert cited("A. doi:10.1/x") == "A. doi:10.1/x"
    assert '<a href="https://doi.org/10.1000/x.1">doi:10.1000/x.1</a>.' in cited("A & B. doi:10.1000/x.1.")
    assert list(flat({"a": {"b": None, "c": {}}, "d": [{"e": 1}], "f": -0.5})) == [
        ("a.b", "none"),
        ("a.c", "none"),
        ("d.1.e", "1"),
        ("f", "−0.5"),
    ]
    rows = dict(account({"read": 30, "used": 10, "left_out": [{"line": k, "reason": "no year"} for k in range(20)]}))
    assert rows["Rows left out"] == "20"
    assert rows["left out"].endswith("10, 11 and 8 more)")


# Two languages ----------------------------------------------------------------------------------


def bilingual(language: str, unit: str = "CHN", name: str = "中国") -> RunContents:
    """The same run told in a language, drawn and tabled in it."""
    names = {unit: name} if language == "zh" else {}
    with speaking(language, names=names):
        run = contents(unit)
        rates = Table.of(
            "rates", say("Sources of growth"), [Field("unit", label("unit")), Field("tfp", label("tfp"))],
            {"unit": [named(unit), "USA"], "tfp": [1.0, None]}, unit=say("per cent a year"), notes=(LOG_RATES,),
        )  # fmt: skip
    good = replace(run.analyses["accounts"], tables=(rates,))
    return replace(
        run, analyses={**run.analyses, "accounts": good}, language=language, languages=("en", "zh"), names=names,
        provenance={**run.provenance, "started": "2026-11-24T21:05:00+00:00"},
    )  # fmt: skip


def test_pages_of_one_run_carry_their_language_and_link_to_each_other():
    for language, tag, other in (("en", "en", "report.zh.html"), ("zh", "zh-Hans", "report.html")):
        page = Outline(write_report(bilingual(language)))
        assert dict(page.tags)["html"]["lang"] == tag
        links = [attrs for name, attrs in page.tags if name == "a" and attrs.get("rel") == "alternate"]
        assert [link["href"] for link in links] == [other]
        assert [attrs["id"] for name, attrs in page.tags if "xz-table" in (attrs.get("class") or "").split()] == [
            "table-1",
            "table-2",
        ]
    assert 'rel="alternate"' not in write_report(contents())


def test_the_chinese_page_is_told_in_chinese():
    text = Outline(write_report(bilingual("zh"))).text
    words = ["摘要", "目录", "图1", "表1", "增长的来源（年均百分比）", "中国", "全要素生产率", "现有数据无法识别的项",
             "产业升级", "方法", "参考文献", "剔除行数", "no year：2行（第7、9行）", "数据缺失", "labour.missing_hours",
             "2026年11月24日", "警告："]  # fmt: skip
    assert [word for word in words if word not in text] == []
    own = ["Summary", "Contents", "Figure 1", "Table 1", "Provenance", "Rows read", "Not identified", "Warning"]
    assert [word for word in own if word in text] == []
    assert "24 November 2026" in Outline(write_report(bilingual("en"))).text


HOSTILE = [
    EVIL,
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=document.title='owned'>",
    "javascript:document.title='owned'",
    "</style><style>body{background:url(https://example.org/x)}",
    "expression(document.title='owned');}@import 'https://example.org/x.css';",
    "abc\u202egnp.exe\u2066",
    "\x1b[31mred\x07\x00",
    "{{7*7}}{%raw%}${7*7}",
    "]]><!--",
]


def test_hostile_labels_make_no_element_and_no_attribute():
    hostile = " ".join(HOSTILE)

    def shape(run):
        return [(tag, sorted(attrs)) for tag, attrs in Outline(write_report(run)).tags]

    for language in ("en", "zh"):
        assert shape(bilingual(language, hostile, hostile)) == shape(bilingual(language))


def test_marks_of_direction_do_not_reorder_sentences():
    page = write_report(bilingual("zh", "abc\u202egnp", "中\u2066国"))
    assert not set(DIRECTIONS) & set(Outline(page).text)


# In a browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    with api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(CHROMIUM), args=quiet)
        yield chromium
        chromium.close()


class Visit:
    """Open a page by its file and note every request and every word on the console."""

    def __init__(self, browser, path: Path, *, width: int, scripts: bool = True) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.console: list[str] = []
        self.page.route("**/*", self._route)
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.goto(path.as_uri())

    def _route(self, route) -> None:
        url = route.request.url
        if not url.startswith(("file:", "data:")):
            self.requests.append(url)
        route.continue_()

    def scroll_through(self, figures: int) -> None:
        for k in range(figures):
            self.page.locator("figure").nth(k).scroll_into_view_if_needed()
        self.page.wait_for_function(
            "n => document.querySelectorAll('.alive').length === n", arg=figures, timeout=20_000
        )


@needs_chromium
@pytest.mark.parametrize("width", WIDTHS)
def test_in_a_browser_the_page_asks_for_nothing_fits_and_comes_alive(browser, tmp_path, width):
    path = tmp_path / "report.html"
    path.write_text(write_report(contents(EVIL)), encoding="utf-8")
    visit = Visit(browser, path, width=width)
    visit.scroll_through(4)
    assert visit.requests == []
    assert visit.console == []
    assert visit.page.title() == f"A report on {EVIL}"
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = visit.page.evaluate(
        "[...document.querySelectorAll('.picture')].map(p => [p.clientWidth, p.querySelector('.live svg').clientWidth])"
    )
    assert all(svg <= room for room, svg in sizes)
    visit.context.close()


@needs_chromium
def test_the_pointer_gets_the_numbers(browser, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(write_report(contents()), encoding="utf-8")
    visit = Visit(browser, path, width=1280)
    visit.scroll_through(4)
    visit.page.locator("#figure-1 .live .mark-rect path").first.hover()
    tip = visit.page.locator("#vg-tooltip-element.visible")
    tip.wait_for(timeout=5_000)
    assert "2.00" in tip.inner_text()  # capital of the first unit, as given
    visit.context.close()


@needs_chromium
def test_without_scripts_the_page_is_complete(browser, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(write_report(contents()), encoding="utf-8")
    visit = Visit(browser, path, width=390, scripts=False)
    stills = visit.page.locator(".still svg")
    assert stills.count() == 4
    assert all(stills.nth(k).is_visible() for k in range(4))
    assert visit.page.locator("table").count() == 2
    assert visit.requests == []
    visit.context.close()


@needs_chromium
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_labels_run_and_load_nothing_in_both_languages(browser, tmp_path, language, width):
    path = tmp_path / "report.html"
    everything = " ".join(HOSTILE)
    path.write_text(write_report(bilingual(language, everything, everything)), encoding="utf-8")
    visit = Visit(browser, path, width=width)
    visit.scroll_through(4)
    for k in range(4):
        visit.page.locator(f"#figure-{k + 1} .live svg").hover()
    assert (visit.requests, visit.console) == ([], [])
    assert visit.page.title() != "owned"
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.locator("a[href^='javascript:'], img, iframe, object").count() == 0
    visit.context.close()


@needs_chromium
@pytest.mark.parametrize("width", WIDTHS)
def test_a_reader_goes_from_one_language_to_the_other(browser, tmp_path, width):
    for language, name in (("en", "report.html"), ("zh", "report.zh.html")):
        (tmp_path / name).write_text(write_report(bilingual(language)), encoding="utf-8")
    visit = Visit(browser, tmp_path / "report.html", width=width)
    visit.page.click("a[rel=alternate]")
    assert visit.page.locator("html").get_attribute("lang") == "zh-Hans"
    visit.scroll_through(4)
    assert visit.page.locator("figcaption b").first.inner_text() == "图1"
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    clipped = visit.page.evaluate(
        "[...document.querySelectorAll('.live svg')].flatMap(svg => { const room = svg.getBoundingClientRect();"
        "return [...svg.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect();"
        "return b.width && (b.left < room.left - 1 || b.right > room.right + 1); }).map(t => t.textContent) })"
    )
    assert clipped == []  # labels were measured as wide as Chromium draws them
    visit.page.click("a[rel=alternate]")
    assert visit.page.locator("html").get_attribute("lang") == "en"
    assert (visit.requests, visit.console) == ([], [])
    visit.context.close()
