"""What a service gives up and is given: another user once its ports are open, sockets from the service manager."""

from __future__ import annotations

import codecs
import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from bootbuilder.errors import ServeError

FIRST_DESCRIPTOR = 3
"""Where passed sockets begin: sd_listen_fds(3)."""

LATE = ("ascii", "idna", "latin-1", "unicode_escape")
"""What Python loads when it is first used. The user may have no access to a Python in root's home by then."""


def passed_sockets(environment: Mapping[str, str], pid: int) -> tuple[socket.socket, ...]:
    """Return the sockets that a service manager has opened for process `pid` (LISTEN_FDS, sd_listen_fds(3)).

    Raises:
        ServeError: what was passed is no socket.
    """
    if environment.get("LISTEN_PID") != str(pid) or not environment.get("LISTEN_FDS", "").isdecimal():
        return ()
    sockets = []
    for descriptor in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(environment["LISTEN_FDS"])):
        try:
            passed = socket.socket(fileno=descriptor)
        except OSError as error:
            raise ServeError(
                f"the service manager passed descriptor {descriptor}, which is no socket: {error.strerror}",
                "LISTEN_FDS must count sockets only; see the units in docs/pxe.md",
            ) from error
        passed.set_inheritable(False)
        sockets.append(passed)
    return tuple(sockets)


def drop(user: str, owned: Iterable[Path] = ()) -> bool:
    """Become `user` for good, its groups included, and return whether anything was given up.

    Only an administrator on a Unix has something to give up; elsewhere this does nothing. The folders `owned` (and
    the files in them) are handed over first, since the service goes on writing there.

    Raises:
        ServeError: there is no such user, or the system refuses.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    import pwd

    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise ServeError(
            f"there is no user {user!r} to run as", "name one with --user; --user root keeps all rights"
        ) from None
    if account.pw_uid == 0:
        return False
    try:
        for folder in owned:
            for path in (folder, *folder.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
        for name in LATE:
            codecs.lookup(name)
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    except OSError as error:
        raise ServeError(
            f"cannot become user {user!r}: {error.strerror}", "--user root keeps all rights"
        ) from error
    return True
