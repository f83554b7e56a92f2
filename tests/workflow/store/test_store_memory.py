"""A file of any size passes through with flat memory, seen from outside: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

SEND_AND_READ = """
import sys
from pathlib import Path
from workflow.adapters.store import open_store

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

def send(store, megabytes):
    with store.receive(limit=2**30) as incoming:
        incoming.write(b"%PDF-1.7")
        for number in range(megabytes * 4):
            incoming.write(number.to_bytes(4, "big") * 65536)
        stored = incoming.finish("a.pdf")
    assert store.check(stored.key, stored.sha256) == "sound"

store = open_store(sys.argv[1], spool=Path(sys.argv[2]))
send(store, 12)
before = peak()
send(store, int(sys.argv[3]))
print((peak() - before) // 1024)
"""


@pytest.mark.parametrize(("kind", "megabytes"), [("folder", 256), ("s3", 48)])
def test_sending_and_reading_a_large_file_does_not_grow_the_process(
    kind: str, megabytes: int, tmp_path: Path, spool: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("s3_url") if kind == "s3" else str(tmp_path / "kept")
    command = [sys.executable, "-c", SEND_AND_READ, url, str(spool), str(megabytes)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=90)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < megabytes / 4, f"grew by {ran.stdout} MB"
