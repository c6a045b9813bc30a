"""Capital: stocks by perpetual inventory, services by user costs."""
