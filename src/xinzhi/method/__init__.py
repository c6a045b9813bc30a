"""What every method shares: settings, roles, results, tables, figures, statuses, the registry."""

from xinzhi.method.base import Method, Value, methods, register
from xinzhi.method.result import Result, Rows, View
from xinzhi.method.roles import Capital, Factor, Input, Labour, Quantity, Share, SplicedHours, Term, UnitMean
from xinzhi.method.status import Status
from xinzhi.method.table import Field, Table

__all__ = [
    "Capital",
    "Factor",
    "Field",
    "Input",
    "Labour",
    "Method",
    "Quantity",
    "Result",
    "Rows",
    "Share",
    "SplicedHours",
    "Status",
    "Table",
    "Term",
    "UnitMean",
    "Value",
    "View",
    "methods",
    "register",
]
