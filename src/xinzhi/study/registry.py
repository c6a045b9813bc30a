"""Makes every method of the house known to studies."""


def load_methods() -> None:
    """Import the rooms, which registers their methods; a second call costs nothing."""
    import xinzhi.frontier
    import xinzhi.growth
    import xinzhi.ledger  # noqa: F401
