"""Data sets that come with the package: source, licence, citation, hash, units."""

from xinzhi.catalog.catalog import ColumnNote, Entry, entries, entry, frame, load

__all__ = ["ColumnNote", "Entry", "entries", "entry", "frame", "load"]
