"""Start a sleeping child, say its process id, and wait to be killed."""

from pathlib import Path

from audits.sandbox import Limits, Progress
from audits.sandbox.runner import run_entry
from audits.sandbox.values import Entry


def tell(_progress: Progress) -> None:
    print("running", flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    run_entry(
        Entry(target="call_entries:sleep_after_a_step", folder=str(Path(__file__).parent)),
        files={},
        params={},
        limits=Limits(),
        on_progress=tell,
    )
