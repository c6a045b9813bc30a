"""The words that Typer itself puts into help, said in the language in force."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from xinzhi.language import Text, say

GETTEXT: tuple[Text, ...] = (
    say("Arguments"),
    say("Options"),
    say("Commands"),
    say("required"),
    say("default: {default}"),
    say("Missing command."),
    say("No such command {name!r}."),
    say("Aborted!"),
)
"""What Typer asks gettext for; ``xinzhi.cli.main`` lets ``say`` answer."""


class _Said:
    """Help whose usage line and help option follow the language; beside a class of Typer."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix=say("Usage: "))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option ``--help``."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = say("Show this message and exit.")
        return option


class Command(_Said, TyperCommand):
    """A command whose help follows the language."""


class Group(_Said, TyperGroup):
    """The program whose help follows the language."""


class App(typer.Typer):
    """A Typer application whose commands follow the language."""

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Register a command, as Typer does."""
        return super().command(name, **{"cls": Command, **settings})
