"""Run a command with DATABASE_URL set to a PostgreSQL that lives only as long as the command.

    python -m tools.with_server BIN_DIR COMMAND...

BIN_DIR holds the server programs (`initdb`, `postgres`) of PostgreSQL 15 or later.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from app.kit.embedded import EmbeddedServer


def main() -> int:
    bin_dir, command = Path(sys.argv[1]), sys.argv[2:]
    home = Path(tempfile.mkdtemp(prefix="factorbase-server-", dir="/var/tmp"))
    home.chmod(0o755)
    try:
        with EmbeddedServer(home / "home", bin_dir=bin_dir, options={"fsync": "off"}) as address:
            env = {**os.environ, "DATABASE_URL": address.url("factorbase")}
            return subprocess.run(command, env=env, check=False).returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
