import doctest
import resource
import subprocess
import sys


def test_importing_the_engine_loads_nothing_heavy() -> None:
    heavy = "sklearn", "scipy", "pyarrow", "skops", "pandas", "torch", "matplotlib", "django"
    code = f"import sys, audits.engine; print(*[m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_example_of_the_package_runs_as_it_is_written() -> None:
    from audits import engine  # noqa: PLC0415 - its docstring is the question

    assert doctest.testmod(engine) == (0, 10)


def test_importing_the_engine_takes_less_than_a_third_of_a_second() -> None:
    """Counted in processor time of a fresh interpreter, beyond that of an empty one."""
    spent = []
    for code in ("pass", "import audits.engine"):
        times = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", code], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        spent.append(min(times))
    assert spent[1] - spent[0] < 0.3


def test_engine_offers_its_public_names_and_no_others() -> None:
    from audits import engine  # noqa: PLC0415 - what it offers is the question

    assert engine.__all__ == ["ATTACKS", "AuditPlan", "AuditResult", "audit", "in_memory"]
    assert all(hasattr(engine, name) for name in engine.__all__)
    assert not hasattr(engine, "audit_all")
