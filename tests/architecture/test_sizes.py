"""Small things: what grows past these sizes is two things."""

import ast

from tests.architecture.sources import ROOT, functions, length, lines, python_files

FILE_LINES, FUNCTION_LINES, VIEW_LINES, TASK_LINES, TEMPLATE_LINES = 400, 60, 25, 15, 120


def test_files_have_at_most_400_lines() -> None:
    paths = python_files("audits", "mia_portal", "tests")
    assert len(paths) > 100
    assert {path: len(lines(path)) for path in paths if len(lines(path)) > FILE_LINES} == {}


def test_functions_have_at_most_60_lines() -> None:
    long = {
        f"{path}: {node.name}": length(node)
        for path in python_files("audits", "mia_portal")
        for node in functions(path)
        if length(node) > FUNCTION_LINES
    }
    assert long == {}


def test_views_have_at_most_25_lines() -> None:
    views = [
        (path, node)
        for path in python_files("audits/web", "audits/api")
        for node in functions(path)
        if node.args.args and any(arg.arg == "request" for arg in node.args.args[:2])
    ]
    assert len(views) > 20
    assert {f"{p}: {n.name}": length(n) for p, n in views if length(n) > VIEW_LINES} == {}


def test_tasks_have_at_most_15_lines() -> None:
    tasks = [
        node
        for node in functions("audits/tasks.py")
        if any("shared_task" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    assert {task.name for task in tasks} == {
        "run_unit",
        "run_provider_unit",
        "recover_jobs",
        "deliver_mail",
        "deliver_due_mail",
        "end_looks",
        "delete_due_records",
        "remove_files",
        "refresh_figures",
        "make_due_reports",
        "start_due_audits",
    }
    assert {task.name: length(task) for task in tasks if length(task) > TASK_LINES} == {}


def test_templates_have_at_most_120_lines() -> None:
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "templates").rglob("*.*")
    }
    assert len(sizes) > 30
    assert {path: size for path, size in sizes.items() if size > TEMPLATE_LINES} == {}
