"""Every error that Xinzhi raises: one shallow tree, each with a stable code.

An error says what was found, where, what was expected and what to do, in the language in force when it is
printed. The codes are listed in ``CODES`` with cause and remedy; the documentation prints that table.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from xinzhi.language import Text, again, enumerated, say

CODES: dict[str, tuple[str, str]] = {
    # 1xx the study file and the command line
    "XZ-101": ("The study file cannot be read", "Check the path and that the file is UTF-8 TOML."),
    "XZ-102": ("Unknown key, method or name", "Use the nearest valid name that the message gives."),
    "XZ-103": ("A setting has a wrong type or value", "Correct the value as the message says."),
    "XZ-104": ("A study refers to something that it does not define", "Define it, or correct the reference."),
    "XZ-105": ("A path leads outside the study's folder", "Put the file into the folder, or give it with --data."),
    "XZ-106": ("The output folder cannot be used", "Choose an empty or new folder that can be written."),
    "XZ-107": ("An SQL statement of the study failed", "Correct the statement; only the named tables exist."),
    "XZ-108": ("A package that this step needs is not installed", "Install the extra that the message names."),
    "XZ-110": (
        "Another run is working in this folder",
        "Wait for it to end, wait longer (--wait), or choose another --out.",
    ),
    "XZ-111": (
        "The disk is full or failing",
        "Make room, or choose another disk; then run again: complete analyses are kept.",
    ),
    "XZ-112": (
        "The output folder vanished during the run",
        "Run again; do not remove the folder while a run works in it.",
    ),
    "XZ-113": (
        "The report could not be made",
        "This is a defect: please report it; the analyses that are complete are kept.",
    ),
    "XZ-114": ("A run is damaged", "Run `xinzhi resume` on the folder: what is damaged is computed again."),
    "XZ-115": (
        "A file has changed since the run began",
        "Check that the change is meant; analyses that it touches are computed again.",
    ),
    "XZ-116": ("A run cannot be gone on with", "Run the study again into the folder: xinzhi run STUDY --out DIR."),
    "XZ-117": ("A query of a run failed", "Correct the SELECT; tables are analyses and their published tables."),
    "XZ-118": ("A run is not finished", "Run `xinzhi resume` on the folder."),
    "XZ-120": ("A run needs more memory than there is", "Use fewer rows or units, or a machine with more memory."),
    "XZ-121": (
        "A worker process ended",
        "Run again with fewer workers: what is complete is kept. In a script, call it under if __name__ == '__main__'.",
    ),
    "XZ-125": (
        "A character that no font of this machine can draw",
        "Install a font that has it, then export again.",
    ),
    "XZ-126": ("The folder of an export cannot be used", "Choose a new or empty folder, or that of an earlier export."),
    # 2xx data
    "XZ-201": ("A data file cannot be read", "Check path, format, encoding and delimiter."),
    "XZ-202": (
        "Text in a number column",
        "Correct the cells; leave missing ones empty.",
    ),
    "XZ-203": ("Duplicate keys", "Keep one row per unit and time."),
    "XZ-204": ("A share lies outside [0, 1]", "Give shares as fractions; shares in per cent are divided by 100 first."),
    "XZ-205": ("A column is missing", "Use the nearest column name, or add the column."),
    "XZ-206": ("No usable row", "See the row account: every row was left out for the reason given."),
    "XZ-207": (
        "A growth index where a level is needed",
        "Give a level, e.g. Capital(growth=..., level=..., base=...).",
    ),
    "XZ-208": ("A window or period outside the data", "Choose years that the data cover."),
    "XZ-209": ("Time is not a whole number", "Give years (or period numbers) as integers."),
    "XZ-210": ("Unknown catalogue id", "Run `xinzhi catalog` to see what there is."),
    "XZ-211": ("A shipped data file is damaged", "Install the package again."),
    "XZ-212": ("A unit named in the settings is not in the data", "Use one of the unit names of the data."),
    "XZ-214": ("Only one period where growth is asked for", "Growth needs at least two consecutive periods."),
    "XZ-215": ("A policy's reference series has gaps", "Choose a reference unit that is observed in every year."),
    "XZ-216": ("The frame kind is not supported", "Give a pandas, Polars or PyArrow table, or a file."),
    "XZ-217": ("Cost shares do not sum to one", "Check that every input has its share and none is counted twice."),
    "XZ-218": ("A label is missing or changes within a unit", "Give every row of a unit the same label."),
    "XZ-220": (
        "A file is larger than a reader accepts",
        "If it is what you expect, raise the limit: Reading(limits=Limits(...)) in Python.",
    ),
    "XZ-221": ("Two encodings in one file", "Save the whole file as UTF-8, or name its encoding."),
    "XZ-222": ("A number that cannot be held", "Give the column in other units of measurement."),
    "XZ-223": ("A name or label that cannot be shown", "Remove the characters that are named, or shorten the name."),
    "XZ-224": ("A file holds what is not read", "Save it without what is named."),
    "XZ-225": ("Names that differ in capitals only", "Rename one of them: SQL takes them for the same."),
    "XZ-226": ("A query ran too long or took too much memory", "Simplify it, or give its outcome as a file."),
    "XZ-240": (
        "The volumes of the sectors do not add up to the total",
        "Use formulas=['gead', 'gead_log'], exact with chained volumes, or volumes at the prices of one year.",
    ),
    "XZ-241": ("A sector is in no group, or in several", "Name every sector once: primary, secondary or tertiary."),
    "XZ-242": ("Parts of a whole disagree about the whole", "Repeat the whole's one number in the rows of its parts."),
    "XZ-230": (
        "Negative investment",
        "Correct the cells, or say that they are disposals: negative='disposals'.",
    ),
    "XZ-231": (
        "The series is too short for its service life or depreciation rate",
        "Name an initial stock, e.g. SteadyState(), or accept a larger share: LongSeries(accepted=...).",
    ),
    "XZ-232": (
        "A user cost of capital is not positive",
        "Name a rule: gains='none' or SmoothedGains(...), a floor on the rate, or negative='group' or 'missing'.",
    ),
    "XZ-234": (
        "A depreciation rate, service life or tax term out of range",
        "Rates lie between 0 and 1, lives are positive and do not change within a unit.",
    ),
    "XZ-245": (
        "A regression is not identified",
        "Use more years, or columns that are not constant and no combinations of each other.",
    ),
    "XZ-250": ("Too few complete units", "Choose a shorter window, fill cells by a named rule, or leave years out."),
    "XZ-251": ("Too few dates for a log t regression", "Use a longer window, or leave out fewer first dates."),
    "XZ-252": (
        "Relative paths need a positive mean",
        "Use scale='values' for a column that holds logarithms, or a unit in which logarithms are positive.",
    ),
    "XZ-253": ("Units share one path to the last digit", "Keep one of them: their distance has no logarithm."),
    "XZ-254": ("A rate of growth is not a fraction", "Divide rates in per cent by 100."),
    "XZ-260": (
        "A framework is not a tree",
        "Give every part one parent that exists, and one dimension without a parent.",
    ),
    "XZ-261": (
        "A constant column cannot be normalised",
        "Leave it out by a named rule: Screen(constant='drop').",
    ),
    "XZ-262": (
        "Steps that do not fit together",
        "Change the order, or one of the two, as the message says.",
    ),
    "XZ-263": (
        "Values that a rule cannot take",
        "Use another normalisation, or name a shift or floor: each cell that it changes is listed.",
    ),
    "XZ-264": (
        "Weights are missing, negative or do not add up",
        "Complete them, or say that they are relative: Given(scale='relative').",
    ),
    "XZ-265": ("A framework file cannot be understood", "Correct the line that is named; see the page on frameworks."),
    "XZ-266": ("Too few units for an index", "Relative scores need at least two units with data."),
    "XZ-267": ("A denominator is missing, zero or negative", "Correct the cells that are named."),
    "XZ-268": ("A matrix of judgements is not reciprocal", "Give positive judgements with a_ij = 1 / a_ji."),
    "XZ-269": ("Nothing is uncertain", "Put OneOf(...) or Between(...) into a step, or ask for fewer analyses."),
    "XZ-270": ("A rule is not defined on these data", "Use another rule, or leave out what is named."),
    "XZ-271": ("Runs of an uncertainty analysis failed", "Correct the combinations that are listed."),
    "XZ-272": ("Scores of systems outside [0, 1]", "Give scores normalised to 0 to 1."),
    "XZ-280": (
        "Values that a measure of inequality cannot take",
        "Use a measure that takes them, or leave the rows out.",
    ),
    "XZ-281": (
        "Too few units, groups or values that differ",
        "Use more units or years, or a coarser grouping.",
    ),
    "XZ-282": ("Spatial weights that cannot be used", "Correct the weights as the message says."),
    "XZ-283": ("Units without neighbours", "Name a policy: islands='keep', or a neighbour for each."),
    "XZ-284": ("Classes that cannot be used", "Use fewer classes, or cut-offs between which there are values."),
    "XZ-285": ("A regression is not identified", "Use more years or units, or leave a regressor out."),
    "XZ-287": (
        "Event times that cannot be used",
        "Give each unit the first year of its treatment, and nothing for units never treated.",
    ),
    "XZ-288": (
        "Geometries that cannot be used",
        "Use a GeoJSON file in which each unit has a polygon, and name the property that holds its name.",
    ),
    # 3xx estimation
    "XZ-301": ("The terms of a row do not add up", "This is a defect: please report the row that is named."),
    "XZ-302": ("The reference set is too small", "Widen the reference set, or use another rule."),
    "XZ-303": ("Mix efficiency above one", "This is a defect: please report the row that is named."),
    "XZ-305": ("A result has no such column", "Use a column that the method's result has."),
    "XZ-306": ("A task failed", "The run keeps what was complete; correct the cause and run again."),
    # 4xx warnings: printed with the result, they do not stop it
    "XZ-401": (
        "Inputs of some units are filled by a policy",
        "Read the table of policy use before citing these units.",
    ),
    "XZ-402": (
        "Mixed-period programmes are infeasible",
        "The cells are counted and named; use CRS or a global technology.",
    ),
    "XZ-403": ("Rows of the frontier carry filled inputs", "Use reference='observed' to keep them off the frontier."),
    "XZ-404": ("A term is not identified", "Its column is absent; the reason is printed."),
    "XZ-405": ("Gaps between years", "Steps across a gap are not computed; the rows are listed."),
    "XZ-406": (
        "Growth of a column that compares units within one period only",
        "Use a level or a growth index, e.g. Capital(growth=..., level=..., base=...).",
    ),
    "XZ-407": (
        "A figure has characters that no font here can draw",
        "Install a font that has them, such as Noto Sans CJK or Source Han Sans, and run again.",
    ),
    "XZ-430": (
        "Jumps in the price of investment",
        "Look for series that were joined there; compare growth within the spans between them.",
    ),
    "XZ-431": (
        "A rate of return stands at its floor",
        "User costs of these years do not add up to the compensation of capital.",
    ),
    "XZ-460": ("An index has findings to look at", "Read the table of findings with their remedies."),
    "XZ-461": (
        "Scores are relative to each year",
        "Do not read their growth: normalise over all years or over a base year.",
    ),
    "XZ-462": ("Judgements are not consistent", "Look at the judgements again: CR should be below 0.1."),
    "XZ-463": ("A framework is recalled from memory", "Check it against the paper before citing it."),
    "XZ-465": (
        "Variables of a regression are parts of the index",
        "Leave them out of one of the two, or report the index without them beside it.",
    ),
    "XZ-464": ("Indicators or units were left out", "Read the table of what was left out."),
    "XZ-470": ("Cells with few transitions", "Use fewer classes or more years; do not read these probabilities."),
    "XZ-471": ("Units without neighbours have no lag", "Read the list; name a neighbour if there is one."),
    "XZ-472": ("Groups of fewer than four units", "Do not read differences inside these groups."),
    "XZ-473": ("A short series", "Read tests that need many years with care."),
    "XZ-474": (
        "Variables of a regression share columns",
        "Their coefficient is partly arithmetic; look at the regression without what they share.",
    ),
    "XZ-475": ("Few clusters", "Read standard errors with care; compare with the wild cluster bootstrap."),
    "XZ-450": (
        "A club does not pass the log t test as a whole",
        "Raise the threshold of the sieve in steps: sieve=Sieve(step=0.05, most=50).",
    ),
    "XZ-408": (
        "Instruments are weak",
        "Do not rely on the estimates that are named: use instruments that move input growth more.",
    ),
}


class XinzhiError(Exception):
    """Base of all errors.

    Parameters
    ----------
    code : str
        A key of ``CODES``.
    found : str
        What was found.
    where : str
        File, line, column, unit or year.
    expected : str
        What was expected.
    remedy : str
        What to do; the remedy of the code's entry where none is given.
    """

    exit_code = 1

    def __init__(self, code: str, found: str, *, where: str = "", expected: str = "", remedy: str = "") -> None:
        title, standard = CODES[code]
        self.code, self.found, self.where, self.expected = code, found, where, expected
        self.title, self.remedy = say(title), remedy or say(standard)
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the parts, so that the error survives the way back from a worker process."""
        return _rebuild, (type(self), self.code, self.found, self.where, self.expected, self.remedy)

    def __str__(self) -> str:
        title, found, where, expected, remedy = again((self.title, self.found, self.where, self.expected, self.remedy))
        lines = [say("{code} {title}: {found}", code=self.code, title=title, found=found)]
        lines += [say("  where:    {where}", where=where)] if where else []
        lines += [say("  expected: {expected}", expected=expected)] if expected else []
        return "\n".join([*lines, say("  to do:    {remedy}", remedy=remedy)])

    def to_dict(self) -> dict[str, str]:
        """Return the parts of the error, for ``--json``."""
        parts = {
            "title": self.title,
            "found": self.found,
            "where": self.where,
            "expected": self.expected,
            "remedy": self.remedy,
        }
        return {"code": self.code, **again(parts)}


def _rebuild(kind: type[XinzhiError], code: str, found: str, where: str, expected: str, remedy: str) -> XinzhiError:
    return kind(code, found, where=where, expected=expected, remedy=remedy)


class UsageError(XinzhiError):
    """The study file, a setting or the command line is wrong (exit code 2)."""

    exit_code = 2


class DataError(XinzhiError):
    """The data are wrong or missing (exit code 3)."""

    exit_code = 3


class EstimationError(XinzhiError):
    """A method could not compute (exit code 4)."""

    exit_code = 4


class ResourceError(XinzhiError):
    """The machine did not give what a computation needs: memory, a worker (exit code 4); never a result."""

    exit_code = 4


class Problems(XinzhiError):
    """Several errors found together; the exit code is that of the first."""

    def __init__(self, errors: Sequence[XinzhiError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(first.code, first.found, where=first.where, expected=first.expected, remedy=first.remedy)
        self.exit_code = first.exit_code

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the errors."""
        return Problems, (self.errors,)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in getattr(self, "errors", ()))


def raise_all(errors: Sequence[XinzhiError]) -> None:
    """Raise nothing, the one error, or all of them together."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Problems(errors)


def nearest(name: str, names: Sequence[str]) -> str:
    """Return "did you mean 'x'?" for the closest of ``names``, or an empty string."""
    match = get_close_matches(name, names, n=1, cutoff=0.5) or [
        known for known in names if known.lower() == name.lower()
    ]
    return say("did you mean {name!r}?", name=match[0]) if match else ""


def listed(items: Sequence[object], most: int = 8) -> Text:
    """Return the items as text, cut after ``most`` with the number left out."""
    if len(items) <= most:
        return enumerated(tuple(items))
    return say("{items} and {count} more", items=enumerated(tuple(items[:most])), count=len(items) - most)
