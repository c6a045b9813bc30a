"""Zip files that hold no clock: members in order, one fixed date, one compression."""

import io
import zipfile
from collections.abc import Mapping

DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file can say."""


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return files as a zip archive; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name, DATE)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def zipped_again(archive: bytes) -> bytes:
    """Return an archive with the same members and no clock."""
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        return zipped({name: found.read(name) for name in found.namelist()})
