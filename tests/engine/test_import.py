import subprocess
import sys


def test_importing_the_engine_loads_nothing_heavy() -> None:
    heavy = "sklearn", "scipy", "pyarrow", "skops", "pandas", "torch", "matplotlib", "django"
    code = f"import sys, audits.engine; print(*[m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_engine_offers_its_public_names_and_no_others() -> None:
    from audits import engine  # noqa: PLC0415 - what it offers is the question

    assert engine.__all__ == ["ATTACKS", "AuditPlan", "AuditResult", "audit"]
    assert all(hasattr(engine, name) for name in engine.__all__)
    assert not hasattr(engine, "audit_all")
