"""Fuzz the readers of data files: python tests/fuzz/fuzz_readers.py -max_total_time=60."""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
with atheris.instrument_imports(include=["xinzhi.panel", "xinzhi.study"]):
    from tests.fuzz.targets import read_bytes

CORPUS = Path(__file__).parent / "corpus" / "readers"

if __name__ == "__main__":
    arguments = [sys.argv[0], "-timeout=10", "-rss_limit_mb=4096", "-max_len=8192", *sys.argv[1:]]
    new = Path("build") / "fuzz" / "readers"
    new.mkdir(parents=True, exist_ok=True)
    atheris.Setup(
        [*arguments, f"-artifact_prefix={new}/crash-", str(new), str(CORPUS)], lambda data: read_bytes(data) and None
    )
    atheris.Fuzz()
