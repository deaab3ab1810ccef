"""Why a client is to be looked at: the gravest first, from the figures of the fleet alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.enums import ClientState, ColumnList, RatingBadge, ToolDecision
from audits.models import AITool, Client
from audits.queries import client_figures, fleet, fleet_reasons
from audits.queries.client_figures import Figures
from audits.queries.fleet_reasons import Reason
from audits.queries.fleet_risk import ClientRisk
from audits.queries.risk import Standing
from tests import factories
from tests.queries.rows import audited

LOW, ELEVATED, HIGH, CRITICAL = (
    RatingBadge.LOW,
    RatingBadge.ELEVATED,
    RatingBadge.HIGH,
    RatingBadge.CRITICAL,
)
UNTESTED, INCONCLUSIVE, EXPIRED = (
    RatingBadge.UNTESTED,
    RatingBadge.INCONCLUSIVE,
    RatingBadge.EXPIRED,
)


def figures(*standings: tuple[RatingBadge, RatingBadge | None, int], **values: Any) -> Figures:  # noqa: ANN401 - fields of figures
    """Figures of a client with so many models of each badge, to be treated as the second one."""
    found = {Standing(badge=badge, severity=severity): n for badge, severity, n in standings}
    return Figures(**{"last_audit": timezone.now(), "risk": ClientRisk(standings=found), **values})


def words(found: Figures) -> list[str]:
    return [reason.words for reason in fleet_reasons.of(found)]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (figures((LOW, LOW, 3)), []),
        (figures((HIGH, HIGH, 1), (LOW, LOW, 3)), ["1 model rated High"]),
        (
            figures((HIGH, HIGH, 2), (CRITICAL, CRITICAL, 1)),
            ["1 model rated Critical", "2 models rated High"],
        ),
        (figures((EXPIRED, HIGH, 1)), ["1 result expired: treat as High"]),
        (figures((EXPIRED, LOW, 2)), ["2 results expired"]),
        (
            figures((INCONCLUSIVE, ELEVATED, 2)),
            ["2 models with an inconclusive audit: treat as Elevated"],
        ),
        (figures((INCONCLUSIVE, None, 1)), ["1 model with an inconclusive audit"]),
        (
            figures((UNTESTED, HIGH, 1), (UNTESTED, None, 2)),
            ["3 models without a valid audit: treat as High"],
        ),
        (figures((UNTESTED, None, 1)), ["1 model without a valid audit"]),
    ],
)
def test_models_are_told_by_what_they_are_to_be_treated_as(found: Figures, told: list[str]) -> None:
    assert words(found) == told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (figures(last_audit=None), ["Never audited: no model is listed"]),
        (figures((UNTESTED, None, 2), last_audit=None), ["Never audited"]),
        (figures((UNTESTED, HIGH, 2), last_audit=None), ["Never audited: treat as High"]),
        (
            figures((CRITICAL, CRITICAL, 1), last_audit=None),
            ["1 model rated Critical", "Never audited"],
        ),
        (figures(), ["No model is listed"]),
    ],
)
def test_client_that_was_never_tested_says_so(found: Figures, told: list[str]) -> None:
    assert words(found) == told


def test_what_needs_attention_stands_before_what_is_not_known() -> None:
    found = figures(
        (HIGH, HIGH, 1),
        (UNTESTED, None, 1),
        failed_audits=2,
        unstarted_audits=1,
        overdue_actions=3,
        overdue_tools=1,
        late_tool="Otter",
        overdue_models=2,
        late_model="Forecast",
        tools_unreviewed=4,
    )
    assert fleet_reasons.of(found) == [
        Reason("1 model rated High", ColumnList.MODELS, "status=in_use&rating=high"),
        Reason("2 failed audits", ColumnList.AUDITS, "state=open"),
        Reason("1 planned audit not started"),
        Reason("3 actions overdue", ColumnList.PLAN, "due=overdue"),
        Reason("Review of AI tool Otter overdue", ColumnList.TOOLS, "due=renew"),
        Reason(
            "2 reviews of models overdue, that of Forecast the longest",
            ColumnList.MODELS,
            "due=overdue",
        ),
        Reason("1 model without a valid audit", ColumnList.MODELS, "status=in_use&rating=untested"),
        Reason("4 AI tools not reviewed", ColumnList.TOOLS, "decision=undecided"),
    ]


def test_long_name_leaves_room_for_what_is_said_of_it() -> None:
    (told,) = words(figures((LOW, LOW, 1), overdue_tools=1, late_tool="x" * 200))
    assert told == f"Review of AI tool {'x' * 39}… overdue"


def test_what_waits_the_longest_is_named_and_a_rename_is_told(provider_id: int) -> None:
    today = timezone.localdate()
    client = factories.make_client(provider_id, "Harbour")
    audited(client, 0)
    own = {"provider_id": provider_id, "client": client, "data_class": "internal"}
    for name, days in (("Later", 1), ("Longest", 9), ("Of today", 0)):
        AITool.objects.create(
            **own,
            name=name,
            next_review=today - timedelta(days=days),
            decision=ToolDecision.APPROVE,
        )
    (row,) = fleet.fleet().rows
    told = "2 reviews of AI tools overdue, that of Longest the longest"
    assert [reason.words for reason in row.reasons] == [told]
    kept = Figures.of(client_figures.counted([client.pk])[client.pk].stored())
    assert (kept.late_tool, kept.late_model) == ("Longest", "")
    AITool.objects.filter(name="Longest").update(name="Renamed")
    (row,) = fleet.fleet().rows
    assert "Renamed" in row.reasons[0].words


@pytest.mark.parametrize("state", [ClientState.PROSPECT, ClientState.ARCHIVED])
def test_nobody_is_sent_to_a_client_that_does_not_count(
    provider_id: int, state: ClientState
) -> None:
    client = factories.make_client(provider_id, "Harbour")
    every = fleet.FleetFilters(state=fleet.EVERY_STATE)
    assert fleet.fleet(every).rows[0].reasons
    Client.objects.filter(pk=client.pk).update(state=state)
    assert fleet.fleet(every).rows[0].reasons == []
