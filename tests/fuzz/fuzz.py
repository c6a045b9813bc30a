"""Fuzz what reads files: python tests/fuzz/fuzz.py readers|study -max_total_time=60."""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
with atheris.instrument_imports(include=["xinzhi.panel", "xinzhi.study"]):
    from tests.fuzz.targets import read_bytes, read_settings

TARGETS = {"readers": read_bytes, "study": read_settings}
CORPUS = Path(__file__).parent / "corpus"

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    new = Path("build") / "fuzz" / name
    new.mkdir(parents=True, exist_ok=True)
    limits = ["-timeout=10", "-rss_limit_mb=4096", "-max_len=8192", f"-artifact_prefix={new}/crash-"]
    atheris.Setup(
        [sys.argv[0], *limits, *options, str(new), str(CORPUS / name)], lambda data: TARGETS[name](data) and None
    )
    atheris.Fuzz()
