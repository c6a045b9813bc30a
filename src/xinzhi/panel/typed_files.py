"""Parquet and Stata: the columns carry types, so nothing is guessed; sizes are looked at before cells."""

import struct
import warnings
from pathlib import Path

import numpy as np

from xinzhi.errors import DataError, listed
from xinzhi.language import say
from xinzhi.panel.packed import check_file
from xinzhi.panel.reading import RawTable, Reading, check_size, unreadable

DAMAGED = (ValueError, OSError, LookupError, ArithmeticError, TypeError, AttributeError, EOFError, struct.error)
"""What reading a damaged Stata file may raise."""
NESTED = ("STRUCT", "MAP", "LIST", "UNION", "[")


def read_parquet(path: Path, reading: Reading) -> RawTable:
    """Read a Parquet file; see :func:`xinzhi.panel.readers.read_table`."""
    import glob

    import duckdb

    check_file(path, reading.limits)
    name = [glob.escape(str(path))]
    with duckdb.connect(":memory:", config={"threads": 1, "autoinstall_known_extensions": "false"}) as engine:
        try:
            size = engine.execute("SELECT num_rows FROM parquet_file_metadata(?)", name).fetchone()
            types = engine.execute("DESCRIBE SELECT * FROM read_parquet(?)", name).fetchall()
            check_size(path, size[0] if size else 0, len(types), reading.limits)
            nested = [repr(column) for column, kind, *_ in types if any(word in kind for word in NESTED)]
            if nested:
                found = say("nested columns {names}", names=listed(nested))
                raise DataError("XZ-224", found, where=path.name, expected=say("one value in each cell"))
            frame = engine.execute("SELECT * FROM read_parquet(?)", name).df()
        except (duckdb.Error, ValueError, OverflowError, UnicodeDecodeError) as error:
            words = (str(error).splitlines() or [""])[0]
            found = say("not a Parquet file ({error})", error=words)
            raise unreadable(path, found, say("a Parquet file")) from error
    return RawTable(frame, path.name, np.arange(len(frame), dtype=np.int64))


def read_dta(path: Path, reading: Reading) -> RawTable:
    """Read a Stata file; see :func:`xinzhi.panel.readers.read_table`."""
    import pandas as pd

    check_file(path, reading.limits)
    findings: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # partly labelled columns keep their numbers, see below
            with pd.read_stata(path, iterator=True) as reader:
                sets, labels = reader.value_labels(), reader.variable_labels()
                rows, size = getattr(reader, "_nobs", 0), path.stat().st_size
            if rows > size:  # a row has a byte at least: the header lies, and pandas would reserve what it says
                raise ValueError(say("{rows:,} rows in {size:,} bytes", rows=rows, size=size))
            check_size(path, rows, len(labels), reading.limits)
            frame = pd.read_stata(path, convert_categoricals=False, convert_dates=False)
            check_size(path, *frame.shape, reading.limits)
            named = pd.read_stata(path, convert_dates=False, order_categoricals=False) if sets else frame
    except DataError:
        raise
    except (
        ValueError,
        OSError,
        LookupError,
        ArithmeticError,
        TypeError,
        AttributeError,
        EOFError,
        struct.error,
    ) as error:
        found = say("not a Stata file, or damaged ({error})", error=str(error)[:80])
        raise unreadable(path, found, say("a Stata .dta file")) from error
    repeated = frame.columns[frame.columns.duplicated()].tolist()
    if repeated:
        found = say("repeated column names: {error}", error=listed([repr(name) for name in repeated]))
        raise unreadable(path, found, say("each name once"))
    for name in frame.columns:
        if isinstance(named[name].dtype, pd.CategoricalDtype):
            whole = all(isinstance(label, str) for label in named[name].cat.categories)
            frame[name] = named[name].astype(object) if whole else frame[name]
            findings.append(
                say("value labels of {name!r} used", name=name)
                if whole
                else say("value labels of {name!r} not used: some values have none", name=name)
            )
    labels = {name: label for name, label in labels.items() if label}
    return RawTable(frame, path.name, np.arange(len(frame), dtype=np.int64), tuple(findings), ".", labels)
