"""The account of rows: what was read is either used or left out with a reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Rows of a panel; of a selection, all rows of its source, those not selected being left out.

    Parameters
    ----------
    source : str
        Where the rows come from.
    read : int
        Rows read.
    left_out : tuple of (row, reason)
        Row numbers (line numbers of a file) that were left out.
    findings : tuple of str
        What the reader found and decided (encoding, delimiter, decimal sign, ...).
    """

    source: str
    read: int
    left_out: tuple[tuple[int, str], ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def used(self) -> int:
        """Return the number of rows used."""
        return self.read - len(self.left_out)
