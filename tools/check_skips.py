"""Fail if a test that compares with reference material was skipped although the material is there.

    python tools/check_skips.py build/tests.xml [SHARED]

Reads pytest's JUnit report. A skip counts if its reason speaks of "reference material" or its test
carries the mark ``reference``. Where the folder SHARED (``../shared``) is absent, skips are only counted.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

REASON = "reference material"


def skips(report: str) -> Iterator[tuple[str, str]]:
    """Yield name and reason of every skipped test of a JUnit report; a file skipped as a whole is one."""
    for case in ElementTree.fromstring(report).iter("testcase"):
        for skip in case.iter("skipped"):
            name = ".".join(part for part in (case.get("classname"), case.get("name")) if part)
            if skip.get("type") != "pytest.xfail":
                yield name, f"{skip.get('message', '')} {skip.text or ''}".strip()


def reference_tests() -> set[str]:
    """Return the tests that carry the mark ``reference``, named as the report names them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "reference", "--no-header"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    names = set()
    for line in listing.splitlines():
        file, mark, rest = line.partition(".py::")
        if mark:
            test, bracket, values = rest.partition("[")
            names.add(f"{file.replace('/', '.')}.{test.replace('::', '.')}{bracket}{values}")
    return names


def main(report: Path, shared: Path) -> int:
    """Print what was skipped for want of reference material; return the exit code."""
    skipped = dict(skips(report.read_text(encoding="utf-8")))
    wanting = {name: why for name, why in skipped.items() if REASON in why}
    if len(wanting) < len(skipped):
        marked = reference_tests()
        wanting |= {name: why for name, why in skipped.items() if name in marked}
    for name, why in sorted(wanting.items()):
        print(f"skipped: {name}: {why.splitlines()[0] if why else ''}")
    place = "there" if shared.is_dir() else "absent"
    print(f"skips: {len(skipped)} in all, {len(wanting)} of reference tests, material {place}")
    return 1 if wanting and shared.is_dir() else 0


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else root.parent / "shared"))
