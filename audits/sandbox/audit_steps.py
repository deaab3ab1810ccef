"""The audit, whole or step by step, inside the child."""

import hashlib
import io
import time
from dataclasses import replace
from typing import Any, BinaryIO

from audits.engine import pipeline
from audits.engine.assembly import assemble
from audits.engine.errors import InputError
from audits.engine.inputs import read_inputs
from audits.engine.types import (
    AuditInputs,
    AuditPlan,
    Block,
    ModelInputs,
    Prepared,
    Provenance,
    StopDecision,
)
from audits.sandbox import handover
from audits.sandbox.values import Call, Reply

_INPUTS = ("model", "members", "nonmembers", "population", "predictions")
_BLOCK, _ROUND = "block_", "round_"


def prepare(call: Call) -> Reply:
    """Read and score the records; blob ``state`` is what the next steps need.

    ``next_blocks`` in the result names the first blocks of references; none for a quick audit.
    """
    plan = _plan(call)
    prepared = pipeline.prepare(
        _inputs(call, plan), plan, _provenance(call), on_progress=call.progress
    )
    state = handover.pack(prepared.facts, prepared.arrays)
    return Reply(_decision(pipeline.decide_stop(plan, prepared, [])), {"state": state})


def check_fit(call: Call) -> Reply:
    """Open model and records together and ask the model about each: do they fit?"""
    inputs = _inputs(call, _plan(call))
    if isinstance(inputs, ModelInputs):
        inputs.model.answers(assemble(inputs).features, subject="members")
    return Reply({})


def reference_block(call: Call) -> Reply:
    """Train block ``params["block"]``; file ``prepared`` is what the first step left."""
    plan, index = _plan(call), int(call.params["block"])
    inputs = _inputs(call, plan)
    if not isinstance(inputs, ModelInputs):
        raise TypeError("predictions have no references")
    block = pipeline.reference_block(inputs, plan, _prepared(call), index)
    return Reply({"seconds": block.seconds}, {"state": _packed([block])})


def decide(call: Call) -> Reply:
    """Weigh a round of blocks, files ``block_<i>``, together with earlier rounds, ``round_<n>``.

    ``params["elapsed_seconds"]`` is what the audit took so far, with what another round would
    take on top; compared with ``params["time_budget_seconds"]``.
    Blob ``state`` holds the round; ``next_blocks`` names the next one's, none if
    ``stopped_because`` says why.
    """
    plan, prepared = _plan(call), _prepared(call)
    new = _blocks(call, _BLOCK)
    decision = pipeline.decide_stop(
        plan,
        prepared,
        [*_blocks(call, _ROUND), *new],
        elapsed_seconds=call.params.get("elapsed_seconds", 0.0),
    )
    count = sum(block.count for block in new)
    return Reply({**_decision(decision), "count": count}, {"state": _packed(new)})


def conclude(call: Call) -> Reply:
    """Turn what the earlier steps left into the result document."""
    started = time.monotonic()
    plan, prepared = _plan(call), _prepared(call)
    steps: list[dict[str, Any]] = call.params.get("steps", [])
    reasons = [step["stopped_because"] for step in steps if step.get("stopped_because")]
    seconds = sum(float(step.get("seconds", 0)) for step in steps)
    result = pipeline.conclude(
        plan,
        prepared,
        _blocks(call, _ROUND),
        _provenance(call),
        stopped_because=reasons[-1] if reasons else None,
        total_seconds=seconds + time.monotonic() - started,
    )
    return Reply(result.document)


def audit(call: Call) -> Reply:
    """Run the whole audit in this child; reading its files is part of the time budget."""
    started, plan = time.monotonic(), _plan(call)
    inputs = _inputs(call, plan)
    if plan.time_budget_seconds is not None:
        left = plan.time_budget_seconds - (time.monotonic() - started)
        plan = replace(plan, time_budget_seconds=left)
    result = pipeline.audit(inputs, plan, _provenance(call), on_progress=call.progress)
    return Reply(result.document)


def _plan(call: Call) -> AuditPlan:
    params = call.params
    return AuditPlan(
        target=params["target"],
        drop=tuple(params["drop"]),
        group=params["group"],
        weight=params.get("weight"),
        subgroups=tuple(params.get("subgroups", ())),
        split=params["split"],
        preset=params["preset"],
        most_references=params.get("most_references"),
        seed=params["seed"],
        threads=call.threads,
        time_budget_seconds=params.get("time_budget_seconds"),
    )


def _inputs(call: Call, plan: AuditPlan) -> AuditInputs:
    try:
        return read_inputs({name: call.files[name] for name in _given(call)}, plan)
    except RecursionError as error:
        raise InputError("model", "it is nested too deeply", "give a predictions file") from error


def _given(call: Call) -> list[str]:
    return [name for name in _INPUTS if name in call.files]


def _provenance(call: Call) -> Provenance:
    """Hash the bytes that this very child reads: the plan's hash rests on them."""
    sha256 = {name: _sha256(call.files[name]) for name in _given(call)}
    return Provenance(sha256=sha256, sandbox=call.layers)


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    file.seek(0, io.SEEK_SET)
    return digest.hexdigest()


def _prepared(call: Call) -> Prepared:
    facts, arrays = handover.unpack(call.files["prepared"].read())
    return Prepared(facts, arrays)


def _packed(blocks: list[Block]) -> bytes:
    facts = [
        {
            "index": block.index,
            "accuracy": list(block.accuracy),
            "count": block.count,
            "seconds": block.seconds,
        }
        for block in blocks
    ]
    content: dict[str, Any] = {}
    for place, block in enumerate(blocks):
        content |= {f"log_p {place}": block.log_p, f"inside {place}": block.inside}
    return handover.pack({"blocks": facts}, content)


def _blocks(call: Call, prefix: str) -> list[Block]:
    """Return the blocks in the files of this name, in order of their numbers."""
    names = [name for name in call.files if name.startswith(prefix)]
    blocks = []
    for name in sorted(names, key=lambda name: int(name.removeprefix(prefix))):
        facts, arrays = handover.unpack(call.files[name].read())
        for place, one in enumerate(facts["blocks"]):
            blocks.append(
                Block(
                    index=one["index"],
                    log_p=arrays[f"log_p {place}"],
                    inside=arrays[f"inside {place}"],
                    accuracy=tuple(one["accuracy"]),
                    count=one["count"],
                    seconds=one["seconds"],
                )
            )
    return blocks


def _decision(decision: StopDecision) -> dict[str, Any]:
    return {"stopped_because": decision.reason, "next_blocks": list(decision.next_blocks)}
