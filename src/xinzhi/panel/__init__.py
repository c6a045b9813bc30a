"""Data comes in: the panel, its columns, its readers and the account of every row."""

from xinzhi.panel.account import Account
from xinzhi.panel.columns import Column, Kind
from xinzhi.panel.panel import Panel, Steps

__all__ = ["Account", "Column", "Kind", "Panel", "Steps"]
