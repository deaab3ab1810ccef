"""Links to sheets, terms and reviews carry the provider: none leads into another's house."""

import pytest
from django.db import IntegrityError, connection, models, transaction

from audits import tenancy
from audits.enums import ToolDecision
from audits.models import AITool, ToolRuling, VendorReview, VendorTerms
from tests.factories import World

pytestmark = pytest.mark.django_db


def refused(row: models.Model, **link: int) -> None:
    """Point a row elsewhere, as somebody would who got past every check of ours."""
    with pytest.raises(IntegrityError, match="same_provider_fk"), transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(**link)
        connection.check_constraints()


def test_schema_refuses_links_to_sheets_across_providers(world: World) -> None:
    ours, theirs = world.ours, world.theirs
    with tenancy.scope(
        provider_id=ours.provider.pk, client_ids=[world.here.client.pk], provider_rows=True
    ):
        refused(AITool.objects.get(), sheet_id=theirs.sheet.pk)
        refused(VendorTerms.objects.get(), sheet_id=theirs.sheet.pk)
        refused(VendorReview.objects.get(), sheet_id=theirs.sheet.pk)
        refused(VendorReview.objects.get(), terms_id=theirs.terms.pk)
        refused(ToolRuling.objects.get(), review_id=theirs.review.pk)
        ToolRuling.objects.update(review=ours.review)
        VendorReview.objects.update(terms=ours.terms)
        connection.check_constraints()


def test_schema_stores_no_decision_of_one_person_and_none_that_decides_nothing(
    world: World,
) -> None:
    with world.here.scope():
        for wrong in (
            {"requested_by": world.ours.admin, "decided_by": world.ours.admin},
            {"decision": ToolDecision.UNDECIDED},
        ):
            with pytest.raises(IntegrityError, match="toolruling_"), transaction.atomic():
                ToolRuling.objects.update(**wrong)
        ToolRuling.objects.update(requested_by=world.ours.technician, decided_by=world.ours.admin)


def test_people_of_a_client_see_no_sheet_and_no_review(world: World) -> None:
    with world.ours.scope():
        assert VendorReview.objects.exists()
    with world.here.scope():
        assert not VendorReview.objects.exists()
        assert not models.QuerySet(VendorReview).exists()
        assert AITool.objects.get().sheet_id == world.ours.sheet.pk
