"""From a run to one HTML page that can be published."""

from xinzhi.report.page import write_report

__all__ = ["write_report"]
