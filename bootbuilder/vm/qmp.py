"""Talking to QEMU: sockets that QEMU connects to, its QMP line protocol, and a two-way serial line."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from bootbuilder.errors import MachineError

# The path field of a Unix socket address has 104 bytes on macOS and 108 on Linux, with a NUL at the end.
_UNIX_PATH_LIMIT = 100


class QmpClosed(MachineError):
    """QEMU closed the connection, which means that it ended."""


class QmpError(MachineError):
    """QEMU refused a command."""


class Listener:
    """A socket that QEMU connects to: a Unix socket in `folder`, or loopback TCP where that cannot be.

    Listening on our side needs no wait for QEMU to create its socket, and no guess at a free port.
    `chardev` is the backend of QEMU's -chardev option, without an id.
    """

    def __init__(self, folder: Path, name: str) -> None:
        path = str(folder / name)
        family = getattr(socket, "AF_UNIX", None)
        if family is not None and len(path.encode()) < _UNIX_PATH_LIMIT:
            self._socket = socket.socket(family, socket.SOCK_STREAM)
            self._socket.bind(path)
            self.chardev = f"socket,path={path.replace(',', ',,')}"
        else:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._socket.bind(("127.0.0.1", 0))
            self.chardev = f"socket,host=127.0.0.1,port={self._socket.getsockname()[1]}"
        self._socket.listen(1)

    def accept(self, timeout: float) -> socket.socket | None:
        """Return the connection, or None when none came within `timeout` seconds."""
        self._socket.settimeout(timeout)
        try:
            return self._socket.accept()[0]
        except TimeoutError:
            return None

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


class Qmp:
    """One QMP session; not for two threads at once. Events that arrive are kept in `events`, oldest first."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = b""
        self._count = 0
        self.events: deque[dict[str, Any]] = deque()

    def greet(self, timeout: float) -> None:
        """Take QEMU's greeting and begin the session. Raises QmpClosed when QEMU gave up instead."""
        if self._read(time.monotonic() + timeout) is None:
            raise MachineError(f"QEMU did not greet within {timeout:g} s")
        self.execute("qmp_capabilities")

    def execute(self, command: str, timeout: float = 30, **arguments: Any) -> Any:
        """Run one command and return its result.

        Raises QmpError when QEMU refuses, QmpClosed when QEMU ends, MachineError after `timeout` seconds.
        """
        self._count += 1
        names = {name.replace("_", "-"): value for name, value in arguments.items()}
        message = {"execute": command, "arguments": names, "id": self._count}
        deadline = time.monotonic() + timeout
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise QmpClosed(f"QEMU ended before the command {command}") from error
        while True:
            reply = self._read(deadline)
            if reply is None:
                raise MachineError(f"QEMU did not answer the command {command} within {timeout:g} s")
            if reply.get("id") != self._count:
                continue  # an event, or the late reply to a command whose wait was interrupted
            if "error" in reply:
                raise QmpError(f"QEMU refused {command}: {reply['error'].get('desc', 'no reason given')}")
            return reply["return"]

    def wait_event(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for something to arrive. Raises QmpClosed."""
        self._read(time.monotonic() + timeout)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _read(self, deadline: float) -> dict[str, Any] | None:
        """Read one message, and keep it if it is an event; None when `deadline` passes."""
        while b"\n" not in self._buffer:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return None
            try:
                self._socket.settimeout(remaining)
                data = self._socket.recv(65536)
            except TimeoutError:
                return None
            except OSError as error:
                raise QmpClosed("QEMU ended") from error
            if not data:
                raise QmpClosed("QEMU ended")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        if "event" in message:
            self.events.append(message)
        return message


class SerialLine:
    """The far end of a guest's serial port. A thread takes what arrives: a full line would stop the guest."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(None)
        self._received = bytearray()
        self._thread = threading.Thread(target=self._take, name="serial line", daemon=True)
        self._thread.start()

    @property
    def received(self) -> bytes:
        """All bytes that the guest has sent so far."""
        return bytes(self._received)

    def send(self, data: bytes) -> None:
        """Send bytes to the guest, which QEMU hands over as it takes them. Raises MachineError."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise MachineError(
                "cannot send to the serial port: the virtual machine is not running"
            ) from error

    def close(self, timeout: float = 2) -> None:
        """Take what is still under way (QEMU has ended), then close the line."""
        self._thread.join(timeout)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout)
        self._socket.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._socket.recv(65536):
                self._received += data
