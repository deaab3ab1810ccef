"""A log to take away: as a table, and as JSON with everything that verifying it needs."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from audits.queries.activity import ActivityLine
from audits.queries.activity_words import kind_label
from audits.reports import exports

# As much as one file holds; who needs older lines names the days.
MOST_LINES = 20_000
# For whoever checks a file without us: with it and the file alone, every hash can be made again.
_RULE = (
    "payload_digest is the SHA-256 of payload in UTF-8. hash is the SHA-256 of these values, one"
    " after the other, each written as LENGTH:VALUE and a comma, the length in bytes:"
    " chain, line, previous_hash, time_utc, actor_id (empty where there is none), via, request_id,"
    " verb, object_type, object_id, payload_digest. previous_hash is the hash of the line before."
)
_HEADERS = (
    "line",
    "time_utc",
    "person",
    "action",
    "object",
    "object_id",
    "what",
    "changes",
    "via",
    "address",
    "token",
    "request_id",
    "hash",
)


def as_csv(lines: Sequence[ActivityLine]) -> bytes:
    """A row for each line; nothing in it runs as a formula."""
    return exports.csv_table(_HEADERS, [_row(line) for line in lines])


def as_json(chain: str, lines: Sequence[ActivityLine]) -> bytes:
    """Every line with its hashes and, where its words are not erased, all that it says."""
    told = {"chain": chain, "rule": _RULE, "lines": [_object(line) for line in lines]}
    return exports.result_json(told)


def _time(told: ActivityLine) -> str:
    return f"{told.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _row(told: ActivityLine) -> list[str | int | float | None]:
    line = told.line
    return [
        line.sequence,
        _time(told),
        told.who,
        line.verb,
        kind_label(line.object_type),
        line.object_id,
        told.what,
        "; ".join(f"{one.label}: {one.before} → {one.after}" for one in told.changes),
        line.via,
        told.content.address,
        told.content.token,
        str(line.request_id or ""),
        told.hash,
    ]


def _object(told: ActivityLine) -> dict[str, Any]:
    line, content = told.line, told.content
    return {
        "line": line.sequence,
        "time_utc": _time(told),
        "actor_id": line.actor_id,
        "via": line.via,
        "request_id": str(line.request_id or ""),
        "verb": line.verb,
        "object_type": line.object_type,
        "object_id": line.object_id,
        "payload": content.payload,
        "payload_digest": bytes(line.payload_digest).hex(),
        "previous_hash": bytes(line.previous_hash or b"").hex(),
        "hash": told.hash,
        "content_erased": content.is_erased,
        "content_problem": told.problem,
        "actor": content.actor,
        "address": content.address,
        "token": content.token,
        "object_name": content.name,
        "details": dict(content.details),
    }
