"""Results for demonstrations and load tests: the engine itself measures what is made up here.

Nothing is written by hand: each case is a table of answers that a model might have given, in which
members stand out as much as the case says, or a small model that is trained here and now. What the
engine finds is what is stored.
"""

import copy
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, BinaryIO

from audits.enums import Preset, RatingBadge, VersionKind
from audits.guidance import findings
from audits.guidance.strictness import Policy
from audits.models import AIModel, Audit, ModelVersion
from audits.queries import facts, risk
from audits.services import demo_data

_CURVE_POINTS = 40
Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Made-up answers: how many records a side, how far members stand out, and how many of them.

    With `features` a model is trained on so many columns instead, and has references.
    """

    key: str
    records: int
    shift: float = 0.0
    share: float = 1.0
    # Held-out records from somewhere else, which makes the comparison void.
    drift: float = 0.0
    features: int = 0
    # What a client calls the records that such a model learns from.
    called: str = ""


CASES = {
    one.key: one
    for one in (
        Case(key="clean", records=1_500, features=3, called="Records of the last year"),
        Case(key="trace", records=3_000, features=8, called="Records of the last two years"),
        Case(key="hint", records=1_200, shift=0.3),
        Case(key="few", records=150, shift=0.4),
        Case(key="noticeable", records=1_200, shift=1.5),
        Case(key="serious", records=1_200, shift=3.0),
        Case(key="some", records=1_200, shift=6.0, share=0.3),
        Case(key="severe", records=1_200, shift=5.0),
        Case(key="void", records=600, shift=0.5, drift=2.0),
    )
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """Files as somebody would upload them, by what they are, and what the engine found in them."""

    case: Case
    files: Mapping[str, bytes]
    target: str
    document: Document

    @property
    def kind(self) -> VersionKind:
        return VersionKind.PREDICTIONS if "predictions" in self.files else VersionKind.SKOPS

    @property
    def preset(self) -> Preset:
        return Preset.STANDARD if self.case.features else Preset.QUICK

    def shortened(self) -> Document:
        """The same result without single records, and with curves of fewer points."""
        short = copy.deepcopy(self.document)
        for curve in short["curves"].values():
            step = max(1, len(curve["fpr"]) // _CURVE_POINTS)
            for axis in ("fpr", "tpr"):
                curve[axis] = [*curve[axis][:-1:step], curve[axis][-1]]
        if short.get("exposed"):
            short["exposed"] = {**short["exposed"], "members": []}
        return short


@cache
def made(key: str, seed: int = 0) -> Made:
    """Make what a case says and have the engine measure it."""
    from audits import engine  # noqa: PLC0415 - heavy
    from audits.engine.inputs import read_inputs  # noqa: PLC0415 - heavy

    case = CASES[key]
    target, files = _trained(case, seed) if case.features else ("", _answers(case, seed))
    plan = engine.AuditPlan(
        target=target or None,
        preset="standard" if case.features else "quick",
        split="random",
        seed=seed,
        threads=1,
    )
    sources: dict[str, BinaryIO] = {name: io.BytesIO(data) for name, data in files.items()}
    found = engine.audit(read_inputs(sources, plan), plan)
    return Made(case=case, files=files, target=target, document=found.document)


def _trained(case: Case, seed: int) -> tuple[str, dict[str, bytes]]:
    """Train a small regularised model on made-up records; returns label column and files."""
    from sklearn.datasets import make_classification  # noqa: PLC0415 - heavy
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    features, labels = make_classification(
        n_samples=2 * case.records,
        n_features=case.features,
        n_informative=case.features - 1,
        n_redundant=0,
        flip_y=0.1,
        random_state=11 + seed,
    )
    names = [f"measure_{index + 1}" for index in range(case.features)]
    words = ["yes" if label else "no" for label in labels]
    told = demo_data.case(LogisticRegression(max_iter=200), (features, words), names, "answer")
    files = {"model": told.model, "members": told.members, "nonmembers": told.nonmembers}
    return told.target, files


def _answers(case: Case, seed: int) -> dict[str, bytes]:
    """Write what a model of two classes answered, members and others in a random order."""
    import numpy as np  # noqa: PLC0415 - heavy

    rng = np.random.default_rng([seed, *case.key.encode()])
    is_member = np.arange(2 * case.records) < case.records
    stands_out = is_member & (rng.random(is_member.size) < case.share)
    margin = rng.normal(1.0, 1.6, is_member.size) + np.where(stands_out, case.shift, 0.0)
    label = (rng.random(is_member.size) < 0.5).astype(int)  # noqa: PLR2004 - two even classes
    sure = 1 / (1 + np.exp(-margin))
    of_one = np.where(label == 1, sure, 1 - sure).round(5)
    columns = {"member": is_member.astype(int), "label": label, "p_0": 1 - of_one, "p_1": of_one}
    if case.drift:
        columns["x_size"] = rng.normal(50, 12, is_member.size) + 12 * case.drift * is_member
    order = rng.permutation(is_member.size)
    told = [np.round(column[order], 5).tolist() for column in columns.values()]
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*told, strict=True))]
    return {"predictions": "\n".join(lines).encode()}


@dataclass(frozen=True, kw_only=True)
class Rated:
    """Columns of an audit that ended with a result, and the findings that it leads to."""

    columns: Mapping[str, Any]
    findings: tuple[findings.Finding, ...]


def rated(*, model: AIModel, document: Document, at: datetime, policy: Policy) -> Rated:
    """Rate a result as it would have been rated on the day it was measured."""
    verdict = document["verdict"]
    version = ModelVersion(pk=0, model=model, family=str(document["model"].get("family") or ""))
    audit = Audit(
        model_version=version,
        outcome=verdict["outcome"],
        reached=verdict["reached"] or "",
        ceiling=verdict["ceiling"] or "",
        grade=verdict["grade"] or "",
        impact=model.impact,
        reveals=model.reveals,
        exposure=model.exposure,
        completed_at=at,
    )
    found = risk.rate(model=model, version=version, audit=audit, policy=policy)
    measured = risk.ModelRisk(model=model, version=version, audit=audit, rating=found)
    known = facts.of_model(measured, policy, found={})
    return Rated(
        columns={
            "outcome": audit.outcome,
            "reached": audit.reached,
            "ceiling": audit.ceiling,
            "grade": audit.grade,
            "badge": RatingBadge(found.badge.value),
            "likelihood": found.likelihood,
            "rated_impact": found.impact,
            "rating_trace": [[step.key, dict(step.params)] for step in found.trace],
        },
        findings=findings.findings_of(document, known),
    )
