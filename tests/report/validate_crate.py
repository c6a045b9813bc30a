"""Validate an RO-Crate without a network; run by the interpreter of the validators' environment.

    python validate_crate.py FOLDER

The validator itself is untouched; only the JSON-LD context of RO-Crate 1.1, which it would fetch from w3id.org, is
read from the package ``rocrate``. Prints one line per issue; the exit status is 0 for a valid crate.
"""

import json
import sys
from importlib.resources import files

from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "process-run-crate-0.5"


class Answer:
    """What the server of the context would answer."""

    status_code, headers = 200, {"Content-Type": "application/ld+json"}
    text = files("rocrate").joinpath("data", "ro-crate.jsonld").read_text(encoding="utf-8")

    def json(self) -> object:
        return json.loads(self.text)


def get(_: object, url: str, **options: object) -> Answer:
    if url != CONTEXT:
        raise OSError(f"no network for {url}")
    return Answer()


assert Answer().json()["@id"] == CONTEXT
HttpRequester.get = get
settings = services.ValidationSettings(
    rocrate_uri=sys.argv[1],
    profile_identifier=PROFILE,
    requirement_severity=models.Severity.RECOMMENDED,
)
result = services.validate(settings)
failed = 0
for issue in result.get_issues(models.Severity.OPTIONAL):
    required = issue.severity >= models.Severity.REQUIRED
    failed += required
    print(f"{issue.severity.name}: {issue.check.identifier}: {issue.message} {issue.violatingEntity or ''}")
print(f"profiles checked: {result.context.profile_identifier}; required failures: {failed}")
sys.exit(bool(failed))
