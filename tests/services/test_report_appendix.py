"""The technical appendix in its parts: the attacker, the scores, before and after, the controls."""

import copy
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits import tenancy
from audits.charts import distributions
from audits.enums import Answer, EvidenceKind, JobState, Outcome, PrivacyUnit, ReportKind
from audits.guidance import catalogue, frameworks, growth
from audits.models import (
    AIModel,
    Audit,
    ChecklistEvidence,
    ChecklistItem,
)
from audits.queries import report_controls, words
from audits.queries.report_content import Wish
from tests import casts
from tests.builders import finished, make_audit, make_job, result_document
from tests.factories import World
from tests.services.test_report_kinds import NOTE, made, said, section


@pytest.fixture
def world(cast_of_app: World) -> Iterator[World]:
    with casts.undone(cast_of_app) as lent:
        here = lent.here.client
        with tenancy.scope(provider_id=here.provider_id, client_ids=[here.pk], provider_rows=True):
            lent.here.audit.refresh_from_db()
            yield lent


def wish(world: World) -> Wish:
    return Wish(kind=ReportKind.TECHNICAL, audit=Audit.objects.get(pk=world.here.audit.pk))


def before(world: World, *, days: int = 90, **changed: Any) -> Audit:  # noqa: ANN401 - any column
    """Another audit of the same model and records, so many days older."""
    audit = Audit.objects.get(pk=world.here.audit.pk)
    older = make_audit(
        audit.model_version,
        audit.dataset_version,
        job=make_job(world.here.client, key=f"before {days}", state=JobState.SUCCEEDED),
        **finished(result_document()),
    )
    at = audit.completed_at or timezone.now()
    Audit.objects.filter(pk=older.pk).update(completed_at=at - timedelta(days=days), **changed)
    return Audit.objects.get(pk=older.pk)


def test_appendix_says_what_the_attacker_had_and_may_do(world: World) -> None:
    audit = world.here.audit
    facts = {fact.name: fact.value for fact in section(made(world, wish(world)), "scope").facts}
    assert audit.authorisation is not None
    assert facts["What may be tested"].startswith(audit.authorisation.scope.rstrip(". "))
    model = audit.model_version.model
    assert facts["Who may ask the model"] == str(audit.get_exposure_display())
    assert facts["What it gives back"] == str(model.get_outputs_display())
    assert facts["What the attacker had"].startswith("A copy of the model")
    assert audit.dataset_version is not None
    assert facts["Records"].startswith(audit.dataset_version.dataset.name)
    AIModel.objects.filter(pk=model.pk).update(exposure="public")
    facts = {fact.name: fact.value for fact in section(made(world, wish(world)), "scope").facts}
    assert "Today: Anyone" in facts["Who may ask the model"]


def test_appendix_of_predictions_says_that_the_model_was_not_asked(world: World) -> None:
    stored = copy.deepcopy(world.here.audit.document)
    assert stored is not None
    stored["provenance"] |= {"model_sha256": None, "predictions_sha256": "e5" * 32}
    Audit.objects.filter(pk=world.here.audit.pk).update(document=stored)
    facts = {fact.name: fact.value for fact in section(made(world, wish(world)), "scope").facts}
    assert facts["What the attacker had"].startswith("The answers in the predictions file")


def test_appendix_says_what_was_stated_about_differential_privacy_or_that_it_is_not_known(
    world: World,
) -> None:
    def told() -> str:
        facts = section(made(world, wish(world)), "scope").facts
        return next(fact.value for fact in facts if fact.name == "Differential privacy")

    rows = AIModel.objects.filter(pk=world.here.model.pk)
    rows.update(dp_unit=PrivacyUnit.NONE, dp_epsilon=None, dp_delta=None)
    assert told().startswith("Not known yet:")
    rows.update(dp_unit=PrivacyUnit.ROW, dp_epsilon=4.0, dp_delta=1e-5, dp_source="Log of May")
    stated = words.privacy(rows.get())
    assert len(stated) > 1
    assert told() == f"As stated, not as measured: {' '.join(stated)} Source: Log of May."


def test_appendix_draws_how_the_scores_lie_or_says_why_not(world: World) -> None:
    document = made(world, wish(world))
    assert document.scores is not None
    assert section(document, "scores").pictures == (distributions.NAME,)
    stored = copy.deepcopy(world.here.audit.document)
    assert stored is not None
    stored["distributions"] = {}
    Audit.objects.filter(pk=world.here.audit.pk).update(document=stored)
    bare = made(world, wish(world))
    assert bare.scores is None
    (told,) = section(bare, "scores").paragraphs
    assert told == f"{distributions.title(distributions.series(stored))}."


def test_appendix_compares_with_the_audit_before_of_the_same_model(world: World) -> None:
    (alone,) = section(made(world, wish(world)), "before").paragraphs
    assert alone.startswith("Not known yet:")
    before(world, days=200, badge="low")
    last = before(world, days=90, badge="guarded")
    before(world, days=30, outcome=Outcome.INVALID)
    part = section(made(world, wish(world)), "before")
    (table,) = part.tables
    assert [str(one) in head for one, head in zip(
        (last.pk, world.here.audit.pk), table.headers[1:], strict=True
    )] == [True, True]  # fmt: skip
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Rating"] == ("Guarded", str(world.here.audit.get_badge_display()))
    assert world.here.audit.reached == "L3"
    assert rows["Shown"] == ("L3: serious", "L3: serious")
    assert len(set(rows["Leak factor, at least"])) == 1
    assert part.paragraphs == (
        "No difference that these numbers of records could show.",
        "Both were measured on the same records.",
    )


def _changed(world: World, **provenance: str) -> dict[str, Any]:
    assert world.here.audit.document is not None
    stored: dict[str, Any] = copy.deepcopy(world.here.audit.document)
    stored["provenance"] |= provenance
    return stored


def test_other_attacks_or_other_records_are_no_like_for_like(world: World) -> None:
    before(world, document=_changed(world, rating_policy="2020.1", members_sha256="0" * 64))
    suite, cohort = section(made(world, wish(world)), "before").paragraphs
    assert suite.startswith("Other attacks or another verdict policy")
    assert cohort.startswith("They were measured on different records")


def _scaled(stored: dict[str, Any], by: float) -> dict[str, Any]:
    """The same result with every catch rate of every attack at another height."""
    made_so = copy.deepcopy(stored)
    for attack in made_so["attacks"].values():
        for found in (*attack["tpr"].values(), attack["auc"]):
            for key in ("value", "low", "high"):
                found[key] = None if found[key] is None else found[key] * by
    return made_so


def test_less_is_given_away_only_where_limits_no_longer_overlap(world: World) -> None:
    stored = result_document()
    assert growth.shrank(stored, _scaled(stored, 0.3))
    assert not growth.shrank(stored, _scaled(stored, 0.99))
    assert not growth.shrank(stored, stored)
    assert not growth.shrank(_scaled(stored, 0.3), stored)
    other = copy.deepcopy(_scaled(stored, 0.3))
    other["provenance"]["rating_policy"] = "2020.1"
    assert not growth.shrank(stored, other)
    before(world, document=_scaled(stored, 1.9))
    told = section(made(world, wish(world)), "before").paragraphs[0]
    assert told == "Clearly less is given away than before."


def test_appendix_lists_every_control_with_its_evidence_and_no_note(world: World) -> None:
    item = ChecklistItem.objects.get(pk=world.here.checklist_item.pk)
    ChecklistItem.objects.filter(pk=item.pk).update(
        answer=Answer.YES, answered_at=timezone.now(), note=NOTE
    )
    for number in range(3):
        ChecklistEvidence.objects.create(
            provider_id=item.provider_id,
            client=item.client,
            item=item,
            kind=EvidenceKind.LINK,
            url=f"https://wiki.example/{number}",
            dated=timezone.localdate(),
        )
    document = made(world, wish(world))
    part = section(document, "checklist")
    (table,) = part.tables
    items = ChecklistItem.objects.filter(client=item.client, retired_from=None)
    assert len(table.rows) == items.count()
    (row,) = [one for one in table.rows if one[0] == item.control]
    assert row[2].startswith("Yes, ")
    assert "https://wiki.example/2" in row[3]
    assert row[3].endswith("and 1 more in the portal")
    assert "evidence is kept for 1." in part.paragraphs[0]
    assert NOTE not in said(document)


def test_appendix_says_which_passages_the_controls_support(world: World) -> None:
    part = section(made(world, wish(world)), "crosswalk")
    control = world.here.checklist_item.control
    supported = {row[0] for table in part.tables for row in table.rows if control in row[1]}
    known = catalogue.by_id()[control]
    listed = {one.reference for one in frameworks.shown(known) if not _is_evidence(one.framework)}
    assert supported == listed
    assert all("(" in row[1] for table in part.tables for row in table.rows)
    assert "never satisfies" in part.paragraphs[0]


def test_framework_is_called_by_name_and_title_without_saying_a_word_twice() -> None:
    told = {name: report_controls.called(one) for name, one in frameworks.load().items()}
    assert told["NIST CSF 2.0"] == "NIST CSF 2.0: Cybersecurity Framework"
    assert told["NIST Privacy Framework 1.0"] == "NIST Privacy Framework 1.0"
    assert told["OWASP AI Testing Guide"] == "OWASP AI Testing Guide"
    assert told["OWASP AI Exchange"].startswith("OWASP AI Exchange: controls against")


def _is_evidence(name: str) -> bool:
    return frameworks.load()[name].is_evidence


def test_appendix_says_who_sees_to_an_action_and_nobody_yet(world: World) -> None:
    (table,) = section(made(world, wish(world)), "findings").tables
    assert table.headers[2] == "Who"
    assert {row[2] for row in table.rows} == {"Nobody yet"}
