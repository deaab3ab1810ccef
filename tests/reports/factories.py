"""Owner summaries for tests: one as it usually is, one with hostile text in every field."""

import json
from dataclasses import asdict

from audits.charts import dots
from audits.reports.owner_summary import (
    Action,
    Care,
    Decision,
    Fact,
    OwnerSummary,
    Rating,
    Readiness,
    Term,
    Tool,
    render,
)
from audits.reports.owner_trend import Trend, TrendMark, TrendPoint
from tests.charts.documents import document


def rendered(summary: OwnerSummary) -> bytes:
    return render(summary)


def owner_summary() -> OwnerSummary:
    """Make the summary of a clinic whose no-show model leaks."""
    result = document()
    return OwnerSummary(
        language="en",
        made_at="2026-11-20T09:30:00+00:00",
        report_number="hillside-dental-clinic-x7f2-0042",
        provider="Northgate IT Services",
        client="Hillside Dental Clinic",
        system="No-show forecast",
        version="2026-10",
        audit_date="20 November 2026",
        authorised_by="Dr Amelia Okafor, practice owner, 12 November 2026",
        rating=Rating(
            badge="high",
            word="High",
            struck_through=False,
            likelihood=3,
            impact=5,
            grade="B",
            grade_meaning="Enough records to rate one false accusation in 100.",
        ),
        verdict=(
            "Some people in your data can be picked out with confidence. At a setting that wrongly"
            " accuses between 4 and 18 of every 1,000 people who are not in your data, the test"
            " picked out 166 of every 1,000 who are (145 to 188)."
        ),
        meaning=(
            (
                "For the people in the data, someone who can use the model and knows enough about"
                " a person can tell, for some of them, that their health or other very private"
                " records were used. That can do lasting harm."
            ),
            "Being in the data says by itself that someone is a patient.",
            "Only your staff can ask the model. High means: act within 30 days.",
        ),
        actions=(
            Action("Take the forecast off the public booking page", "Northgate IT", "1 hour",
                   "27 Nov 2026"),
            Action("Retrain with stronger regularisation and fewer fields", "Northgate IT",
                   "2 days", "20 Dec 2026"),
            Action("Show staff a yes or no instead of a score, then test again",
                   "Dr Amelia Okafor", "Half a day", "20 Dec 2026"),
        ),
        not_tested=(
            "We could not rule out that the leak is severe.",
            (
                "You have too few records to check for the rare, very sure guesses. For that we"
                " need 3,000 records it learned from and 10,000 it never saw."
            ),
            "We stopped before more look-alike models ceased to change the result.",
            "We did not test an attacker who sees only the model's answers.",
            "We were not told that the held-out records were drawn by chance before training.",
            "We did not test whether the model repeats records.",
            "A new version, or new data, needs a new test.",
            "We used attacks known today. New ones may do better.",
        ),
        dots=dots.series(result, about_people=True),
        readiness=Readiness(
            percent=58,
            summary="22 of 38 controls in place, 6 partly.",
        ),
        tools=(
            Tool("Office aid", "Example Co", "Documents, e-mail", "No", "Approved", "1 Mar 2027",
                 "Team"),
            Tool("Chat, free plan", "Example AI", "Unknown", "Yes", "Not allowed", "1 Jan 2027"),
            Tool("DentalScribe", "Scribe Health", "Patient notes", "Not known", "Under review",
                 "15 Dec 2026"),
        ),
        glossary=(
            Term("Member", "a record that was used to train the model."),
            Term("Outsider", "a comparable record that was not used."),
            Term("False alarm", "wrongly saying someone was in the data."),
            Term("Membership inference", "working out whether someone's record was used."),
            Term("Confidence limits", "where the true number probably lies."),
        ),
        method=(
            Fact("Attacks", "RMIA with 8 reference models, modified entropy, loss"),
            Fact("Records", "1,200 members, 1,200 outsiders, 30 fields"),
            Fact("Model", "random forest; 99% right on members, 91% on outsiders"),
            Fact("Seed", "0"),
            Fact("Engine", "0.1.0, rating policy 2026.1"),
            Fact("Model file", "a1a1a1a1a1a1"),
            Fact("Members file", "b2b2b2b2b2b2"),
            Fact("Outsiders file", "c3c3c3c3c3c3"),
        ),
        scope="The forecast and its appointments (holds until 11 November 2027)",
        basis="Confirmed by Tom Reed on 12 November 2026. Kept in: contract annex 2.",
        letter="permission.pdf",
        letter_sha256="d4" * 32,
        choices=("Accept", "Fix", "Avoid", "Transfer"),
        decisions=(
            Decision("Take the forecast off the public booking page"),
            Decision("Retrain with stronger regularisation and fewer fields"),
            Decision(
                "Note which data made it", "Accept", "Dr Amelia Okafor", "1 Dec 2026",
                "Tom Reed", "2 Dec 2026",
            ),
        ),
        trend=Trend(
            said="Worse than on 2 July 2026: Elevated then, High now.",
            points=(
                TrendPoint("4 March 2026", "low", "Low", "2026-03-04"),
                TrendPoint("2 July 2026", "elevated", "Elevated", "2026-07-02"),
                TrendPoint("20 November 2026", "high", "High", "2026-11-20"),
            ),
            note="Not all of them were measured with the same version of the attacks and policy.",
            until="2026-11-20",
            marks=(TrendMark("2026-07-02", "2 July 2026", "Attacks of version 0.2.0"),),
        ),
        care=Care(
            period="23 August 2026 to 20 November 2026",
            points=(
                "2 steps put in place: Keep logs of who asks the model; Name one person for AI.",
                "One audit run.",
            ),
            none="Nothing was recorded in this time.",
        ),
    )  # fmt: skip


_NUMBERS_AND_KEYS = frozenset({"language", "made_at", "badge", "dots", "choices", "on", "until"})


def with_every_text(text: str) -> OwnerSummary:
    """Put ``text`` into every field a person can fill, as often as the pages show it."""
    values = asdict(owner_summary())
    values["tools"] = [values["tools"][0]] * 9
    values["glossary"] = [values["glossary"][0]] * 9
    values["not_tested"] = ["x"] * 9
    values["method"] = [values["method"][0]] * 12
    values["trend"]["points"] = [values["trend"]["points"][0]] * 9
    values["care"]["points"] = ["x"] * 9
    return OwnerSummary.from_json(json.dumps(_replaced(values, text)))


def _replaced(value: object, text: str) -> object:
    if isinstance(value, dict):
        return {
            key: item if key in _NUMBERS_AND_KEYS else _replaced(item, text)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_replaced(item, text) for item in value]
    return text if isinstance(value, str) else value
