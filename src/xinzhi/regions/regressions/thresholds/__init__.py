"""Parts of the threshold regression: search and tests, tables, figures."""
