from collections import Counter
from pathlib import Path

import pytest

from audits import access, tenancy
from audits.enums import JobState, ProbeState
from audits.models import (
    AITool,
    Audit,
    ChecklistEvidence,
    ChecklistItem,
    Client,
    DataPermission,
    DatasetVersion,
    Job,
    Membership,
    Provider,
    ToolRuling,
    User,
)
from audits.services import demo, demo_data, isolation


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
    admin = access.actor_for(User.objects.get(email=demo.ADMIN))
    assert access.may(admin, "team.manage")
    with tenancy.scope(provider_id=None, client_ids=(), user_id=owner.pk):
        owned = Membership.objects.get()
    assert owned.client_id is not None
    with tenancy.scope(provider_id=owned.provider_id, client_ids=[owned.client_id]):
        assert Provider.objects.get().name == demo.PROVIDER
        assert Client.objects.get().name == small.name
        audit = Audit.objects.get()
        assert [audit.pk] == queued
        assert Job.objects.get().state == JobState.QUEUED
        assert audit.document is None
        tools = {tool.name: tool.decision for tool in AITool.objects.all()}
        assert tools == {name: decision for name, *_more, decision in small.tools}
        ruling = ToolRuling.objects.get()
        assert (ruling.requested_by, ruling.decided_by) == (staff, admin.user)
        version = DatasetVersion.objects.get()
        assert version.columns_confirmed_by == staff
        assert set(version.column_kinds) == {row["name"] for row in version.profile["columns"]}
        records = version.dataset
        assert records.impact_decided_by == staff
        assert records.retain_until is not None
        assert DataPermission.objects.get().given_by == small.contact
        answers = Counter(ChecklistItem.objects.values_list("answer", flat=True))
        assert {key: answers[key] for key in ("yes", "partly")} == {"yes": 2, "partly": 1}
        assert ChecklistEvidence.objects.count() == 2
    assert len(list(storage_folder.iterdir())) == 3
    with tenancy.system_scope("the test pushes against the walls between the demo's clients"):
        found = isolation.check()
    assert [probe for probe in found.probes if probe.state == ProbeState.FAILED] == []


def test_the_demo_says_which_data_are_simulated() -> None:
    cases = [(house.name, model.case) for house in demo.CLIENTS for model in house.models]
    assert {case for _, case in cases} == set(demo_data.CASES)
    assert all(("simulated" in name) == case.startswith("simulated") for name, case in cases)
    assert len({house.name for house in demo.CLIENTS}) == len(demo.CLIENTS)
