"""A finished audit as screen, report and API read it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.engine.policy import Split
from audits.enums import Answer, Exposure, Outcome, Preset, RatingBadge
from audits.guidance import catalogue
from audits.guidance.wording import say
from audits.models import AIModel, Audit, ChecklistItem, Client, Finding, User
from audits.queries import activity, audit, audit_more, report_frame, technical
from audits.services import activity as log
from audits.services import checklist
from audits.services.activity import Subject
from tests import factories
from tests.engine.cast import guessed
from tests.guidance.audit_documents import make_document
from tests.queries.rows import measured

PROVENANCE = {
    "engine_version": "1.0",
    "rating_policy": "2026.1",
    "seed": 7,
    "plan_sha256": "a" * 64,
    "model_sha256": "b" * 64,
    "members_sha256": "c" * 64,
    "nonmembers_sha256": "d" * 64,
    "population_sha256": None,
    "predictions_sha256": None,
    "libraries": {"numpy": "2.4.0"},
    "sandbox": ["seccomp"],
}


def _audit(client: Client, level: int | None, **values: Any) -> Audit:  # noqa: ANN401 - model fields
    model = factories.make_model(client, impact=4, **values)
    made = measured(factories.make_model_version(model), level)
    return audit.of_client(client).get(pk=made.pk)


def test_result_is_none_until_there_is_one(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    version = factories.make_model_version(factories.make_model(client))
    assert audit.result(factories.make_audit(version, None)) is None


def test_result_speaks_of_today(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    row = _audit(client, 2, exposure=Exposure.NAMED)
    Finding.objects.create(provider_id=provider_id, client=client, audit=row, key="leak_L2")
    found = audit.result(row)
    assert found is not None
    assert (found.badge, found.rating.likelihood) == (RatingBadge.GUARDED, 2)
    assert say("exposure.named") in found.words.meaning
    assert found.findings == [say("finding.leak_L2", {"name": factories.MODEL})]
    assert say("trace.exposure_named", {"points": -1}) in found.trace

    AIModel.objects.update(exposure=Exposure.PUBLIC)
    found = audit.result(audit.of_client(client).get())
    assert found is not None
    assert (found.badge, found.rating.likelihood) == (RatingBadge.HIGH, 4)
    assert say("exposure.public") in found.words.meaning

    Audit.objects.update(completed_at=timezone.now() - timedelta(days=366))
    found = audit.result(audit.of_client(client).get())
    assert found is not None
    assert (found.badge, found.rating.struck_through) == (RatingBadge.EXPIRED, True)


def test_technical_reading_starts_with_the_attack_that_decided(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    row = _audit(client, 2)
    row.document = make_document(
        2, catch=0.14, records=2_000, provenance=PROVENANCE, timing={"total_seconds": 12.4}
    )
    found = audit.result(row)
    assert found is not None
    read = technical.read(found)
    assert [(line.deciding, line.counts) for line in read.attacks] == [
        (True, True),
        (False, True),
        (False, True),
    ]
    facts = {fact.label: fact.value for fact in read.facts}
    assert (facts["Shown"], facts["Evidence grade"]) == (
        "L2: noticeable",
        "B: good, down to 1 wrong accusation in 100",
    )
    assert facts["Records"] == "2,000 used for training, 2,000 held out"
    told = {fact.label: fact.value for fact in read.provenance}
    assert told["Model file, SHA-256"] == "b" * 64
    assert "Predictions file, SHA-256" not in told
    assert [check.passed for check in read.checks] == [True]


def test_technical_reading_tells_a_substitute_recipe_and_the_errors_of_numbers(
    provider_id: int,
) -> None:
    row = _audit(factories.make_client(provider_id), 2)
    row.document = document = make_document(
        2, records=2_000, provenance=PROVENANCE, timing={"total_seconds": 12.4}
    )
    document["model"] |= {
        "member_accuracy": None, "nonmember_accuracy": None,
        "member_error": 1.5, "nonmember_error": 20.0,
    }  # fmt: skip
    document["references"] |= {
        "count": 8, "recipe": "surrogate", "agreement": 0.914, "stopped_because": "converged",
    }  # fmt: skip
    found = audit.result(row)
    assert found is not None
    facts = {fact.label: fact.value for fact in technical.read(found).method}
    assert facts["Typical error"] == "1.5 on training records, 20 on held-out ones"
    assert facts["Reference models"] == (
        "8 trained; a substitute recipe, since this model's own cannot be trained (agrees with "
        "this model on 91% of held-out records); stopped because the scores had settled"
    )
    assert "Right answers" not in facts


def _privacy_loss(provider_id: int, document: dict[str, Any]) -> tuple[str, str]:
    """Return the line between reference models and time."""
    row = _audit(factories.make_client(provider_id), 2)
    row.document = document
    found = audit.result(row)
    assert found is not None
    lines = technical.read(found).method
    place = next(i for i, line in enumerate(lines) if line.label == "Reference models")
    return lines[place + 1].label, lines[place + 1].value


def test_epsilon_is_that_of_the_training_only_where_members_were_drawn_at_random(
    provider_id: int,
) -> None:
    epsilon = guessed(1_200, split="random")["epsilon"]
    leak = f"{epsilon['leak_factor_low']:.2f} times"
    assert _privacy_loss(provider_id, guessed(1_200, split="random")) == (
        "Epsilon of the training algorithm",
        f"at least {epsilon['low']:.2f} at delta 0.00001; with these records no attack could show "
        f"more than {epsilon['ceiling']:.2f}; leak factor at least {leak}",
    )
    assert _privacy_loss(provider_id, guessed(1_200)) == (
        "Leak factor of this model",
        f"at least {leak}; with these records no attack could show more than "
        f"{epsilon['leak_factor_ceiling']:.2f} times; it describes these two groups, not the "
        "training as such",
    )


def test_a_bound_of_nothing_is_said_in_words(provider_id: int) -> None:
    found = guessed(1_200, split="random")
    found["epsilon"] |= {"low": 0.0, "leak_factor_low": 1.0}
    said = _privacy_loss(provider_id, found)[1]
    most = f"{found['epsilon']['ceiling']:.2f}"
    assert said == (
        f"nothing above 0 was shown; with these records no attack could show more than {most}"
    )


@pytest.mark.parametrize("split", ["random", "unknown"])
def test_bound_of_few_records_is_indicative_and_of_fewer_not_shown(
    provider_id: int, split: Split
) -> None:
    assert _privacy_loss(provider_id, guessed(50, split=split))[1] == "Too few records to say"
    found = guessed(300, split=split)
    marks = _privacy_loss(provider_id, found)[1].count(", indicative")
    assert marks == {"random": 2, "unknown": 1}[split]
    for key in ("reportable", "rated", "leak_factor_ceiling"):
        del found["epsilon"][key]
    told = _privacy_loss(provider_id, found)[1]  # as it was told before these keys were there
    assert told.startswith("at least ")
    assert "indicative" not in told


def test_latest_lines_name_the_model_and_who_did_it(provider_id: int) -> None:
    client = factories.make_client(provider_id)
    person = User.objects.create_user("ada@quay.example", None, name="Ada")
    subject = Subject(kind="audit", pk=1, name="Audit 1")
    for verb, actor in (("requested", person), ("completed", None)):
        log.record_about(
            client=client, actor=actor, verb=verb, subject=subject, details={"model": "Forecast"}
        )
    subject = Subject(kind="checklistitem", pk=1, name="AI-01")
    log.record_about(client=client, actor=None, verb="answered", subject=subject)
    told = [(line.who, line.what) for line in activity.latest(client)]
    assert told[1:] == [
        ("The portal", "finished an audit of “Forecast”"),
        ("Ada", "asked for an audit of “Forecast”"),
    ]
    # A control is called as on the other pages of its reader; to staff its id stands behind it.
    title = catalogue.by_id()["AI-01"].words(plain=False).title
    assert told[0][1] == f"answered “{title} (AI-01)”"
    plain = catalogue.by_id()["AI-01"].words(plain=True).title
    assert activity.latest(client, is_plain=True)[0].what == f"answered “{plain}”"
    assert len(activity.latest(client, limit=2)) == 2


def _found(audit_row: Audit, key: str, **params: str) -> Finding:
    own = {"provider_id": audit_row.provider_id, "client": audit_row.client}
    return Finding.objects.create(**own, audit=audit_row, key=key, params=params)


def _reasons(audit_row: Audit) -> list[tuple[str, str]]:
    found = audit.result(audit_row)
    assert found is not None
    return [(row.control.id, row.because) for row in found.actions]


def _two_audits(provider_id: int, level: int | None) -> tuple[Audit, Audit]:
    """An older audit, and the telling one that the checklist was made from."""
    client = factories.make_client(provider_id)
    version = factories.make_model_version(factories.make_model(client, impact=4))
    older, telling = measured(version, level, days_ago=9), measured(version, 4)
    _found(telling, "leak_L3plus")
    _found(telling, "overfit_gap", gap="28")
    checklist.refresh(client=client)
    rows = audit.of_client(client)
    return rows.get(pk=older.pk), rows.get(pk=telling.pk)


def test_actions_of_a_void_audit_fit_a_void_audit(provider_id: int) -> None:
    void, _ = _two_audits(provider_id, None)
    _found(void, "invalid_split")
    _found(void, "overfit_gap", gap="21")
    reasons = _reasons(void)
    assert [control for control, _ in reasons][:2] == ["AI-19", "AI-12"]
    assert {because for _, because in reasons[:2]} == {
        say("finding.invalid_split", {"name": factories.MODEL})
    }
    assert not {control for control, _ in reasons} & {"AI-20", "AI-25", "AI-26", "AI-22"}
    ChecklistItem.objects.filter(control__in=["AI-19", "AI-12"]).update(answer=Answer.YES)
    assert not {control for control, _ in _reasons(void)} & {"AI-20", "AI-25", "AI-26", "AI-22"}


def test_reasons_come_from_this_audit_or_name_the_other(provider_id: int) -> None:
    older, telling = _two_audits(provider_id, 1)
    _found(older, "overfit_gap", gap="21")
    gap = say("finding.overfit_gap", {"name": factories.MODEL, "gap": "21"})
    asked = f"Asked for by audit {telling.pk}."
    assert _reasons(older) == [("AI-20", gap), ("AI-19", gap), ("AI-25", asked)]
    leak = say("finding.leak_L3plus", {"name": factories.MODEL})
    assert {because for _, because in _reasons(telling)} == {leak}


def test_an_audit_that_does_not_speak_names_the_one_that_does(provider_id: int) -> None:
    older, telling = _two_audits(provider_id, 1)
    found, speaking = audit.result(older), audit.result(telling)
    assert found is not None
    assert speaking is not None
    name, word = telling.model_version.model.name, speaking.badge.label
    assert found.badge != speaking.badge
    assert telling.completed_at is not None
    day = report_frame.day_at(telling.client, telling.completed_at)
    assert found.overruled_by == f"{name} is rated {word} by the audit of {day}."
    assert (speaking.overruled, speaking.overruled_by) == (None, "")


def test_audit_of_the_same_day_is_told_by_its_time(provider_id: int) -> None:
    version = factories.make_model_version(factories.make_model(factories.make_client(provider_id)))
    older, telling = measured(version, 1), measured(version, 4)
    found = audit.result(older)
    assert found is not None
    assert telling.completed_at is not None
    moment = report_frame.moment_at(telling.client, telling.completed_at)
    assert re.search(r", \d\d:\d\d$", moment)
    assert found.overruled_by.endswith(f" by the audit of {moment}.")


def test_only_a_result_that_stands_has_found_more(provider_id: int) -> None:
    version = factories.make_model_version(factories.make_model(factories.make_client(provider_id)))
    quick = measured(version, 3, preset=Preset.QUICK)
    measured(version, None)
    measured(version, 4, outcome=Outcome.INCONCLUSIVE)
    measured(version, 4, days_ago=400)
    measured(version, 3, days_ago=1)
    measured(factories.make_model_version(version.model, number=2), 4)
    assert audit_more.than(quick) is None
    severe = measured(version, 4, days_ago=2)
    more = audit_more.than(quick)
    assert more is not None
    assert (more.audit, more.is_earlier) == (severe, True)
    assert "Severe leak" in more.sentence
    assert audit_more.than(severe) is None
