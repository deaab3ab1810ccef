from pathlib import Path

import pytest

from audits import tenancy
from audits.enums import JobState
from audits.models import AITool, Audit, Client, Job, Membership, Provider, User
from audits.services import demo, demo_data


@pytest.mark.django_db
def test_the_demo_queues_real_audits_for_people_who_can_log_in(
    storage_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = next(one for one in demo.CLIENTS if one.models[0].case == "tumour_triage")
    monkeypatch.setattr(demo, "CLIENTS", (small,))
    assert not demo.exists()
    queued = demo.seed(password="correct horse battery")
    assert demo.exists()
    staff, owner = User.objects.get(email=demo.TECHNICIAN), User.objects.get(email=demo.OWNER)
    assert staff.check_password("correct horse battery")
    owned = Membership.objects.get(user=owner)
    assert owned.client_id is not None
    with tenancy.scope(provider_id=owned.provider_id, client_ids=[owned.client_id]):
        assert Provider.objects.get().name == demo.PROVIDER
        assert Client.objects.get().name == small.name
        audit = Audit.objects.get()
        assert [audit.pk] == queued
        assert Job.objects.get().state == JobState.QUEUED
        assert audit.document is None
        assert AITool.objects.count() == len(small.tools)
    assert len(list(storage_folder.iterdir())) == 3


def test_the_demo_says_which_data_are_simulated() -> None:
    cases = [(house.name, model.case) for house in demo.CLIENTS for model in house.models]
    assert {case for _, case in cases} == set(demo_data.CASES)
    assert all(("simulated" in name) == case.startswith("simulated") for name, case in cases)
    assert len({house.name for house in demo.CLIENTS}) == len(demo.CLIENTS)
