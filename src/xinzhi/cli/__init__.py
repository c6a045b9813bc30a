"""The command line: a thin face over studies, the catalogue and the registry of methods."""

import gettext
import os
import sys
from collections.abc import Mapping, Sequence


def main() -> None:
    """Run the command line in the language that is asked for."""
    from xinzhi.language import say, speaking

    language, arguments = split_language(sys.argv[1:], os.environ)
    with speaking(language):
        gettext.gettext = say  # type: ignore[assignment]  # Typer takes its own words from there, once imported
        from xinzhi.cli.app import app

        app(arguments, prog_name="xinzhi")


def split_language(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the language of the command line, and the arguments for the commands.

    Help is written when the commands are defined, so the language must be known before: ``--lang`` may stand
    anywhere before ``--``; without it XINZHI_LANGUAGE, LC_ALL, LC_MESSAGES and LANG are asked. A language that is
    not here goes to the program's own option, which complains about it.
    """
    from xinzhi.language import LANGUAGES, preferred

    language, rest, unknown = preferred(environment), list(arguments), list[str]()
    end = rest.index("--") if "--" in rest else len(rest)
    for k in reversed(range(end)):
        word, equals, code = rest[k].partition("=")
        if word != "--lang" or not (equals or k + 1 < end):
            continue
        code = code if equals else rest[k + 1]
        language, unknown = (code, unknown) if code in LANGUAGES else (language, ["--lang", code])
        del rest[k : k + (1 if equals else 2)]
    return language, [*unknown, *rest]
