"""Which format a model file is, told by content; all that is not read is refused by its name."""

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skops.io as sio
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from audits.engine.errors import InputError
from audits.engine.loaders.models import read_model
from tests.engine.cast import problem

X, Y = problem(160)


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as refused:
        read_model(io.BytesIO(content))
    assert refused.value.subject == "model"
    assert refused.value.remedy
    return refused.value.problem


PLAIN = pickle.dumps({"a": [1, 2]})


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def saved_array(array: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def saved_torch() -> bytes:
    out = io.BytesIO()
    torch.save({"weight": torch.zeros(2)}, out)
    return out.getvalue()


OTHER: dict[str, tuple[Callable[[], bytes], str]] = {
    "pickle of protocol 0": (lambda: pickle.dumps({"a": 1}, 0), "a Python pickle"),
    "pickle of protocol 1": (lambda: pickle.dumps({"a": 1}, 1), "a Python pickle"),
    "pickle of protocol 5": (lambda: PLAIN, "a Python pickle"),
    "pickle in gzip": (
        lambda: gzip.compress(PLAIN, mtime=0), "a Python pickle, compressed with gzip"),
    "pickle in zlib": (lambda: zlib.compress(PLAIN), "a Python pickle, compressed with zlib"),
    "pickle in bzip2": (lambda: bz2.compress(PLAIN), "a Python pickle, compressed with bzip2"),
    "pickle in xz": (lambda: lzma.compress(PLAIN), "a Python pickle, compressed with xz"),
    "pickle in a zip": (lambda: zipped(model_dot_pkl=PLAIN), "a zip that holds a pickle"),
    "pickle in an array": (
        lambda: saved_array(np.array([{"a": 1}], dtype=object)),
        "a NumPy array that holds a pickle",
    ),
    "PyTorch file": (saved_torch, "a PyTorch file, which holds a pickle"),
    "TorchScript": (
        lambda: zipped(m__code__x_dot_py=b"", m__data_dot_pkl=b""),
        "a TorchScript file, which holds programs and pickles",
    ),
    "HDF5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(90), "an HDF5 file, such as a Keras model"),
    "Python source": (lambda: b"import os\nos.system('true')\n", "Python source code"),
    "XGBoost": (lambda: b'{"learner":{"attributes":{}}}', "an XGBoost model"),
    "GGUF": (lambda: b"GGUF" + bytes(60), "a GGUF file, weights of a language model"),
    "text": (lambda: b"hello there", "of an unknown kind"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHER)
def test_other_formats_are_refused_by_name(case: str) -> None:
    made, kind = OTHER[case]
    assert refusal(made()) == f"the file is {kind}"


def test_empty_file_is_refused() -> None:
    assert refusal(b"") == "the file is empty"


def test_skops_goes_to_its_own_reader() -> None:
    target = read_model(io.BytesIO(sio.dumps(LogisticRegression().fit(X, Y))))
    assert (target.format, target.retrainable) == ("skops", True)
