"""The files behind a made-up client's audits: real ones, kept under the client's own key."""

from collections.abc import Mapping
from dataclasses import dataclass

from audits import sandbox
from audits.enums import FilePurpose, Reveals, Split
from audits.models import Client, DatasetVersion, StoredFile, User
from audits.services import dataset, files
from audits.services.dataset import Layout, Upload
from audits.services.made_plan import PlannedClient
from audits.services.made_results import Made

_PURPOSES = {
    "model": FilePurpose.MODEL,
    "predictions": FilePurpose.PREDICTIONS,
    "members": FilePurpose.MEMBERS,
    "nonmembers": FilePurpose.NONMEMBERS,
}
_ENDINGS = {"model": "skops", "predictions": "csv"}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a version of a model and its audits point at."""

    file: StoredFile
    data: DatasetVersion | None


def keep(*, client: Client, planned: PlannedClient, actor: User, made: Made) -> Kept:
    """Store what was measured once for the client, whatever number of models shares it."""
    stored = {name: _stored(client, made, name) for name in made.files}
    if "predictions" in stored:
        return Kept(file=stored["predictions"], data=None)
    return Kept(file=stored["model"], data=_records(client, planned, actor, made, stored))


def _stored(client: Client, made: Made, name: str) -> StoredFile:
    return files.store_bytes(
        client=client,
        purpose=_PURPOSES[name],
        data=made.files[name],
        original_name=f"{made.case.key}_{name}.{_ENDINGS.get(name, 'parquet')}",
    )


def _records(
    client: Client,
    planned: PlannedClient,
    actor: User,
    made: Made,
    stored: Mapping[str, StoredFile],
) -> DatasetVersion:
    entry = dataset.register(
        client=client,
        actor=actor,
        values={
            "name": made.case.called,
            "description": planned.note,
            "data_class": planned.data_class,
            "impact": planned.impact,
            "reveals": Reveals.NO,
        },
    )
    return dataset.keep(
        dataset=entry,
        actor=actor,
        layout=Layout(target=made.target, split=Split.RANDOM),
        seen=_seen(made.case.key, made),
        store=lambda: stored,
    )


_looks: dict[str, sandbox.Outcome] = {}


def _seen(key: str, made: Made) -> sandbox.Outcome:
    """Describe the records of a case, once for everybody who has them."""
    if key not in _looks:
        layout = Layout(target=made.target, split=Split.RANDOM)
        with (
            files.in_memory(made.files["members"]) as inside,
            files.in_memory(made.files["nonmembers"]) as outside,
        ):
            _looks[key] = dataset.look_at(
                "inspect_table",
                {
                    "members": Upload(source=inside, name="members"),
                    "nonmembers": Upload(source=outside, name="nonmembers"),
                },
                {**layout.params(), "member_column": layout.member_column},
                field="members",
            )
    return _looks[key]
