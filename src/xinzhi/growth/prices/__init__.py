"""Index numbers of prices and quantities: bilateral, multilateral, additive."""
