"""Supervise the command given on the command line: supervise.py STOP_SECONDS COMMAND..."""

import os
import sys
from pathlib import Path

from audits.servers.journal import Journal
from audits.servers.programs import Program, tethered
from audits.servers.supervisor import Supervisor

stop_seconds, *command = sys.argv[1:]
program = Program(
    name="thing",
    command=tethered(tuple(command), death_signal="TERM"),
    environment=dict(os.environ),
    folder=Path("/"),
    stage=0,
    stop_seconds=float(stop_seconds),
)
with Supervisor(Journal(sys.stdout)) as supervisor:
    supervisor.start(program)
    supervisor.journal.say("mia", "ready")
    supervisor.watch()
