"""Our own audit on one target, told and timed as the peers are."""

import importlib
import pkgutil
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

import audits.engine
from audits.engine import AuditPlan, metrics, pipeline
from audits.engine.blocks import reference_view
from audits.engine.inputs import model_inputs
from audits.engine.policy import REFERENCE_ATTACKS
from audits.engine.registry import ATTACKS, AttackView
from audits.engine.target import wrap
from audits.engine.types import Block, ModelInputs, Prepared, Provenance, Records
from tests.benchmarks.peers.job import Answer, Array, Attack, Job, run

MOST_STAND_INS = 8
"""References that play the target when the attack is chosen."""


def prepare(job: Job) -> Attack:
    _import_everything()
    model, members, nonmembers = job.fitted()
    inputs = in_memory(model, members, nonmembers)
    plan = AuditPlan(
        target="label",
        split="random",
        preset="deep",
        most_references=job.options["references"],
        threads=job.options["threads"],
    )

    def attack() -> Any:  # noqa: ANN401
        """Do what `audit` does, and keep the scores: the document holds statistics alone."""
        prepared, blocks, decision = pipeline.signals(inputs, plan, Provenance())
        pipeline.conclude(
            plan, prepared, blocks, Provenance(),
            stopped_because=decision.reason, total_seconds=0.0,
        )  # fmt: skip
        return lambda: _answer(inputs, plan, prepared, blocks)

    return attack


def _import_everything() -> None:
    """Import what an audit imports where it needs it: the peers do so before their clock too."""
    for module in pkgutil.walk_packages(audits.engine.__path__, "audits.engine."):
        importlib.import_module(module.name)
    for name in ("sklearn.ensemble", "sklearn.model_selection", "scipy.stats", "pyarrow.compute"):
        importlib.import_module(name)


def in_memory(
    model: Any,  # noqa: ANN401 - scikit-learn is untyped
    members: tuple[Array, Array],
    nonmembers: tuple[Array, Array],
) -> ModelInputs:
    sides = {"members": _records(*members), "nonmembers": _records(*nonmembers)}
    return model_inputs(wrap(model), sides)


def _records(features: Array, labels: Array) -> Records:
    table = pa.table({f"c{j}": column for j, column in enumerate(features.T)})
    return Records(table, pa.chunked_array([pa.array(labels)]))


def _answer(
    inputs: ModelInputs, plan: AuditPlan, prepared: Prepared, blocks: list[Block]
) -> Answer:
    """Return the scores of one attack.

    It is chosen on references whose members are known (`_lead`): the verdict's strongest would
    be picked by the very membership that is to be found.
    """
    key = _lead(reference_view(plan, prepared, blocks), prepared.facts["reference_attacks"])
    scores = pipeline.scores_of(plan, prepared, blocks)[key]
    member = prepared.arrays["is_member"]
    if len(scores) != len(inputs.members) + len(inputs.nonmembers):
        raise ValueError("the audit left records out; the peers have scored them")
    count = sum(block.count for block in blocks)
    return Answer(np.concatenate([scores[member], scores[~member]]), count, key)


def _lead(view: AttackView, attacks: list[str]) -> str:
    """Return the reference attack that finds most members of references in the target's place.

    Its complement goes with each of them: who is in it would tell who is not in the other.
    """
    keys = [key for key in attacks if key in REFERENCE_ATTACKS]
    if len(keys) == 1:
        return keys[0]
    assert view.reference_log_p is not None
    assert view.reference_in is not None
    caught = dict.fromkeys(keys, 0.0)
    count = len(view.reference_in)
    for played in range(min(count, MOST_STAND_INS)):
        others = [k for k in range(count) if k // 2 != played // 2]
        inside = view.reference_in[played]
        stand_in = replace(
            view,
            log_p=view.reference_log_p[played].astype(np.float64),
            reference_log_p=view.reference_log_p[others],
            reference_in=view.reference_in[others],
        )
        for key in keys:
            scores = np.asarray(ATTACKS[key].score(stand_in), dtype=np.float64)
            ranked = metrics.rank(scores[inside], scores[~inside], seed=view.seed)
            caught[key] += metrics.tpr_at_fpr(ranked, 0.01)
    return max(keys, key=lambda key: caught[key])


if __name__ == "__main__":
    run(prepare, "scikit-learn", "numpy")
