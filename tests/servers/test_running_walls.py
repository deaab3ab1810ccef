"""The self-check on a portal that runs: real processes, two providers, a policy that is dropped."""

import psycopg

from audits.servers.state import read_json
from tests.stack import LiveStack

RULE = "mia_tenant ON audits_aimodel"


def add_house(stack: LiveStack, name: str) -> None:
    """Add a provider with people and a client."""
    call = f"people.add_house('admin@{name}.example', 'technician@{name}.example')"
    told = stack.manage("shell", "--no-imports", "-c", f"from tests.e2e import people\n{call}")
    assert told.returncode == 0, told.stderr


def test_check_passes_on_a_running_portal_and_fails_once_a_policy_is_dropped(
    live_stack: LiveStack,
) -> None:
    for name in ("walls-of-one", "walls-of-another"):
        add_house(live_stack, name)
    stands = live_stack.manage("tenancy_check")
    assert stands.returncode == 0, stands.stdout + stands.stderr
    assert "Failed" not in stands.stdout
    owner_url = read_json(live_stack.state.environment)["DATABASE_OWNER_URL"]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        row = owner.execute(
            "SELECT qual FROM pg_policies WHERE tablename = 'audits_aimodel'"
        ).fetchone()
        assert row is not None
        owner.execute(f"DROP POLICY {RULE}".encode())
        try:
            fallen = live_stack.manage("tenancy_check")
        finally:
            owner.execute(f"CREATE POLICY {RULE} USING ({row[0]}) WITH CHECK ({row[0]})".encode())
    assert fallen.returncode == 1
    assert "audits_aimodel" in fallen.stdout
    again = live_stack.manage("tenancy_check", "--failed-only")
    assert (again.returncode, again.stdout) == (0, "")
