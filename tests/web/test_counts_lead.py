"""A count that can be followed leads to a list of exactly as many rows, whoever follows it."""

import html as entities
import re
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from audits.enums import (
    Answer,
    ClientState,
    DataClass,
    FilePurpose,
    JobState,
    Lifecycle,
    RatingBadge,
    ReportKind,
    ToolDecision,
    Trend,
)
from audits.models import (
    AIModel,
    AITool,
    AuditRun,
    AuditSchedule,
    ChecklistItem,
    Client,
    Report,
)
from audits.queries.narrowed_house import CHECKLIST
from audits.web.forms.fleet_views import query_of
from tests import casts
from tests.factories import (
    World,
    finished,
    make_audit,
    make_file,
    make_job,
    make_model,
    make_model_version,
    result_document,
)
from tests.web.reading import address, browser_of, html_of, words

LONG_AGO = timedelta(days=400)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def fill(world: World) -> None:
    """Of everything that the fleet counts some rows, and beside each some that it does not."""
    client, yesterday = world.here.client, timezone.localdate() - timedelta(days=1)
    own: dict[str, Any] = {"provider_id": client.provider_id, "client": client}
    with world.here.scope():
        for name, lifecycle in (
            ("Late", Lifecycle.APPROVED),
            ("Late too", Lifecycle.DRAFT),
            ("Gone", Lifecycle.RETIRED),
        ):
            make_model(client, name, lifecycle=lifecycle, next_review=yesterday)
        for n, (name, decision, day) in enumerate(
            (
                ("Decided", ToolDecision.APPROVE, yesterday),
                ("Refused", ToolDecision.REJECT, yesterday),
                ("Fine", ToolDecision.APPROVE, yesterday + timedelta(days=60)),
                ("Waits", ToolDecision.UNDECIDED, yesterday),  # nothing that was decided is over
            )
        ):
            AITool.objects.create(
                **own, name=name, data_class=DataClass.HR, decision=decision, next_review=day,
                people=n,
            )  # fmt: skip
        versions = [
            make_model_version(make_model(client, name)) for name in ("Slow", "Broken", "Tried")
        ]
        for n, (version, state) in enumerate(
            (
                (versions[0], JobState.RUNNING),
                (versions[0], JobState.QUEUED),
                (versions[1], JobState.FAILED),
                (versions[2], JobState.FAILED),  # tried again
                (versions[2], JobState.SUCCEEDED),
            )
        ):
            job = make_job(client, key=f"audit {n}", state=state)
            done = finished(result_document()) if state == JobState.SUCCEEDED else {}
            make_audit(version, None, job=job, **done)
        for n, control in enumerate(("AI-01", "AI-02", "AI-03", "AI-04")):
            ChecklistItem.objects.update_or_create(
                **own,
                control=control,
                defaults={
                    "catalogue_version": "1",
                    "answer": Answer.NO if n else Answer.YES,
                    "due": yesterday + timedelta(days=n % 2 * 9),
                },
            )


def followed(world: World, person: str, url: str) -> int:
    """How many rows the list of an address holds."""
    answer = browser_of(world, person).get(entities.unescape(url))
    assert answer.status_code == HTTPStatus.OK
    assert "was left out" not in answer.content.decode()
    if "view" in answer.context and hasattr(answer.context["view"], "settled"):  # the checklist
        view = answer.context["view"]
        kept = (view.first, view.waiting, view.settled, view.retired)
        return sum(map(len, kept)) + sum(len(group.rows) for group in view.sections)
    return int(answer.context["page"].paginator.count)


def counts(html: str) -> list[tuple[str, str, int]]:
    """Of every link whose words hold a number: its words, where it leads, and the number."""
    found = []
    for url, inside in re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', html, re.DOTALL):
        said = " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", inside, flags=re.DOTALL).split())
        number = re.match(r"\(?([0-9]+)(?![0-9%])", said)
        if number and not said.endswith("%"):
            found.append((said, url, int(number[1])))
    return found


def row_of(world: World, person: str = "technician") -> str:
    """The row of the first client in the fleet, with every reason to look at it."""
    here = world.here.client
    html = html_of(world, person, f"{reverse('fleet')}?show=&why={here.pk}")
    rows = re.findall(r"<tr[^>]*>.*?</tr>", html, flags=re.DOTALL)
    link = f'href="{reverse("client", args=[here.slug])}"'
    return str(next(row for row in rows if link in row))


def test_every_count_in_a_row_of_the_fleet_is_that_of_its_list(world: World) -> None:
    fill(world)
    with world.here.scope():
        AuditRun.objects.update(audit=None, problem="Nobody has allowed it.")
        later = timezone.now() + timedelta(days=1)
        AuditRun.objects.update(created_at=later)
    told = counts(row_of(world))
    said = {words(f"<main>{one}</main>").strip() for one, _url, _number in told}
    for expected in (
        "(2 reviews overdue)",
        "2 on their way",
        "1 failed, not tried again",
        "1 not started on its day",
        "1 planned audit not started",
        "1 failed audit",
    ):
        assert expected in said, expected
    assert any(one.endswith("not reviewed)") for one in said)
    assert any(one.endswith("overdue)") and "review" not in one for one in said)
    for words_of, url, number in told:
        assert followed(world, "technician", url) == number, (words_of, url)
    # Beside what is counted there is more in each list, so that no whole list is what was meant.
    for listing, query in (
        ("models", "?status=in_use"),
        ("models", "?due=overdue"),
        ("tools", "?decision=undecided"),
        ("tools", "?due=renew"),
        ("audits", "?state=active"),
        ("audits", "?state=open"),
    ):
        url = address(world, listing)
        assert 0 < followed(world, "technician", url + query) < followed(world, "technician", url)


def tiles(html: str) -> dict[str, tuple[str, int, str]]:
    """Each figure above the fleet: where it leads, its number, and what is said below it."""
    found = re.findall(
        r'<a class="stat[^"]*" href="([^"]+)">\s*<span class="stat-label">(.*?)</span>\s*'
        r'<span class="stat-value">([0-9]+)</span>\s*(?:<span class="stat-hint">([^<]*)</span>)?',
        html,
        flags=re.DOTALL,
    )
    return {
        re.sub(r"<svg.*?</svg>", "", label, flags=re.DOTALL).strip(): (url, int(number), hint)
        for url, label, number, hint in found
    }


def test_figures_above_the_fleet_lead_to_as_many_rows(world: World) -> None:
    fill(world)
    shown = tiles(html_of(world, "technician", f"{reverse('fleet')}?show=attention"))
    running, number, _hint = shown["Audits on their way"]
    assert (running, number) == (f"{reverse('fleet_work')}?kind=audit", 2)
    assert followed(world, "technician", running) == number
    overdue, number, _hint = shown["Overdue actions"]
    assert overdue == f"{reverse('plans')}?due=overdue"
    assert followed(world, "technician", overdue) == number > 0
    for name in ("Failed audits", "Overdue reviews"):
        url, number, hint = shown[name]
        assert number > 0
        at = followed(world, "technician", reverse("fleet") + url)
        assert hint.endswith(f"at {at} client"), hint
    # Of clients that are chosen no list has the same rows: then they lead to those clients.
    narrowed = f"{reverse('fleet')}?show=&q={world.here.client.name}"
    for name, kind in (("Audits on their way", "running"), ("Overdue actions", "overdue")):
        url, number, hint = tiles(html_of(world, "technician", narrowed))[name]
        assert f"show={kind}" in url
        assert number > 0
        assert hint.endswith("at 1 client")
        assert followed(world, "technician", reverse("fleet") + url) == 1


def test_overdue_actions_of_prospects_are_not_led_to(world: World) -> None:
    """The plan has them, the figure has not."""
    fill(world)
    with world.here.scope():
        Client.objects.filter(pk=world.here.client.pk).update(state=ClientState.PROSPECT)
    url, number, _hint = tiles(html_of(world, "technician", f"{reverse('fleet')}?show="))[
        "Overdue actions"
    ]
    assert followed(world, "technician", f"{reverse('plans')}?due=overdue") > number
    assert "show=overdue" in url


def test_schedules_that_started_nothing_stand_alone_when_asked_for(world: World) -> None:
    with world.here.scope():
        assert AuditSchedule.objects.exists()
    url = address(world, "audit_schedules")
    assert (
        followed(world, "technician", url),
        followed(world, "technician", f"{url}?show=unstarted"),
    ) == (1, 0)
    html = html_of(world, "technician", f"{url}?show=unstarted")
    assert "Only those whose last day could not start its audit." in words(html)


def test_prospects_of_the_fleet_lead_to_these_alone(world: World) -> None:
    with world.sibling.scope():
        Client.objects.filter(pk=world.sibling.client.pk).update(state=ClientState.PROSPECT)
    for asked in ("?show=", "?show=attention&sort=name", "?state=all"):
        html = html_of(world, "technician", reverse("fleet") + asked)
        (url,) = re.findall(r'<a href="([^"]+)">1 prospect</a>', html)
        answer = browser_of(world, "technician").get(reverse("fleet") + entities.unescape(url))
        listed = [row.client.pk for row in answer.context["page"]]
        assert listed == [world.sibling.client.pk]


@pytest.mark.parametrize("with_report", [True, False])
@pytest.mark.parametrize("person", ["technician", "owner"])
def test_counts_since_the_last_review_are_those_of_their_lists(
    world: World, person: str, *, with_report: bool
) -> None:
    """By the moment of the review, not by its day: what came an hour before it is not new."""
    client, now = world.here.client, timezone.now()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    review = now - timedelta(days=10) if with_report else today - timedelta(days=90)
    earlier, later = review - timedelta(hours=1), review + timedelta(hours=1)
    own: dict[str, Any] = {"provider_id": client.provider_id, "client": client}
    with world.here.scope():
        AIModel.objects.update(created_at=now - LONG_AGO)
        AITool.objects.update(created_at=now - LONG_AGO)
        type(world.here.audit).objects.update(completed_at=now - LONG_AGO)
        ChecklistItem.objects.update(answer=Answer.NO)
        Report.objects.update(created_at=now - LONG_AGO)
        if with_report:
            file = make_file(client, FilePurpose.REPORT, "review")
            Report.objects.filter(pk=world.here.report.pk).update(
                created_at=review,
                kind=ReportKind.QUARTER,
                period_start=(review - timedelta(days=90)).date(),
                period_end=review.date(),
                sent_at=review,
                file=file,
            )
        for n, moment in enumerate((earlier, later, later)):
            model = make_model(client, f"New {n}")
            AIModel.objects.filter(pk=model.pk).update(created_at=moment)
            tool = AITool.objects.create(**own, name=f"New {n}", data_class=DataClass.HR)
            AITool.objects.filter(pk=tool.pk).update(created_at=moment)
            job = make_job(client, key=f"new {n}", state=JobState.SUCCEEDED)
            values = finished(result_document()) | {"completed_at": moment}
            make_audit(make_model_version(model), None, job=job, **values)
            ChecklistItem.objects.update_or_create(
                **own,
                control=f"AI-0{n + 1}",
                defaults={
                    "catalogue_version": "1", "answer": Answer.YES, "answered_at": moment,
                },
            )  # fmt: skip
        # It is retired, and so none of the models that are counted.
        gone = make_model(client, "Gone", lifecycle=Lifecycle.RETIRED)
        AIModel.objects.filter(pk=gone.pk).update(created_at=later)
    html = html_of(world, person, address(world, "client"))
    card = html[html.index('id="since"') :]
    told = counts(card[: card.index("</section>")])
    assert [one for one, _url, _number in told] == [
        "2 audits finished",
        "2 models added",
        "2 AI tools added",
        "2 controls of the checklist done",
    ]
    for said, url, number in told:
        assert followed(world, person, url) == number, (said, url)
        assert followed(world, person, url.partition("?")[0]) > number
    audits = html_of(world, person, entities.unescape(told[0][1]))
    assert "Since " in words(audits)
    done = entities.unescape(told[-1][1])
    chips = re.findall(
        r'<a class="chip"[^>]*aria-current="page">([^<]*)', html_of(world, person, done)
    )
    assert [one.partition(" since ")[0] for one in chips if "Done" in one] == ["Done"]
    assert "All " not in chips
    asked = done.partition("?")[2]
    assert unquote(query_of(CHECKLIST).clean(asked)) == unquote(asked)


def test_models_whose_rating_moved_are_all_there_and_lead_to_their_pages(world: World) -> None:
    """Five in sight, and the others behind the words that count them."""
    low, high = RatingBadge.LOW, RatingBadge.HIGH
    names = [SimpleNamespace(name=f"M{n}", pk=n) for n in range(7)]
    moved = [SimpleNamespace(model=one, before=low, now=high, trend=Trend.WORSE) for one in names]
    since = SimpleNamespace(moved=moved, since=timezone.now(), report=None, is_quiet=False)
    for may_view in (True, False):
        context = {
            "since": since,
            "client": world.here.client,
            "may": {"model_view": may_view, "report_view": True},
        }
        html = render_to_string("client/since.html", context)
        folded = html[html.index("<details") : html.index("</details>")]
        assert "2 more models have another rating than then" in folded
        assert (html.count("is now"), folded.count("is now")) == (7, 2)
        link = reverse("model", args=[world.here.client.slug, 6])
        assert (f'href="{link}"' in folded) == may_view


def test_moment_that_is_none_is_left_out_and_said(world: World) -> None:
    browser = browser_of(world, "technician")
    every = browser.get(address(world, "models")).context["page"].paginator.count
    for moment in ("yesterday", "2026-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"):
        answer = browser.get(address(world, "models"), {"since": moment})
        assert "It was left out." in answer.content.decode()
        assert answer.context["page"].paginator.count == every
        assert browser.get(address(world, "checklist"), {"done": moment}).status_code == 200
        file = reverse("models_file", args=[world.here.client.slug, "csv"])
        assert browser.get(file, {"since": moment}).status_code == HTTPStatus.NOT_FOUND
