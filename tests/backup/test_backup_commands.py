"""The commands as an operator types them, beside two running portals."""

from pathlib import Path

import psycopg

from audits.servers.state import StateFolder, read_json
from tests.stack import LiveStack

EMAIL = "ada@harbour.example"
MAKE = (
    "from audits.services import member;"
    f"member.new_account(email='{EMAIL}', password='correct horse battery')"
)
SCRIPT = (
    "from audits.models import User;"
    "print(sorted(User.objects.values_list('email', flat=True)));"
    "from audits.models import SignOfLife;"
    "print(list(SignOfLife.objects.filter(kind='backup').values_list('details', flat=True)))"
)


def people(stack: LiveStack) -> str:
    done = stack.manage("shell", "--no-imports", "-c", SCRIPT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_running_portal_moves_to_a_new_state_folder(tmp_path: Path) -> None:
    path, first, second = tmp_path / "mia.backup", tmp_path / "first", tmp_path / "second"
    with LiveStack.started(first, log=tmp_path / "log") as stack:
        done = stack.manage("shell", "--no-imports", "-c", MAKE)
        assert done.returncode == 0, done.stderr
        made = stack.manage("backup", str(path))
        assert made.returncode == 0, made.stderr
        assert f"{path.stat().st_size:,} bytes" in made.stdout
        assert path.stat().st_mode & 0o777 == 0o600
        before = people(stack)
        assert f"['{EMAIL}']" in before
        assert f"'size': {path.stat().st_size}" in before
        again = stack.manage("restore", str(path))
        assert (again.returncode, "database is not empty" in again.stderr) == (1, True)
        key = (first / "keys/encryption_key").read_text()
        assert key.strip().encode() not in path.read_bytes()
    (second / "keys").mkdir(parents=True, mode=0o700)
    for name in ("encryption_key", "secret_key"):
        (second / "keys" / name).write_text((first / "keys" / name).read_text())
        (second / "keys" / name).chmod(0o600)
    second.chmod(0o700)
    with LiveStack.started(second, log=tmp_path / "log") as stack:
        assert people(stack).startswith("[]")
        shown = stack.manage("restore", str(path), "--inspect")
        assert (shown.returncode, "Every hash agrees." in shown.stdout) == (0, True)
        assert people(stack).startswith("[]")
        done = stack.manage("restore", str(path))
        assert done.returncode == 0, done.stderr
        assert people(stack).startswith(f"['{EMAIL}']")
        url = read_json(StateFolder(second).environment)["DATABASE_URL"]
        with psycopg.connect(url) as connection:
            seen = connection.execute("SELECT count(*) FROM audits_provider").fetchone()
        assert seen == (0,)  # as mia_app, without a scope
