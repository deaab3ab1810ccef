"""Tables that are a part of a page as files: what is in them, whose they are, and for whom."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits.enums import DataClass, Impact, Role, ToolDecision, ToolState
from audits.guidance.badges import Badge
from audits.guidance.strictness import Asked
from audits.models import (
    AITool,
    Audit,
    Client,
    ClientGroup,
    Dataset,
    DatasetVersion,
    ModelVersion,
    User,
    VendorSheet,
)
from tests import casts
from tests.builders import make_dataset_version, make_model_version, result_document
from tests.factories import World
from tests.people import make_staff
from tests.policies import make_policy
from tests.sheets import tool_of
from tests.web import doors
from tests.web.reading import browser_of, html_of, words
from tests.web.test_files_to_take import rows_of
from tests.web.test_house_files import FORMULA, both


@dataclass(frozen=True)
class Taken:
    """A file, the page that leads to it, who reads both, who neither, and whose row it is about."""

    page: str
    reader: str
    stranger: str
    row: str = ""
    is_of_a_client: bool = False
    called: str = ""

    def arguments(self, world: World) -> dict[str, Any]:
        cast = world.here if self.is_of_a_client else world.ours
        found = {"slug": world.here.client.slug} if self.is_of_a_client else {}
        return {**found, **({"pk": getattr(cast, self.row).pk} if self.row else {})}

    def name(self, world: World) -> str:
        """How its name begins that a browser is told."""
        parts = {"slug": world.here.client.slug, **self.arguments(world)}
        return self.called.format(**parts)


FILES = {
    "groups_file": Taken("groups", "admin", "technician", called="groups-house"),
    "vendors_reported_file": Taken(
        "vendors_reported", "technician", "owner", called="reported-tools-clients"
    ),
    "vendor_clients_file": Taken(
        "vendor", "technician", "owner", "sheet", called="clients-of-tool-{pk}"
    ),
    "dataset_versions_file": Taken(
        "dataset", "viewer", "contributor", "dataset", True, "dataset-versions-{pk}-{slug}"
    ),
    "dataset_columns_file": Taken(
        "dataset_version",
        "viewer",
        "contributor",
        "dataset_version",
        True,
        "dataset-columns-{pk}-{slug}",
    ),
    "model_versions_file": Taken(
        "model", "technician", "viewer", "model", True, "model-versions-{pk}-{slug}"
    ),
    "provider_policy_file": Taken(
        "provider_policy", "admin", "technician", called="rating-policy-house"
    ),
    "client_policy_file": Taken(
        "client_policy", "viewer", "contributor", "", True, "rating-policy-{slug}"
    ),
}
every_file = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def report_tool(client: Client, name: str, **values: Any) -> AITool:  # noqa: ANN401 - model fields
    """A tool that its client reported and that has no fact sheet."""
    return tool_of(client, **{"name": name, "vendor": "Elsewhere", "people": 7, **values})


def link(world: World, name: str, ending: str) -> str:
    return reverse(name, kwargs={**FILES[name].arguments(world), "ending": ending})


def taken(world: World, name: str, person: str = "") -> list[dict[str, Any]]:
    return both(world, person or FILES[name].reader, name, **FILES[name].arguments(world))


def page_of(world: World, name: str) -> str:
    file = FILES[name]
    return html_of(world, file.reader, reverse(file.page, kwargs=file.arguments(world)))


def lines(world: World, name: str) -> list[dict[str, str]]:
    """The rows as a spreadsheet shows them."""
    answer = browser_of(world, FILES[name].reader).get(link(world, name, "csv"))
    return rows_of(answer.content)


@every_file
def test_page_leads_to_its_files_for_its_own_readers(world: World, name: str) -> None:
    with world.here.scope():
        report_tool(world.here.client, "Reported")
    page, file = page_of(world, name), FILES[name]
    for ending in ("csv", "json"):
        url = link(world, name, ending)
        assert page.count(f'href="{url}"') == 1
        answer = browser_of(world, file.reader).get(url)
        said = f'attachment; filename="{file.name(world)}.{ending}"'
        assert (answer.status_code, answer["Content-Disposition"]) == (200, said)
        for person in (file.stranger, "technician_of_none"):
            assert browser_of(world, person).get(url).status_code == 404
        elsewhere = doors.browser_of(world, "their_admin").get(url)
        own_page = {"groups_file", "vendors_reported_file", "provider_policy_file"}
        assert elsewhere.status_code == (200 if name in own_page else 404)


def no_groups(world: World) -> None:
    with world.ours.scope():
        ClientGroup.objects.all().delete()


def no_reports(world: World) -> None:
    with world.ours.scope():
        assert not AITool.objects.filter(sheet=None).exists()


def no_users(world: World) -> None:
    for cast in (world.here, world.sibling):
        with cast.scope():
            AITool.objects.update(sheet=None)


def no_profile(world: World) -> None:
    with world.here.scope():
        DatasetVersion.objects.update(profile={"persons": {}})


@pytest.mark.parametrize(
    ("name", "emptied"),
    [
        ("groups_file", no_groups),
        ("vendors_reported_file", no_reports),
        ("vendor_clients_file", no_users),
        ("dataset_columns_file", no_profile),
    ],
)
def test_page_without_the_table_offers_no_file_of_it(
    world: World, name: str, emptied: Callable[[World], None]
) -> None:
    emptied(world)
    assert link(world, name, "csv") not in page_of(world, name)
    assert taken(world, name) == []


def test_file_of_groups_says_who_is_in_them_and_who_may_open_them(world: World) -> None:
    with world.theirs.scope():
        ClientGroup.objects.update(name="Foreign")
        assert ClientGroup.objects.filter(name="Foreign").exists()
    with world.ours.scope():
        ClientGroup.objects.update(name=FORMULA)
        ClientGroup.objects.create(provider=world.ours.provider, name="Nobody's yet")
    own, empty = taken(world, "groups_file")
    assert own == {
        "group": FORMULA,
        "how_many_clients": 1,
        "clients": world.here.client.name,
        "granted_to": str(world.ours.technician_of_group),
    }
    assert empty == {
        "group": "Nobody's yet",
        "how_many_clients": 0,
        "clients": "",
        "granted_to": "",
    }
    assert lines(world, "groups_file")[0]["group"] == f"'{FORMULA}"
    shown = words(page_of(world, "groups_file"))
    assert str(world.ours.technician_of_group) in shown
    answer = doors.browser_of(world, "their_admin").get(link(world, "groups_file", "csv"))
    assert [row["group"] for row in rows_of(answer.content)] == ["Foreign"]


def test_file_of_reported_tools_holds_those_of_the_clients_of_its_reader(world: World) -> None:
    with world.here.scope():
        report_tool(world.here.client, FORMULA)
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(name="Sibling")
        report_tool(world.sibling.client, "Of the sibling", people=None, vendor="")
    with world.stranger.scope():
        report_tool(world.stranger.client, "Of the stranger")
        assert AITool.objects.filter(sheet=None).exists()
    own, other = taken(world, "vendors_reported_file")
    assert own == {
        "tool": FORMULA,
        "vendor": "Elsewhere",
        "client": world.here.client.name,
        "reported": timezone.localdate().isoformat(),
        "data_that_goes_in": str(DataClass.INTERNAL.label),
        "users": 7,
        "state": str(ToolState.REPORTED.label),
        "decision": str(ToolDecision.UNDECIDED.label),
        "next_review": None,
    }
    assert (other["tool"], other["client"], other["users"]) == ("Of the sibling", "Sibling", None)
    assert taken(world, "vendors_reported_file", "technician_of_first") == [own]
    assert [line["tool"] for line in lines(world, "vendors_reported_file")] == [
        f"'{FORMULA}",
        "Of the sibling",
    ]
    answer = doors.browser_of(world, "their_admin").get(link(world, "vendors_reported_file", "csv"))
    assert [row["tool"] for row in rows_of(answer.content)] == ["Of the stranger"]


def test_file_of_clients_of_a_tool_says_what_was_decided_for_each(world: World) -> None:
    day = timezone.localdate() + timedelta(days=20)
    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(name=FORMULA)
        AITool.objects.filter(pk=world.here.tool.pk).update(
            decision=ToolDecision.RESTRICT, next_review=day, people=3
        )
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(name="Sibling")
        report_tool(world.sibling.client, "Without a sheet")
    own, other = taken(world, "vendor_clients_file")
    assert own == {
        "client": FORMULA,
        "tool": world.here.tool.name,
        "data_that_goes_in": str(DataClass(world.here.tool.data_class).label),
        "users": 3,
        "state": str(ToolState.DECIDED.label),
        "decision": str(ToolDecision.RESTRICT.label),
        "next_review": day.isoformat(),
    }
    assert (other["client"], other["tool"]) == ("Sibling", world.sibling.tool.name)
    assert taken(world, "vendor_clients_file", "technician_of_first") == [own]
    assert lines(world, "vendor_clients_file")[0]["client"] == f"'{FORMULA}"


def test_sheet_of_another_house_gives_no_file(world: World) -> None:
    foreign, browser = world.theirs.sheet, browser_of(world, "admin")
    with world.theirs.scope():
        assert VendorSheet.objects.filter(pk=foreign.pk).exists()
    own = {"pk": world.ours.sheet.pk, "ending": "csv"}
    assert browser.get(reverse("vendor_clients_file", kwargs=own)).status_code == 200
    url = reverse("vendor_clients_file", kwargs={**own, "pk": foreign.pk})
    assert browser.get(url).status_code == 404
    assert doors.browser_of(world, "their_admin").get(url).status_code == 200


def test_files_of_policies_say_what_holds_and_what_is_stricter(world: World) -> None:
    with world.ours.scope():
        make_policy(world.ours.provider.pk, number=2, asked=Asked(days={Badge.HIGH: 20}, months=6))
    with world.here.scope():
        make_policy(
            world.here.client.provider_id,
            client=world.here.client,
            number=2,
            asked=Asked(raised=frozenset({Impact.PERSONAL})),
        )
    with world.sibling.scope():
        make_policy(
            world.here.client.provider_id,
            client=world.sibling.client,
            number=2,
            asked=Asked(months=3),
        )
    of_house, of_client = (taken(world, f"{one}_policy_file") for one in ("provider", "client"))
    assert of_house[0] == {
        "rule": "How long an audit counts",
        "house_policy": "12 months",
        "provider": "6 months",
        "provider_is_stricter": "yes",
    }
    assert of_client[0] == {**of_house[0], "client": "6 months", "client_is_stricter": "no"}
    assert "3 months" not in {row["client"] for row in of_client}
    stricter = [row["rule"] for row in of_client if row["client_is_stricter"] == "yes"]
    assert stricter == ["Data that counts one class higher"]
    for name, rows in (("provider_policy_file", of_house), ("client_policy_file", of_client)):
        shown = words(page_of(world, name))
        for row in rows:
            told = [value for key, value in row.items() if not key.endswith("_is_stricter")]
            assert all(value in shown for value in told)
    theirs = doors.browser_of(world, "their_admin").get(link(world, "provider_policy_file", "json"))
    assert theirs.status_code == 200
    assert "6 months" not in theirs.content.decode()


def add_rows(world: World, number: int) -> None:
    """One more row of every file that has rows of its own."""
    word = f"more {number}"
    with world.ours.scope():
        group = ClientGroup.objects.create(provider=world.ours.provider, name=word)
        user = make_staff(
            "more", word, world.ours.provider, Role.TECHNICIAN, granted=world.here.client
        )
        held = User.objects.get(pk=user.pk).membership_set.get()
        group.members.create(provider=world.ours.provider, client=world.here.client)
        group.grants.create(provider=world.ours.provider, membership=held)
    with world.here.scope():
        report_tool(world.here.client, word)
        tool_of(world.here.client, world.ours.sheet, name=f"used {word}")
        data = make_dataset_version(
            Dataset.objects.get(pk=world.here.dataset.pk), number=number + 1
        )
        DatasetVersion.objects.filter(pk=data.pk).update(created_by=world.ours.technician)


@pytest.mark.parametrize(
    "name",
    ["groups_file", "vendors_reported_file", "vendor_clients_file", "dataset_versions_file"],
)
def test_file_costs_the_same_with_one_and_with_three_rows_more(world: World, name: str) -> None:
    browser, url = browser_of(world, FILES[name].reader), link(world, name, "json")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    add_rows(world, 1)
    cost()  # what is made once for a process is not the file's
    before, rows = cost(), len(taken(world, name))
    for number in (2, 3):
        add_rows(world, number)
    assert len(taken(world, name)) == rows + 2
    assert cost() == before


def test_versions_of_a_model_are_what_its_page_says(world: World) -> None:
    data = world.here.dataset_version
    with world.here.scope():
        version = make_model_version(world.here.model, number=2)
        ModelVersion.objects.filter(pk=version.pk).update(
            note=FORMULA, facts={"members": 600, "nonmembers": 400}, trained_on=data
        )
    newest, first = taken(world, "model_versions_file")
    assert (newest["version"], first["version"]) == (2, 1)
    assert (newest["used_for_training"], newest["held_out"]) == (600, 400)
    assert (newest["trained_on"], newest["trained_on_version"]) == (data.dataset.name, data.number)
    assert newest["sha256"] == "0" * 64
    assert lines(world, "model_versions_file")[0]["note"] == f"'{FORMULA}"


def test_every_group_of_a_result_is_in_its_file(world: World) -> None:
    bare = {"slug": world.here.client.slug, "pk": world.here.audit.pk}
    told = both(world, "technician", "audit_groups", **bare)
    small, large = sorted(told, key=lambda one: int(one["held_out"] > 600))
    assert (small["grouping"], small["group"], small["used_for_training"]) == ("Class", "0", 600)
    assert (small["auc"], small["auc_low"], small["auc_high"]) == (0.8, 0.77, 0.83)
    assert (large["grouping"], large["group"], large["auc"]) == ("site", "south", None)
    assert large["indicative"] == "yes"
    url = reverse("audit_groups", kwargs={**bare, "ending": "csv"})
    assert browser_of(world, "owner").get(url).status_code == 404
    found = result_document() | {
        "top_decile": {"attack": "rmia", "flagged": 240, "precision": 0.75, "base_rate": 0.5},
        "exposed": {"count": 0, "smallest_list": 34, "members": []},
    }
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(document=found)
    page = reverse("audit", kwargs=bare)
    assert html_of(world, "technician", page).count(f'href="{url}"') == 1
    with world.here.scope():
        Audit.objects.filter(pk=world.here.audit.pk).update(document=found | {"groups": []})
    assert browser_of(world, "technician").get(url).status_code == 404
