from django.db import migrations

from audits.tenancy.former import WALLS
from audits.tenancy.rls import (
    client_table,
    grant_table,
    invitation_table,
    membership_table,
    provider_rows_table,
    provider_table,
    rating_policy_table,
    same_client_key,
    same_provider_key,
    tenant_table,
    together,
    token_table,
)

TENANT_TABLES = (
    "audits_activity",
    "audits_activityhead",
    "audits_activitypayload",
    "audits_aimodel",
    "audits_aitool",
    "audits_audit",
    "audits_auditrun",
    "audits_auditschedule",
    "audits_authorisation",
    "audits_checklistcomment",
    "audits_checklistevidence",
    "audits_checklistitem",
    "audits_checklistpin",
    "audits_clientchange",
    "audits_clientfigures",
    "audits_clientkey",
    "audits_clientlogo",
    "audits_datapermission",
    "audits_dataset",
    "audits_datasetversion",
    "audits_finding",
    "audits_job",
    "audits_jobunit",
    "audits_modelversion",
    "audits_note",
    "audits_report",
    "audits_reportrun",
    "audits_reportschedule",
    "audits_reportschedulereader",
    "audits_reportsending",
    "audits_riskdecision",
    "audits_storedfile",
    "audits_toolruling",
)
# Of a provider alone: its staff sees them, the people of its clients do not.
HOUSE_TABLES = (
    "audits_clientgroup",
    "audits_clientgroupmember",
    "audits_fleettable",
    "audits_fleetview",
    "audits_groupgrant",
    "audits_isolationcheck",
    "audits_portfolioreport",
    "audits_provideractivity",
    "audits_provideractivityhead",
    "audits_provideractivitypayload",
    "audits_providerjob",
    "audits_providerjobunit",
    "audits_providerkey",
    "audits_signon",
    "audits_signonidentity",
    "audits_vendorreview",
    "audits_vendorsheet",
    "audits_vendorterms",
)
SAME_CLIENT_KEYS = (
    ("audits_activitypayload", "line_id", "audits_activity"),
    ("audits_audit", "authorisation_id", "audits_authorisation"),
    ("audits_audit", "dataset_version_id", "audits_datasetversion"),
    ("audits_audit", "job_id", "audits_job"),
    ("audits_audit", "model_version_id", "audits_modelversion"),
    ("audits_auditrun", "audit_id", "audits_audit"),
    ("audits_auditrun", "schedule_id", "audits_auditschedule"),
    ("audits_auditschedule", "model_id", "audits_aimodel"),
    ("audits_authorisation", "file_id", "audits_storedfile"),
    ("audits_authorisation", "model_id", "audits_aimodel"),
    ("audits_checklistcomment", "item_id", "audits_checklistitem"),
    ("audits_checklistevidence", "file_id", "audits_storedfile"),
    ("audits_checklistevidence", "item_id", "audits_checklistitem"),
    ("audits_checklistitem", "finding_id", "audits_finding"),
    ("audits_datapermission", "dataset_id", "audits_dataset"),
    ("audits_datapermission", "file_id", "audits_storedfile"),
    ("audits_datasetversion", "dataset_id", "audits_dataset"),
    ("audits_datasetversion", "members_file_id", "audits_storedfile"),
    ("audits_datasetversion", "nonmembers_file_id", "audits_storedfile"),
    ("audits_datasetversion", "population_file_id", "audits_storedfile"),
    ("audits_finding", "audit_id", "audits_audit"),
    ("audits_finding", "model_id", "audits_aimodel"),
    ("audits_finding", "tool_id", "audits_aitool"),
    ("audits_job", "retry_of_id", "audits_job"),
    ("audits_jobunit", "job_id", "audits_job"),
    ("audits_jobunit", "output_file_id", "audits_storedfile"),
    ("audits_modelversion", "file_id", "audits_storedfile"),
    ("audits_modelversion", "model_id", "audits_aimodel"),
    ("audits_modelversion", "trained_on_id", "audits_datasetversion"),
    ("audits_note", "dataset_id", "audits_dataset"),
    ("audits_note", "model_id", "audits_aimodel"),
    ("audits_note", "tool_id", "audits_aitool"),
    ("audits_report", "audit_id", "audits_audit"),
    ("audits_report", "file_id", "audits_storedfile"),
    ("audits_report", "job_id", "audits_job"),
    ("audits_report", "tool_id", "audits_aitool"),
    ("audits_reportrun", "report_id", "audits_report"),
    ("audits_reportrun", "schedule_id", "audits_reportschedule"),
    ("audits_reportschedulereader", "schedule_id", "audits_reportschedule"),
    ("audits_reportsending", "report_id", "audits_report"),
    ("audits_riskdecision", "item_id", "audits_checklistitem"),
    ("audits_toolruling", "tool_id", "audits_aitool"),
)
SAME_PROVIDER_KEYS = (
    ("audits_aitool", "sheet_id", "audits_vendorsheet"),
    ("audits_client", "lead_id", "audits_membership"),
    ("audits_clientgroupmember", "client_id", "audits_client"),
    ("audits_clientgroupmember", "group_id", "audits_clientgroup"),
    ("audits_groupgrant", "group_id", "audits_clientgroup"),
    ("audits_groupgrant", "membership_id", "audits_membership"),
    ("audits_invitation", "client_id", "audits_client"),
    ("audits_portfolioreport", "job_id", "audits_providerjob"),
    ("audits_provideractivitypayload", "line_id", "audits_provideractivity"),
    ("audits_providerjobunit", "job_id", "audits_providerjob"),
    ("audits_ratingpolicy", "client_id", "audits_client"),
    ("audits_toolruling", "review_id", "audits_vendorreview"),
    ("audits_vendorreview", "sheet_id", "audits_vendorsheet"),
    ("audits_vendorreview", "terms_id", "audits_vendorterms"),
    ("audits_vendorterms", "sheet_id", "audits_vendorsheet"),
)
# Memberships and grants are no rows of a client, but the client they name must be the provider's own.
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
    """Who sees and writes which rows, and keys that no row of another client or provider fits."""

    dependencies = [("audits", "0002_tables")]
    replaces = WALLS

    operations = [
        together(
            provider_table("audits_provider"),
            client_table("audits_client"),
            *(tenant_table(table) for table in TENANT_TABLES),
            # An operator finds the own look at a client before any scope.
            tenant_table("audits_breakglass", kind="look"),
            *(provider_rows_table(table) for table in HOUSE_TABLES),
            membership_table("audits_membership"),
            grant_table("audits_grant"),
            invitation_table("audits_invitation"),
            rating_policy_table("audits_ratingpolicy"),
            token_table("audits_apitoken"),
            *(same_client_key(*key) for key in SAME_CLIENT_KEYS),
            *(same_provider_key(*key) for key in SAME_PROVIDER_KEYS),
            MEMBER_KEYS,
            CACHE_TABLE,
        )
    ]
