"""What stands behind an input or a share, in words with its policies."""

from xinzhi.language import Text, enumerated, named, say
from xinzhi.method.filling import Filled, rule_words
from xinzhi.method.roles import Capital, Labour, Quantity, Share, ShareOf, Term, UnitMean
from xinzhi.method.terms import label


def column_words(column: str | Filled) -> Text:
    """Return a column in words, with the rules that fill it."""
    if isinstance(column, str):
        return named(column)
    rules = enumerated([rule_words(rule) for rule in column.rules])
    return say("{column} (missing cells: {rules})", column=named(column.column), rules=rules)


def term_words(term: Term) -> Text:
    """Return a term of another method in words."""
    return say("{column} of {method}", column=label(term.column), method=term.method.method_name)


def quantity_words(quantity: Quantity) -> str:
    """Return what stands behind an input, in words with its policies."""
    if isinstance(quantity, Capital):
        growth = column_words(quantity.growth)
        if quantity.level is None:
            return growth
        level = column_words(quantity.level)
        return say("{growth}, level {level} of {base}", growth=growth, level=level, base=quantity.base)
    if isinstance(quantity, Labour):
        return _labour_words(quantity)
    return term_words(quantity) if isinstance(quantity, Term) else column_words(quantity)


def _labour_words(labour: Labour) -> Text | str:
    parts = (labour.persons, labour.hours, labour.quality)
    words: Text | str = " × ".join(
        term_words(part) if isinstance(part, Term) else column_words(part) for part in parts if part
    )
    if labour.services:
        words = say("{labour} with quality from {services}", labour=words, services=column_words(labour.services))
    if labour.missing_hours is None:
        return words
    return say(
        "{labour} (missing hours interpolated, then spliced with the growth of {reference})",
        labour=words,
        reference=named(labour.missing_hours.reference),
    )


def share_words(share: ShareOf | None) -> str:
    """Return what stands behind a cost share, in words."""
    if share is None:
        return say("what the others leave")
    if isinstance(share, Share):
        return f"({' + '.join(map(column_words, share.part))}) / ({' + '.join(map(column_words, share.total))})"
    if isinstance(share, UnitMean):
        if share.window is None:
            return say("mean of {column} by unit", column=named(share.column))
        first, last = share.window
        return say("mean of {column} by unit over {first}–{last}", column=named(share.column), first=first, last=last)
    if isinstance(share, float | int):
        return say("fixed at {share:g}", share=share)
    words = term_words(share) if isinstance(share, Term) else column_words(share)
    return say("{column}, mean of the two years", column=words)
