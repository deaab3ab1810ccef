"""The whole audit: prepare, blocks of references until they agree, conclude.

`audit` runs the stages in one process. The portal runs each in a sandboxed child of its own;
what passes between them is JSON and arrays (`Prepared`, `Block`). Nothing here keeps state.
"""

import hashlib
import time

import numpy as np

from audits.engine import convergence, validity
from audits.engine.assembly import assemble
from audits.engine.document import result_document
from audits.engine.errors import AuditCancelled
from audits.engine.preparation import PREPARE_STEPS, no_progress, prepare, steps_in_all
from audits.engine.registry import ATTACKS, AttackView
from audits.engine.signals import per_person
from audits.engine.splits import Draw, draw_pairs
from audits.engine.types import (
    BLOCK_SIZE,
    AuditInputs,
    AuditPlan,
    AuditResult,
    Block,
    Check,
    ModelInputs,
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
    "block_draw",
    "conclude",
    "decide_stop",
    "prepare",
    "reference_block",
    "steps_in_all",
]


def _never() -> bool:
    return False


def block_draw(prepared: Prepared, index: int, *, size: int) -> Draw:
    """Return the training sets of block `index`: a function of the plan hash and the index.

    Parameters
    ----------
    prepared
        Result of `prepare`.
    index
        0, 1, 2, ...
    size
        n1 as given, before duplicates were removed: what the target was trained on.
    """
    labels, members = prepared.arrays["labels"], prepared.arrays["is_member"]
    return draw_pairs(
        strata=2 * labels + members,
        n_references=BLOCK_SIZE,
        size=size,
        population=prepared.facts["population"],
        rng=np.random.default_rng(_seed(prepared, "draw", index)),
        units=prepared.arrays["units"],
    )


def _seed(prepared: Prepared, purpose: str, index: int) -> np.random.SeedSequence:
    text = f"{prepared.facts['plan_sha256']}:{purpose}:{index}"
    return np.random.SeedSequence(int(hashlib.sha256(text.encode()).hexdigest(), 16))


def reference_block(inputs: ModelInputs, plan: AuditPlan, prepared: Prepared, index: int) -> Block:
    """Train and query the `BLOCK_SIZE` references of one block.

    Fully determined by the plan hash and the index: computing it again gives the same array.

    Raises
    ------
    InputError
        The recipe cannot be trained on half of the records.
    """
    from audits.engine.references.sklearn_fit import fit_references  # noqa: PLC0415 - scikit-learn

    started = time.monotonic()
    whole = assemble(inputs)
    log_p, right = fit_references(
        inputs.model,
        features=whole.features,
        labels=whole.labels,
        n_audited=whole.n_audited,
        draw=block_draw(prepared, index, size=whole.given["members"]),
        seed=_seed(prepared, "fit", index),
        threads=plan.threads,
    )
    return Block(index, log_p, right, time.monotonic() - started)


def _reference_view(plan: AuditPlan, prepared: Prepared, blocks: list[Block]) -> AttackView:
    """Return the view of the attacks that read references; blocks in order of their index."""
    ordered = sorted(blocks, key=lambda block: block.index)
    view = AttackView(prepared.arrays["labels"], prepared.arrays["log_p"], plan.seed)
    if not ordered:
        return view
    return AttackView(
        labels=view.labels,
        log_p=view.log_p,
        seed=plan.seed,
        reference_log_p=np.concatenate([block.log_p for block in ordered]),
        reference_in=np.concatenate(
            [block_draw(prepared, block.index, size=0).inside for block in ordered]
        ),
    )


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
        Since the audit started; compared with the plan's time budget.
    cancelled
        The caller asked to stop; what is there is concluded from if there is a block.
    """
    return convergence.decide(
        plan,
        _reference_view(plan, prepared, blocks),
        tuple(prepared.facts["reference_attacks"]),
        elapsed_seconds=elapsed_seconds,
        cancelled=cancelled,
    )


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
    scores = {
        name.removeprefix("score:"): array
        for name, array in prepared.arrays.items()
        if name.startswith("score:")
    }
    if blocks:
        view = _reference_view(plan, prepared, blocks)
        for key in prepared.facts["reference_attacks"]:
            scores[key] = np.asarray(ATTACKS[key].score(view), dtype=np.float64)
    right = tuple(value for block in blocks for value in block.accuracy)
    checks = [
        *(Check(**check) for check in prepared.facts["checks"]),
        validity.reference_accuracy_check(right, prepared.facts["model"]["nonmember_accuracy"]),
        validity.not_run("self_test", "The self-test was not part of this audit."),
    ]
    member, units = prepared.arrays["is_member"], prepared.arrays["units"]
    sides = {
        key: (
            per_person(score[member], units[member]),
            per_person(score[~member], units[~member]),
        )
        for key, score in scores.items()
    }
    document = result_document(
        plan=plan,
        facts=prepared.facts,
        scores=sides,
        checks=checks,
        references={
            "count": BLOCK_SIZE * len(blocks),
            "recipe": prepared.facts["recipe"] if blocks else None,
            "agreement": None,
            "stopped_because": stopped_because if blocks else None,
            "seconds": sum(block.seconds for block in blocks),
        },
        provenance=provenance,
        total_seconds=total_seconds,
    )
    return AuditResult(document)


def audit(
    inputs: AuditInputs,
    plan: AuditPlan,
    provenance: Provenance | None = None,
    *,
    on_progress: OnProgress = no_progress,
    should_cancel: ShouldCancel = _never,
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
        Asked between steps. Once a block of references is finished a cancelled audit concludes
        from what it has; before that it raises.

    Raises
    ------
    InputError
        The inputs cannot be audited.
    AuditCancelled
        `should_cancel` said so before there was anything to conclude from.
    """
    started = time.monotonic()
    provenance = provenance or Provenance()
    prepared = prepare(inputs, plan, provenance, on_progress=on_progress)
    total, blocks = steps_in_all(plan), list[Block]()
    while True:
        cancelled = should_cancel()
        if cancelled and not blocks:
            raise AuditCancelled("the audit was cancelled before it had anything to conclude from")
        decision = decide_stop(
            plan, prepared, blocks,
            elapsed_seconds=time.monotonic() - started, cancelled=cancelled,
        )  # fmt: skip
        if not decision.next_blocks or isinstance(inputs, Predictions):
            break
        for index in decision.next_blocks:
            if blocks and should_cancel():
                break
            on_progress(PREPARE_STEPS + index, total, f"Reference models, block {index + 1}")
            blocks.append(reference_block(inputs, plan, prepared, index))
    on_progress(total - 1, total, "Working out the verdict")
    result = conclude(
        plan, prepared, blocks, provenance,
        stopped_because=decision.reason, total_seconds=time.monotonic() - started,
    )  # fmt: skip
    on_progress(total, total, "Done")
    return result
