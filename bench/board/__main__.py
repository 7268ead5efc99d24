"""The board from 100 to 100,000 domains, an import of 50,000 rows, and many viewers during a sweep of 10,000.

    python -m bench.board [--database postgres://…] [--only pages|importing|viewers]

On SQLite, and on PostgreSQL when its address is given (its user makes databases of its own and drops them). Each part
runs in a process of its own; prints every figure and which target it misses.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from bench.sweep import headline

PARTS = ("pages", "importing", "viewers")


def main() -> int:
    """Run the parts; 1 when one of them misses its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="")
    parser.add_argument("--only", choices=PARTS, default="")
    asked = parser.parse_args()
    print(headline())
    codes = []
    for part in [asked.only] if asked.only else PARTS:
        for database in dict.fromkeys(("", asked.database)):
            print(f"\n{part}, {'PostgreSQL' if database else 'SQLite'}", flush=True)
            command = [sys.executable, "-m", f"bench.board.{part}", "--database", database]
            codes.append(subprocess.run(command, check=False).returncode)
    return int(any(codes))


if __name__ == "__main__":
    raise SystemExit(main())
