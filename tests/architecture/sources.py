"""The code base as syntax trees, read once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def python_files(*folders: str) -> tuple[str, ...]:
    """Python files below the folders, as paths from the root; migrations are Django's."""
    found = [
        str(path.relative_to(ROOT)) for folder in folders for path in (ROOT / folder).rglob("*.py")
    ]
    return tuple(sorted(path for path in found if "/migrations/" not in path))


@cache
def lines(path: str) -> tuple[str, ...]:
    return tuple((ROOT / path).read_text(encoding="utf-8").splitlines())


@cache
def tree(path: str) -> ast.Module:
    return ast.parse("\n".join(lines(path)))


def functions(path: str) -> Iterator[Function]:
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node


def length(node: Function) -> int:
    """Lines from `def` to the end, the docstring left out."""
    first = node.body[0]
    shown = 0
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        shown = (first.end_lineno or first.lineno) - first.lineno + 1
    return (node.end_lineno or node.lineno) - node.lineno + 1 - shown


def imported(path: str) -> set[str]:
    """Every module that a file names in an import, with each name taken from it."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def called(path: str) -> set[str]:
    """Dotted names that a file calls, as they are spelled."""
    return {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
