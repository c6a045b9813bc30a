"""Data comes in: the panel, its columns, its readers and the account of every row."""

from xinzhi.panel.account import Account
from xinzhi.panel.columns import Column, Kind
from xinzhi.panel.panel import Panel, Steps
from xinzhi.panel.readers import Limits, RawTable, Reading, read, read_table

__all__ = ["Account", "Column", "Kind", "Limits", "Panel", "RawTable", "Reading", "Steps", "read", "read_table"]
