"""Migrations that the present ones replace: where all of these are applied, so are those.

The database of a portal that was set up with them is taken as it stands, and so is its backup. One
that has some of them is refused: the present ones would count parts of it as there that are not.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

_BETWEEN = """
SELECT to_regclass('public.audits_provider') IS NOT NULL
    AND to_regclass('public.audits_signoflife') IS NULL
"""

_NAMES = (
    "0001_schema",
    "0002_walls",
    "0003_version_kinds",
    "0004_people_and_groups",
    "0005_provider_rows",
    "0006_welcome",
    "0007_member_walls",
    "0008_roles_and_groups",
    "0009_activity_chains",
    "0010_isolation_check",
    "0011_single_sign_on",
    "0012_invitations_and_mail",
    "0013_api_tokens",
    "0014_sessions",
    "0015_accounts_of_invited_staff",
    "0016_break_glass",
    "0017_authorisation_and_facts",
    "0018_tool_reviews",
    "0019_dataset_intake",
    "0020_checklists",
    "0021_rating_policy",
    "0022_removals",
    "0023_fleet_views",
    "0024_report_seals",
    "0025_client_figures",
    "0026_client_page",
    "0027_report_kinds",
    "0029_made_up_clients",
    "0030_guidance_findings",
    "0031_registers",
    "0032_doors",
    "0033_portfolio_reports",
    "0034_report_schedules",
    "0035_tool_plans",
    "0036_rows_on_a_page",
    "0037_jobs_before",
    "0038_names_in_small_letters",
    "0039_list_views",
    "0040_acknowledged_audits",
    "0041_client_logo",
    "0042_audit_schedules",
    "0043_plan_list",
    "0044_plan_of_everyone",
    "0045_audits_not_started",
    "0046_lists_of_tools",
    "0047_hosts_demo_and_lists",
    "0048_installation",
)
FORMER = [("audits", name) for name in _NAMES]
# A part for each of the present ones: once such a part is noted as applied, that one is.
PEOPLE, TABLES, WALLS, RULES = FORMER[:12], FORMER[12:24], FORMER[24:36], FORMER[36:]


def stands_between(connection: BaseDatabaseWrapper) -> bool:
    """Say whether some of them are applied and not all: the first laid a table, the last another.

    Their names do not tell: a set-up that was cut off has some of them too, and can go on.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BETWEEN)
        return bool(cursor.fetchone()[0])
