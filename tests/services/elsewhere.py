"""A second Python environment, as a client has it: a few packages, and nothing of this project."""

import importlib.metadata
import venv
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def environment(folder: Path, *wanted: str) -> Path:
    """Make an environment with these packages and what they need; returns its Python.

    The packages are those installed here, seen through links: nothing is fetched.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for found in _with_requirements(wanted):
        tops = {file.parts[0] for file in found.files or () if not file.parts[0].startswith("..")}
        for top in tops:
            source = Path(str(found.locate_file(top)))
            if source.exists() and not (site / top).exists():
                (site / top).symlink_to(source)
    return folder / "bin" / "python"


def _with_requirements(wanted: tuple[str, ...]) -> Iterator[importlib.metadata.Distribution]:
    waiting, seen = list(wanted), set[str]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        found = importlib.metadata.distribution(name)
        needs = [Requirement(line) for line in found.requires or ()]
        waiting += [
            one.name for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})
        ]
        yield found
