"""Examples of the diagnosis of an index."""

from tests.indicators.analysis.worlds import SCALES, indicator_frame, system
from tests.method.examples import Example
from xinzhi.indicators import IndexDiagnosis

EXAMPLES: dict[str, Example] = {
    "index_diagnosis": Example(
        lambda: IndexDiagnosis(system=system(), size="k"),
        main="index",
        per="observation",
        frame=indicator_frame,
        scales=SCALES,
    ),
}
