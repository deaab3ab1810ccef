"""What an owner reads of a model, a result and what to do: in plain words, each figure once."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from audits.enums import Answer
from audits.models import AIModel, Audit, ChecklistItem, Finding, ModelVersion, StoredFile
from audits.queries import audit as audits
from audits.queries import client as clients
from audits.queries import words as said
from tests import casts
from tests.factories import World, result_document
from tests.web.reading import address, html_of, page, words

TECHNICAL = (
    "ccp_alpha", "DecisionTreeClassifier", "scikit-learn", "Fingerprint", "SHA-256", "Read as CSV",
    "columns of the record", "How is this calculated?",
)  # fmt: skip
KEYS = re.compile(r"\b[SL][0-5]\b|likelihood|\d points?\b", re.IGNORECASE)


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        yield lent


def other_action(world: World, control: str = "AI-02") -> None:
    """Something that the client is to do, which no audit asks for and which weighs more."""
    here = world.here
    with here.scope():
        ChecklistItem.objects.create(
            provider_id=here.client.provider_id,
            client=here.client,
            control=control,
            catalogue_version="1",
            answer=Answer.NO,
            priority=99,
        )


def test_owner_reads_what_a_model_is_and_a_technician_how_it_was_made(world: World) -> None:
    here = world.here
    with here.scope():
        AIModel.objects.filter(pk=here.model.pk).update(
            purpose="Says who will miss a visit", people="Patients of three years"
        )
        version = ModelVersion.objects.get(pk=here.model_version.pk)
        version.facts |= {
            "estimator": "DecisionTreeClassifier",
            "sklearn_version": "1.9.0",
            "training": {"ccp_alpha": 0.013},
            "members": 900,
            "nonmembers": 900,
            "features": 4,
            "reading": {"predictions": {"format": "csv"}},
        }
        version.trained_on = here.dataset_version
        version.save(update_fields=["facts", "trained_on"])
        digest = "c0ffee15900d"
        assert version.file_id is not None
        StoredFile.objects.filter(pk=version.file_id).update(sha256=digest.ljust(64, "0"))
        completed = Audit.objects.get(pk=here.audit.pk).completed_at
        assert completed is not None
        day = date_format(localtime(completed), "j M Y")
        shown = clients.overview(here.client).worst
        assert shown is not None
        why = said.why(shown.rating)
    html = html_of(world, "technician", address(world, "model", "model"))
    assert [one for one in (digest, "ccp_alpha 0.013", "Fingerprint") if one not in html] == []
    for person in ("owner", "viewer"):
        html = html_of(world, person, address(world, "model", "model"))
        assert [one for one in (*TECHNICAL, digest) if one in html] == [], person
        told = words(html)
        expected = (
            here.model.name, "Says who will miss a visit", "Patients of three years", "Elevated",
            f"Trained on {here.dataset.name}", f"Last audited {day}", why,
        )  # fmt: skip
        assert [one for one in expected if one not in told] == [], person


def test_owner_reads_one_sentence_of_what_raised_the_rating(world: World) -> None:
    with world.here.scope():
        result = audits.result(world.here.audit)
        assert result is not None
        why = result.why
    for name, row in (("audit", "audit"), ("model", "model")):
        told = page(world, "technician", name, row)
        assert "How is this calculated?" in told
        assert "gives a likelihood of" in told
        for person in ("owner", "viewer"):
            told = page(world, person, name, row)
            assert told.count(why) == 1
            assert KEYS.findall(told) == [], (person, name)


def test_owner_reads_one_figure_with_its_range_explained_once(world: World) -> None:
    document = result_document()
    with world.here.scope():
        result = audits.result(world.here.audit)
    assert result is not None
    best = document["attacks"][document["best_attack"]]
    caught = round(1_000 * best["tpr"]["0.01"]["value"])
    assert f"picked out {caught} of every 1,000 who are (" in result.words.headline
    told = page(world, "owner", "audit", "audit")
    assert f"{caught} of 1,000 people in the data would be picked out" in told
    assert told.count(result.words.ranges) == 1
    assert re.findall(r"\d%|\d (?:of|in) 100\b", told) == []
    # One range: that of the sentence. The picture's own limits are for technicians.
    assert len(re.findall(r"\(\d+ to \d+\)", told)) == 1
    assert f"{caught} {1_000 - caught}" in told
    of = {"slug": world.here.client.slug, "pk": world.here.audit.pk, "name": "dots"}
    table = reverse("audit_chart", kwargs={**of, "ending": "csv"})
    assert f"{caught},{1_000 - caught}" in html_of(world, "owner", table)
    assert re.search(rf"{caught} \(\d+ to \d+\)", html_of(world, "technician", table))


def test_result_of_an_owner_lists_what_it_asks_for_and_nothing_else(world: World) -> None:
    other_action(world)
    one, asked = "Write a one-page rule for what may go into AI", "Put a log-in and a limit before"
    home = page(world, "owner", "client")
    assert home.index(one) < home.index(asked)
    told = page(world, "owner", "audit", "audit")
    assert "What this result asks for" in told
    assert (asked in told, one in told) == (True, False)
    with world.here.scope():
        Finding.objects.filter(audit=world.here.audit).delete()
    told = page(world, "owner", "audit", "audit")
    assert "Nothing new. What is open from before stands in the action plan." in told
    assert (asked in told, one in told) == (False, False)


@pytest.mark.parametrize("person", ["owner", "contributor", "technician"])
def test_first_actions_say_who_and_how_much_work(world: World, person: str) -> None:
    other_action(world, "AI-22")
    with world.here.scope():
        ChecklistItem.objects.filter(control="AI-22").update(owner_name="Dr Berg", priority=1)
    told = page(world, person, "client")
    told = told[told.index("What to do next") :]
    assert "Who: nobody yet · Due: 1 Jan 2031 · Effort: Under half a day" in told
    assert "Who: Dr Berg · Due: no date set · Effort: Some weeks" in told
    soon = timezone.localdate() + timedelta(days=5)
    with world.here.scope():
        ChecklistItem.objects.filter(control="AI-22").update(due=soon, dated_by_finding=True)
    day = f"{soon.day} {soon:%b %Y}"
    assert f"Begin by: {day} · Effort: Some weeks" in page(world, person, "client")


def test_reason_of_an_action_has_no_second_figure_for_an_owner(world: World) -> None:
    with world.here.scope():
        finding = Finding.objects.get(pk=world.here.finding.pk)
        finding.params = {
            "form": "rates", "caught": "386", "caught_low": "355", "caught_high": "418",
            "false_low": "8", "false_high": "12",
        }  # fmt: skip
        finding.save(update_fields=["params"])
        full, short = said.finding_sentence(finding), said.finding_in_short(finding)
    assert "386" in full
    assert re.search(r"\d", short.replace(world.here.model.name, "")) is None
    for name, row in (
        ("client", ""), ("audit", "audit"), ("plan", ""), ("checklist", ""),
        ("checklist_answer", "checklist_item"), ("checklist_decide", "checklist_item"),
    ):  # fmt: skip
        told = page(world, "owner", name, row)
        assert (short in told, "386 are picked out" in told) == (True, False), name
        assert full in page(world, "technician", name, row), name


def test_words_about_the_training_data_speak_of_no_list(world: World) -> None:
    told = page(world, "owner", "audit", "audit")
    assert "in the training data says" in told
    assert "on this list" not in told
