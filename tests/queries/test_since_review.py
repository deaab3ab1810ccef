from datetime import timedelta

from django.utils import timezone

from audits.enums import Answer, FilePurpose, RatingBadge, ReportKind, ReportState, Trend
from audits.models import AIModel, AITool, ChecklistItem, Client, ModelVersion, Report
from audits.queries import client
from audits.queries.since_review import SinceReview
from tests import factories
from tests.queries.rows import measured


def _since(row: Client) -> SinceReview:
    return client.overview(row).since


def _report(row: Client, days_ago: int, *, finished: bool = True) -> Report:
    audit = AIModel.objects.get(client=row).versions.get().audits.earliest("pk")
    made = Report.objects.create(
        provider_id=row.provider_id,
        client=row,
        number=Report.objects.filter(client=row).count() + 1,
        audit=audit,
        data=factories.REPORT_DATA,
        file=factories.make_file(row, FilePurpose.REPORT, f"report-{days_ago}")
        if finished
        else None,
    )
    moment = timezone.now() - timedelta(days=days_ago)
    Report.objects.filter(pk=made.pk).update(created_at=moment, sent_at=moment)
    return made


def _old_model(row: Client) -> ModelVersion:
    version = factories.make_model_version(factories.make_model(row))
    entered = timezone.now() - timedelta(days=400)
    AIModel.objects.filter(pk=version.model_id).update(created_at=entered)
    ModelVersion.objects.filter(pk=version.pk).update(created_at=entered)
    return version


def test_since_tells_what_is_new_within_ninety_days_where_there_is_no_report(
    provider_id: int,
) -> None:
    row = factories.make_client(provider_id)
    version = _old_model(row)
    measured(version, 0, days_ago=200, badge=RatingBadge.LOW)
    measured(version, 4, days_ago=30, badge=RatingBadge.HIGH)
    added = factories.make_model(row, "Added")
    own = {"provider_id": provider_id, "client": row}
    tool = AITool.objects.create(**own, name="Writer", data_class="internal")
    for control, days in (("AI-01", 10), ("AI-02", 100)):
        ChecklistItem.objects.create(
            **own,
            control=control,
            catalogue_version="1",
            answer=Answer.YES,
            answered_at=timezone.now() - timedelta(days=days),
        )
    found = _since(row)
    assert (found.report, found.is_quiet) == (None, False)
    assert (found.audits, found.models, found.tools) == (
        [version.model.name],
        [added.name],
        [tool.name],
    )
    assert found.audited == [version.model.name]
    moved = [(one.model, one.before, one.now, one.trend) for one in found.moved]
    assert moved == [(version.model, RatingBadge.LOW, RatingBadge.HIGH, Trend.WORSE)]
    assert [one.control.id for one in found.done] == ["AI-01"]


def test_since_begins_with_the_newest_report_that_was_sent(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _old_model(row)
    measured(version, 0, days_ago=60, badge=RatingBadge.LOW)
    assert len(_since(row).audits) == 1
    made = _report(row, 50)
    _report(row, 5, finished=False)
    found = _since(row)
    assert (found.report, found.audits) == (made, [])
    assert found.is_quiet


def test_since_is_not_emptied_by_a_report_that_reviews_nothing_or_was_never_sent(
    provider_id: int,
) -> None:
    row = factories.make_client(provider_id)
    version = _old_model(row)
    measured(version, 0, days_ago=60, badge=RatingBadge.LOW)
    review = _report(row, 80)
    figures, draft, held = _report(row, 5), _report(row, 4), _report(row, 3)
    Report.objects.filter(pk=figures.pk).update(kind=ReportKind.TECHNICAL)
    Report.objects.filter(pk=draft.pk).update(sent_at=None)
    Report.objects.filter(pk=held.pk).update(held=True, sent_at=None)
    for with_held in (True, False):
        found = client.overview(row, with_held=with_held).since
        assert (found.report, found.audited) == (review, [version.model.name])
    Report.objects.filter(pk=review.pk).update(sent_at=None)
    assert _since(row).report is None
    sent = {"sent_at": timezone.now(), "state": ReportState.SUPERSEDED}
    Report.objects.filter(pk=held.pk).update(**sent)
    assert client.overview(row, with_held=False).since.report == held


def test_rating_that_nobody_changed_is_no_change(provider_id: int) -> None:
    row = factories.make_client(provider_id)
    version = _old_model(row)
    measured(version, 0, days_ago=200, badge=RatingBadge.LOW)
    assert _since(row).is_quiet
