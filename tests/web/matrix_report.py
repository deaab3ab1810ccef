"""How large the isolation matrix is: `python -m tests.web.matrix_report` writes it to the docs.

Rows are what the portal has; each row is tried in several cases. Every figure is counted from the
registries that the tests run over, so that none of them can be forgotten or made up.
"""

import os
import re
import sys
from dataclasses import dataclass

import django

from tests.architecture.sources import ROOT

PAGE = ROOT / "docs" / "isolation.md"
START, END = "<!-- matrix: python -m tests.web.matrix_report -->", "<!-- end of matrix -->"


@dataclass(frozen=True, kw_only=True)
class Count:
    """One part of the matrix."""

    what: str
    rows: int
    cases: int


# Tests of one wall that go over every table; some of them twice, for both neighbours.
_OF_EVERY_TABLE = re.compile(r"@every_model\n(@both\n)?def test_wall_[bc]_alone")


def _cases_of(*modules: str) -> int:
    cases = 0
    for module in modules:
        text = (ROOT / "tests" / "tenancy" / f"{module}.py").read_text(encoding="utf-8")
        always_both = 'pytestmark = pytest.mark.parametrize("neighbour"' in text
        for both in _OF_EVERY_TABLE.findall(text):
            cases += 2 if both or always_both else 1
    return cases


def counts() -> list[Count]:
    """Every part, counted from what the tests go through."""
    from tests.management import test_command_walls as commands  # noqa: PLC0415 - after Django is set up
    from tests.services import test_job_walls as jobs  # noqa: PLC0415
    from tests.services import test_task_walls as tasks  # noqa: PLC0415
    from tests.tenancy.rows import PROVIDER_MODELS, TENANT_MODELS  # noqa: PLC0415
    from tests.tenancy.walls_off import CLIENT_PAGES, FLEET_PAGES, SENT_PAGES  # noqa: PLC0415
    from tests.web import row_fields  # noqa: PLC0415
    from tests.web import test_matrix as matrix  # noqa: PLC0415
    from tests.web import test_matrix_answers as answers  # noqa: PLC0415
    from tests.web import test_matrix_ids as ids  # noqa: PLC0415

    people, pages = len(matrix.PEOPLE), len(matrix.PAGES)
    of_client = [page for page in matrix.PAGES if matrix.is_of_a_client(page)]
    of_house = [page for page in matrix.PAGES if page.row and page not in of_client]
    foreign = sum(len(answers.askers(page)) * (4 if page.row else 2) for page in of_client)
    walls = len(CLIENT_PAGES) + len(SENT_PAGES)
    names = len({page.name for page in matrix.PAGES})
    fields = len(row_fields.FIELDS) + len(ids.API_FIELDS)
    queries = sum(map(len, ids.QUERIES.values()))
    tables = len(TENANT_MODELS) + len(PROVIDER_MODELS)
    return [
        Count(what="addresses and methods, each as every person", rows=pages, cases=pages * people),
        Count(
            what="the same answers searched for marks of others, secrets and what was written",
            rows=pages,
            cases=pages * people,
        ),
        Count(
            what="absent, another client's, another provider's: one answer",
            rows=len(of_client) + len(of_house),
            cases=foreign + len(of_house),
        ),
        Count(
            what="pages of three clients in turn",
            rows=len(CLIENT_PAGES),
            cases=len(CLIENT_PAGES) * len(answers.TURNS),
        ),
        Count(
            what="a form sent to pages that take none",
            rows=names - len(answers.SENT),
            cases=names - len(answers.SENT),
        ),
        Count(what="PUT, PATCH and DELETE", rows=names, cases=names * 3),
        Count(what="fields that take a row, in forms and API", rows=fields, cases=fields * 2),
        Count(what="query strings that name a row", rows=queries, cases=queries * 2),
        Count(
            what="kinds of background work, by a foreign message and a foreign object",
            rows=len(jobs.OBJECTS) + len(jobs.PROVIDER_OBJECTS),
            cases=(len(jobs.OBJECTS) + len(jobs.PROVIDER_OBJECTS)) * 2 + 4,
        ),
        Count(
            what="tasks of the worker, with both neighbours' rows before and after",
            rows=len(tasks.TASKS),
            cases=len(tasks.OF_CLIENTS) * 2 + len(tasks.OF_NOBODY),
        ),
        Count(
            what="commands, the same",
            rows=len(commands.OF_CLIENTS) + len(commands.OF_NOBODY),
            cases=len(commands.OF_CLIENTS) * 2 + len(commands.OF_NOBODY),
        ),
        Count(
            what="pages and forms behind one wall alone, and behind none",
            rows=walls + len(FLEET_PAGES),
            cases=walls * 6 + len(FLEET_PAGES) * 3,
        ),
        Count(
            what="tables behind the second and the third wall alone",
            rows=tables,
            cases=len(TENANT_MODELS) * _cases_of("test_managers", "test_row_level_security")
            + len(PROVIDER_MODELS) * _cases_of("test_provider_managers", "test_provider_rls"),
        ),
    ]


def table() -> str:
    """The counts as the page shows them."""
    found = counts()
    lines = ["| what is tried | rows | cases |", "|---|---:|---:|"]
    lines += [f"| {count.what} | {count.rows:,} | {count.cases:,} |" for count in found]
    rows, cases = sum(count.rows for count in found), sum(count.cases for count in found)
    lines.append(f"| **together** | **{rows:,}** | **{cases:,}** |")
    return "\n".join(lines)


def written(text: str) -> str:
    """The page with the table of today."""
    block = f"{START}\n{table()}\n{END}"
    return re.sub(f"{re.escape(START)}.*?{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(table() + "\n")
