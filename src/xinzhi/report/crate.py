"""RO-Crate metadata of a run, after RO-Crate 1.1 and the Process Run Crate profile 0.5."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any

from xinzhi.language import say
from xinzhi.report.layout import clock
from xinzhi.study.contents import RunContents

SPECIFICATION = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
MEDIA = {
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".html": "text/html",
    ".toml": "application/toml",
    ".bib": "application/x-bibtex",
    ".md": "text/markdown",
    ".json": "application/json",
}
OURS = "https://opensource.org/license/mit"
"""The licence of the software."""


def crate(
    contents: RunContents, data: Sequence[dict[str, str]], *, files: Mapping[str, bytes], titles: Mapping[str, str]
) -> dict[str, Any]:
    """Return ``ro-crate-metadata.json``.

    Parameters
    ----------
    contents : RunContents
        Title, authors, times.
    data : sequence of dict
        The data sets as :func:`xinzhi.report.bundle.data_sources` gives them.
    files : mapping from name to bytes
        Every other file of the bundle.
    titles : mapping from name to title
        What tables are called.
    """
    started, ended = clock(contents)
    people = [{"@id": f"#author-{k}", "@type": "Person", "name": name} for k, name in enumerate(contents.authors, 1)]
    people = people or [{"@id": "#author-1", "@type": "Person", "name": say("Not stated")}]
    agents = _ids(people) if len(people) > 1 else {"@id": people[0]["@id"]}
    sets = [_data_set(source) for source in data]
    made = [name for name in files if name.startswith(("tables/", "figures/", "report"))]
    failed = "; ".join(f"{a.id}: {a.error.splitlines()[0]}" for a in contents.analyses.values() if a.error)
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": contents.title,
        "description": contents.abstract.strip() or contents.title,
        "datePublished": ended.date().isoformat(),
        "license": {"@id": "#licence"},
        "author": agents,
        "conformsTo": {"@id": PROFILE},
        "hasPart": [{"@id": name} for name in files],
        "mentions": {"@id": "#run"},
        "identifier": f"urn:sha256:{contents.results_hash}",
    }
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": say("Computation of {title}", title=contents.title),
        "description": say("xinzhi run study.toml"),
        "instrument": {"@id": application(contents)},
        "agent": agents,
        "object": [{"@id": "study.toml"}, *_ids(sets)],
        "result": [{"@id": name} for name in made],
        "startTime": started.isoformat(),
        "endTime": ended.isoformat(),
        "actionStatus": f"http://schema.org/{'Failed' if failed else 'Completed'}ActionStatus",
        **({"error": failed} if failed else {}),
    }
    graph = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": SPECIFICATION},
        },
        root,
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        action,
        *_software(contents),
        *people,
        *sets,
        *_licences(data),
        *(_file(name, content, titles) for name, content in files.items()),
    ]
    return {"@context": f"{SPECIFICATION}/context", "@graph": graph}


def application(contents: RunContents) -> str:
    """Return the address of the software that computed a run: the hash of its code."""
    return f"urn:sha256:{contents.provenance['code']}"


def _software(contents: RunContents) -> list[dict[str, Any]]:
    """Return the software application and the libraries that its numbers came from."""
    libraries = contents.provenance.get("libraries", {})
    parts = [
        {
            "@id": f"https://pypi.org/project/{name}/{number}/",
            "@type": "SoftwareApplication",
            "name": name,
            "softwareVersion": number,
            "url": f"https://pypi.org/project/{name}/{number}/",
        }
        for name, number in libraries.items()
    ]
    return [
        {
            "@id": application(contents),
            "@type": "SoftwareApplication",
            "name": "Xinzhi",
            "softwareVersion": version("xinzhi"),
            "license": {"@id": OURS},
            "softwareRequirements": _ids(parts),
        },
        *parts,
    ]


def _data_set(source: dict[str, str]) -> dict[str, Any]:
    found = {
        "@id": source["doi"] or f"#data-{source['id']}",
        "@type": "CreativeWork",
        "name": source["title"],
        "description": source["citation"],
        "license": {"@id": source["url"]} if source["url"] else source["licence"],
    }
    return {name: value for name, value in found.items() if value}


def _licences(data: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the licence of the whole, which is for the authors to give, and those of software and data."""
    named = {OURS: "MIT License"} | {source["url"]: source["licence"] for source in data if source["url"]}
    words = [f"{source['title']}: {source['licence']}" for source in data if source["licence"]]
    whole = {
        "@id": "#licence",
        "@type": "CreativeWork",
        "name": say("Licence not stated by the authors of the study; the licences of the data hold"),
        "description": "; ".join(words) or say("No licence of the data is stated"),
    }
    return [whole, *({"@id": url, "@type": "CreativeWork", "name": name, "url": url} for url, name in named.items())]


def _file(name: str, content: bytes, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "@id": name,
        "@type": "File",
        "name": titles.get(name, PurePosixPath(name).name),
        "encodingFormat": MEDIA[PurePosixPath(name).suffix],
        "contentSize": str(len(content)),
    }


def _ids(entities: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]
