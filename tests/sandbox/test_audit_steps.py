"""The audit in steps, each in a child of its own, gives what the audit in one child gives."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from audits import sandbox
from audits.sandbox import Limits, Outcome

PARAMS: dict[str, Any] = {
    "target": "label", "drop": [], "group": None, "split": "random", "preset": "standard",
    "seed": 3, "most_references": 8,
}  # fmt: skip
LIMITS = Limits(memory_bytes=2 << 30, cpu_seconds=120, wall_seconds=120)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BinaryIO]]:
    import numpy as np  # noqa: PLC0415 - heavy
    import skops.io  # noqa: PLC0415
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("steps")
    rows = np.random.default_rng(11).normal(size=(300, 4)).round(5)
    labels = (rows[:, 0] + rows[:, 1] ** 2 > 1).astype(int)
    model = DecisionTreeClassifier(min_samples_leaf=3, random_state=0)
    skops.io.dump(model.fit(rows[:150], labels[:150]), folder / "model")
    for name, part in (("members", slice(0, 150)), ("nonmembers", slice(150, 300))):
        lines = [
            ",".join(map(str, [*row, label]))
            for row, label in zip(rows[part].tolist(), labels[part].tolist(), strict=True)
        ]
        (folder / name).write_text("\n".join(["a,b,c,d,label", *lines]))
    with ExitStack() as stack:
        names = ("model", "members", "nonmembers")
        yield {name: stack.enter_context((folder / name).open("rb")) for name in names}


def memory_file(data: bytes) -> BinaryIO:
    file = os.fdopen(os.memfd_create("state"), "w+b")
    file.write(data)
    file.flush()
    return file


def step(entry: str, files: Mapping[str, BinaryIO], params: Mapping[str, Any] = PARAMS) -> Outcome:
    descriptors = {name: file.fileno() for name, file in files.items()}
    return sandbox.run(entry, files=descriptors, params=params, limits=LIMITS)


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    references = {**document["references"], "seconds": None}
    return {**document, "timing": None, "references": references}


def test_steps_and_whole_audit_agree(inputs: dict[str, BinaryIO]) -> None:
    whole = step("audit", inputs).result
    with ExitStack() as stack:
        files, done = dict(inputs), []
        prepared = step("prepare", inputs)
        files["prepared"] = stack.enter_context(memory_file(prepared.blobs["state"]))
        done.append(prepared.result)
        asked = []
        while blocks := done[-1]["next_blocks"]:
            asked.append(blocks)
            new = {}
            for index in blocks:
                block = step("reference_block", files, {**PARAMS, "block": index})
                new[f"block_{index}"] = stack.enter_context(memory_file(block.blobs["state"]))
            round_ = step("decide", {**files, **new})
            files[f"round_{len(asked) - 1}"] = stack.enter_context(
                memory_file(round_.blobs["state"])
            )
            done.append(round_.result)
        concluded = step("conclude", files, {**PARAMS, "steps": done}).result
    assert asked == [[0, 1]]
    assert without_times(concluded) == without_times(whole)
    assert concluded["references"]["count"] == 8
    assert concluded["timing"]["total_seconds"] > 0


def test_block_computed_twice_gives_the_same_bytes(inputs: dict[str, BinaryIO]) -> None:
    from audits.sandbox import handover  # noqa: PLC0415 - with numpy

    with memory_file(step("prepare", inputs).blobs["state"]) as prepared:
        files = {**inputs, "prepared": prepared}
        first, second = (
            handover.unpack(step("reference_block", files, {**PARAMS, "block": 0}).blobs["state"])
            for _ in range(2)
        )
    assert first[1]["log_p 0"].tobytes() == second[1]["log_p 0"].tobytes()
    told = [{**facts["blocks"][0], "seconds": 0} for facts, _ in (first, second)]
    assert told[0] == told[1]


def test_missing_label_column_is_refused_from_inside(inputs: dict[str, BinaryIO]) -> None:
    with pytest.raises(sandbox.Refused) as refused:
        step("prepare", inputs, {**PARAMS, "target": "nothing"})
    assert refused.value.subject == "target"


def test_state_of_another_kind_is_no_state(tmp_path: Path) -> None:
    from audits.sandbox import handover  # noqa: PLC0415 - with numpy

    with pytest.raises(handover.MalformedStateError):
        handover.unpack(b"MIASTATE0" + bytes(20))
