"""Connections to PostgreSQL outlive the thread that asked first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tools
from tests.postgresql import cluster

BASE = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import django
from threading import Thread
django.setup()
from django.db import close_old_connections, connection

def ask():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        print(cursor.fetchone()[0])
    close_old_connections()

for _ in range(8):
    thread = Thread(target=ask)
    thread.start()
    thread.join()
connection.close_pool()
"""


@pytest.mark.servers
def test_requests_in_threads_of_their_own_share_a_connection(tmp_path: Path) -> None:
    tools.need("postgresql")
    with cluster() as address:
        environment = {
            "DATABASE_URL": address,
            "ONWARD_VAR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=BASE,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 8
    assert len(set(done.stdout.split())) <= 2
