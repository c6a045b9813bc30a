"""What readers see of an index: tables, figures, sentences."""
