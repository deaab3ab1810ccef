"""What every connection of the portal asks of PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
_PRINT = "from django.db import connection; print(connection.settings_dict['OPTIONS']['options'])"


def _shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_questions_are_not_compiled_and_planned_for_disks_without_heads() -> None:
    assert (_shown("jit"), _shown("random_page_cost")) == ("off", "1.1")


def test_the_operator_has_the_last_word() -> None:
    own = "postgresql://mia_app@127.0.0.1/mia?options=-c%20jit%3Don"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", _PRINT],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": own, "SECRET_KEY": "x" * 64},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "-c jit=on"
