"""The words of statuses, roles and decisions are spelled in enums.py and nowhere else."""

import ast
import re

from django.db.models import Choices

from audits import enums
from tests.architecture.sources import ROOT, python_files, tree

STATUSES = (
    enums.Answer,
    enums.ClientState,
    enums.Effort,
    enums.JobState,
    enums.Lifecycle,
    enums.Outcome,
    enums.RatingBadge,
    enums.ReportState,
    enums.Role,
    enums.Section,
    enums.StarterSet,
    enums.ToolDecision,
    enums.Treatment,
    enums.WorkStatus,
)
# Words that a page says about something else than a status.
EVERYDAY = {"Yes", "No", "Owner", "Data", "Done", "Accept"}
# The pure layers may not import Django, and hold sentences of their own.
SHELL = ("audits/web", "audits/api", "audits/services", "audits/queries", "audits/models")


def labels() -> dict[str, str]:
    """Every label of a status, with the enum it belongs to."""
    found = {str(member.label): enum.__name__ for enum in STATUSES for member in enum}
    return {label: name for label, name in found.items() if label not in EVERYDAY}


def test_enums_spell_a_word_of_one_kind_once() -> None:
    for enum in vars(enums).values():
        if isinstance(enum, type) and issubclass(enum, Choices) and enum.__members__:
            spelled = [str(member.label) for member in enum]
            assert len(spelled) == len(set(spelled)), enum.__name__


def test_code_has_no_second_spelling_of_an_enum_word() -> None:
    known = labels()
    assert len(known) > 40
    found = {
        f"{path}:{node.lineno}: {node.value!r} is {known[node.value]}"
        for path in [*python_files(*SHELL), "audits/access.py", "audits/tasks.py"]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known
    }
    assert found == set()


def test_templates_have_no_second_spelling_of_an_enum_word() -> None:
    known = labels()
    found: set[str] = set()
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        said = set(re.findall(r">\s*([^<>{}]+?)\s*<", text))
        said |= set(re.findall(r"""\{%\s*translate\s+["']([^"']+)["']""", text))
        found.update(f"{path.relative_to(ROOT)}: {word!r}" for word in said & set(known))
    assert found == set()


def test_people_log_in_everywhere_and_sign_in_nowhere() -> None:
    """One word for one thing; single sign-on is the name of a technique."""
    said = re.compile(r"\bsign(ed|s|ing)?[ -]in\b", re.IGNORECASE)
    texts = re.compile(r"\{%\s*(?:blocktranslate|translate)\b.*?%\}|>[^<>{}]+<", re.DOTALL)
    found = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in (ROOT / "templates").rglob("*.html")
        for text in texts.findall(path.read_text(encoding="utf-8"))
        if said.search(text)
    ]
    docstrings = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for path in [*python_files(*SHELL, "audits/enums")]:
        module = tree(path)
        told = {
            node.body[0].value
            for node in ast.walk(module)
            if isinstance(node, docstrings) and node.body and isinstance(node.body[0], ast.Expr)
        }
        found += [
            f"{path}:{node.lineno}: {node.value}"
            for node in ast.walk(module)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in told
            and said.search(node.value)
        ]
    assert found == []
