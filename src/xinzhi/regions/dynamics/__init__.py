"""How a distribution moves."""
