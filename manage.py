#!/usr/bin/env python
"""Every command of the portal: `manage.py up` starts it, `manage.py help` lists the rest."""

import os
import sys
from pathlib import Path


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mia_portal.settings")
    # onnxruntime reports home unless this is set before its first import.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after the above

    from audits.servers.environment import connect  # noqa: PLC0415

    command = sys.argv[1] if len(sys.argv) > 1 else ""
    connect(command, os.environ, project=Path(__file__).resolve().parent)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
