"""The command line: a thin face over studies, the catalogue and the registry of methods."""


def main() -> None:
    """Run the command line."""
    from xinzhi.cli.app import app

    app()
