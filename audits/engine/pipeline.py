"""The whole audit: prepare, blocks of references until they agree, conclude.

`audit` runs the stages in one process. The portal runs each in a sandboxed child of its own;
what passes between them is JSON and arrays (`Prepared`, `Block`). Nothing here keeps state.
"""

import time
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audits.engine import convergence, self_test, steps, validity
from audits.engine.assembly import assemble
from audits.engine.blocks import Workshop, reference_block, reference_view
from audits.engine.breakdown import FIXED, Audited
from audits.engine.document import result_document
from audits.engine.errors import AuditCancelled
from audits.engine.growth import growth
from audits.engine.preparation import (
    PREPARE_STEPS,
    never,
    no_progress,
    prepare,
    steps_in_all,
)
from audits.engine.registry import ATTACKS
from audits.engine.signals import per_person
from audits.engine.types import (
    AuditInputs,
    AuditPlan,
    AuditResult,
    Block,
    Check,
    OnProgress,
    Predictions,
    Prepared,
    Provenance,
    ShouldCancel,
    StopDecision,
    StoppedBecause,
)

__all__ = [
    "audit",
    "conclude",
    "decide_stop",
    "prepare",
    "reference_block",
    "scores_of",
    "signals",
    "steps_in_all",
]


def _needed(started: float, blocks: list[Block]) -> float:
    """Return the seconds since the start, and those of one more block like the last."""
    return time.monotonic() - started + (blocks[-1].seconds if blocks else 0.0)


def _out_of_time(plan: AuditPlan, needed: float) -> bool:
    return plan.time_budget_seconds is not None and needed >= plan.time_budget_seconds


def decide_stop(
    plan: AuditPlan,
    prepared: Prepared,
    blocks: list[Block],
    *,
    elapsed_seconds: float = 0.0,
    cancelled: bool = False,
) -> StopDecision:
    """Say whether enough references are trained, and which blocks come next if not.

    Parameters
    ----------
    plan, prepared
        As in `prepare`.
    blocks
        Those finished so far, in any order.
    elapsed_seconds
        Since the audit started, and what the next references would take on top; compared with
        the plan's time budget.
    cancelled
        The caller asked to stop; what is there is concluded from if there is a block.
    """
    return convergence.decide(
        plan,
        reference_view(plan, prepared, blocks),
        tuple(prepared.facts["reference_attacks"]),
        blocks=len(blocks),
        block=prepared.facts["block"],
        elapsed_seconds=elapsed_seconds,
        cancelled=cancelled,
    )


def scores_of(
    plan: AuditPlan, prepared: Prepared, blocks: list[Block]
) -> dict[str, NDArray[np.float64]]:
    """Return attack key -> (N,) scores of the audited records, members first."""
    scores = {
        name.removeprefix("score:"): array
        for name, array in prepared.arrays.items()
        if name.startswith("score:")
    }
    if blocks:
        view = reference_view(plan, prepared, blocks)
        for key in prepared.facts["reference_attacks"]:
            scores[key] = np.asarray(ATTACKS[key].score(view), dtype=np.float64)
    return scores


def conclude(
    plan: AuditPlan,
    prepared: Prepared,
    blocks: list[Block],
    provenance: Provenance,
    *,
    stopped_because: StoppedBecause | None,
    total_seconds: float,
) -> AuditResult:
    """Turn signals into statistics, verdict and the published document."""
    scores = scores_of(plan, prepared, blocks)
    right = tuple(value for block in blocks for value in block.accuracy)
    checks = [
        *(Check(**check) for check in prepared.facts["checks"]),
        validity.reference_accuracy_check(
            right,
            prepared.facts["model"]["nonmember_quality"],
            numbers=prepared.facts["error_scale"] is not None,
            trained=bool(blocks),
        ),
    ]
    member, units = prepared.arrays["is_member"], prepared.arrays["units"]
    sides = {
        key: (
            per_person(score[member], units[member]),
            per_person(score[~member], units[~member]),
        )
        for key, score in scores.items()
    }
    checks = [_with_permutation(check, sides, plan.seed) for check in checks]
    document = result_document(
        plan=plan,
        facts=prepared.facts,
        scores=sides,
        checks=checks,
        references={
            "count": sum(block.count for block in blocks),
            "recipe": prepared.facts["recipe"] if blocks else None,
            "agreement": prepared.facts["agreement"] if blocks else None,
            "surrogate": prepared.facts["surrogate"] if blocks else None,
            "trained_by": prepared.facts.get("trained_by") if blocks else None,
            "stopped_because": stopped_because if blocks else None,
            "seconds": sum(block.seconds for block in blocks),
            "growth": growth(plan, prepared, blocks),
        },
        provenance=provenance,
        total_seconds=total_seconds,
        audited=Audited(scores, member, units, prepared.arrays["rows"], _groupings(prepared)),
    )
    return AuditResult(document)


def _with_permutation(
    check: Check, sides: dict[str, tuple[NDArray[Any], NDArray[Any]]], seed: int
) -> Check:
    """Add to the self-test that membership dealt out at random is not found again."""
    if check.check != self_test.CHECK:
        return check
    members, others = sides[FIXED if FIXED in sides else min(sides)]
    dealt = np.arange(len(members) + len(others)) < len(members)
    if self_test.permuted(np.concatenate([members, others]), dealt, seed=seed):
        return check
    detail = "The statistics find members where membership was dealt out at random."
    return Check(self_test.CHECK, False, detail)


def _groupings(prepared: Prepared) -> dict[str, tuple[NDArray[Any], tuple[str, ...]]]:
    found = {}
    if prepared.facts["class_names"]:
        names = tuple(name[:200] for name in prepared.facts["class_names"])
        found["class"] = (prepared.arrays["labels"], names)
    for column, values in prepared.facts["subgroups"].items():
        found[column] = (prepared.arrays[f"subgroup:{column}"], tuple(values))
    return found


def audit(
    inputs: AuditInputs,
    plan: AuditPlan,
    provenance: Provenance | None = None,
    *,
    on_progress: OnProgress = no_progress,
    should_cancel: ShouldCancel = never,
) -> AuditResult:
    """Run a whole audit in this process.

    Parameters
    ----------
    inputs
        Model and records, or predictions; see `inputs.read_inputs`.
    plan
        What to do with them.
    provenance
        Hashes of the files and the active sandbox layers, as far as the caller knows them.
    on_progress
        Called as each step starts.
    should_cancel
        Asked between steps, before each attack and each time the model is asked. Once a block of
        references is finished a cancelled audit concludes from what it has; before that it raises.

    Raises
    ------
    InputError
        The inputs cannot be audited.
    AuditCancelled
        `should_cancel` said so before there was anything to conclude from.
    """
    started = time.monotonic()
    provenance = provenance or Provenance()
    prepared, blocks, decision = signals(
        inputs, plan, provenance, on_progress=on_progress, should_cancel=should_cancel
    )
    total = steps_in_all(plan)
    on_progress(total - 1, total, steps.CONCLUDING)
    result = conclude(
        plan, prepared, blocks, provenance,
        stopped_because=decision.reason, total_seconds=time.monotonic() - started,
    )  # fmt: skip
    on_progress(total, total, "Done")
    return result


def signals(
    inputs: AuditInputs,
    plan: AuditPlan,
    provenance: Provenance,
    *,
    on_progress: OnProgress = no_progress,
    should_cancel: ShouldCancel = never,
) -> tuple[Prepared, list[Block], StopDecision]:
    """Return all that `audit` concludes from; parameters and errors are those of `audit`."""
    started = time.monotonic()
    assembled = lru_cache(maxsize=1)(assemble)
    prepared = prepare(
        inputs, plan, provenance,
        on_progress=on_progress, should_cancel=should_cancel, assembled=assembled,
    )  # fmt: skip
    total, blocks = steps_in_all(plan), list[Block]()
    workshop: Workshop | None = None
    while True:
        cancelled = should_cancel()
        if cancelled and not blocks:
            raise AuditCancelled("the audit was cancelled before it had anything to conclude from")
        decision = decide_stop(
            plan, prepared, blocks,
            elapsed_seconds=_needed(started, blocks), cancelled=cancelled,
        )  # fmt: skip
        if not decision.next_blocks or isinstance(inputs, Predictions):
            return prepared, blocks, decision
        workshop = workshop or Workshop(inputs, plan, prepared, assembled=assembled)
        for index in decision.next_blocks:
            if blocks and (should_cancel() or _out_of_time(plan, _needed(started, blocks))):
                break
            on_progress(PREPARE_STEPS + index, total, steps.training_block(index))
            blocks.append(workshop.block(index))
