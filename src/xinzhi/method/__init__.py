"""What every method shares: settings, roles, results, tables, figures, statuses, the registry."""

from xinzhi.method.base import Method, Value, methods, register
from xinzhi.method.factor import Factor
from xinzhi.method.filling import Filled, FilledCell, SplicedGrowth
from xinzhi.method.hours import SplicedHours
from xinzhi.method.result import Result, Rows, View
from xinzhi.method.roles import Capital, Input, Labour, Quantity, Share, Term, UnitMean
from xinzhi.method.status import Status
from xinzhi.method.table import Field, Table

__all__ = [
    "Capital",
    "Factor",
    "Field",
    "Filled",
    "FilledCell",
    "Input",
    "Labour",
    "Method",
    "Quantity",
    "Result",
    "Rows",
    "Share",
    "SplicedGrowth",
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
