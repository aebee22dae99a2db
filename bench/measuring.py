# SPDX-License-Identifier: MIT
"""What the benches share: where things are, and how a command is timed."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "build/release/dicom-client"
PHANTOMS = ROOT / "build/release/tests/phantoms"
PROXY = ROOT / "build/release/tests/delaying_proxy"


class Failure(Exception):
    pass


def scratch_folder():
    """On tmpfs where there is room for all copies, so that disks are not measured."""
    shm = Path("/dev/shm")
    roomy = shm.is_dir() and shutil.disk_usage(shm).free > 8 << 30
    (ROOT / "build").mkdir(exist_ok=True)
    return tempfile.mkdtemp(prefix="dicom-bench-", dir=shm if roomy else ROOT / "build")


def plain_environment():
    return {name: value for name, value in os.environ.items()
            if name not in ("TCP_NODELAY", "TCP_BUFFER_LENGTH", "DICOM_CLIENT_CONFIG")}


class PeakMemory:
    """The peak resident memory of a process in MiB, looked at until stop() is called. (The kernel's
    ru_maxrss counts what this script had when it forked.)"""

    def __init__(self, process):
        self.path = Path(f"/proc/{process.pid}/status")
        self.peak = 0.0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while not self.stopped.wait(0.02):
            try:
                lines = self.path.read_text().splitlines()
            except OSError:
                return
            for line in lines:
                if line.startswith("VmHWM:"):
                    self.peak = int(line.split()[1]) / 1024

    def stop(self):
        self.stopped.set()
        self.thread.join()
        return self.peak


def run(command, environment):
    """Runs `command`; returns its seconds and its peak memory in MiB."""
    with tempfile.TemporaryFile() as log:
        start = time.monotonic()
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                              env=environment) as child:
            memory = PeakMemory(child)
            status = child.wait()
        seconds = time.monotonic() - start
        peak = memory.stop()
        if status != 0:
            log.seek(0)
            words = log.read()[-2000:].decode(errors="replace")
            raise Failure(f"{Path(command[0]).name} ended with {status}:\n{words}")
    return seconds, peak


def say(words):
    print(words, flush=True)
