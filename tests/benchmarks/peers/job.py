"""What every tool of a comparison is told and has to tell, whichever environment runs it.

Only numpy and scikit-learn are imported: this file is run by the peers' Pythons too.
"""

import importlib
import importlib.metadata
import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

Array = NDArray[Any]


@dataclass(frozen=True)
class Job:
    """One tool on one target.

    Attributes
    ----------
    records
        Path of the encoded records.
    target
        Classifier, settings, scaled: an entry of targets.json.
    seed
        Of the target and, where a tool takes one, of the attack.
    folder
        Where the answer goes; empty, so that nothing of an earlier run is found in it.
    options
        Of the tool.
    """

    records: str
    target: Mapping[str, Any]
    seed: int
    folder: str
    options: Mapping[str, Any]

    def fitted(
        self, pipeline: type[Pipeline] = Pipeline
    ) -> tuple[Any, tuple[Array, Array], tuple[Array, Array]]:
        """Return the target, fitted on the members, then members and non-members."""
        with np.load(self.records) as stored:
            members = stored["X_members"], stored["y_members"]
            nonmembers = stored["X_nonmembers"], stored["y_nonmembers"]
        return self._unfitted(pipeline).fit(*members), members, nonmembers

    def _unfitted(self, pipeline: type[Pipeline]) -> Any:  # noqa: ANN401 - scikit-learn is untyped
        module, _, name = self.target["classifier"].rpartition(".")
        settings = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in self.target["settings"].items()
        }
        classifier = getattr(importlib.import_module(module), name)(
            random_state=self.seed, **settings
        )
        if not self.target.get("scaled"):
            return classifier
        return pipeline([("scaler", StandardScaler()), ("classifier", classifier)])


@dataclass(frozen=True)
class Answer:
    """What a tool found.

    Attributes
    ----------
    scores
        One per record, members first; higher = more likely a member.
    references
        Models the attack trained.
    attack
        Its name.
    """

    scores: Array
    references: int
    attack: str


Attack = Callable[[], Callable[[], Answer]]
"""Runs the attack; what it returns reads the answer, off the clock."""


def _peak_kib() -> int:
    """Return the most memory of this program; `getrusage` would count that of what started it."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise OSError("this system does not say how much memory a process took")


def run(prepare: Callable[[Job], Attack], *packages: str) -> None:
    """Answer the job named on the command line: `attack()` is timed, `prepare(job)` is not."""
    warnings.simplefilter("ignore")  # convergence of a hundred references
    np.random.seed(0)  # noqa: NPY002 - what a tool leaves to the global generator is repeatable too
    job = Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    attack = prepare(job)
    clock, processor = time.perf_counter(), time.process_time()
    read = attack()
    told: dict[str, Any] = {
        "seconds": time.perf_counter() - clock,
        "processor_seconds": time.process_time() - processor,
        "peak_mib": _peak_kib() / 1024,
    }
    answer = read()
    told |= {
        "references": answer.references,
        "attack": answer.attack,
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }
    folder = Path(job.folder)
    np.save(folder / "scores.npy", np.asarray(answer.scores, dtype=np.float64).ravel())
    (folder / "answer.json").write_text(json.dumps(told), encoding="utf-8")
