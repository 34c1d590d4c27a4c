"""The PXE service as a process in a namespace, telling its events as lines of JSON."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.protocol.namespaces import Namespace

_RUN = """
import json, signal, sys
from ipaddress import IPv4Address
from pathlib import Path
from bootbuilder.net.boottable import Catalogue
from bootbuilder.net.events import as_dict
from bootbuilder.net.server import Config, Server
folder, words = json.loads(sys.argv[1])
for name in ("state", "policy", "allow"):
    words[name] = Path(words[name]) if words.get(name) else None
if words.get("pool"):
    words["pool"] = tuple(map(IPv4Address, words["pool"]))
words["interfaces"] = tuple(words["interfaces"])
tell = lambda event: print(json.dumps(as_dict(event)), flush=True)
server = Server(Config(**words), Catalogue(Path(folder)), tell)
server.bind()
signal.signal(signal.SIGTERM, lambda *_: server.stop())
signal.signal(signal.SIGHUP, lambda *_: server.reload())
print('{"event": "ready"}', flush=True)
server.run()
"""


class Service:
    """Started in a namespace; `events` fill up as it tells them."""

    def __init__(self, namespace: Namespace, folder: Path, **config: Any) -> None:
        words = {"interfaces": ["eth0"], "http_port": 0, **config}
        words = {name: str(value) if isinstance(value, Path) else value for name, value in words.items()}
        command = [sys.executable, "-c", _RUN, json.dumps([str(folder), words])]
        self.process = namespace.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.events: list[dict[str, Any]] = []
        self._output: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait("ready")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._output.append(line)
            if line.startswith("{"):
                self.events.append(json.loads(line))

    def wait(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Return the first event of a kind with these fields, as soon as there is one."""
        for _ in range(400):
            for event in list(self.events):
                if event["event"] == kind and fields.items() <= event.items():
                    return event
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no {kind} with {fields}: {''.join(self._output)[-3000:]}")

    def kill(self) -> None:
        """End it without a word, as a power cut does."""
        self.process.send_signal(signal.SIGKILL)
        self._ended()

    def _ended(self) -> None:
        self.process.wait(timeout=20)
        self._reader.join(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> Service:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self._ended()
        if error is None:
            assert self.process.returncode in (0, -signal.SIGKILL), "".join(self._output)
