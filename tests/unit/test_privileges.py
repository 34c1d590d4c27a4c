"""Rights: what is said when they are missing, and what a service manager passes."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bootbuilder.errors import NeedsPrivilege, PortInUse, ServeError
from bootbuilder.net import ports, privileges

linux_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root has rights to drop"
)


def test_a_port_in_use_names_its_holder() -> None:
    """The error says which program has it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"TCP port 127.0.0.1:{port} is in use by .*{os.getpid()}"):
            ports.listen_tcp("127.0.0.1", port)


def test_a_refused_port_says_how_to_get_it() -> None:
    """Rights missing, and an address that is not ours."""
    refused = ports.explained(OSError(errno.EACCES, "denied"), "udp", "0.0.0.0", 69)
    assert isinstance(refused, NeedsPrivilege)
    assert refused.hint is not None and "sudo" in refused.hint and "--tftp-port" in refused.hint
    with pytest.raises(ServeError, match="no address of this machine"):
        ports.listen_tcp("192.0.2.1", 0)


def test_sockets_of_the_service_manager_are_taken() -> None:
    """LISTEN_FDS for this process gives sockets; for another process, or none, nothing."""
    program = """
import os, socket, sys
from bootbuilder.net import privileges
taken = privileges.passed_sockets(os.environ | {"LISTEN_PID": str(os.getpid())}, os.getpid())
print([(one.type.name, one.getsockname()[1]) for one in taken])
"""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with socket.create_server(("127.0.0.1", 0)) as tcp, udp:
        udp.bind(("127.0.0.1", 0))
        shell = f'exec 3<&{tcp.fileno()} 4<&{udp.fileno()}; exec "$0" -c "$1"'
        done = subprocess.run(
            ["bash", "-c", shell, sys.executable, program],
            env={**os.environ, "LISTEN_FDS": "2"},
            pass_fds=(tcp.fileno(), udp.fileno()),
            capture_output=True,
            text=True,
        )
        expected = [("SOCK_STREAM", tcp.getsockname()[1]), ("SOCK_DGRAM", udp.getsockname()[1])]
    assert done.stdout.strip() == str(expected), done.stderr
    assert privileges.passed_sockets({}, 1) == ()
    assert privileges.passed_sockets({"LISTEN_PID": "2", "LISTEN_FDS": "1"}, 1) == ()


@linux_root
def test_rights_are_dropped_for_good(tmp_path: Path) -> None:
    """Afterwards the process is the user, with its groups only, owns its state, and cannot go back."""
    (tmp_path / "leases").write_text("")
    program = f"""
import os
from pathlib import Path
from bootbuilder.net import privileges
assert privileges.drop("nobody", [Path({str(tmp_path)!r})])
assert os.getuid() == os.geteuid() != 0 and 0 not in os.getgroups() and os.getgid() != 0
try:
    os.setuid(0)
except PermissionError:
    print("dropped")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "dropped\n", done.stderr
    assert (tmp_path / "leases").stat().st_uid == tmp_path.stat().st_uid != 0


@linux_root
def test_an_unknown_user_is_an_error() -> None:
    """A misspelt --user must not leave the service running as root."""
    with pytest.raises(ServeError, match="no user"):
        privileges.drop("nobody-of-that-name")
