"""The steps of an index, from data to scores."""
