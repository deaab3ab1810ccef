"""Worker and beat of a running portal say by themselves that they are alive."""

from tests.tasks.conftest import Portal, wait_for

FRESH = "SELECT kind FROM audits_signoflife WHERE at > now() - interval '1 minute' ORDER BY kind"


def test_worker_and_beat_leave_a_sign_of_life(portal: Portal) -> None:
    wait_for(lambda: [kind for (kind,) in portal.ask(FRESH)] == ["beat", "worker"])
    names = portal.ask("SELECT name FROM audits_signoflife WHERE kind = 'worker'")
    assert [name.partition("@")[0] for (name,) in names] == ["mia"]
