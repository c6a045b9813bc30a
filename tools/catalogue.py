"""Keep the catalogues of sentences in step with the code.

    python tools/catalogue.py check              print what lacks a translation, what is stale, what is malformed
    python tools/catalogue.py merge FILE.po ...  take translations from other files into the catalogue

The sentences are the literals given to ``say`` in the code and in the page's template, and those that are
looked up: error titles and remedies, names of terms, the methods' own words.
"""

import re
import string
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "xinzhi"
TRANSLATIONS = SOURCE / "translations"
WAYS = [("**.py", "python"), ("**.j2", "jinja2.ext:babel_extract")]


def wanted() -> dict[str, str]:
    """Return every sentence that may be said, with the file in which it stands."""
    from xinzhi.errors import CODES
    from xinzhi.method import methods
    from xinzhi.method.result import method_words
    from xinzhi.method.terms import LABELS
    from xinzhi.study import load_methods

    load_methods()
    found = {text: "errors.py" for pair in CODES.values() for text in pair}
    found |= dict.fromkeys(LABELS.values(), "method/terms.py")
    found |= {
        method_words(kind): kind.__module__ for kind in methods().values() if kind.__module__.startswith("xinzhi.")
    }
    for file, _, message, _, _ in extract_from_dir(SOURCE, method_map=WAYS, keywords={"say": None}):
        found[message if isinstance(message, str) else message[0]] = file
    return found


def fields(message: str) -> set[str]:
    """Return the names in the braces of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


def problems(catalogue: dict[str, str], sentences: dict[str, str]) -> list[str]:
    """Return what is missing, stale or malformed in a catalogue."""
    found = [f"missing ({file}): {text!r}" for text, file in sorted(sentences.items()) if not catalogue.get(text)]
    found += [f"stale: {text!r}" for text in catalogue if text not in sentences]
    for text, translation in catalogue.items():
        if translation and re.search(r"\{\w", text) and fields(text) != fields(translation):
            found.append(f"other values in braces: {text!r} -> {translation!r}")
    return found


def read(path: Path) -> dict[str, str]:
    """Return a catalogue file as a mapping."""
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string or "") for entry in read_po(file) if entry.id}


def write(path: Path, translations: dict[str, str], sentences: dict[str, str]) -> None:
    """Write a catalogue: the sentences of the code in the order of files, each with its translation."""
    catalogue = Catalog(locale=path.stem, header_comment="# Sentences of Xinzhi.", fuzzy=False)
    for text, file in sorted(sentences.items(), key=lambda item: (item[1], item[0])):
        catalogue.add(text, translations.get(text, ""), auto_comments=[file])
    with path.open("wb") as file:
        write_po(file, catalogue, width=110, omit_header=False, no_location=True)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(
            r'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Project-Id-Version|Report-Msgid-Bugs-To'
            r"|Last-Translator|Language-Team):.*\n",
            "",
            text,
            flags=re.MULTILINE,
        ),
        encoding="utf-8",
    )


def main(arguments: list[str]) -> int:
    """Run a command; return 1 where a catalogue has problems."""
    sentences, odd = wanted(), 0
    for path in sorted(TRANSLATIONS.glob("*.po")):
        translations = read(path)
        if arguments[0] == "merge":
            for other in arguments[1:]:
                translations |= {text: said for text, said in read(Path(other)).items() if said}
            write(path, translations, sentences)
            translations = read(path)
        found = problems(translations, sentences)
        odd += len(found)
        print("\n".join([*found, f"{path.name}: {len(sentences)} sentences, {len(found)} problems"]))
    return 1 if odd else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
