"""Pages over all clients show staff what staff read: not of clients where they are only guests."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from audits.access import opened
from audits.enums import Answer, DataClass, JobKind, JobState, Role, ToolDecision
from audits.models import AITool, ChecklistItem, Client, Membership, User, VendorSheet
from audits.services import review, vendor
from tests import casts
from tests.factories import ClientCast, World, make_audit, make_job, make_model, make_model_version
from tests.web.reading import words

NAMES = {"here": "Amber", "sibling": "Zinc"}
ROLES = [Role.CLIENT_CONTRIBUTOR, Role.CLIENT_VIEWER, Role.CLIENT_OWNER]
LISTED = (
    "plans",
    "plans_csv",
    "plans_json",
    "vendors_reported",
    "vendors_reported_file",
    "fleet_map",
)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        for name, called in NAMES.items():
            cast = getattr(lent, name)
            with cast.scope():
                Client.objects.filter(pk=cast.client.pk).update(name=called)
                own = {"provider_id": cast.client.provider_id, "client": cast.client}
                AITool.objects.create(**own, name=f"{called} tool", data_class=DataClass.INTERNAL)
                AITool.objects.filter(pk=cast.tool.pk).update(
                    sheet=lent.ours.sheet, decision=ToolDecision.UNDECIDED, people=7
                )
                ChecklistItem.objects.create(
                    **own, control="AI-04", catalogue_version="1", answer=Answer.NO, priority=7
                )
        yield lent


def guest_of(world: World, role: Role) -> User:
    """A technician of the first client, who holds a role of a client at the second one."""
    user = world.ours.technician_of_first
    with world.sibling.scope():
        Membership.objects.create(
            user=user, provider=world.ours.provider, client=world.sibling.client, role=role
        )
    return user


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def names_in(browser: Browser, url: str) -> list[str]:
    """Which of the two clients the answer tells of."""
    answer = browser.get(url)
    assert answer.status_code == 200
    text = answer.content.decode()
    text = words(text) if "<main" in text else text
    return [name for name in NAMES.values() if name in text]


def url_of(name: str) -> str:
    return reverse(name, args=["json"] if name.endswith("_file") else [])


@pytest.mark.parametrize("role", ROLES)
def test_lists_leave_out_clients_of_guests_and_the_fleet_shows_them(
    world: World, role: Role
) -> None:
    staff = browser_of(world.ours.technician)
    guest = browser_of(guest_of(world, role))
    for name in LISTED:
        assert names_in(staff, url_of(name)) == ["Amber", "Zinc"], name
        assert names_in(guest, url_of(name)) == ["Amber"], name
    assert names_in(guest, reverse("fleet")) == ["Amber", "Zinc"]


@pytest.mark.parametrize("role", ROLES)
def test_sheet_names_no_user_where_the_reader_is_a_guest(world: World, role: Role) -> None:
    sheet = world.ours.sheet.pk
    staff = browser_of(world.ours.technician)
    guest = browser_of(guest_of(world, role))
    for url in (
        reverse("vendor", args=[sheet]),
        reverse("vendor_clients_file", args=[sheet, "csv"]),
        reverse("vendor_decide", args=[sheet]),
    ):
        assert names_in(staff, url) == ["Amber", "Zinc"], url
        assert names_in(guest, url) == ["Amber"], url
    for browser, clients in ((staff, 2), (guest, 1)):
        (row,) = browser.get(reverse("vendors")).context["rows"]
        assert (row.use.clients, row.use.people) == (clients, 7 * clients)


def test_map_as_a_file_leaves_them_out_too(world: World) -> None:
    url = reverse("fleet_map_file", args=["json"])
    guest = browser_of(guest_of(world, Role.CLIENT_CONTRIBUTOR))
    assert names_in(browser_of(world.ours.technician), url) == ["Amber", "Zinc"]
    assert names_in(guest, url) == ["Amber"]


def test_row_of_a_guest_can_neither_be_ticked_nor_decided(world: World) -> None:
    guest = browser_of(guest_of(world, Role.CLIENT_CONTRIBUTOR))
    with world.sibling.scope():
        item = ChecklistItem.objects.get(control="AI-04")
    given = {"do": "csv", "items": [item.pk]}
    assert (
        "Zinc" in browser_of(world.ours.technician).post(reverse("plans"), given).content.decode()
    )
    assert "Zinc" not in guest.post(reverse("plans"), given).content.decode()
    chosen = {
        "tools": [world.sibling.tool.pk],
        "decision": "reject",
        "conditions": "None.",
        "review_on": timezone.localdate() + timedelta(days=30),
    }
    url = reverse("vendor_decide", args=[world.ours.sheet.pk])
    decided: list[object] = []
    for browser in (guest, browser_of(world.ours.technician)):
        decided.append(browser.post(url, chosen).status_code)
        with world.sibling.scope():
            decided.append(AITool.objects.get(pk=world.sibling.tool.pk).decision)
    assert decided == [200, ToolDecision.UNDECIDED, 302, ToolDecision.REJECT]


def begin_work(cast: ClientCast) -> None:
    with cast.scope():
        job = make_job(cast.client, key="now", state=JobState.RUNNING)
        make_audit(make_model_version(make_model(cast.client, "Seen")), None, job=job)
        make_job(cast.client, kind=JobKind.REPORT, key="pdf", state=JobState.QUEUED)


@pytest.mark.parametrize(
    ("role", "audits", "reports"),
    [(Role.CLIENT_CONTRIBUTOR, 1, 1), (Role.CLIENT_VIEWER, 2, 1), (Role.CLIENT_OWNER, 2, 1)],
)
def test_work_is_told_as_on_the_page_of_each_client(
    world: World, role: Role, audits: int, reports: int
) -> None:
    """A viewer sees an audit run, a contributor none; unsent reports are for staff."""
    for cast in (world.here, world.sibling):
        begin_work(cast)
    work = reverse("fleet_work")
    staff, guest = browser_of(world.ours.technician), browser_of(guest_of(world, role))
    for browser, told in ((staff, (2, 2)), (guest, (audits, reports))):
        rows = browser.get(work).context["page"].object_list
        kinds = [row.job.kind for row in rows]
        assert (kinds.count(JobKind.AUDIT), kinds.count(JobKind.REPORT)) == told
        shown = browser.get(work, headers={"HX-Request": "true", "HX-Target": "jobs-indicator"})
        counted = shown.context["work"]
        assert (counted.audits, counted.reports) == told
        assert browser.get(reverse("fleet")).context["on_their_way"]().all == sum(told)


def test_figures_of_the_fleet_lead_to_no_list_that_holds_less(world: World) -> None:
    begin_work(world.sibling)
    staff = browser_of(world.ours.technician)
    guest = browser_of(guest_of(world, Role.CLIENT_CONTRIBUTOR))
    lists = [f"{reverse('plans')}?due=overdue", f"{reverse('fleet_work')}?kind=audit"]
    for browser, leads in ((staff, [True, True]), (guest, [False, False])):
        html = browser.get(reverse("fleet")).content.decode()
        assert [f'href="{url}"' in html for url in lists] == leads


def test_fact_of_the_provider_reaches_the_client_of_a_guest_all_the_same(world: World) -> None:
    """Which plan it is, and that somebody looks into it, concerns every client of the sheet."""
    user = guest_of(world, Role.CLIENT_VIEWER)
    with world.ours.scope():
        sheet = VendorSheet.objects.create(
            provider=world.ours.provider, vendor="Maker", product="New", category="other"
        )
    for cast in (world.here, world.sibling):
        with cast.scope():
            AITool.objects.filter(pk=cast.tool.pk).update(sheet=sheet, in_review_since=None)
    with opened(user, slug=None):
        vendor.save(provider_id=sheet.provider_id, actor=user, sheet=sheet, values={"tier": "Team"})
        review.start(sheet=sheet, actor=user)
    for cast in (world.here, world.sibling):
        with cast.scope():
            tool = AITool.objects.get(pk=cast.tool.pk)
        assert (tool.plan, tool.in_review_since is not None) == ("Team", True)
