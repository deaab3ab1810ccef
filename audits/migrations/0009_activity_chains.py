"""The activity log becomes append-only chains; what the lines said moves into encrypted payloads."""

import hashlib
import json
import secrets
from datetime import UTC

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from audits import storage
from audits.tenancy.append_only import activity_chains
from audits.tenancy.rls import provider_rows_table, same_client_key, tenant_table


def _netstring(*parts):
    encoded = [part.encode() for part in parts]
    return b"".join(b"%d:%b," % (len(part), part) for part in encoded)


def _key(rows, context, **owner):
    """The id and the plain key of a client or provider, made where there is none yet."""
    row = rows.filter(**owner).first()
    if row is None:
        wrapped = storage.wrap_key(storage.new_client_key(), context=context)
        row = rows.create(wrapped=wrapped, **owner)
    return row.pk, storage.unwrap_key(bytes(row.wrapped), context=context)


def _chain(apps, alias, *, kind, owner_column):
    """Number, hash and encrypt the old lines of every chain of one kind."""
    prefix = "" if kind == "client" else "Provider"

    def rows(name):
        return apps.get_model("audits", name).objects.using(alias)

    lines = rows(f"{prefix}Activity")
    owners = lines.order_by(owner_column).values_list(owner_column, flat=True).distinct()
    for owner_id in list(owners):
        own = {"provider_id": owner_id}
        if kind == "client":
            own = {"client_id": owner_id, "provider_id": rows("Client").get(pk=owner_id).provider_id}
        context = f"{kind}:{owner_id}".encode()
        key_id, key = _key(rows(f"{kind.title()}Key"), context, **own)
        previous, sequence = b"", 0
        for line in lines.filter(**{owner_column: owner_id}).order_by("pk").iterator():
            sequence += 1
            line.sequence, line.previous_hash = sequence, previous
            sealed = _sealed(line, context.decode(), key, rows("User"))
            previous = line.hash
            line.save()
            rows(f"{prefix}ActivityPayload").create(line_id=line.pk, key=key_id, sealed=sealed, **own)
        rows(f"{prefix}ActivityHead").create(sequence=sequence, hash=previous, **own)


def _sealed(line, chain, key, users):
    """Set digest and hash of a line, and return its encrypted payload."""
    actor = users.filter(pk=line.actor_id).first()
    payload = {
        "salt": secrets.token_hex(16),
        "actor": (actor.name or actor.email) if actor else "",
        "address": "",
        "name": line.object_name,
        "details": line.details,
    }
    plain = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    line.payload_digest = hashlib.sha256(plain).digest()
    facts = (
        f"{line.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        str(line.actor_id or ""),
        line.via,
        "",
        line.verb,
        line.object_type,
        str(line.object_id),
        line.payload_digest.hex(),
    )
    place = (chain, str(line.sequence), line.previous_hash.hex())
    line.hash = hashlib.sha256(_netstring(*place, *facts)).digest()
    return storage.seal(plain, key=key, bound=_netstring(chain, str(line.pk), *facts))


def _unseal(apps, alias, *, kind, owner_column):
    """Write back what the lines say; without its key a line stays empty."""
    prefix = "" if kind == "client" else "Provider"
    keys = apps.get_model("audits", f"{kind.title()}Key").objects.using(alias)
    lines = apps.get_model("audits", f"{prefix}Activity").objects.using(alias)
    for line in lines.select_related("payload").iterator():
        owner_id = getattr(line, owner_column)
        row = keys.filter(pk=line.payload.key).first()
        if row is None:
            continue
        chain = f"{kind}:{owner_id}"
        facts = (
            f"{line.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            str(line.actor_id or ""),
            line.via,
            str(line.request_id or ""),
            line.verb,
            line.object_type,
            str(line.object_id),
            bytes(line.payload_digest).hex(),
        )
        plain = storage.unseal(
            bytes(line.payload.sealed),
            key=storage.unwrap_key(bytes(row.wrapped), context=chain.encode()),
            bound=_netstring(chain, str(line.pk), *facts),
        )
        told = json.loads(plain)
        line.object_name, line.details = told["name"], told["details"]
        line.save(update_fields=["object_name", "details"])


def _now(schema_editor):
    """Let deferred keys be compared before the tables are altered again."""
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def chain_old_lines(apps, schema_editor):
    alias = schema_editor.connection.alias
    _chain(apps, alias, kind="client", owner_column="client_id")
    _chain(apps, alias, kind="provider", owner_column="provider_id")
    _now(schema_editor)


def unchain(apps, schema_editor):
    alias = schema_editor.connection.alias
    _unseal(apps, alias, kind="client", owner_column="client_id")
    _unseal(apps, alias, kind="provider", owner_column="provider_id")
    _now(schema_editor)


def _id():
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _owner(name):
    return (
        name,
        models.ForeignKey(
            on_delete=django.db.models.deletion.PROTECT, related_name="+", to=f"audits.{name}"
        ),
    )


def _own_table(name, fields, *, client, constraints):
    owners = [_owner("provider"), *([_owner("client")] if client else [])]
    return migrations.CreateModel(
        name=name,
        fields=[_id(), *fields, *owners],
        options={"abstract": False, "base_manager_name": "objects", "constraints": constraints},
    )


def _unique(name, *fields):
    return models.UniqueConstraint(fields=fields, name=name)


def _payload_fields(line):
    return [
        ("key", models.BigIntegerField()),
        ("sealed", models.BinaryField()),
        (
            "line",
            models.OneToOneField(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="payload",
                to=f"audits.{line}",
            ),
        ),
    ]


def _head_fields():
    return [
        ("sequence", models.BigIntegerField(default=0)),
        ("hash", models.BinaryField(max_length=32)),
    ]


def _line_fields(model):
    """The new columns of a log's lines."""
    added = {
        "sequence": models.BigIntegerField(editable=False, null=True),
        "via": models.CharField(
            blank=True,
            choices=[
                ("web", "on a page"),
                ("api", "through the API"),
                ("job", "in background work"),
                ("command", "by a command"),
            ],
            default="",
            max_length=10,
        ),
        "request_id": models.UUIDField(null=True),
        "payload_digest": models.BinaryField(max_length=32, null=True),
        "previous_hash": models.BinaryField(editable=False, max_length=32, null=True),
        "hash": models.BinaryField(editable=False, max_length=32, null=True),
    }
    return [
        *(
            migrations.AddField(model, name, field, preserve_default=name != "via")
            for name, field in added.items()
        ),
        migrations.AlterField(
            model,
            "actor",
            models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model,
            "at",
            models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
    ]


def _without_words(model):
    """What a line says is encrypted by now; every line has its digest."""
    return [
        migrations.AlterField(model, "payload_digest", models.BinaryField(max_length=32)),
        migrations.RemoveField(model, "details"),
        migrations.RemoveField(model, "object_name"),
    ]


def _indexes(model, owner, prefix, by_object):
    unsealed = models.Index(
        condition=Q(("sequence__isnull", True)), fields=[owner], name=f"{prefix}_unsealed"
    )
    return [
        migrations.AddIndex(
            model, models.Index(fields=[owner, "actor", "-id"], name=f"{prefix}_by_person")
        ),
        migrations.AddIndex(
            model, models.Index(fields=[owner, "object_type", "object_id"], name=by_object)
        ),
        migrations.AddIndex(model, unsealed),
        migrations.AddConstraint(model, _unique(f"{prefix}_sequence_once", owner, "sequence")),
    ]


class Migration(migrations.Migration):
    dependencies = [("audits", "0008_roles_and_groups")]

    operations = [
        migrations.AddField("job", "request_id", models.UUIDField(editable=False, null=True)),
        _own_table(
            "ProviderKey",
            [
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            client=False,
            constraints=[
                _unique("providerkey_provider_id_uniq", "provider", "id"),
                _unique("providerkey_one_per_provider", "provider"),
            ],
        ),
        *_line_fields("activity"),
        *_line_fields("provideractivity"),
        _own_table(
            "ActivityPayload",
            _payload_fields("activity"),
            client=True,
            constraints=[_unique("activitypayload_client_id_uniq", "client", "id")],
        ),
        _own_table(
            "ActivityHead",
            _head_fields(),
            client=True,
            constraints=[
                _unique("activityhead_client_id_uniq", "client", "id"),
                _unique("activityhead_one_per_client", "client"),
            ],
        ),
        _own_table(
            "ProviderActivityPayload",
            _payload_fields("provideractivity"),
            client=False,
            constraints=[_unique("provideractivitypayload_provider_id_uniq", "provider", "id")],
        ),
        _own_table(
            "ProviderActivityHead",
            _head_fields(),
            client=False,
            constraints=[
                _unique("provideractivityhead_provider_id_uniq", "provider", "id"),
                _unique("provideractivityhead_one", "provider"),
            ],
        ),
        tenant_table("audits_activitypayload"),
        tenant_table("audits_activityhead"),
        same_client_key("audits_activitypayload", "line_id", "audits_activity"),
        provider_rows_table("audits_providerkey"),
        provider_rows_table("audits_provideractivitypayload"),
        provider_rows_table("audits_provideractivityhead"),
        migrations.RunPython(chain_old_lines, unchain),
        *_without_words("activity"),
        *_without_words("provideractivity"),
        migrations.RemoveIndex("activity", "activity_latest"),
        migrations.RemoveIndex("provideractivity", "provider_activity_latest"),
        *_indexes("activity", "client", "activity", "activity_by_object"),
        *_indexes("provideractivity", "provider", "provider_activity", "provider_activity_by_obj"),
        activity_chains(),
    ]
