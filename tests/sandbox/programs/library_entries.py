"""Probes tried, and models fitted and asked, once the big libraries run inside the locks."""

import os
import signal
from typing import Any

from probe_entries import attempt  # type: ignore[import-not-found]

from audits.sandbox.values import Call, Reply


def attempt_each(call: Call) -> Reply:
    """Use torch and onnxruntime, then try the named actions one after the other."""
    used = _use_libraries()
    tried: dict[str, Any] = {}
    for name in call.params["actions"]:
        again = Call(
            files={},
            params={**call.params, "action": name},
            progress=call.progress,
            layers=call.layers,
            threads=call.threads,
        )
        tried[name] = attempt(again).result["allowed"]
    return Reply({"used": used, "allowed": tried})


def _use_libraries() -> dict[str, Any]:
    import onnxruntime  # noqa: PLC0415 - under the locks is the question
    import torch  # noqa: PLC0415 - the same

    from audits.engine.references import mlp_steps  # noqa: PLC0415 - the same

    weight = torch.ones(64, 64, requires_grad=True)
    (weight @ weight).sum().backward()  # type: ignore[no-untyped-call]
    if weight.grad is None:
        os.kill(os.getpid(), signal.SIGABRT)
    return {
        "script": type(mlp_steps.program()).__name__,
        "torch": float((weight @ weight)[0, 0]),
        "providers": onnxruntime.get_available_providers()[-1],
        "telemetry": os.environ["ORT_DISABLE_TELEMETRY"],
    }
