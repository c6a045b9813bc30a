"""Tables, figures and words of convergence clubs."""

from typing import TYPE_CHECKING, Any

import numpy as np

from xinzhi.growth.returns_to_scale import NeweyWest
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Table, View
from xinzhi.method.status import status_word
from xinzhi.method.table import shown, shown_p
from xinzhi.method.terms import label

if TYPE_CHECKING:
    from xinzhi.growth.convergence.clubs import ConvergenceClubsResult

DRAWN = 8
"""Units drawn at most, so that their lines can be told apart."""
FIVE = 0.05
"""Level of the tests in sentences."""


def group_name(number: int) -> Text:
    """Return what a group is called: -1 all units, 0 those that diverge, else the club."""
    if number > 0:
        return say("Club {number}", number=number)
    return say("All units") if number < 0 else say("Diverging units")


def club_tables(result: "ConvergenceClubsResult", view: View | None) -> list[Table]:
    """Return the tests by club, the chosen units with their clubs, and what policies filled."""
    columns: dict[str, list[Any]] = result.by_club()
    merged = result.settings["merging"] != "none"
    columns["group"] = [group_name(number) for number in columns["club"]]
    columns["origin"] = [" + ".join(map(str, origin)) or "–" for origin in columns["origin"]]
    fields = [
        Field("group", say("Group")),
        Field("units", say("Units"), 0),
        Field("b", "b", 4),
        Field("error", say("Standard error"), 4),
        Field("t", "t", 3),
        Field("p", say("Randomisation p"), 4, p_value=True),
        *([Field("origin", say("Clubs before merging"))] if merged else []),
    ]
    critical = result.settings["test"]["critical"]
    notes = [
        say(
            "Null hypothesis: the units converge. t below {critical} rejects it; so does a small randomisation p.",
            critical=shown(critical, 2),
        ),
        say("Clubs are chosen by t: no p-value of a club counts the search."),
    ]
    tests = Table.of("clubs", say("Log t test by club"), fields, columns, notes=notes)
    units, _ = result.chosen(view)
    keep = np.flatnonzero(np.isin(result.rows.unit.astype(str), units))
    numbers = result.rows.terms["club"][keep]
    cells = {
        "unit": [named(unit) for unit in result.rows.unit[keep]],
        "club": [None if np.isnan(number) else group_name(int(number)) for number in numbers],
        "transition_start": result.rows.terms["transition_start"][keep],
        "transition_end": result.rows.terms["transition_end"][keep],
        "status": [status_word(word) for word in result.rows.status[keep]],
        "reason": result.rows.reason[keep].tolist(),
    }
    heads = [
        Field("unit", label("unit")),
        Field("club", label("club")),
        Field("transition_start", label("transition_start"), 4),
        Field("transition_end", label("transition_end"), 4),
        Field("status", label("status")),
        Field("reason", label("reason")),
    ]
    members = Table.of("members", say("Units and their clubs"), heads, cells)
    return [tests, members, *result.filled_table(view)]


def club_figures(result: "ConvergenceClubsResult", view: View | None) -> list[Any]:
    """Return the mean relative transition by club, and the paths of the chosen units if units are chosen."""
    from xinzhi.method.charts import Labels, lines

    years = result.years.tolist()

    def drawn(name: str, title: Text, series: list[Any], paths: Any) -> Any:
        labels = Labels(name=name, title=title, description=club_summary(result), unit=say("relative transition"))
        return lines(
            labels,
            series=[who for who in series for _ in years],
            time=years * len(series),
            value=np.asarray(paths).ravel().tolist(),
            reference=1.0,
            decimals=4,
        )

    figures = []
    if result.clubs and len(result.clubs[0].units) < result.names.size:  # all units lie on their own mean
        names = [group_name(number) for number in range(1, len(result.clubs) + 1)]
        title = say("Mean relative transition of the clubs (mean of all units = 1)")
        figures.append(drawn("club_transitions", title, names, result.club_paths()))
    units = [] if view is None or view.units is None else result.chosen(view)[0]
    places = [int(np.flatnonzero(result.names == unit)[0]) for unit in units if unit in result.names][:DRAWN]
    if places:
        title = say("Relative transition of units (mean of all units = 1)")
        series = [named(result.names[place]) for place in places]
        figures.append(drawn("unit_transitions", title, series, result.paths[places]))
    return figures


def club_summary(result: "ConvergenceClubsResult") -> str:
    """Return the verdicts of both tests on all units, and the clubs."""
    everyone, critical = result.everyone, result.settings["test"]["critical"]
    words = {
        "count": len(everyone.units),
        "b": shown(everyone.b, 4),
        "t": shown(everyone.t, 2),
        "p": shown_p(everyone.p, 4),
    }
    by_t, by_p = everyone.t > critical, everyone.p > FIVE
    if by_t and by_p:
        head = say("Convergence of {count} units is not rejected: b {b}, t {t}, randomisation p {p}.", **words)
    elif not by_t and not by_p:
        head = say("Convergence of {count} units is rejected: b {b}, t {t}, randomisation p {p}.", **words)
    else:
        head = say("The tests of {count} units disagree on convergence: b {b}, t {t}, randomisation p {p}.", **words)
    lines = [head]
    for number, club in enumerate(result.clubs, start=1):
        lines.append(
            say(
                "Club {number}: {count} units, b {b}, t {t}, randomisation p {p}.",
                number=number,
                count=len(club.units),
                b=shown(club.b, 3),
                t=shown(club.t, 2),
                p=shown_p(club.p, 3),
            )
        )
    if result.divergent.units:
        lines.append(say("{count} units belong to no club.", count=len(result.divergent.units)))
    return "\n".join(lines)


def club_methods(result: "ConvergenceClubsResult", head: str) -> str:
    """Return the method in words with its conventions."""
    settings, method = result.settings, result.method
    test = settings["test"]
    variance = getattr(method, "test").variance  # noqa: B009 - the method of the base class has no test
    scale = say("Paths of logarithms.") if settings["scale"] == "logs" else say("Paths of the values as they are.")
    trend = settings["trend"]
    filtered = (
        say("Hodrick-Prescott trend, smoothing {smoothing:g}.", smoothing=trend["smoothing"])
        if trend
        else say("Paths are not filtered.")
    )
    dates = say(
        "The regression takes t = {first} to {last} (trim {trim:.4g}).",
        first=result.diagnostics["first_t"],
        last=result.diagnostics["last_t"],
        trim=test["trim"],
    )
    if isinstance(variance, NeweyWest):
        kernel = say("Newey-West standard errors, {lags} lags.", lags=variance.lags)
    elif variance == "fixed_qs":
        kernel = say("Long-run variance of the residuals: quadratic spectral kernel, bandwidth of Phillips and Sul.")
    else:
        kernel = say("Quadratic spectral kernel with the bandwidth of Andrews.")
    sieve = settings["sieve"]
    joined = say("A unit joins a core group if t exceeds c* = {threshold:g}", threshold=sieve["threshold"])
    joined = (
        say("{joined}, raised by {step:g} up to {most:g}.", joined=joined, step=sieve["step"], most=sieve["most"])
        if sieve["step"]
        else say("{joined}, fixed.", joined=joined)
    )
    merging = {
        "none": say("Clubs are not merged."),
        "phillips_sul": say("Neighbouring clubs are merged as in Phillips and Sul."),
        "von_lyncker_thoennessen": say("Neighbouring clubs are merged as in von Lyncker and Thoennessen."),
    }[settings["merging"]]
    return sentences(head, scale, filtered, dates, kernel, joined, merging)
