"""The client page: what changed, what falls due, the rating over time; each reader's own links."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audits import tenancy
from audits.enums import Answer, DataClass, Exposure, Lifecycle, Outcome, RatingBadge, Role
from audits.guidance.strictness import Asked
from audits.models import (
    AIModel,
    AITool,
    Audit,
    ChecklistItem,
    Client,
    ClientChange,
    Dataset,
    Membership,
    ModelVersion,
    Note,
    RatingPolicy,
)
from audits.services import activity, client_figures
from tests import casts
from tests.factories import (
    World,
    finished,
    make_audit,
    make_client,
    make_model,
    make_model_version,
    result_document,
)
from tests.people import make_person
from tests.web.reading import address, browser_of, html_of, page, words

BEGUN = timedelta(days=400)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        with lent.here.scope():
            entered = timezone.now() - BEGUN
            AIModel.objects.update(created_at=entered)
            ModelVersion.objects.update(created_at=entered)
        yield lent


def test_page_tells_what_changed_and_when_the_rating_did(world: World) -> None:
    with world.here.scope():
        document = finished(result_document())
        old = make_audit(world.here.model_version, world.here.dataset_version, **document)
        past = timezone.now() - timedelta(days=200)
        Audit.objects.filter(pk=old.pk).update(completed_at=past, badge=RatingBadge.LOW)
    for person in ("technician", "owner"):
        told = page(world, person, "client")
        assert "No report was sent yet: the last 90 days" in told
        assert "1 audit finished" in told
        assert f"Low {world.here.model.name}" not in told
        assert "is now" in told
        assert f"since {timezone.localdate().day} " in told
        assert "before that Low" in told


@pytest.mark.parametrize(("reached", "said"), [("L4", True), ("L1", False)])
def test_critical_rating_asks_for_something_today(
    world: World, reached: str, *, said: bool
) -> None:
    outcome = {"L4": Outcome.SEVERE, "L1": Outcome.TRACE}[reached]
    with world.here.scope():
        AIModel.objects.filter(pk=world.here.model.pk).update(impact=5, exposure=Exposure.PUBLIC)
        Audit.objects.filter(pk=world.here.audit.pk).update(reached=reached, outcome=outcome)
    for person in ("technician", "owner"):
        shown = words(html_of(world, person, address(world, "client")))
        assert ("Today: cut off access" in shown) is said


def test_quiet_page_says_so(world: World) -> None:
    with world.here.scope():
        Audit.objects.update(completed_at=timezone.now() - timedelta(days=100))
        type(world.here.tool).objects.update(created_at=timezone.now() - BEGUN)
    told = page(world, "owner", "client")
    assert "Nothing: no new audit, no other rating, nothing added, no action done." in told
    assert "Nothing else: no result expires, no review, last day or other action falls due." in told


def test_what_falls_due_leads_where_its_reader_may_go(world: World) -> None:
    soon = timezone.localdate() + timedelta(days=10)
    with world.here.scope():
        Dataset.objects.update(retain_until=soon)
        late = timezone.localdate() - timedelta(days=1)
        for control in ("AI-01", "AI-02", "AI-03"):  # these stand among the first actions
            row = {"control": control, "catalogue_version": "1", "answer": Answer.NO}
            ChecklistItem.objects.create(
                provider_id=world.here.client.provider_id, client=world.here.client, **row, due=late
            )
        ChecklistItem.objects.filter(pk=world.here.checklist_item.pk).update(due=late, finding=None)
    links = {
        "dataset": address(world, "dataset", "dataset"),
        "item": address(world, "checklist_answer", "checklist_item"),
    }
    expected = {
        "technician": {"dataset", "item"},
        "owner": {"dataset", "item"},
        "viewer": {"dataset"},
        "contributor": {"item"},
    }
    for person, allowed in expected.items():
        html = html_of(world, person, address(world, "client"))
        card = html[html.index('id="coming"') :]
        card = card[: card.index("</section>")]
        assert {name for name, url in links.items() if f'href="{url}"' in card} == allowed, person
        assert ("Records are deleted" in card, "Action is due" in card) == (True, True)
        assert card.count("Overdue</span>") == 1
        assert "Also overdue, or due within 45 days" in card


def test_line_begins_on_the_day_after_the_first_audit(world: World) -> None:
    with world.here.scope():
        assert Audit.objects.get().completed_at is not None
    for name, row in (("client", ""), ("model", "model")):
        assert "Not known yet: the line begins" in page(world, "technician", name, row)


def test_list_of_models_has_owner_and_next_review(world: World) -> None:
    with world.here.scope():
        AIModel.objects.update(
            owner_name="Dr Berg", next_review=timezone.localdate() - timedelta(days=2)
        )
    told = page(world, "technician", "models")
    assert "Sensitivity" in told
    assert "Dr Berg" in told
    assert "Overdue" in told
    assert "Dr Berg" not in words(html_of(world, "technician", address(world, "client")))


def test_page_of_a_model_costs_the_same_with_one_and_with_three_audits(world: World) -> None:
    url = address(world, "model", "model")
    with world.here.scope():
        Audit.objects.update(completed_at=timezone.now() - timedelta(days=100))

    def cost() -> int:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(url)
        html = answer.content.decode()
        assert "The rating over time." in html
        assert re.search(r'class="picture picture-wide" data-from-end\s', html)
        return len(queries)

    cost()
    before = cost()
    own = {"provider_id": world.here.client.provider_id, "client": world.here.client}
    with world.here.scope():
        for number in (2, 3):
            version = make_model_version(world.here.model, number=number)
            make_audit(version, world.here.dataset_version, **finished(result_document()))
            Note.objects.create(**own, model=world.here.model, text="Ask again.")
    assert cost() == before


def test_client_with_nothing_but_ai_tools_has_a_page(world: World) -> None:
    with world.here.scope():
        bare = make_client(world.ours.provider.pk, "Tools Ltd")
    own = {"provider_id": bare.provider_id, "client": bare}
    with tenancy.scope(provider_id=bare.provider_id, client_ids=[bare.pk]):
        AITool.objects.create(**own, name="Notes scribe", data_class=DataClass.INTERNAL)
        late = timezone.localdate() - timedelta(days=1)
        row = {"control": "AI-01", "catalogue_version": "1", "answer": Answer.NO, "due": late}
        ChecklistItem.objects.create(**own, **row)
        activity.record(client=bare, actor=world.ours.admin, verb="added", obj=bare)
        owner = make_person("tools", "owner", bare, Role.CLIENT_OWNER)
    told = {}
    for name, user in (("staff", world.ours.technician), ("owner", owner)):
        browser = Browser()
        browser.force_login(user)
        answer = browser.get(reverse("client", kwargs={"slug": bare.slug}))
        told[name] = words(answer.content.decode())
        assert "1 AI tool added Notes scribe" in told[name]
        assert "Overdue" in told[name][told[name].index("What to do next") :]
        assert "Action is due" not in told[name]  # it stands among the first actions
        assert "Overdue, and due within" not in told[name]
        assert "Also due within 45 days Nothing else: no result expires" in told[name]
        assert "Questions answered" in answer.content.decode()
    assert "Recent activity" in told["staff"]
    assert "Three steps to the first result" in told["staff"]
    assert "Nothing has been tested yet" in told["owner"]


def test_inventory_and_log_lead_where_their_reader_may_go(world: World) -> None:
    names = ("models", "datasets", "tools", "plan", "checklist")
    lists = {name: address(world, name) for name in names}
    lists["undecided"] = f"{lists['tools']}?decision=undecided"
    expected = {
        # What is open stands on the plan, and for who has none on the own questions.
        "technician": set(lists) - {"checklist"},
        "owner": set(lists) - {"checklist"},
        "viewer": set(lists) - {"checklist"},
        "contributor": {"checklist"},
    }
    for person, allowed in expected.items():
        html = html_of(world, person, address(world, "client"))
        card = html[html.index('id="standing"') :]
        card = card[: card.index("</section>")]
        assert {name for name, url in lists.items() if f'href="{url}"' in card} == allowed, person
        assert "Models 1 Datasets 1 AI tools 1" in words(f"<main>{card}</main>"), person
        log = 'id="activity"' in html and f'href="{address(world, "activity")}">Whole log' in html
        assert log is (person in ("technician", "owner")), person


def bar(html: str) -> str:
    """The band of the client on a page."""
    band = html[html.index('<section class="clientbar') :]
    return band[: band.index("</section>")]


def rating_in(html: str) -> str:
    """The rating that the band of the client shows."""
    found = re.search(r'class="badge-word">([^<]*)<', bar(html))
    return found.group(1) if found else ""


def test_band_of_a_client_says_what_its_page_says_whatever_was_written_last(world: World) -> None:
    pages = [("datasets", "technician"), ("checklist", "owner"), ("checklist", "contributor")]
    overviews = [("client", "technician"), ("client", "owner")]

    def shown() -> set[str]:
        return {
            rating_in(html_of(world, person, address(world, name)))
            for name, person in (*pages, *overviews)
        }

    def cost() -> int:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            browser.get(address(world, "datasets"))
        return len(queries)

    assert shown() == {"Elevated"}  # nobody has counted its figures yet
    before = cost()
    with world.here.scope():
        client_figures.refresh()
    assert shown() == {"Elevated"}
    assert cost() < before
    with world.here.scope():
        AIModel.objects.update(impact=5, exposure=Exposure.PUBLIC)
        assert ClientChange.objects.exists()
    assert shown() == {"Critical"}
    with world.here.scope():
        AIModel.objects.update(lifecycle=Lifecycle.RETIRED)
    assert shown() == {""}


def test_band_of_a_client_follows_a_stricter_policy_at_once(world: World) -> None:
    here = world.here
    with here.scope():
        client_figures.refresh()
    with world.ours.scope():
        RatingPolicy.objects.create(
            provider_id=here.client.provider_id,
            number=9,
            asks=Asked(raised=frozenset({2, 3, 4})).stored(),
            reason="Asked.",
        )
    said = {
        rating_in(html_of(world, "owner", address(world, name))) for name in ("client", "checklist")
    }
    assert said == {"High"}


def test_title_of_a_client_says_who_it_is_and_who_looks_after_it(world: World) -> None:
    url, here = address(world, "client"), world.here.client
    known = {
        "industry": "Dentistry",
        "contact_name": "Dr Berg",
        "contact_email": "b@client.example",
    }
    with world.here.scope():
        Client.objects.filter(pk=here.pk).update(**known)
    assert "Looked after by nobody yet" in words(html_of(world, "technician", url))
    with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
        held = Membership.objects.get(user=world.ours.technician)
        Client.objects.filter(pk=here.pk).update(lead=held)
    html = html_of(world, "technician", url)
    header = html[html.index('<header class="page-header"') :]
    title = words(f"<main>{header[: header.index('</header>')]}</main>")
    for part in ("Dentistry", "Dr Berg", "b@client.example", "Looked after by "):
        assert part in title
    assert str(world.ours.technician) in title


def test_settings_of_a_client_are_one_tab(world: World) -> None:
    places = [address(world, name) for name in ("client_edit", "client_branding", "client_policy")]
    for url in places:
        html = html_of(world, "technician", url)
        current = f'<a href="{places[0]}" aria-current="page">Settings</a>'
        assert current in bar(html)
        side = html[html.index('class="side-nav"') :]
        side = side[: side.index("</nav>")]
        assert [one for one in places if f'href="{one}"' in side] == places
        assert f'href="{url}" aria-current="page"' in side
    assert "Settings" not in bar(html_of(world, "owner", places[2]))


def card_of(html: str, name: str) -> str:
    card = html[html.index(f'id="{name}"') :]
    return card[: card.index("</section>")]


def test_page_of_a_model_has_its_last_result_and_what_it_learned_from(world: World) -> None:
    here = world.here
    with here.scope():
        ModelVersion.objects.filter(pk=here.model_version.pk).update(
            trained_on=here.dataset_version
        )
        version = make_model_version(here.model, number=2)
        ModelVersion.objects.filter(pk=version.pk).update(trained_on=here.dataset_version)
        newer = make_audit(version, here.dataset_version, **finished(result_document()))
        Audit.objects.filter(pk=here.audit.pk).update(badge=RatingBadge.LOW)
        Audit.objects.filter(pk=newer.pk).update(badge=RatingBadge.ELEVATED)
    page_of_it, dataset = address(world, "model", "model"), address(world, "dataset", "dataset")
    result = reverse("audit", kwargs={"slug": here.client.slug, "pk": newer.pk})
    html = html_of(world, "technician", page_of_it)
    card = card_of(html, "last-result")
    assert f'href="{result}"' in card
    assert ">Worse</span>" in card
    told = words(f"<main {card}</main>")
    assert "1,200 used for training, 1,200 held out" in told
    assert re.search(r"Found at [\d.]+% false alarms [\d.]+% \([\d.]+% to [\d.]+%", told)
    assert f'href="{dataset}">Trained on' in card_of(html, "versions")
    html = html_of(world, "owner", page_of_it)
    assert f'href="{result}">See the full result' in html
    facts = card_of(html, "facts")
    assert f'href="{dataset}">{here.dataset.name}' in facts
    assert ">Worse</span>" in facts
    told = words(html)
    assert "1,200 used for training" not in told
    assert "false alarms" not in told


def test_page_of_a_dataset_names_the_models_and_audits_that_use_it(world: World) -> None:
    here = world.here
    url = address(world, "dataset", "dataset")

    def cost() -> tuple[int, str]:
        browser = browser_of(world, "technician")
        with CaptureQueriesContext(connection) as queries:
            html = browser.get(url).content.decode()
        return len(queries), card_of(html, "uses")

    cost()
    before, card = cost()
    assert f'href="{address(world, "model", "model")}">{here.model.name}<' in card
    assert f'href="{address(world, "audit", "audit")}"' in card
    with here.scope():
        for name in ("Learner", "Another"):
            version = make_model_version(make_model(here.client, name))
            ModelVersion.objects.filter(pk=version.pk).update(trained_on=here.dataset_version)
    after, card = cost()
    assert after == before
    assert ("Learner" in card, "Another" in card) == (True, True)
    with here.scope():
        Audit.objects.update(dataset_version=None)
        ModelVersion.objects.update(trained_on=None)
    assert "No model names it" in cost()[1]


@pytest.mark.parametrize(
    ("name", "to_staff", "to_the_client"),
    [
        ("models", "What this client's AI", "What your company's AI"),
        ("people", "see this client", "Who of your company"),
        ("activity", "for this client", "for your company"),
        ("client_policy", "This client", "Your company"),
    ],
)
def test_pages_speak_to_the_clients_own_people_as_you(
    world: World, name: str, to_staff: str, to_the_client: str
) -> None:
    assert to_staff in page(world, "technician", name)
    told = page(world, "owner", name)
    assert to_the_client in told
    assert "this client" not in told.lower()
