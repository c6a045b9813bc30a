"""Labour: composition, human capital, labour's share of income."""
