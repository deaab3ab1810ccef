"""Files that a technician has at hand: a model that learned by heart, its records, bad files."""

import pickle
from dataclasses import dataclass
from pathlib import Path

TARGET = "outcome"
_ROWS = 5_000


@dataclass(frozen=True, kw_only=True)
class Material:
    model: Path
    pickled: Path
    members: Path
    nonmembers: Path
    unlabelled: Path


def make(folder: Path) -> Material:
    """Train an unpruned forest on one half of the records and keep the other half back."""
    import skops.io  # noqa: PLC0415 - heavy
    from sklearn.datasets import make_classification  # noqa: PLC0415
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415

    rows, labels = make_classification(
        n_samples=_ROWS, n_features=8, n_informative=5, flip_y=0.15, random_state=5
    )
    rows, half = rows.round(4), _ROWS // 2
    forest = RandomForestClassifier(n_estimators=25, n_jobs=1, random_state=5)
    forest.fit(rows[:half], labels[:half])
    made = Material(
        model=folder / "forest.skops",
        pickled=folder / "renamed.skops",
        members=folder / "used_for_training.csv",
        nonmembers=folder / "held_out.csv",
        unlabelled=folder / "unlabelled.csv",
    )
    skops.io.dump(forest, made.model)
    made.pickled.write_bytes(pickle.dumps(forest))
    names = ",".join(f"measure_{index}" for index in range(rows.shape[1]))
    lines = [
        ",".join([*(str(value) for value in row), str(label)])
        for row, label in zip(rows.tolist(), labels.tolist(), strict=True)
    ]
    made.members.write_text("\n".join([f"{names},{TARGET}", *lines[:half]]) + "\n")
    made.nonmembers.write_text("\n".join([f"{names},{TARGET}", *lines[half:]]) + "\n")
    made.unlabelled.write_text("\n".join([f"{names},something", *lines[:half]]) + "\n")
    return made
