"""What stands behind an input or a share, in words with its policies."""

from xinzhi.language import Text, named, say
from xinzhi.method.roles import Capital, Labour, Quantity, Share, ShareOf, Term, UnitMean
from xinzhi.method.terms import label


def quantity_words(quantity: Quantity) -> str:
    """Return what stands behind an input, in words with its policies."""
    if isinstance(quantity, Capital):
        growth = named(quantity.growth)
        if quantity.level is None:
            return growth
        return say("{growth}, level {level} of {base}", growth=growth, level=named(quantity.level), base=quantity.base)
    if isinstance(quantity, Labour):
        return _labour_words(quantity)
    if isinstance(quantity, Term):
        return say("{column} of {method}", column=label(quantity.column), method=quantity.method.method_name)
    return named(quantity)


def _labour_words(labour: Labour) -> Text | str:
    parts = (labour.persons, labour.hours, labour.quality)
    words: Text | str = " × ".join(named(part) for part in parts if part)
    if labour.services:
        words = say("{labour} with quality from {services}", labour=words, services=named(labour.services))
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
        return f"({' + '.join(map(named, share.part))}) / ({' + '.join(map(named, share.total))})"
    if isinstance(share, UnitMean):
        if share.window is None:
            return say("mean of {column} by unit", column=named(share.column))
        first, last = share.window
        return say("mean of {column} by unit over {first}–{last}", column=named(share.column), first=first, last=last)
    if isinstance(share, str):
        return say("{column}, mean of the two years", column=named(share))
    return say("fixed at {share:g}", share=share)
