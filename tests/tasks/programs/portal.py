"""What a person or another machine does to a running portal: ask, cancel, deliver again."""

import json
import sys
from collections.abc import Sequence

import django

django.setup()

from celery import current_app  # noqa: E402 - after the set-up
from django.db import connection  # noqa: E402

from audits import queue, tenancy  # noqa: E402
from audits.enums import MailKind, Preset, Split, VersionKind  # noqa: E402
from audits.models import Audit, Client, JobUnit, Provider, User  # noqa: E402
from audits.services import audit, client, mail  # noqa: E402
from tests.services import house  # noqa: E402
from tests.services.material import large, material  # noqa: E402


def _new_client() -> tuple[Client, User]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('audits_provider', 'id'))")
        pk = cursor.fetchone()[0]
    with tenancy.scope(provider_id=pk, client_ids=()):
        Provider(pk=pk, name="Quay Managed IT").save(force_insert=True)
        actor = User.objects.create_user(f"technician-{pk}@quay.example", None)
        return client.create(provider_id=pk, actor=actor, name="Harbour Dental"), actor


def ask_long() -> dict[str, int]:
    """Ask for an audit whose reference models take a while."""
    house_of, actor = _new_client()
    with tenancy.scope(provider_id=house_of.provider_id, client_ids=[house_of.pk]):
        found = large()
        version = house.new_model_version(house.new_model(house_of, actor), actor, found.model)
        data = house.new_dataset_version(
            house.new_dataset(house_of, actor),
            actor,
            {"members": found.members, "nonmembers": found.nonmembers},
        )
        made = audit.request(client=house_of, actor=actor, version=version, data=data)
        return {"client": house_of.pk, "provider": house_of.provider_id, "audit": made.pk}


def ask_short(count: str) -> dict[str, int]:
    """Ask for a number of small audits at once, as one commit."""
    house_of, actor = _new_client()
    with tenancy.scope(provider_id=house_of.provider_id, client_ids=[house_of.pk]):
        version = house.new_model_version(
            house.new_model(house_of, actor),
            actor,
            material().predictions,
            kind=VersionKind.PREDICTIONS,
        )
        for seed in range(int(count)):
            audit.request(
                client=house_of,
                actor=actor,
                version=version,
                data=None,
                preset=Preset.QUICK,
                split=Split.RANDOM,
                seed=seed,
            )
        return {"client": house_of.pk, "provider": house_of.provider_id}


def cancel(client_id: str, provider_id: str, audit_id: str) -> dict[str, str]:
    with tenancy.scope(provider_id=int(provider_id), client_ids=[int(client_id)]):
        row = Audit.objects.select_related("job", "client", "model_version__model").get(
            pk=int(audit_id)
        )
        stopped = audit.cancel(audit=row, actor=row.requested_by or User())
        return {"state": stopped.job.state if stopped.job else ""}


def deliver_again(client_id: str, provider_id: str) -> dict[str, int]:
    """Send the message of every unit of the client three times more."""
    with tenancy.scope(provider_id=int(provider_id), client_ids=[int(client_id)]):
        units = list(JobUnit.objects.values_list("pk", flat=True))
    for pk in units * 3:
        current_app.send_task(queue.RUN_UNIT, args=[pk, int(client_id), int(provider_id)])
    return {"sent": 3 * len(units)}


def post(count: str) -> dict[str, list[int]]:
    """Put letters on their way."""
    made = [
        mail.send(
            recipient=f"reader-{number}@elsewhere.example",
            kind=MailKind.ACCOUNT,
            subject=f"Letter {number}",
            body="Read this.",
        ).pk
        for number in range(int(count))
    ]
    return {"letters": made}


def post_again(*numbers: str) -> dict[str, int]:
    """Send the message of every letter three times more."""
    for number in numbers * 3:
        current_app.send_task(queue.DELIVER_MAIL, args=[int(number)])
    return {"sent": 3 * len(numbers)}


def main(verb: str, words: Sequence[str]) -> None:
    verbs = {
        "ask-long": ask_long,
        "ask-short": ask_short,
        "cancel": cancel,
        "deliver-again": deliver_again,
        "post": post,
        "post-again": post_again,
    }
    sys.stdout.write(json.dumps(verbs[verb](*words)))  # type: ignore[operator]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
