"""The published shape of a result, checked before one that a locked child made is stored."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from audits import engine, sandbox

_SCHEMA = Path(engine.__file__).parent / "audit-result-1.schema.json"


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def check(document: Mapping[str, Any]) -> None:
    """Raise sandbox.Crashed for a document that pages and reports could not read."""
    if not _validator().is_valid(document):
        raise sandbox.Crashed("the result is not in its published form")
