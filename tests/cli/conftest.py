"""Files for the command-line audit, and a way to run it on them."""

import pickle
import subprocess
from pathlib import Path

import pytest

from tests.cli.audit_process import MIA, Run, start


@pytest.fixture
def run(folder: Path) -> Run:
    """Run the audit on the prepared files; returns exit code and both outputs."""

    def run_it(*words: str, program: list[str] = MIA) -> "subprocess.CompletedProcess[str]":
        process = start(list(words), folder, program=program)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    return run_it


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every kind that the tests name: good ones, and each way of being wrong."""
    import numpy as np  # noqa: PLC0415 - heavy
    import skops.io  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    made = tmp_path_factory.mktemp("cli")
    rows = np.random.default_rng(7).normal(size=(240, 3)).round(6)
    labels = (rows[:, 0] + rows[:, 1] > 0).astype(int)
    model = LogisticRegression().fit(rows[:120], labels[:120])
    skops.io.dump(model, made / "model.skops")
    (made / "pickle.skops").write_bytes(pickle.dumps(model))
    (made / "empty.csv").write_bytes(b"")
    (made / "empty.skops").write_bytes(b"")
    header = "a,b,c,label\n"
    lines = [
        ",".join([*map(repr, map(float, row)), str(label)])
        for row, label in zip(rows, labels, strict=True)
    ]
    tables = {
        "members.csv": header + "\n".join(lines[:120]),
        "nonmembers.csv": header + "\n".join(lines[120:]),
        "unlabelled.csv": "a,b,c,class\n" + "\n".join(lines[120:]),
        "narrow.csv": "a,b,label\n" + "\n".join(line.partition(",")[2] for line in lines[120:]),
        "missing.csv": header + "\n".join(["," + lines[120].partition(",")[2], *lines[121:]]),
        "other_label.csv": header + "\n".join([lines[120][:-1] + "7", *lines[121:]]),
        "predictions.csv": "member,label,p_0,p_1\n"
        + "\n".join(f"{i % 2},{label},0.25,0.75" for i, label in enumerate(labels)),
        "off.csv": "member,label,p_0,p_1\n1,0,0.5,0.6\n0,1,0.5,0.5",
    }
    for name, text in tables.items():
        (made / name).write_text(text + "\n")
    return made
