"""The `mia` program: `mia audit …` is `manage.py audit …` where nothing is configured."""

import os
import sys

_USAGE = "usage: mia audit ...   (mia audit --help lists the options)\n"


def main() -> None:
    """Run the named command and leave with its exit code."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    words = sys.argv[1:]
    if words in (["--help"], ["-h"]):
        sys.stdout.write(_USAGE)
        sys.exit(0)
    if not words or words[0] != "audit":
        named = words[0] if words else "command"
        sys.stderr.write(f"{_USAGE}error: {named}: there is no such command; use mia audit\n")
        sys.exit(2)
    from audits.services import audit_command  # noqa: PLC0415 - --help needs nothing of it

    sys.exit(audit_command.main(words[1:], program="mia audit"))


if __name__ == "__main__":
    main()
