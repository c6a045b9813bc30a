"""Bytes of a file, plain or compressed, never more than the limits allow.

What is unpacked is counted while it is unpacked; sizes that an archive claims are not believed.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from xinzhi.errors import listed
from xinzhi.language import say
from xinzhi.panel.reading import Limits, too_much, unreadable

BLOCK = 2**20
SMALL = 64 * 2**20  # below this size no ratio is suspicious
TABLES = (".csv", ".tsv", ".txt")
BROKEN = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, RuntimeError)
"""What an archive raises that cannot be read; zipfile raises RuntimeError for passwords and unknown methods."""


def content_of(path: Path, limits: Limits) -> tuple[bytes, str, str]:
    """Return the bytes of a text table, the suffix of its name inside, and the name of the member of a .zip.

    Raises
    ------
    DataError
        Beyond a limit (XZ-220), damaged, or a .zip that does not hold exactly one table (XZ-201).
    """
    check_file(path, limits)
    suffix = path.suffix.lower()
    if suffix not in (".gz", ".zip"):
        try:
            return path.read_bytes(), suffix, ""
        except OSError as error:
            raise unreadable(path, str(error), say("a readable file")) from error
    try:
        if suffix == ".gz":
            with gzip.open(path) as stream:
                content = b"".join(counted(path, stream, limits))
            return content, Path(path.stem).suffix.lower(), ""
        with zipfile.ZipFile(path) as archive:
            name = _only_table(path, archive, limits)
            with archive.open(name) as stream:
                return b"".join(counted(path, stream, limits)), PurePosixPath(name).suffix.lower(), name
    except BROKEN as error:
        raise unreadable(path, say("damaged: {error}", error=error), say("a whole compressed file")) from error


def check_file(path: Path, limits: Limits) -> None:
    """Raise XZ-220 where a file is too large."""
    size = path.stat().st_size
    if size > limits.file_bytes:
        found = say("{size:,} bytes", size=size)
        raise too_much(path, found, say("at most {most:,} bytes", most=limits.file_bytes))


def counted(path: Path, stream: IO[bytes] | gzip.GzipFile, limits: Limits, before: int = 0) -> Iterator[bytes]:
    """Yield the blocks of a stream that is unpacked; ``before`` bytes of the same file came earlier."""
    size, packed = before, path.stat().st_size
    while block := stream.read(BLOCK):
        size += len(block)
        if size > limits.unpacked_bytes:
            found = say("more than {most:,} bytes when unpacked", most=limits.unpacked_bytes)
            raise too_much(path, found, say("a smaller file"))
        if size > SMALL and size > limits.ratio * packed:
            found = say("{packed:,} bytes unpack to over {times:,} times as much", packed=packed, times=limits.ratio)
            raise too_much(path, found, say("data, which do not shrink that far"))
        yield block


def check_members(path: Path, archive: zipfile.ZipFile, limits: Limits) -> None:
    """Raise XZ-220 where an archive holds too many files."""
    count = len(archive.infolist())
    if count > limits.members:
        found = say("{count:,} files inside", count=count)
        raise too_much(path, found, say("at most {most:,} files", most=limits.members))


def _only_table(path: Path, archive: zipfile.ZipFile, limits: Limits) -> str:
    check_members(path, archive, limits)
    names = [n for n in archive.namelist() if PurePosixPath(n).suffix.lower() in TABLES and "__MACOSX" not in n]
    if len(names) != 1:
        found = say("{count} tables: {names}", count=len(names), names=listed(names)) if names else say("no table")
        raise unreadable(path, found, say("one file {suffixes}", suffixes=listed(list(TABLES))))
    return names[0]
