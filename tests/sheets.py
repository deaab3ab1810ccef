"""Fact sheets, reviews and decisions about tools, for the cast and for tests of their own."""

from datetime import timedelta
from typing import Any, TypedDict

from django.utils import timezone

from audits.enums import DataClass, ReviewEvidence, ToolDecision
from audits.guidance import questions
from audits.models import (
    AITool,
    Client,
    Provider,
    ToolRuling,
    VendorReview,
    VendorSheet,
    VendorTerms,
)
from tests.builders import TOOL

VENDOR = "Example vendor"


class SheetCast(TypedDict):
    sheet: VendorSheet
    terms: VendorTerms
    review: VendorReview


def best_answers(**changed: str) -> dict[str, dict[str, str]]:
    """The best answer to every question, by contract, about ordinary personal data.

    `V_08="no"` gives another answer to a question; an empty one leaves it unanswered.
    """
    given = {question.id: question.choices[0].key for question in questions.load()}
    given |= {"V-02": "personal"} | {name.replace("_", "-"): key for name, key in changed.items()}
    return {
        name: {"answer": key, "evidence": ReviewEvidence.CONTRACT.value, "note": ""}
        for name, key in given.items()
        if key
    }


def sheet_of(provider: Provider) -> SheetCast:
    """A sheet with saved terms and a review that is being filled in."""
    sheet = VendorSheet.objects.create(provider=provider, vendor=VENDOR, product=TOOL, tier="Free")
    terms = VendorTerms.objects.create(
        provider=provider, sheet=sheet, url="https://vendor.example/terms", text="We keep it.",
        sha256="0" * 64,
    )  # fmt: skip
    review = VendorReview.objects.create(
        provider=provider,
        sheet=sheet,
        version=questions.REVIEW_VERSION,
        answers={"V-01": {"answer": "free", "evidence": "page", "note": "price list"}},
    )
    return {"sheet": sheet, "terms": terms, "review": review}


def completed(sheet: VendorSheet, **values: Any) -> VendorReview:  # noqa: ANN401 - model fields
    """Complete the review of a sheet with the best answers, about its newest terms."""
    VendorReview.objects.filter(sheet=sheet, completed_at=None).delete()
    given = {
        "answers": best_answers(),
        "version": questions.REVIEW_VERSION,
        "terms": VendorTerms.objects.filter(sheet=sheet).order_by("-pk").first(),
        "completed_at": timezone.now(),
    }
    return VendorReview.objects.create(
        provider_id=sheet.provider_id, sheet=sheet, **{**given, **values}
    )


def tool_of(client: Client, sheet: VendorSheet | None = None, **values: Any) -> AITool:  # noqa: ANN401 - model fields
    return AITool.objects.create(
        **{
            "provider_id": client.provider_id,
            "client": client,
            "name": TOOL,
            "sheet": sheet,
            "plan": sheet.tier if sheet is not None else "",
            "data_class": DataClass.INTERNAL,
            "decision": ToolDecision.UNDECIDED,
            **values,
        }
    )


def ruling_of(tool: AITool) -> ToolRuling:
    """A decision of former days, which the tool's own columns know nothing of."""
    return ToolRuling.objects.create(
        provider_id=tool.provider_id,
        client_id=tool.client_id,
        tool=tool,
        decision=ToolDecision.RESTRICT,
        review_on=timezone.localdate() + timedelta(days=30),
        impact=2,
    )
