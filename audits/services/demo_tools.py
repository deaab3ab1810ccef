"""Reviews and decisions of the demo: made-up vendors, answered and decided as people would."""

from datetime import timedelta

from django.utils import timezone

from audits import access
from audits.enums import DataClass, ReviewEvidence, ToolDecision, TrainsOnData
from audits.guidance import questions
from audits.models import AITool, User
from audits.queries import review as queries
from audits.queries.facts import IMPACT_BY_CLASS
from audits.services import review, tool_decision
from audits.services.tool_decision import Wish

_TRAINS = {TrainsOnData.NO: "no", TrainsOnData.OPT_OUT: "opt_out", TrainsOnData.YES: "yes"}
# What is answered less well than it could be; the rest has the best answer.
_MIDDLING = {"V-04": "each", "V-06": "30", "V-10": "listed", "V-18": "claims", "V-19": "hygiene"}


def settle(
    *, tool: AITool, actor: User, approver: User, trains: TrainsOnData, decision: ToolDecision
) -> None:
    """Review the vendor of a tool, and have somebody else decide about it."""
    found = review.start_for_tool(tool=tool, actor=actor)
    answers = _answers(tool, trains)
    for step in queries.STEPS:
        given = {name: answers[name] for name in step.questions}
        review.save_step(review=found, actor=actor, step=step, given=given)
    review.complete(review=found, actor=actor)
    listed = decision == ToolDecision.APPROVE_LISTED
    wish = Wish(
        decision=decision,
        review_on=timezone.localdate() + timedelta(days=180),
        data=(DataClass(tool.data_class),) if listed else (),
    )
    tool_decision.decide(actor=access.actor_for(approver), rows=[tool], wish=wish)


def _answers(tool: AITool, trains: TrainsOnData) -> dict[str, dict[str, str]]:
    given = {question.id: question.choices[0].key for question in questions.load()}
    data = queries.WORD_OF_IMPACT[IMPACT_BY_CLASS[tool.data_class]]  # type: ignore[index]
    given |= {**_MIDDLING, "V-02": data, "V-03": _TRAINS[trains]}
    return {
        name: {"answer": key, "evidence": ReviewEvidence.PAGE.value, "note": "Made up for the demo"}
        for name, key in given.items()
    }
