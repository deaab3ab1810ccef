"""Sentences stand whole in one place: in a table of the pure layers, or in a gettext call."""

import ast
import re
from collections.abc import Iterator

import pytest

from audits.charts.words import WORDS as CHART_WORDS
from audits.guidance.wording import Words, placeholders
from audits.reports.words import WORDS as REPORT_WORDS
from tests.architecture.sources import ROOT, called, python_files, tree

# The command line talks to technicians at a terminal and is not translated.
COMMAND_LINE = {"audits/reports/terminal.py"}
PURE = tuple(
    path for path in python_files("audits/charts", "audits/reports") if path not in COMMAND_LINE
)
SHELL = python_files(
    "audits/web", "audits/api", "audits/services", "audits/queries", "audits/models",
    "audits/enums", "audits/management", "audits/templatetags",
)  # fmt: skip
VALUE = "\0"
# What looks like words and is read by programs alone.
VOCABULARY = {
    "system-ui, sans-serif",  # fonts
    "system-ui, DejaVu Sans, sans-serif",
    "DejaVu Sans",
    f"cell {VALUE}",  # classes in a picture
    "offset points",  # settings of the drawing library, and fields of the file that it writes
    "lower right",
    "Date",
    "Title",
    f"tpr at fpr {VALUE}",  # a measure in a table of figures, named alike in every language
    "Chart",  # types
    "Document",
}
PLACE = re.compile(r"%\{[^}]*\}")  # where the drawing library puts a value
PHRASE = re.compile(
    r"[A-Za-z]{2,}[^\w\0]* [^\w\0]*[A-Za-z]{2,}"  # two words
    rf"|{VALUE} [a-z]{{2,}}\b|\b[a-z]{{2,}} {VALUE}"  # a word and a value
    r"|^[A-Z][a-z]{2,}$"  # a word as people read it
)
GETTEXT = {
    "_": 1, "gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2,
    "pgettext": 2, "pgettext_lazy": 2, "npgettext": 3, "npgettext_lazy": 3,
}  # fmt: skip
TABLES = {"audits/charts": CHART_WORDS, "audits/reports": REPORT_WORDS}


def unread(module: ast.Module) -> set[ast.AST]:
    """Strings that no reader of a page meets: docstrings, format codes, words of our own errors."""
    found: set[ast.AST] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        elif isinstance(node, ast.Raise):
            found.update(ast.walk(node))
        elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            found.update(ast.walk(node.format_spec))
    return found


def texts(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text in the code, an f-string with a mark for each of its values."""
    left_out = unread(module)
    for node in ast.walk(module):
        if node in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            left_out.update(node.values)
            pieces = (
                str(one.value) if isinstance(one, ast.Constant) else VALUE for one in node.values
            )
            yield node.lineno, "".join(pieces)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def phrases(module: ast.Module) -> list[tuple[int, str]]:
    return [
        (line, text)
        for line, text in texts(module)
        if text not in VOCABULARY and PHRASE.search(PLACE.sub(VALUE, text))
    ]


def name_of(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def is_told(node: ast.AST) -> bool:
    """Whether this is a text from gettext, with its figures or without."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return is_told(node.left)
    return isinstance(node, ast.Call) and name_of(node) in GETTEXT


_BENT = re.compile(r"(?:label(?:\([^()]*(?:\([^()]*\))?[^()]*\))?|_display\(\))\.lower\(\)$")


def lowers_a_label(node: ast.Call) -> bool:
    """Whether a label is bent to stand inside a sentence, as languages do not bend theirs."""
    return bool(_BENT.search(ast.unparse(node)))


def glued(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts of gettext made on the spot or put together with others, and labels that are bent."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and lowers_a_label(node):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and name_of(node) in GETTEXT:
            given = node.args[: GETTEXT[name_of(node)]]
            if not all(isinstance(one, ast.Constant) for one in given):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if is_told(node.left) or is_told(node.right):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.JoinedStr):
            values = [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
            if any(is_told(one) for one in values):
                yield node.lineno, ast.unparse(node)


@pytest.mark.parametrize(
    "code",
    [
        "x = 'Members found'",
        "x = f'{n} models shown'",
        "x = f'{n} found'",
        "x = f'at {n:,}'",
        "x = 'Members'",
        "x = {'title': 'picked out, with'}",
    ],
)
def test_search_finds_a_phrase(code: str) -> None:
    assert len(phrases(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "'Two words'",
        "def f():\n    'A docstring of words'",
        "raise ValueError(f'{n} is too much')",
        "x = f'M{x:g} {y:g}'",
        "x = f'{n:some code here}'",
        "x = say('roc.title', picked=f'{n:,}')",
        "x = f'translate(12 {x}) rotate(-90)'",
        "x = 'text-anchor'",
    ],
)
def test_search_leaves_what_nobody_reads(code: str) -> None:
    assert phrases(ast.parse(code)) == []


def test_charts_and_reports_hold_no_sentence() -> None:
    assert len(PURE) > 25
    assert [(path, *found) for path in PURE for found in phrases(tree(path))] == []


def test_allow_list_names_nothing_that_is_gone() -> None:
    said = {text for path in PURE for _line, text in texts(tree(path))}
    assert said >= VOCABULARY


def test_charts_and_reports_bend_no_word() -> None:
    bent = {"capitalize", "title", "lower", "upper"}
    found = {
        (path, name)
        for path in PURE
        for name in called(path)
        if "." in name and name.rsplit(".", 1)[1] in bent
    }
    # A chart has a function `title`; codes of a report are typed in either case.
    assert found == {
        ("audits/reports/document.py", "chart.title"),
        ("audits/reports/owner_summary.py", "chart.title"),
        ("audits/reports/seal.py", "code.upper"),
    }


def test_papers_are_set_without_a_sentence_of_their_own() -> None:
    spoken = re.compile(r"\[[^\[\]#]*\b[A-Z][a-z]+\b[^\]]*\]")
    found = {
        path.name: spoken.findall(path.read_text(encoding="utf-8"))
        for path in (ROOT / "audits/reports").glob("*.typ")
    }
    names = ("document", "owner_summary", "printed_table", "rating", "rows")
    assert found == {f"{name}.typ": [] for name in names}


def keys(call: ast.Call) -> Iterator[str]:
    """Patterns of the keys that a call may ask for."""
    asked = call.args[0]
    for one in (asked.body, asked.orelse) if isinstance(asked, ast.IfExp) else (asked,):
        if isinstance(one, ast.JoinedStr):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                for part in one.values
            )
        else:
            assert isinstance(one, ast.Constant), ast.unparse(call)
            yield re.escape(str(one.value))


def asked(folder: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(where, pattern of keys, parameters) of every sentence that the code of a folder says."""
    for path in python_files(folder):
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in ("say", "counted"):
                continue
            given = {one.arg for one in node.keywords if one.arg is not None}
            assert len(given) == len(node.keywords), f"{path}:{node.lineno}"
            counts = node.func.id == "counted"
            for key in keys(node):
                yield (
                    f"{path}:{node.lineno}",
                    rf"{key}\.(?:one|other)" if counts else key,
                    frozenset(given | ({"number"} if counts else set())),
                )


@pytest.mark.parametrize("folder", TABLES)
def test_every_sentence_is_said_with_what_it_needs(folder: str) -> None:
    table: Words = TABLES[folder]
    used: set[str] = set()
    for where, pattern, given in asked(folder):
        found = {key for key in table.sentences if re.fullmatch(pattern, key)}
        assert found, (where, pattern)
        for key in found:
            assert placeholders(table.sentences[key]) == given, (where, key)
        used |= found
    assert table.sentences.keys() - used == set()


@pytest.mark.parametrize("folder", TABLES)
def test_forms_of_a_number_come_together(folder: str) -> None:
    names = TABLES[folder].sentences.keys()
    forms = {
        form: {key.removesuffix(form) for key in names if key.endswith(form)}
        for form in (".one", ".other")
    }
    assert forms[".one"] == forms[".other"]


@pytest.mark.parametrize(
    "code",
    ["_(f'{n} models')", "_('One ' + two)", "gettext('{} of'.format(n))", "_('One') + ' two'",
     "f\"{_('One')} two\"", "f\"{_('One %(n)s') % {'n': n}} two\"", "ngettext('One', name, 2)",
     "row.get_rhythm_display().lower()", "Kind(value).label.lower()", "verb_label(verb).lower()"],
)  # fmt: skip
def test_search_finds_glued_translations(code: str) -> None:
    assert list(glued(ast.parse(code)))


def test_shell_translates_whole_sentences() -> None:
    assert len(SHELL) > 200
    assert not list(glued(ast.parse("x = _('One %(n)s') % {'n': n}\ny = ngettext('a', 'b', n)")))
    assert [(path, *found) for path in SHELL for found in glued(tree(path))] == []
