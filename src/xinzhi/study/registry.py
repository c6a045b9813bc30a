"""Makes every method of the house known to studies."""


def load_methods() -> None:
    """Import what the rooms offer, which registers their methods; a second call costs nothing."""
    from xinzhi import frontier, growth, indicators, ledger, regions

    for room in (frontier, growth, indicators, regions, ledger):
        for name in room.__all__:
            getattr(room, name)
