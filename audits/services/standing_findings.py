"""Findings that no audit shows: what a vendor answered about a tool, and what a client answered.

They are brought in line with their reasons whenever the checklist is: made where the reason is
new, told anew where it changed, and gone with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from audits.enums import Answer, DataClass, Exposure, ToolDecision
from audits.guidance import findings
from audits.models import AIModel, AITool, Client, Finding, ToolRuling
from audits.queries.facts import IMPACT_BY_CLASS, Known

# Who can ask a model whose questions are to be logged.
_ASKED_BY_SOMEBODY = frozenset({Exposure.PUBLIC, Exposure.CUSTOMERS, Exposure.INTERNAL})
# What one client's questions reach is another client's data.
_OTHERS_DATA = IMPACT_BY_CLASS[DataClass.CLIENT]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A finding and the impact of the data that it is about."""

    finding: Finding
    impact: int


@dataclass(frozen=True, kw_only=True)
class _Reason:
    """Why there is such a finding, and of what."""

    found: findings.Finding
    impact: int
    tool: AITool | None = None
    model: AIModel | None = None

    @property
    def place(self) -> tuple[str, int | None, int | None]:
        tool, model = self.tool, self.model
        return self.found.key, tool.pk if tool else None, model.pk if model else None


def brought_in_line(*, client: Client, known: Known, answers: Mapping[str, str]) -> list[Standing]:
    """Make, change and delete these findings; `answers` are those of the checklist by control.

    Called with the client's row locked.
    """
    have = {
        (row.key, row.tool_id, row.model_id): row
        for row in Finding.objects.filter(client=client, audit=None)
    }
    standing = []
    for reason in (*_of_tools(client, known), *_of_answers(known, answers)):
        row = have.pop(reason.place, None) or _new(client, reason)
        told = dict(reason.found.params)
        if row.pk is None or row.params != told:
            row.params = told
            row.save()
        standing.append(Standing(finding=row, impact=reason.impact))
    if have:
        Finding.objects.filter(pk__in=[row.pk for row in have.values()]).delete()
    return standing


def _new(client: Client, reason: _Reason) -> Finding:
    return Finding(
        provider_id=client.provider_id,
        client=client,
        key=reason.found.key,
        tool=reason.tool,
        model=reason.model,
    )


def _of_tools(client: Client, known: Known) -> Iterator[_Reason]:
    """Tools in use whose vendor answered what rules private data out, by the newest decision."""
    newest = (
        ToolRuling.objects.filter(client=client)
        .select_related("tool")
        .order_by("tool_id", "-pk")
        .distinct("tool_id")
    )
    impacts = {asset.pk: asset.impact for asset in known.assets if asset.kind == "tool"}
    for ruling in newest:
        if ruling.knock_outs and ruling.decision != ToolDecision.REJECT:
            found = findings.knocked_out(len(ruling.knock_outs))
            yield _Reason(found=found, impact=impacts[ruling.tool_id], tool=ruling.tool)


def _of_answers(known: Known, answers: Mapping[str, str]) -> Iterable[_Reason]:
    """What the client said no to, where that is a finding by itself."""
    said_no = {key for name, key in findings.BY_ANSWER.items() if answers.get(name) == Answer.NO}
    if "no_logs" in said_no:
        asked = [row for row in known.risks if row.model.exposure in _ASKED_BY_SOMEBODY]
        worst = max(asked, key=lambda row: (row.rating.impact, -row.model.pk), default=None)
        if worst is not None:
            found = findings.Finding("no_logs")
            yield _Reason(found=found, impact=worst.rating.impact, model=worst.model)
    if "cross_client" in said_no:
        yield _Reason(found=findings.Finding("cross_client"), impact=_OTHERS_DATA)
