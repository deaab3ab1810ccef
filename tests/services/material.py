"""Small real uploads: a trained model, the records it saw and others like them."""

import functools
import io
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

SIDE = 120
TARGET = "came"


@dataclass(frozen=True, kw_only=True)
class Material:
    """Files as a client would upload them; the models, a forest first, learned `members`."""

    model: bytes
    linear: bytes
    pickled: bytes
    members: pa.Table
    nonmembers: pa.Table
    predictions: bytes


@functools.cache
def material() -> Material:
    import numpy as np  # noqa: PLC0415 - heavy
    import skops.io  # noqa: PLC0415 - heavy
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - heavy
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    rows = np.random.default_rng(5).normal(size=(2 * SIDE, 3)).round(4)
    labels = np.where(rows[:, 0] + rows[:, 1] > 0, "yes", "no")
    forest = RandomForestClassifier(n_estimators=8, random_state=0, n_jobs=1)
    forest.fit(rows[:SIDE], labels[:SIDE])
    linear = LogisticRegression().fit(rows[:SIDE], labels[:SIDE])
    scores = forest.predict_proba(rows)
    said = pa.table(
        {
            "member": [1] * SIDE + [0] * SIDE,
            "label": labels.tolist(),
            **{f"p_{name}": scores[:, i] for i, name in enumerate(forest.classes_)},
        }
    )
    return Material(
        model=skops.io.dumps(forest),
        linear=skops.io.dumps(linear),
        pickled=pickle.dumps(forest),
        members=_table(rows[:SIDE], labels[:SIDE]),
        nonmembers=_table(rows[SIDE:], labels[SIDE:]),
        predictions=csv(said),
    )


@functools.cache
def nearest() -> bytes:
    """A model that keeps the records it learned from in its file."""
    import skops.io  # noqa: PLC0415 - heavy
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415 - heavy

    table = material().members
    columns = [table.column(name).to_pylist() for name in table.column_names[:-1]]
    rows, labels = list(zip(*columns, strict=True)), table.column(TARGET).to_pylist()
    return bytes(skops.io.dumps(KNeighborsClassifier(1).fit(rows, labels)))


def _table(rows: Any, labels: Any) -> pa.Table:  # noqa: ANN401 - arrays
    columns = {name: rows[:, index] for index, name in enumerate(("age", "visits", "distance"))}
    return pa.table({**columns, TARGET: labels.tolist()})


def predictions_with_sites() -> bytes:
    """The predictions file with two columns of the records; one says which of two sites."""
    import numpy as np  # noqa: PLC0415 - heavy

    said = pa.csv.read_csv(pa.BufferReader(material().predictions))
    sites = ["north", "south"] * (said.num_rows // 2)
    weights = np.random.default_rng(3).permutation(said.num_rows)
    said = said.append_column("x_site", pa.array(sites))
    return csv(said.append_column("x_weight", pa.array(weights)))


def csv(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pa.csv.write_csv(table, out)
    return out.getvalue()


def parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(table, out)
    return out.getvalue()


def combined() -> pa.Table:
    """Both sides in one table, with a column that tells them apart."""
    both = pa.concat_tables([material().members, material().nonmembers])
    return both.append_column("in_training", [["yes"] * SIDE + ["no"] * SIDE])


@contextmanager
def uploaded(content: bytes) -> Iterator[BinaryIO]:
    """An upload as the web hands it over: open, in memory, with a descriptor."""
    with os.fdopen(os.memfd_create("upload", os.MFD_CLOEXEC), "w+b") as file:
        file.write(content)
        yield file


@dataclass(frozen=True, kw_only=True)
class LargeMaterial:
    model: bytes
    members: bytes
    nonmembers: bytes


def large() -> LargeMaterial:
    """A forest whose reference models keep a worker busy for some seconds."""
    import numpy as np  # noqa: PLC0415 - heavy
    import skops.io  # noqa: PLC0415 - heavy
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 - heavy

    side = 2_000
    rows = np.random.default_rng(6).normal(size=(2 * side, 3)).round(4)
    labels = np.where(rows.sum(axis=1) > 0, "yes", "no")
    forest = RandomForestClassifier(n_estimators=80, random_state=0, n_jobs=1)
    forest.fit(rows[:side], labels[:side])
    return LargeMaterial(
        model=skops.io.dumps(forest),
        members=csv(_table(rows[:side], labels[:side])),
        nonmembers=csv(_table(rows[side:], labels[side:])),
    )
