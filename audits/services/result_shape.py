"""The published shapes of what a locked child says, checked before any of it is stored."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from audits import engine, sandbox
from audits.guidance import columns, wording

_RESULT = Path(engine.__file__).parent / "audit-result-1.schema.json"
_TABLE = Path(sandbox.__file__).parent / "table-answer-1.schema.json"


@cache
def _validator(schema: Path, part: str = "") -> Draft202012Validator:
    whole = json.loads(schema.read_text(encoding="utf-8"))
    return Draft202012Validator(whole["$defs"][part] if part else whole)


def check(document: Mapping[str, Any]) -> None:
    """Raise sandbox.Crashed for a document that pages and reports could not read."""
    if not _validator(_RESULT).is_valid(document):
        raise sandbox.Crashed("the result is not in its published form")


def check_table(answer: Mapping[str, Any]) -> None:
    """Raise sandbox.Crashed for a description of tables that pages could not read."""
    if not _validator(_TABLE).is_valid(answer) or not all(map(_is_sayable, answer["columns"])):
        raise sandbox.Crashed("the description of the tables is not in its form")


def check_split(answer: Mapping[str, Any]) -> None:
    """Raise sandbox.Crashed for a description of a split that does not say how it was drawn."""
    check_table(answer)
    if not _validator(_TABLE, "drawn").is_valid(answer):
        raise sandbox.Crashed("the split does not say how it was drawn")


def _is_sayable(column: Mapping[str, Any]) -> bool:
    """Whether a proposal names a kind that there is and a reason that can be said."""
    about = column["about"]
    if about is None:
        return True
    sentence = wording.sentences().get(f"column.{about['reason']}")
    known = {kind.key for kind in columns.kinds()}
    return (
        about["kind"] in known
        and sentence is not None
        and wording.placeholders(sentence) == about["params"].keys()
    )
