"""Clients that are made up: marked once, never in a report, and the only ones that can be removed.

A provider is `synthetic` where its rows were made for load tests, and all its clients are then too;
a client, or a provider, `is_demo` where it came with the demo. The database keeps the marks as they
were first written. What nobody may delete (the log, decisions, policies) goes with a made-up client
alone, through two functions of the owner, which look at the mark and at the scope themselves.
"""

from django.db import connection, migrations

_MARKS = """
CREATE FUNCTION mia_keep_marks() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made_up boolean;
BEGIN
    IF TG_TABLE_NAME = 'audits_provider' THEN
        NEW.synthetic := OLD.synthetic;
        NEW.is_demo := OLD.is_demo;
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT synthetic INTO made_up FROM public.audits_provider WHERE id = NEW.provider_id;
        NEW.synthetic := coalesce(made_up, NEW.synthetic);
    ELSE
        NEW.synthetic := OLD.synthetic;
        NEW.is_demo := OLD.is_demo;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER mia_keep_marks BEFORE UPDATE ON audits_provider
    FOR EACH ROW EXECUTE FUNCTION mia_keep_marks();
CREATE TRIGGER mia_keep_marks BEFORE INSERT OR UPDATE ON audits_client
    FOR EACH ROW EXECUTE FUNCTION mia_keep_marks();
"""
_MARKS_BACK = """
DROP TRIGGER mia_keep_marks ON audits_client;
DROP TRIGGER mia_keep_marks ON audits_provider;
DROP FUNCTION mia_keep_marks();
"""
_NO_REPORT = """
CREATE FUNCTION mia_not_of_synthetic() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.audits_client WHERE id = NEW.client_id AND synthetic) THEN
        RAISE EXCEPTION 'data made up for load tests enter no report'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$
"""
# It looks at clients that are out of the writer's scope too, and says nothing but no.
_NO_PORTFOLIO = """
CREATE FUNCTION mia_portfolio_not_of_synthetic() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.audits_provider WHERE id = NEW.provider_id AND synthetic)
        OR EXISTS (SELECT FROM public.audits_client WHERE id = ANY (NEW.covers) AND synthetic)
    THEN
        RAISE EXCEPTION 'data made up for load tests enter no report'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER mia_not_of_synthetic BEFORE INSERT OR UPDATE ON audits_portfolioreport
    FOR EACH ROW EXECUTE FUNCTION mia_portfolio_not_of_synthetic();
"""
_NO_PORTFOLIO_BACK = """
DROP TRIGGER mia_not_of_synthetic ON audits_portfolioreport;
DROP FUNCTION mia_portfolio_not_of_synthetic();
"""
# A provider of the demo goes while no real client is there.
_DEMO_ALONE = (
    "synthetic OR (is_demo AND NOT EXISTS (SELECT FROM public.audits_client AS own"
    " WHERE own.provider_id = {which} AND NOT own.is_demo))"
)
_ITS_DEMO_ALONE = _DEMO_ALONE.format(which="OLD.provider_id")
_MADE_UP_ONLY = f"""
CREATE FUNCTION mia_made_up_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removing text := coalesce(current_setting('mia.removing', true), '');
BEGIN
    IF removing = 'provider:' || coalesce(OLD.provider_id::text, '') AND EXISTS (
        SELECT FROM public.audits_provider WHERE id = OLD.provider_id
            AND ({_ITS_DEMO_ALONE})
    ) THEN
        RETURN OLD;
    END IF;
    IF TG_ARGV[0] = 'client' THEN
        IF removing = 'client:' || coalesce(OLD.client_id::text, '') AND EXISTS (
            SELECT FROM public.audits_client WHERE id = OLD.client_id AND (synthetic OR is_demo)
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""  # noqa: S608 - our words
# Every key is deferred, so that the order in which tables are emptied does not matter.
_REMOVE = """
CREATE FUNCTION mia_remove_made_up_{what}(which bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one text;
BEGIN
    PERFORM FROM public.audits_{what} WHERE id = which AND ({mark}) AND ({in_scope}) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no made-up {what} of that number is in scope'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('mia.removing', '{what}:' || which, true);
    FOR one IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname = '{what}_id' AND a.atttypid = 'bigint'::regtype AND c.relkind = 'r'
            AND c.relnamespace = 'public'::regnamespace
        -- What is deleted leaves a word that something changed: those words go after it.
        ORDER BY c.relname = 'audits_client', c.relname = 'audits_clientchange'
    LOOP
        EXECUTE format('DELETE FROM public.%I WHERE {what}_id = $1', one) USING which;
    END LOOP;
    DELETE FROM public.audits_{what} WHERE id = which;
    PERFORM set_config('mia.removing', '', true);
END
$$
"""
_SEES_ALL = "current_setting('mia.every_provider', true) = 'on'"
_REMOVE_CLIENT = _REMOVE.format(
    what="client",
    mark="synthetic OR is_demo",
    in_scope="id = ANY (string_to_array("
    "nullif(current_setting('mia.clients', true), ''), ',')::bigint[])",
)
_REMOVE_PROVIDER = _REMOVE.format(
    what="provider",
    mark=_DEMO_ALONE.format(which="which"),
    in_scope=f"{_SEES_ALL} OR id = nullif(current_setting('mia.house', true), '')::bigint",
)
_OF_CLIENTS = (
    "audits_activity",
    "audits_activityhead",
    "audits_activitypayload",
    "audits_ratingpolicy",
    "audits_riskdecision",
)
_OF_PROVIDERS = (
    "audits_provideractivity",
    "audits_provideractivityhead",
    "audits_provideractivitypayload",
)


def _only_made_up(table: str, whose: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER mia_made_up_only BEFORE DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION mia_made_up_only('{whose}')",
        f"DROP TRIGGER mia_made_up_only ON {table}",
    )


def goes_with_a_made_up_client(table: str) -> migrations.RunSQL:
    """Let rows of an append-only table of clients go with a made-up client, and never otherwise."""
    return _only_made_up(table, "client")


def never_of_synthetic(table: str) -> migrations.RunSQL:
    """Refuse rows of clients that were made up for load tests: they enter no report."""
    return migrations.RunSQL(
        f"CREATE TRIGGER mia_not_of_synthetic BEFORE INSERT OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION mia_not_of_synthetic()",
        f"DROP TRIGGER mia_not_of_synthetic ON {table}",
    )


def no_portfolio_of_synthetic() -> migrations.RunSQL:
    """Refuse reports of providers, and over clients, that were made up for load tests."""
    return migrations.RunSQL(_NO_PORTFOLIO, _NO_PORTFOLIO_BACK)


def made_up_world() -> list[migrations.RunSQL]:
    """Keep the marks, and let what carries one be removed as a whole."""
    return [
        migrations.RunSQL(_MARKS, _MARKS_BACK),
        migrations.RunSQL(_NO_REPORT, "DROP FUNCTION mia_not_of_synthetic()"),
        migrations.RunSQL(_MADE_UP_ONLY, "DROP FUNCTION mia_made_up_only()"),
        *(goes_with_a_made_up_client(table) for table in _OF_CLIENTS),
        *(_only_made_up(table, "provider") for table in _OF_PROVIDERS),
        migrations.RunSQL(_REMOVE_CLIENT, "DROP FUNCTION mia_remove_made_up_client(bigint)"),
        migrations.RunSQL(_REMOVE_PROVIDER, "DROP FUNCTION mia_remove_made_up_provider(bigint)"),
    ]


def remove_client(client_id: int) -> None:
    """Delete every row of a made-up client in scope; the database refuses any other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT mia_remove_made_up_client(%s)", [client_id])


def remove_provider(provider_id: int) -> None:
    """Delete every row of a provider that was made up for load tests, its clients' too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT mia_remove_made_up_provider(%s)", [provider_id])
