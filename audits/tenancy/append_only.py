"""The SQL of the activity log, laid by a migration: append-only tables and hash chains.

A line is written without a number. When its transaction ends, a deferred trigger takes the heads
of all chains that the transaction wrote to, in one order for everybody, numbers and hashes the new
lines and moves the heads on. So chains have no gaps and no forks; nobody waits for a head longer
than a commit takes; and because heads are locked last and in order, no two transactions can wait
for each other. The functions belong to the owner of the tables: the application may insert lines
and read them, and nothing else.
"""

from dataclasses import dataclass

from django.db import migrations

_NETSTRING = """
CREATE FUNCTION mia_netstring(VARIADIC parts text[]) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT string_agg(
        convert_to(octet_length(convert_to(part, 'UTF8')) || ':' || part || ',', 'UTF8'),
        '' ORDER BY place
    ) FROM unnest(parts) WITH ORDINALITY AS given (part, place)
$$
"""
# The database's own clock, and no number of the writer's choosing.
_STAMP = """
CREATE FUNCTION mia_stamp() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.at := clock_timestamp();
    NEW.sequence := NULL;
    NEW.previous_hash := NULL;
    NEW.hash := NULL;
    RETURN NEW;
END
$$
"""
# Only what another trigger does goes through: that is the sealing, and there is no other one. And
# a statement that removes a made-up client, where a trigger on each row looks whose it is.
_APPEND_ONLY = """
CREATE FUNCTION mia_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(current_setting('mia.removing', true), '') <> ''
        AND EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = TG_RELID AND tgname = 'mia_made_up_only'
        )
    THEN
        RETURN NULL;
    END IF;

    IF TG_OP IN ('INSERT', 'UPDATE') AND pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
_SEAL_CHAINS = """
    FOR whose IN
        SELECT DISTINCT {columns} FROM public.{lines} WHERE sequence IS NULL ORDER BY {owner}
    LOOP
        INSERT INTO public.{heads} ({columns}, sequence, hash) VALUES ({values}, 0, '')
            ON CONFLICT ({owner}) DO NOTHING;
        SELECT sequence, hash INTO STRICT number, link FROM public.{heads}
            WHERE {owner} = whose.{owner} FOR UPDATE;
        FOR line IN
            SELECT * FROM public.{lines}
            WHERE sequence IS NULL AND {owner} = whose.{owner} ORDER BY id
        LOOP
            number := number + 1;
            UPDATE public.{lines} SET sequence = number, previous_hash = link,
                hash = sha256(public.mia_netstring(
                    '{name}:' || line.{owner}, number::text, encode(link, 'hex'),
                    to_char(line.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    coalesce(line.actor_id::text, ''), line.via,
                    coalesce(line.request_id::text, ''), line.verb, line.object_type,
                    line.object_id::text, encode(line.payload_digest, 'hex')))
                WHERE id = line.id RETURNING hash INTO link;
        END LOOP;
        UPDATE public.{heads} SET sequence = number, hash = link WHERE {owner} = whose.{owner};
    END LOOP;
"""
_SEAL = """
CREATE FUNCTION mia_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    whose record;
    line record;
    number bigint;
    link bytea;
BEGIN
    {chains}
    RETURN NULL;
END
$$
"""
# Whoever was given rights by default keeps the right to read, and to add where rows are added.
_TAKE_RIGHTS = """
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END AS who
        FROM pg_class c CROSS JOIN aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid = 'public.{table}'::regclass AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE {rights} ON public.{table} FROM %s', given.who);
    END LOOP;
END
$$
"""
_GIVE_RIGHTS = (
    _TAKE_RIGHTS.replace("REVOKE", "GRANT")
    .replace(" FROM %s", " TO %s")
    .replace(", TRUNCATE, REFERENCES, TRIGGER", "")
)
_CHANGES = "UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"


@dataclass(frozen=True, kw_only=True)
class ChainTables:
    """The tables of one kind of chain: whose lines are in it, and what it is called in a hash."""

    name: str
    owner: str
    columns: tuple[str, ...]
    lines: str
    payloads: str
    heads: str


CLIENT_CHAINS = ChainTables(
    name="client",
    owner="client_id",
    columns=("client_id", "provider_id"),
    lines="audits_activity",
    payloads="audits_activitypayload",
    heads="audits_activityhead",
)
PROVIDER_CHAINS = ChainTables(
    name="provider",
    owner="provider_id",
    columns=("provider_id",),
    lines="audits_provideractivity",
    payloads="audits_provideractivitypayload",
    heads="audits_provideractivityhead",
)
# The order in which heads are locked: clients first, each kind by its number.
CHAINS = (CLIENT_CHAINS, PROVIDER_CHAINS)
LOGS = tuple(table for one in CHAINS for table in (one.lines, one.payloads, one.heads))
# Records that are no lines of a log: added, read, and never changed.
RECORDS = ("audits_riskdecision", "audits_catalogueedition", "audits_ratingpolicy")
TABLES = (*LOGS, *RECORDS)


def _sealing(tables: ChainTables) -> str:
    return _SEAL_CHAINS.format(
        name=tables.name,
        owner=tables.owner,
        columns=", ".join(tables.columns),
        values=", ".join(f"whose.{column}" for column in tables.columns),
        lines=tables.lines,
        heads=tables.heads,
    )


def _locked(table: str, *, verbs: str, rights: str) -> tuple[list[str], list[str]]:
    refused = (
        f"CREATE TRIGGER mia_append_only BEFORE {verbs} ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION mia_append_only()"
    )
    return (
        [refused, _TAKE_RIGHTS.format(table=table, rights=rights)],
        [
            f"DROP TRIGGER mia_append_only ON {table}",
            _GIVE_RIGHTS.format(
                table=table, rights=rights.replace(", TRUNCATE, REFERENCES, TRIGGER", "")
            ),
        ],
    )


def _laid(tables: ChainTables) -> tuple[list[str], list[str]]:
    """Triggers and rights of one kind of chain, and how they are taken back."""
    forward = [
        f"CREATE TRIGGER mia_stamp BEFORE INSERT ON {tables.lines}"
        " FOR EACH ROW EXECUTE FUNCTION mia_stamp()",
        f"CREATE CONSTRAINT TRIGGER mia_seal AFTER INSERT ON {tables.lines}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mia_seal()",
    ]
    backward = [
        f"DROP TRIGGER mia_stamp ON {tables.lines}",
        f"DROP TRIGGER mia_seal ON {tables.lines}",
    ]
    for table, first in ((tables.lines, ""), (tables.payloads, ""), (tables.heads, "INSERT")):
        verbs = " OR ".join(filter(None, (first, "UPDATE OR DELETE OR TRUNCATE")))
        rights = ", ".join(filter(None, (first, _CHANGES)))
        there, back = _locked(table, verbs=verbs, rights=rights)
        forward += there
        backward += back
    return forward, backward


def append_only_table(table: str) -> migrations.RunSQL:
    """Let rows be added and read, and nothing else, whoever asks."""
    forward, backward = _locked(table, verbs="UPDATE OR DELETE OR TRUNCATE", rights=_CHANGES)
    return migrations.RunSQL(sql=[*forward], reverse_sql=[*backward])


def activity_chains() -> migrations.RunSQL:
    """Chain the lines of both kinds of log, and let nobody change what is written."""
    forward = [
        _NETSTRING,
        _STAMP,
        _APPEND_ONLY,
        _SEAL.format(chains="".join(_sealing(tables) for tables in CHAINS)),
        "REVOKE ALL ON FUNCTION mia_seal() FROM PUBLIC",
    ]
    backward: list[str] = []
    for tables in CHAINS:
        there, back = _laid(tables)
        forward += there
        backward += back
    backward += [
        "DROP FUNCTION mia_seal()",
        "DROP FUNCTION mia_append_only()",
        "DROP FUNCTION mia_stamp()",
        "DROP FUNCTION mia_netstring(text[])",
    ]
    return migrations.RunSQL(sql=[*forward], reverse_sql=[*backward])
