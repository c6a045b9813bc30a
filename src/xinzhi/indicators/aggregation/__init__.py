"""Rules of aggregation."""
