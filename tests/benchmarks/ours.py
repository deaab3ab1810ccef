"""Our own audit on one target, told and timed as the peers are."""

import importlib
import pkgutil
from typing import Any

import numpy as np
import pyarrow as pa

import audits.engine
from audits.engine import AuditPlan, pipeline
from audits.engine.inputs import model_inputs
from audits.engine.target import wrap
from audits.engine.types import Block, ModelInputs, Prepared, Provenance, Records
from tests.benchmarks.peers.job import Answer, Array, Attack, Job, run

LIBRARIES = (
    "sklearn.ensemble",
    "sklearn.model_selection",
    "scipy.stats",
    "pyarrow.compute",
    "torch",
    "lightgbm",
)
LEADS = ("learned", "rmia")
"""Trees on halves of their own give no single references to learn from."""


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
    for name in LIBRARIES:
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
    """Return the scores of one attack, fixed in advance: the first of `LEADS` that ran.

    The verdict's strongest would be picked by the very membership that is to be found.
    """
    key = next(key for key in LEADS if key in prepared.facts["reference_attacks"])
    scores = pipeline.scores_of(plan, prepared, blocks)[key]
    member = prepared.arrays["is_member"]
    if len(scores) != len(inputs.members) + len(inputs.nonmembers):
        raise ValueError("the audit left records out; the peers have scored them")
    count = sum(block.count for block in blocks)
    return Answer(np.concatenate([scores[member], scores[~member]]), count, key)


if __name__ == "__main__":
    run(prepare, "scikit-learn", "numpy")
