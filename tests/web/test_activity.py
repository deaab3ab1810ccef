"""The log on its pages: found, unfolded, verified, taken away; and what ends up in it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from audits import tenancy
from audits.models import Activity, ClientKey, ProviderActivity, User
from audits.queries.activity_content import content_of
from audits.services import activity, personal_log
from tests import casts, chains
from tests.factories import PASSWORD, World, make_model
from tests.second_factor import code_at, counter_now
from tests.web.log_in import forget_tries


@pytest.fixture
def world(cast_of_app: World, tmp_path: Path, settings: Settings) -> Iterator[World]:
    settings.MIA_STORAGE_ROOT = tmp_path
    with casts.undone(cast_of_app) as lent:
        yield lent


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def log_url(world: World, name: str = "activity") -> str:
    return reverse(name, kwargs={"slug": world.here.client.slug})


def fill_log(world: World, name: str = "Other model") -> None:
    """Lines of two people about two models, and one refusal."""
    here, ours = world.here, world.ours
    with here.scope():
        other = make_model(here.client, name)
        for actor, verb, obj in (
            (ours.technician, "added", here.model),
            (ours.technician, "changed", here.model),
            (ours.owner, "changed", other),
            (ours.owner, "refused", other),
        ):
            fields = {"exposure": {"before": "internal", "after": "public"}}
            activity.record(
                client=here.client, actor=actor, verb=verb, obj=obj, details={"fields": fields}
            )
        chains.seal()


def page(world: World, query: str = "", *, person: str = "admin") -> str:
    answer = browser_of(world.ours.people()[person]).get(log_url(world) + query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def said(html: str) -> list[str]:
    """Who did what, line by line."""
    parts = html.split('<span class="trail-what">')[1:]
    return [
        " ".join(part.split("</span>")[0].replace("<strong>", "").replace("</strong>", "").split())
        for part in parts
    ]


EVERYTHING = [
    "owner@ours.example was refused Other model",
    "owner@ours.example changed the model “Other model”",
    "technician@ours.example changed the model “No-show forecast”",
    "technician@ours.example added the model “No-show forecast”",
    "The portal set up Harbour Dental",
]


def test_log_shows_every_line_newest_first_with_before_and_after(world: World) -> None:
    fill_log(world)
    html = page(world)
    assert said(html) == EVERYTHING
    values = re.findall(r"<td data-label=\"(\w+)\">\s*([^<]+?)\s*</td>", html)
    assert (
        values
        == [
            ("Before", "Our own staff with a login"),
            ("After", "Anyone: public endpoint or downloadable file"),
        ]
        * 4
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?person={owner}", [0, 1]),
        ("?person={technician}&verb=added", [3]),
        ("?kind=client", [4]),
        ("?object=aimodel:{model}", [2, 3]),
        ("?refused=on", [0]),
        ("?since={today}&until={today}", [0, 1, 2, 3, 4]),
        ("?until={yesterday}", []),
        ("?since={tomorrow}", []),
    ],
)
def test_filters_stand_in_the_address(world: World, query: str, expected: list[int]) -> None:
    fill_log(world)
    today = timezone.localdate()
    filled = query.format(
        owner=world.ours.owner.pk,
        technician=world.ours.technician.pk,
        model=world.here.model.pk,
        today=today,
        yesterday=today - timedelta(days=1),
        tomorrow=today + timedelta(days=1),
    )
    assert said(page(world, filled)) == [EVERYTHING[place] for place in expected]


@pytest.mark.parametrize(
    "query",
    ["?person=0", "?person=x", "?verb=stolen", "?since=soon", "?object=aimodel", "?page=999"],
)
def test_filters_that_make_no_sense_break_nothing(world: World, query: str) -> None:
    fill_log(world)
    assert said(page(world, query))


def test_empty_results_say_what_to_do(world: World) -> None:
    assert "No line fits" in page(world, "?refused=on")


def test_log_shows_no_line_of_a_sibling_or_stranger(world: World) -> None:
    for cast in (world.sibling, world.stranger):
        with cast.scope():
            activity.record(client=cast.client, actor=None, verb="changed", obj=cast.model)
            assert Activity.objects.filter(verb="changed").exists()
    assert said(page(world)) == ["The portal set up Harbour Dental"]
    answer = browser_of(world.ours.admin).get(reverse("provider_activity"))
    assert said(unescape(answer.content.decode())) == ["The portal created Quay Managed IT"]


def test_log_costs_the_same_with_few_and_with_many_lines(world: World) -> None:
    fill_log(world)
    browser = browser_of(world.ours.admin)
    browser.get(log_url(world))
    with CaptureQueriesContext(connection) as few:
        assert len(said(browser.get(log_url(world)).content.decode())) == 5
    for number in range(10):
        fill_log(world, f"Model {number}")
    with CaptureQueriesContext(connection) as many:
        assert len(said(browser.get(log_url(world)).content.decode())) == 45
    assert len(many) == len(few)


def test_log_comes_in_pages(world: World) -> None:
    here = world.here
    with here.scope():
        for number in range(60):
            activity.record(client=here.client, actor=None, verb=f"n{number}", obj=here.client)
        chains.seal()
    first, second = page(world), page(world, "?page=2")
    assert (len(said(first)), len(said(second))) == (50, 11)
    assert said(second)[-1] == "The portal set up Harbour Dental"
    assert "Page 1 of 2" in first


def test_verify_says_that_the_chain_is_intact(world: World) -> None:
    fill_log(world)
    browser = browser_of(world.ours.owner)
    answer = browser.post(log_url(world, "activity_verify"), follow=True)
    assert "The chain is intact: 5 lines, the last one 5:" in answer.content.decode()
    answer = browser_of(world.ours.admin).post(reverse("provider_activity_verify"), follow=True)
    assert "The chain is intact: 1 lines" in answer.content.decode()


def test_erased_words_are_said_to_be_erased(world: World) -> None:
    fill_log(world)
    with world.here.scope():
        ClientKey.objects.all().delete()
    html = page(world)
    assert len(said(html)) == 5
    assert html.count("Content erased") == 5
    assert "No-show forecast" not in "".join(said(html))
    answer = browser_of(world.ours.admin).post(log_url(world, "activity_verify"), follow=True)
    assert "The chain is intact: 5 lines" in answer.content.decode()


def test_csv_runs_no_formula_and_follows_the_filters(world: World) -> None:
    here = world.here
    with here.scope():
        evil = make_model(here.client, "=cmd|' /C calc'!A0")
        details = {"fields": {"purpose": {"before": "@SUM(1)", "after": "+1"}}}
        activity.record(
            client=here.client, actor=world.ours.owner, verb="changed", obj=evil, details=details
        )
        activity.record(client=here.client, actor=None, verb="=1+1", obj=evil)
        chains.seal()
    url = log_url(world, "activity_csv") + "?kind=aimodel"
    answer = browser_of(world.ours.admin).get(url)
    assert answer["Content-Disposition"] == (
        f'attachment; filename="activity-{here.client.slug}.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["line"] for row in rows] == ["3", "2"]
    assert [row["action"] for row in rows] == ["'=1+1", "changed"]
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "@", "-", "|", "%"}]
    assert rows[1]["changes"].endswith(": @SUM(1) → +1")


def test_json_holds_what_verifying_needs(world: World) -> None:
    fill_log(world)
    answer = browser_of(world.ours.admin).get(log_url(world, "activity_json"))
    told = json.loads(answer.content)
    assert told["chain"] == f"client:{world.here.client.pk}"
    lines = told["lines"]
    assert [line["line"] for line in lines] == [5, 4, 3, 2, 1]
    assert [line["previous_hash"] for line in lines] == [*(one["hash"] for one in lines[1:]), ""]
    assert lines[1]["details"]["fields"]["exposure"] == {"before": "internal", "after": "public"}
    for line in lines:
        assert remade(told["chain"], line) == (line["payload_digest"], line["hash"])
    changed = {**lines[1], "payload": lines[1]["payload"].replace("public", "partners")}
    assert remade(told["chain"], changed)[0] != changed["payload_digest"]
    assert json.loads(lines[1]["payload"])["details"] == lines[1]["details"]


def remade(chain: str, line: dict[str, Any]) -> tuple[str, str]:
    """Digest and hash of a line, by the rule that the file itself tells and nothing of ours."""
    values = [
        *(chain, line["line"], line["previous_hash"], line["time_utc"], line["actor_id"] or ""),
        *(line["via"], line["request_id"], line["verb"], line["object_type"]),
        *(line["object_id"], line["payload_digest"]),
    ]
    written = [str(value).encode() for value in values]
    chained = b"".join(b"%d:%s," % (len(value), value) for value in written)
    return sha256(line["payload"].encode()).hexdigest(), sha256(chained).hexdigest()


@pytest.mark.parametrize(
    ("name", "row", "kind"),
    [
        ("model", "model", "aimodel"),
        ("dataset", "dataset", "dataset"),
        ("tool", "tool", "aitool"),
        ("audit", "audit", "audit"),
        ("report", "report", "report"),
    ],
)
def test_pages_of_objects_lead_to_their_history(
    world: World, name: str, row: str, kind: str
) -> None:
    pk = getattr(world.here, row).pk
    url = reverse(name, kwargs={"slug": world.here.client.slug, "pk": pk})
    link = f"{log_url(world)}?object={kind}:{pk}"
    assert link in browser_of(world.ours.admin).get(url).content.decode()
    assert link not in browser_of(world.ours.viewer).get(url).content.decode()


def refusals(world: World) -> list[tuple[int | None, str, str]]:
    """Person, place and what they reached for, of every refusal in both kinds of log."""
    with tenancy.scope(
        provider_id=world.ours.provider.pk, client_ids=[world.here.client.pk], provider_rows=True
    ):
        return [
            (line.actor_id, place, content_of(line).name)
            for place, model in (("client", Activity), ("provider", ProviderActivity))
            for line in model.objects.filter(verb="refused").order_by("pk")
        ]


@pytest.mark.parametrize(
    ("person", "place"),
    [("viewer", "client"), ("owner", "client"), ("technician_of_first", "provider")],
)
def test_reaching_for_what_is_not_ones_own_leaves_a_line(
    world: World, person: str, place: str
) -> None:
    user = world.ours.people()[person]
    browser = browser_of(user)
    slug = world.here.client.slug
    tried = [
        reverse("client", kwargs={"slug": world.stranger.client.slug}),
        reverse("client", kwargs={"slug": "nowhere-0000"}),
        reverse("model", kwargs={"slug": slug, "pk": world.sibling.model.pk}),
        reverse("model", kwargs={"slug": slug, "pk": 10**30}),
        reverse("groups"),
        reverse("api:model", kwargs={"slug": slug, "pk": world.stranger.model.pk}),
    ]
    for url in tried:
        assert browser.get(url).status_code == 404
    # Whose client is not found may be anybody's: its name is in no log.
    told = ["/c/…/", "/c/…/", *tried[2:]]
    assert refusals(world) == [(user.pk, place, name) for name in told]


def test_refused_write_is_undone_and_logged(world: World) -> None:
    url = reverse("client_edit", kwargs={"slug": world.here.client.slug})
    assert browser_of(world.ours.owner).post(url, {"name": "Taken"}).status_code == 404
    with world.here.scope():
        line = Activity.objects.get(verb="refused")
        assert content_of(line).details == {"action": "client.edit", "method": "POST"}
        assert type(world.here.client).objects.get().name == "Harbour Dental"


def test_knocking_does_not_flood_the_log(world: World) -> None:
    browser = browser_of(world.ours.viewer)
    for number in range(personal_log.MOST_A_MINUTE + 5):
        assert browser.get(f"/c/nowhere-{number}/").status_code == 404
    assert len(refusals(world)) == personal_log.MOST_A_MINUTE
    with world.here.scope():
        last = Activity.objects.filter(verb="refused").latest("pk")
        assert content_of(last).details["more"] == "not listed this minute"
    assert browser_of(world.ours.owner).get("/c/nowhere-0/").status_code == 404
    assert len(refusals(world)) == personal_log.MOST_A_MINUTE + 1


def test_pages_that_are_simply_absent_leave_no_line(world: World) -> None:
    browser = browser_of(world.ours.viewer)
    assert browser.get("/no/such/page/").status_code == 404
    assert refusals(world) == []


def verbs(world: World, model: type[Activity] | type[ProviderActivity]) -> list[str]:
    with tenancy.scope(
        provider_id=world.ours.provider.pk, client_ids=[world.here.client.pk], provider_rows=True
    ):
        rows = model.objects.exclude(verb__in=["created", "revoked"]).order_by("pk")
        return list(rows.values_list("verb", flat=True))


@pytest.mark.parametrize(("person", "model"), [("owner", Activity), ("admin", ProviderActivity)])
def test_log_in_log_out_and_passwords_are_logged_where_the_person_belongs(
    world: World, person: str, model: type[Activity] | type[ProviderActivity]
) -> None:
    forget_tries()
    user, browser = world.ours.people()[person], Browser()
    login = {"login": user.email, "password": PASSWORD}
    browser.post(reverse("account_login"), {**login, "password": "wrong wrong wrong"})
    assert verbs(world, model) == ["log_in_failed"]
    assert browser.post(reverse("account_login"), login).status_code == 302
    if model is ProviderActivity:  # staff have a second factor
        wrong, right = {"code": "000000"}, {"code": code_at(counter_now())}
        browser.post(reverse("mfa_authenticate"), wrong)
        assert verbs(world, model) == ["log_in_failed"] * 2
        assert browser.post(reverse("mfa_authenticate"), right).status_code == 302
    new = {"oldpassword": PASSWORD, "password1": "another one entirely"}
    browser.post(reverse("account_change_password"), {**new, "password2": "another one entirely"})
    browser.post(reverse("account_logout"))
    assert verbs(world, ProviderActivity if model is Activity else Activity) == []
    failed = 2 if model is ProviderActivity else 1
    expected = [*["log_in_failed"] * failed, "logged_in", "changed_password", "logged_out"]
    assert verbs(world, model) == expected


def test_failed_log_in_of_nobody_is_no_line_and_many_of_one_are_few(world: World) -> None:
    for _ in range(3):
        data = {"login": "nobody@nowhere.example", "password": "wrong wrong wrong"}
        Browser().post(reverse("account_login"), data)
    for _ in range(personal_log.MOST_A_MINUTE + 3):
        personal_log.note_failed_log_in(user=world.ours.owner)
    assert verbs(world, ProviderActivity) == []
    assert verbs(world, Activity) == ["log_in_failed"] * personal_log.MOST_A_MINUTE
