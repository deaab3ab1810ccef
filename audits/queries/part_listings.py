"""Tables that are a part of a page: versions of a model, groups of a result."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from audits.models import ModelVersion
from audits.queries import standing_out
from audits.queries.file_reading import read_from_file, readings
from audits.queries.listings import Column, Listing, as_day

Group = Mapping[str, Any]


def _counted(name: str) -> Callable[[ModelVersion], int | None]:
    return lambda row: row.facts.get(name) or None


def _read(row: ModelVersion) -> str:
    return "; ".join([*readings(row.facts), *read_from_file(row.facts)])


MODEL_VERSIONS: Final = Listing[ModelVersion](
    "model-versions",
    (
        Column("version", lambda row: row.number),
        Column("uploaded_as", lambda row: str(row.get_kind_display())),
        Column("note", lambda row: row.note or None),
        Column("kind_of_model", lambda row: row.family or None),
        Column("bytes", lambda row: row.file.size if row.file else None),
        Column("sha256", lambda row: row.file.sha256 if row.file else None),
        Column("used_for_training", _counted("members")),
        Column("held_out", _counted("nonmembers")),
        Column("further_records", _counted("population")),
        Column("people", _counted("persons")),
        Column("columns", _counted("features")),
        Column("groups_to_look_at", lambda row: ", ".join(row.facts.get("subgroups") or ())),
        Column("trained_on", lambda row: row.trained_on.dataset.name if row.trained_on else None),
        Column("trained_on_version", lambda row: row.trained_on.number if row.trained_on else None),
        Column("read_as", _read),
        Column("kept_until", lambda row: as_day(row.retain_until)),
        Column("file_deleted", lambda row: as_day(row.file_deleted_at)),
        Column("uploaded", lambda row: as_day(row.created_at)),
        Column("uploaded_by", lambda row: str(row.created_by or "") or None),
    ),
)


def _auc(name: str) -> Callable[[Group], float | None]:
    return lambda one: one["auc"][name] if one["auc"] else None


GROUPS: Final = Listing[Group](
    "groups",
    (
        Column("grouping", standing_out.grouping),
        Column("group", lambda one: one["value"]),
        Column("used_for_training", lambda one: one["members"]),
        Column("held_out", lambda one: one["nonmembers"]),
        Column("auc", _auc("value")),
        Column("auc_low", _auc("low")),
        Column("auc_high", _auc("high")),
        Column("indicative", lambda one: "no" if standing_out.is_rated(one) else "yes"),
    ),
)
