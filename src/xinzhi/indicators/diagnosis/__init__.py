"""What is wrong with an index before anyone cites it."""
