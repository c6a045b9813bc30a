"""A study file as TOML, whatever it holds: never a hang, never a traceback."""

import re
import tomllib
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from xinzhi.errors import UsageError
from xinzhi.language import say
from xinzhi.panel.lookalikes import CONTROLS

LARGEST = 8 * 2**20
"""Bytes of a study file; 10,000 analyses have about 1 MB."""
DEEPEST = 50
"""Tables and arrays inside each other."""
WIDEST = 2**63
"""TOML's integers have 64 bits."""


def read_toml(path: Path) -> tuple[bytes, str, dict[str, Any]]:
    """Return bytes, text and tables of a TOML file; XZ-101 where it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            found = say("{path} is a folder, a device or a pipe", path=str(path))
            raise UsageError("XZ-101", found, expected=say("a file"))
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            found = say("{path} has more than {most:,} bytes", path=str(path), most=LARGEST)
            raise UsageError("XZ-101", found, expected=say("a study of at most {most:,} bytes", most=LARGEST))
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        return content, text, tomllib.loads(text)
    except OSError as error:
        raise UsageError("XZ-101", f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        found = say("{path} is not UTF-8: byte {byte}", path=str(path), byte=error.start)
        raise UsageError("XZ-101", found, where=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = (
            say("{path}, line {line}", path=str(path), line=line[1])
            if line
            else say("{path}, at the end", path=str(path))
        )
        raise UsageError("XZ-101", str(error), where=where, expected="TOML") from error
    except (
        ValueError,
        RecursionError,
    ) as error:  # zero byte in a path, 5,000 digits, endless brackets
        found = say("{path}: {error}", path=str(path), error=str(error)[:200])
        raise UsageError("XZ-101", found, expected="TOML") from error


def odd_values(raw: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the places of values that no setting can have, with what is odd about them."""
    rooms: list[tuple[tuple[str | int, ...], Any]] = [((), raw)]
    while rooms:
        place, value = rooms.pop()
        if len(place) > DEEPEST:
            yield place[:DEEPEST], say("more than {most} tables inside each other", most=DEEPEST)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if CONTROLS.search(key):
                    yield (*place, key), say("a control character in the key {key!r}", key=key[:40])
                rooms.append(((*place, key), inner))
        elif isinstance(value, list):
            rooms += [((*place, number), inner) for number, inner in enumerate(value)]
        elif isinstance(value, str) and (hit := CONTROLS.search(value)):
            yield place, say("the control character {character}", character=f"U+{ord(hit[0]):04X}")
        elif isinstance(value, int) and abs(value) > WIDEST:
            yield place, say("a whole number of more than 64 bits")
        elif isinstance(value, float) and not isfinite(value):
            yield place, say("{value} is no setting", value=value)
