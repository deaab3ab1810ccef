"""The audit, whole or step by step, inside the child."""

import hashlib
import io
import time
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
)
from audits.sandbox import handover
from audits.sandbox.values import Call, Reply

_INPUTS = ("model", "members", "nonmembers", "population", "predictions")
_BLOCK = "block_"


def prepare(call: Call) -> Reply:
    """Read and score the records; blob ``state`` is what the next steps need."""
    plan = _plan(call)
    prepared = pipeline.prepare(
        _inputs(call, plan), plan, _provenance(call), on_progress=call.progress
    )
    state = handover.pack(prepared.facts, prepared.arrays)
    return Reply({"seconds": prepared.facts["prepare_seconds"]}, {"state": state})


def check_fit(call: Call) -> Reply:
    """Open model and records together and ask the model about each: do they fit?"""
    inputs = _inputs(call, _plan(call))
    if isinstance(inputs, ModelInputs):
        inputs.model.answers(assemble(inputs).features, subject="members")
    return Reply({})


def reference_block(call: Call) -> Reply:
    """Train block ``params["block"]``; earlier ones come as files ``prepared``, ``block_<i>``.

    ``stopped_because`` in the result says why no further block is needed, null if one is.
    """
    plan, index = _plan(call), int(call.params["block"])
    inputs = _inputs(call, plan)
    if not isinstance(inputs, ModelInputs):
        raise TypeError("predictions have no references")
    prepared = _prepared(call)
    block = pipeline.reference_block(inputs, plan, prepared, index)
    facts = {
        "index": index,
        "accuracy": list(block.accuracy),
        "count": block.count,
        "seconds": block.seconds,
    }
    reason = _stop_reason(plan, prepared, [*_blocks(call), block])
    result = {"stopped_because": reason, "seconds": block.seconds, "count": block.count}
    arrays = {"log_p": block.log_p, "inside": block.inside}
    return Reply(result, {"state": handover.pack(facts, arrays)})


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
        _blocks(call),
        _provenance(call),
        stopped_because=reasons[-1] if reasons else None,
        total_seconds=seconds + time.monotonic() - started,
    )
    return Reply(result.document)


def audit(call: Call) -> Reply:
    """Run the whole audit in this child."""
    plan = _plan(call)
    result = pipeline.audit(_inputs(call, plan), plan, _provenance(call), on_progress=call.progress)
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
        seed=params["seed"],
        threads=call.threads,
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


def _blocks(call: Call) -> list[Block]:
    names = [name for name in call.files if name.startswith(_BLOCK)]
    blocks = []
    for name in sorted(names, key=lambda name: int(name.removeprefix(_BLOCK))):
        facts, arrays = handover.unpack(call.files[name].read())
        blocks.append(
            Block(
                index=facts["index"],
                log_p=arrays["log_p"],
                inside=arrays["inside"],
                accuracy=tuple(facts["accuracy"]),
                count=facts["count"],
                seconds=facts["seconds"],
            )
        )
    return blocks


def _stop_reason(plan: AuditPlan, prepared: Prepared, blocks: list[Block]) -> str | None:
    """Decide where the one-process audit would: after 4, 8, 16, ... references, and at the cap.

    A decision in between would look at other numbers and could stop elsewhere.
    """
    trained = len(blocks)
    count = sum(block.count for block in blocks)
    if trained & (trained - 1) and count < plan.reference_cap:
        return None
    return pipeline.decide_stop(plan, prepared, blocks).reason
