"""Panels in space."""
