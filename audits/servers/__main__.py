"""`python -m audits.servers STATE`: the two servers alone, for tests."""

import os
import sys
from pathlib import Path

from audits.servers.errors import ServerError
from audits.servers.up import serve_only


def main() -> int:
    try:
        serve_only(state_dir=Path(sys.argv[1]), environment=os.environ, out=sys.stdout)
    except ServerError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
