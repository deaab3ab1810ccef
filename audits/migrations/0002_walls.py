from django.db import migrations

from audits.tenancy.rls import client_table, provider_table, same_client_key, tenant_table

TENANT_TABLES = [
    "audits_activity",
    "audits_aimodel",
    "audits_aitool",
    "audits_audit",
    "audits_checklistitem",
    "audits_clientkey",
    "audits_dataset",
    "audits_datasetversion",
    "audits_finding",
    "audits_job",
    "audits_jobunit",
    "audits_modelversion",
    "audits_report",
    "audits_storedfile",
]
SAME_CLIENT_KEYS = [
    ("audits_audit", "model_version_id", "audits_modelversion"),
    ("audits_audit", "dataset_version_id", "audits_datasetversion"),
    ("audits_audit", "job_id", "audits_job"),
    ("audits_checklistitem", "finding_id", "audits_finding"),
    ("audits_datasetversion", "dataset_id", "audits_dataset"),
    ("audits_datasetversion", "members_file_id", "audits_storedfile"),
    ("audits_datasetversion", "nonmembers_file_id", "audits_storedfile"),
    ("audits_datasetversion", "population_file_id", "audits_storedfile"),
    ("audits_finding", "audit_id", "audits_audit"),
    ("audits_job", "retry_of_id", "audits_job"),
    ("audits_jobunit", "job_id", "audits_job"),
    ("audits_jobunit", "output_file_id", "audits_storedfile"),
    ("audits_modelversion", "model_id", "audits_aimodel"),
    ("audits_modelversion", "file_id", "audits_storedfile"),
    ("audits_report", "audit_id", "audits_audit"),
    ("audits_report", "job_id", "audits_job"),
    ("audits_report", "file_id", "audits_storedfile"),
]
# Memberships and grants are global, but the client they name must be the provider's own.
MEMBER_KEYS = migrations.RunSQL(
    sql=[
        "ALTER TABLE audits_membership ADD CONSTRAINT audits_membership_provider_client_fk"
        " FOREIGN KEY (provider_id, client_id) REFERENCES audits_client (provider_id, id)"
        " DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE audits_grant ADD CONSTRAINT audits_grant_provider_client_fk"
        " FOREIGN KEY (provider_id, client_id) REFERENCES audits_client (provider_id, id)"
        " DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE audits_grant ADD CONSTRAINT audits_grant_provider_membership_fk"
        " FOREIGN KEY (provider_id, membership_id)"
        " REFERENCES audits_membership (provider_id, id) DEFERRABLE INITIALLY DEFERRED",
    ],
    reverse_sql=[
        "ALTER TABLE audits_membership DROP CONSTRAINT audits_membership_provider_client_fk",
        "ALTER TABLE audits_grant DROP CONSTRAINT audits_grant_provider_client_fk",
        "ALTER TABLE audits_grant DROP CONSTRAINT audits_grant_provider_membership_fk",
    ],
)
# The cache of installations whose broker cannot be one (RabbitMQ): Django's own table layout.
CACHE_TABLE = migrations.RunSQL(
    sql=[
        "CREATE TABLE mia_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL,"
        " expires timestamptz NOT NULL)",
        "CREATE INDEX mia_cache_expires ON mia_cache (expires)",
    ],
    reverse_sql=["DROP TABLE mia_cache"],
)


class Migration(migrations.Migration):
    dependencies = [("audits", "0001_schema")]

    operations = [
        provider_table("audits_provider"),
        client_table("audits_client"),
        *(tenant_table(table) for table in TENANT_TABLES),
        *(same_client_key(*key) for key in SAME_CLIENT_KEYS),
        MEMBER_KEYS,
        CACHE_TABLE,
    ]
