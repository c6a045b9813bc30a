"""Parts of the event study: dates, design, estimators, intervals, checks, tables, figures."""
