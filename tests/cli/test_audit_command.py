"""The command-line contract: options, exit codes, the last line of errors, what is written."""

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audits import sandbox
from audits.sandbox.values import Entry
from audits.services import audit_clock, audit_command
from audits.services.audit_clock import Reserve
from tests.cli.audit_process import MANAGE, MIA, ROOT, Run, start, without_layers
from tests.processes import descendants

GOOD = (
    "--model", "model.skops", "--members", "members.csv", "--nonmembers", "nonmembers.csv",
    "--target", "label",
)  # fmt: skip


def with_changed(option: str, value: str) -> list[str]:
    words = list(GOOD)
    words[words.index(option) + 1] = value
    return words


def schema() -> dict[str, Any]:
    text = (ROOT / "audits/engine/audit-result-1.schema.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def last_line(err: str) -> str:
    assert err.endswith("\n")
    return err.splitlines()[-1]


@pytest.mark.parametrize("program", [MIA, MANAGE], ids=["mia", "manage.py"])
def test_audit_completes_in_an_empty_environment(
    run: Run, folder: Path, tmp_path: Path, program: list[str]
) -> None:
    out = tmp_path / "result.json"
    out.write_text("an older result")
    done = run(*GOOD, "--json", str(out), program=program)
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, "[0/8] Reading the records")
    document = json.loads(out.read_text())
    jsonschema.validate(document, schema())
    assert done.stdout.startswith(document["verdict"]["sentence"])
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert document["provenance"]["seed"] == 0
    assert document["references"]["count"] == 16
    assert "seccomp" in document["provenance"]["sandbox"]


def test_json_to_standard_output_moves_the_summary(run: Run) -> None:
    done = run("--predictions", "predictions.csv", "--json", "-")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema())
    assert document["verdict"]["sentence"] in done.stderr
    assert document["references"]["recipe"] is None
    assert document["provenance"]["model_sha256"] is None


def test_hashes_are_those_of_the_file_bytes(run: Run, folder: Path) -> None:
    import hashlib  # noqa: PLC0415 - one test

    document = json.loads(run("--predictions", "predictions.csv", "--json", "-").stdout)
    expected = hashlib.sha256((folder / "predictions.csv").read_bytes()).hexdigest()
    assert document["provenance"]["predictions_sha256"] == expected


def test_same_seed_gives_the_same_numbers(run: Run) -> None:
    words = (*GOOD, "--preset", "quick", "--seed", "5", "--json", "-")
    first, second = (json.loads(run(*words).stdout) for _ in range(2))
    for document in (first, second):
        document["timing"] = document["references"] = None
    assert first == second
    assert first["provenance"]["seed"] == 5


def test_processes_threads_and_groups_change_no_other_number(run: Run) -> None:
    words = (*GOOD, "--references", "8", "--json", "-")
    first, second = (
        json.loads(run(*words, *more).stdout)
        for more in ((), ("--processes", "2", "--threads", "1"))
    )
    for document in (first, second):
        assert document["references"]["count"] == 8
        document["timing"] = document["references"]["seconds"] = None
    assert first == second


@pytest.mark.parametrize("processes", ["1", "2"])
def test_audit_that_runs_out_of_time_after_a_block_completes(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    processes: str,
) -> None:
    monkeypatch.setattr(audit_clock, "RESERVE", Reserve(verdict=1.0, next_round=2.0))
    monkeypatch.chdir(folder)
    out = tmp_path / "result.json"
    words = [*GOOD, "--processes", processes, "--max-minutes", "5", "--json", str(out)]
    assert audit_command.main(words, program="mia audit") == 0
    references = json.loads(out.read_text())["references"]
    assert (references["count"], references["stopped_because"]) == (8, "time")
    assert "8 (warm_start), stopped: time" in capsys.readouterr().out


def test_each_table_is_told_as_it_was_read(run: Run, folder: Path) -> None:
    names = ["members.csv", "nonmembers.csv"]
    told = "CSV, comma, utf-8, decimal point"
    done = run(*GOOD, "--preset", "quick")
    lines = [line for line in done.stderr.splitlines() if not line.startswith("[")]
    assert lines == [f"{name}: {told}" for name in names]


def test_what_was_found_out_about_a_table_is_told(run: Run, tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 2};{'größer' if i % 3 else 'klein'};0,25;0,75" for i in range(60))
    table = tmp_path / "answers.csv"
    table.write_bytes(f"member;label;p_größer;p_klein\n{rows}\n".encode("cp1252"))
    done = run("--predictions", str(table))
    assert f"{table}: CSV, semicolon, cp1252, decimal comma\n" in done.stderr


def test_a_chosen_column_gets_figures_of_its_groups(run: Run) -> None:
    done = run(*GOOD, "--preset", "quick", "--subgroup", "a", "--json", "-")
    groups = json.loads(done.stdout)["groups"]
    assert {one["grouping"] for one in groups} == {"class", "a"}
    assert {one["suppressed"] for one in groups if one["grouping"] == "a"} == {True}


WRONG_INPUT = [
    pytest.param([*GOOD, "--subgroup", "site"], "--subgroup", "'site'", id="no group to look at"),
    pytest.param([*GOOD, "--weight", "w"], "--weight", "'w'", id="no column of weights"),
    pytest.param([*GOOD, "--references", "6"], "--references", "6", id="references in fours"),
    pytest.param(with_changed("--model", "pickle.skops"), "pickle.skops", "pickle", id="pickle"),
    pytest.param(with_changed("--model", "empty.skops"), "empty.skops", "empty", id="empty model"),
    pytest.param(with_changed("--members", "empty.csv"), "empty.csv", "empty", id="empty table"),
    pytest.param(
        with_changed("--nonmembers", "unlabelled.csv"), "--target", "'label'", id="no label column"
    ),
    pytest.param([*GOOD, "--drop", "d"], "--drop", "'d'", id="no column to drop"),
    pytest.param([*GOOD, "--group", "who"], "--group", "'who'", id="no group column"),
    pytest.param([*GOOD, "--drop", "a"], "members.csv", "2 feature columns", id="columns"),
    pytest.param(with_changed("--nonmembers", "narrow.csv"), "narrow.csv", "column", id="sides"),
    pytest.param(
        with_changed("--nonmembers", "missing.csv"), "missing.csv", "missing", id="missing value"
    ),
    pytest.param(
        with_changed("--nonmembers", "other_label.csv"), "other_label.csv", "7", id="unknown label"
    ),
    pytest.param(
        with_changed("--nonmembers", "members.csv"), "members.csv", "", id="nothing but duplicates"
    ),
    pytest.param(["--predictions", "off.csv"], "off.csv", "", id="probabilities off 1"),
    pytest.param(["--predictions", "members.csv"], "members.csv", "'member'", id="no member flag"),
]


@pytest.mark.parametrize(("words", "where", "what"), WRONG_INPUT)
def test_wrong_input_is_named_in_the_last_line(
    run: Run, tmp_path: Path, words: list[str], where: str, what: str
) -> None:
    out = tmp_path / "result.json"
    out.write_text("an older result")
    done = run(*words, "--json", str(out))
    line = last_line(done.stderr)
    assert (done.returncode, done.stdout) == (2, "")
    said = re.fullmatch(r"error: (?P<where>\S*): (?P<what>.*); (?P<remedy>.+)", line)
    assert said is not None, line
    assert said["where"].endswith(where)
    assert what in said["what"]
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert out.read_text() == "an older result"


WRONG_USAGE = [
    ([], "--model"),
    (["--model", "model.skops"], "--members"),
    (["--model", "model.skops", "--members", "members.csv"], "--nonmembers"),
    (list(GOOD[:6]), "--target"),
    ([*GOOD, "--predictions", "predictions.csv"], "--predictions"),
    (["--predictions", "predictions.csv", "--members", "members.csv"], "--members"),
    (["--predictions", "predictions.csv", "--nonmembers", "members.csv"], "--nonmembers"),
    (["--predictions", "predictions.csv", "--population", "members.csv"], "--population"),
    (["--predictions", "predictions.csv", "--target", "label"], "--target"),
    (["--predictions", "predictions.csv", "--drop", "a"], "--drop"),
    (["--predictions", "predictions.csv", "--group", "a"], "--group"),
    (["--predictions", "absent.csv"], "absent.csv"),
    (["--predictions", "."], "."),
    (["--predictions", "/dev/null"], "/dev/null"),
    (["--predictions", "predictions.csv", "--weight", "a"], "--weight"),
    (["--predictions", "predictions.csv", "--references", "8"], "--references"),
    ([*GOOD, "--processes", "0"], "--processes"),
    ([*GOOD, "--threads", "two"], "--threads"),
    ([*GOOD, "--seed", "-1"], "--seed"),
    ([*GOOD, "--seed", "1.5"], "--seed"),
    ([*GOOD, "--split", "perhaps"], "--split"),
    ([*GOOD, "--preset", "fast"], "--preset"),
    ([*GOOD, "--json"], "--json"),
    ([*GOOD, "--json", "absent/result.json"], "--json absent/result.json"),
    ([*GOOD, "--json", "."], "--json ."),
    ([*GOOD, "--max-memory-gib", "0"], "--max-memory-gib"),
    ([*GOOD, "--colour", "red"], "--colour red"),
    ([*GOOD, "--pre", "quick"], "--pre quick"),
]


@pytest.mark.parametrize(("words", "where"), WRONG_USAGE)
def test_wrong_usage_is_named_in_the_last_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    where: str,
) -> None:
    monkeypatch.chdir(folder)
    assert audit_command.main(words, program="mia audit") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    said = re.fullmatch(r"error: (.+?): ([^:;].*); (.+)\n", captured.err)
    assert said is not None, captured.err
    assert said[1] == where


@pytest.mark.parametrize("program", [MIA, MANAGE], ids=["mia", "manage.py"])
def test_wrong_usage_ends_the_process_with_2(run: Run, program: list[str]) -> None:
    done = run("--model", "model.skops", program=program)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("error: --members: it is missing; give it together with --model\n")


@pytest.mark.parametrize("program", [MIA, MANAGE], ids=["mia", "manage.py"])
def test_help_names_the_exit_codes(run: Run, program: list[str]) -> None:
    done = run("--help", program=program)
    assert (done.returncode, done.stderr) == (0, "")
    assert "130 interrupted" in done.stdout


@pytest.mark.parametrize(
    ("option", "value"),
    [("--max-memory-gib", "0.05"), ("--max-memory-gib", "0.15"), ("--max-minutes", "0.0005")],
)
def test_limit_that_is_met_exits_with_3(run: Run, tmp_path: Path, option: str, value: str) -> None:
    out = tmp_path / "result.json"
    done = run(*GOOD, option, value, "--json", str(out))
    assert (done.returncode, done.stdout) == (3, "")
    assert re.match(rf"error: {option}: it took (more|longer) than ", last_line(done.stderr))
    assert not out.exists()


def test_no_sandbox_layer_exits_with_3(run: Run) -> None:
    done = run(*GOOD, program=without_layers(MIA))
    assert (done.returncode, done.stdout) == (3, "")
    assert last_line(done.stderr).startswith("error: sandbox: ")


def test_unwritable_result_exits_with_2(run: Run) -> None:
    done = run("--predictions", "predictions.csv", "--json", "/proc/result.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert last_line(done.stderr).startswith("error: --json /proc/result.json: ")


@pytest.mark.parametrize("program", [MIA, MANAGE], ids=["mia", "manage.py"])
def test_interrupt_exits_with_130_and_leaves_no_child(
    folder: Path, tmp_path: Path, program: list[str]
) -> None:
    out = tmp_path / "result.json"
    process = start([*GOOD, "--json", str(out)], folder, program=program)
    assert process.stderr is not None
    assert process.stderr.readline() == "[0/8] Reading the records\n"
    children = descendants(process.pid)
    assert children != set()
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert last_line(err).startswith("error: interrupted: ")
    assert "Traceback" not in err
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert list(tmp_path.iterdir()) == []


def test_defect_of_ours_exits_with_1_and_shows_where(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Entry(
        target="call_entries:raise_error", folder=str(ROOT / "tests" / "sandbox" / "programs")
    )
    monkeypatch.setattr(sandbox, "ENTRIES", {"audit": broken})
    monkeypatch.chdir(folder)
    code = audit_command.main(["--predictions", "predictions.csv"], program="mia audit")
    captured = capsys.readouterr()
    assert (code, captured.out) == (1, "")
    assert "LookupError: inside" in captured.err
    assert last_line(captured.err).startswith("error: defect: ")


def test_audit_writes_nothing_but_its_result(tmp_path: Path, folder: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    process = start(["--predictions", str(folder / "predictions.csv")], home, program=MANAGE)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert list(home.iterdir()) == []
