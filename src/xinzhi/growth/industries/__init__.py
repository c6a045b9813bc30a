"""From industries to the economy: deflation, aggregation, misallocation."""
