"""The PXE service as a whole: what is opened, wired together, looked after, and closed again."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from socket import SOCK_STREAM, socket
from typing import Any, Literal, TypeVar

from bootbuilder.errors import PortInUse, ServeError
from bootbuilder.net import interfaces, loaders, policy, ports, privileges, tftp
from bootbuilder.net.addressing import Addressing, from_lines, scopes_of, to_line
from bootbuilder.net.answering import BootServer
from bootbuilder.net.assignments import Assignments
from bootbuilder.net.boottable import Catalogue, Content, Entry, Key
from bootbuilder.net.committing import Committer
from bootbuilder.net.deciding import Boot, unknown_names
from bootbuilder.net.dhcpd import DhcpLimits, DhcpService
from bootbuilder.net.events import Event, Notice, Progress, Sink, TransferDone
from bootbuilder.net.http import HttpLimits, HttpServer
from bootbuilder.net.interfaces import Interface
from bootbuilder.net.journal import Journal
from bootbuilder.net.loop import Loop
from bootbuilder.net.neighbours import Neighbours
from bootbuilder.net.tftpd import TftpServer
from bootbuilder.net.uploads import Uploads
from bootbuilder.net.wire import ip_text, parse_ip

LOOK_SECONDS = 2.0
"""How often files are looked at for changes."""
LEASES_SHOWN = 1000

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What clients may take, by protocol."""

    tftp: tftp.Limits = field(default_factory=tftp.Limits)
    dhcp: DhcpLimits = field(default_factory=DhcpLimits)
    http: HttpLimits = field(default_factory=HttpLimits)


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the service is asked to do.

    Without `interfaces` and `listen` all interfaces are served but the loopback. A `http_port` of 0 is no HTTP, a
    `dhcp_port` of 0 the boot server's port alone, for a machine whose DHCP server tells clients to ask there.
    `state` is the folder of leases and spent one-shots; None keeps them in memory. `user` is who the service
    becomes once all is open. `sockets` were opened by the service manager.
    """

    interfaces: tuple[str, ...] = ()
    listen: tuple[str, ...] = ()
    dhcp: Literal["proxy", "server", "off"] = "proxy"
    pool: tuple[IPv4Address, IPv4Address] | None = None
    dhcp_port: int = 67
    pxe_port: int = 4011
    tftp_port: int = 69
    http_port: int = 80
    single_port: bool = False
    policy: Path | None = None
    allow: Path | None = None
    upload: Path | None = None
    state: Path | None = None
    user: str | None = None
    limits: Limits = Limits()
    sockets: tuple[socket, ...] = ()


class Server:
    """Made, bound, run until stopped. All but `stop`, `submit` and `reload` is for one thread."""

    def __init__(self, config: Config, catalogue: Catalogue, sink: Sink) -> None:
        self.status_page: Callable[[], dict[str, Any]] = self.status
        """What /status shows; may be replaced before `bind`."""
        self.metrics_page: Callable[[], str] = lambda: ""
        self._config = config
        self._catalogue = catalogue
        self._sink = sink
        self._loop = Loop()
        self._interfaces: list[Interface] = []
        self._loaded = policy.load(config.policy, config.allow)
        self._stamps = _stamps(self._loaded.files)
        self._leases: Committer | None = None
        self._tickets: Committer | None = None
        self._assignments = Assignments()
        self._dhcp: DhcpService | None = None
        self._tftp: TftpServer | None = None
        self._http: HttpServer | None = None
        self._neighbours: Neighbours | None = None

    # --- its life -------------------------------------------------------------------------------------------

    def bind(self) -> None:
        """Open everything that needs rights.

        Raises:
            ServeError: a port, an interface, a file or a right is missing; nothing stays open then.
        """
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        config = self._config
        self._interfaces = interfaces.chosen(config.interfaces, config.listen)
        if config.state is not None:
            journal = Journal(config.state / "one-shots")
            self._assignments = Assignments(journal.lines)
            self._tickets = self._committer(journal, lambda: self._assignments.spent_lines)
        if config.dhcp != "off":
            self._open_dhcp()
        everywhere = not config.interfaces and not config.listen
        addresses = ["0.0.0.0"] if everywhere else [str(one.address) for one in self._interfaces]
        uploads = Uploads(config.upload) if config.upload else None
        self._tftp = TftpServer(
            self._loop,
            self.find,
            self._tell,
            config.limits.tftp,
            single_port=config.single_port,
            uploads=uploads,
        )
        passed = self._passed(config.tftp_port)
        for sock in passed:
            self._tftp.adopt(sock)
        for address in () if passed else addresses:
            self._tftp.bind(address, config.tftp_port)
        if config.http_port:
            listening = self._passed(config.http_port, SOCK_STREAM)
            self._http = HttpServer(
                listening or [ports.listen_tcp(address, config.http_port) for address in addresses],
                self._loop.call_from_thread,
                self.find,
                lambda: self.status_page(),
                lambda: self.metrics_page(),
                self._tell,
                config.limits.http,
            )

    def _open_dhcp(self) -> None:
        config, made = self._config, self._loaded.policy
        server = BootServer(
            "server" if config.dhcp == "server" else "proxy",
            made,
            self._catalogue.table,
            loaders.Http(config.http_port) if config.http_port else None,
            server_port=config.dhcp_port,
            spent=self._assignments.is_spent,
            resting=self._assignments.is_resting,
            offered=self._offered,
            learned=self._assignments.learned,
        )
        self._dhcp = DhcpService(self._loop, server, self._tell, config.limits.dhcp, self._commit)
        if config.dhcp == "server":
            server.addressing = self._open_leases()
            self._neighbours = Neighbours(self._loop, self._interfaces, server.addressing, self._heard)
        if config.dhcp_port:
            try:
                self._open_port(self._dhcp, config.dhcp_port, pxe=False)
            except PortInUse as error:
                if config.dhcp != "proxy":
                    raise
                beside = "beside a DHCP server on this machine that sends option 60 (PXEClient), give --dhcp-port 0"
                raise PortInUse(error.message, f"{error.hint}; {beside}") from None
        elif config.dhcp == "server":
            raise ServeError("a DHCP server needs its port", "leave out --dhcp-port 0, or give --dhcp proxy")
        self._open_port(self._dhcp, config.pxe_port, pxe=True)

    def _open_port(self, service: DhcpService, port: int, *, pxe: bool) -> None:
        passed = self._passed(port)
        for sock in passed:
            service.adopt(sock, self._interfaces, pxe=pxe)
        for interface in () if passed else self._interfaces:
            service.bind(interface, port, pxe=pxe)

    def _open_leases(self) -> Addressing:
        config, settings = self._config, self._loaded.policy.dhcp
        own = [(one.address, one.network) for one in self._interfaces]
        scopes = scopes_of(settings, config.pool, own)
        networks = ", ".join(str(network) for _, network in own)
        if config.pool and not any(scope.pool == config.pool for scope in scopes):
            first, last = config.pool
            raise ServeError(
                f"the pool {first}-{last} is in no network that is served", f"served: {networks}"
            )
        if not scopes:
            raise ServeError("no network has addresses to give", f"give --pool FIRST-LAST inside {networks}")
        if config.state is None:
            return Addressing(scopes, settings)
        journal = Journal(config.state / "leases")
        addressing = Addressing(scopes, settings, from_lines(journal.lines))
        self._leases = self._committer(journal, lambda: [to_line(lease) for lease in addressing.leases()])
        return addressing

    def _committer(self, journal: Journal, all_lines: Callable[[], list[str]]) -> Committer:
        return Committer(journal, self._loop.call_from_thread, self._sink, all_lines)

    def _passed(self, port: int, kind: int = 0) -> list[socket]:
        """Return the sockets for a port that the service manager has opened."""
        return [
            sock
            for sock in self._config.sockets
            if sock.getsockname()[1] == port and (sock.type == SOCK_STREAM) == (kind == SOCK_STREAM)
        ]

    def run(self) -> None:
        """Serve until `stop`; gives up rights first. Raises ServeError."""
        try:
            if self._config.user:
                privileges.drop(self._config.user, [self._config.state] if self._config.state else [])
            if self._http is not None:
                self._http.start()
            self._check_names()
            self._look()
            self._loop.run()
        finally:
            self.close()

    def stop(self) -> None:
        """Let `run` return soon. For signal handlers and other threads."""
        self._loop.stop()

    def close(self) -> None:
        """Close everything; clients in the middle of a file are told."""
        if self._http is not None:
            self._http.stop()
        for service in (self._neighbours, self._dhcp):
            if service is not None:
                service.close()
        if self._tftp is not None:
            self._tftp.stop()
        for journal in (self._leases, self._tickets):
            if journal is not None:
                journal.close()
        self._http = self._neighbours = self._dhcp = self._tftp = self._leases = self._tickets = None
        self._loop.close()

    def reload(self) -> None:
        """Read policy and folder again. For signal handlers and other threads."""
        self._loop.call_from_thread(self._reload)

    def submit(self, function: Callable[[], Value]) -> Future[Value]:
        """Run a function in the service's thread; for other threads."""
        future: Future[Value] = Future()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function())
                except BaseException as error:  # noqa: BLE001  (it is the asker's, whatever it is)
                    future.set_exception(error)

        self._loop.call_from_thread(run)
        return future

    # --- what clients ask for ------------------------------------------------------------------------------------

    def find(self, name: str, address: str) -> Content | None:
        """Return the content that a client's name means: a file, or a script made for a loader.

        Raises:
            OSError: it cannot be read.
        """
        found = loaders.find(self._catalogue.table, name)
        if isinstance(found, Entry):
            return self._catalogue.open(found)
        if found is None:
            return None
        digest = int.from_bytes(hashlib.sha256(found).digest()[:8])
        return Content(Key(-2, digest, 0, len(found)), found)

    # --- what happens ------------------------------------------------------------------------------------------------

    def _tell(self, event: Event) -> None:
        self._sink(event)
        if isinstance(event, TransferDone) and event.whole and not event.writing:
            self._fetched(event)

    def _offered(self, mac: str, boot: Boot) -> None:
        warning = self._assignments.offered(mac, boot)
        if warning is not None:
            self._sink(warning)

    def _fetched(self, event: TransferDone) -> None:
        """A file went whole to a client: it may have been a one-shot's image."""
        entry = loaders.find(self._catalogue.table, event.file)
        mac = self._assignments.machine_at(parse_ip(event.address)) or interfaces.neighbour(event.address)
        if not mac or not isinstance(entry, Entry):
            return
        events, line = self._assignments.fetched(mac, entry, self._loaded.policy.loop, self._loop.now)
        if line is not None and self._tickets is not None:
            self._tickets.commit([line])
        for one in events:
            self._sink(one)
        if events and self._dhcp is not None:
            self._dhcp.forget()

    def _heard(self, address: int, mac: bytes) -> None:
        """A machine uses an address of ours without having asked for it."""
        if self._dhcp is not None and self._dhcp.server.addressing is not None:
            for event in self._dhcp.server.addressing.heard(address, mac, time.time()):
                self._sink(event)
            self._commit()

    def _commit(self, then: Callable[[], None] = lambda: None) -> None:
        """Bring new leases to the disk, then do what waits for that; nobody is told of a lease that is not there."""
        addressing = self._dhcp.server.addressing if self._dhcp else None
        lines = [to_line(lease) for lease in addressing.changed] if addressing else []
        if addressing is not None:
            addressing.changed.clear()
        if lines and self._leases is not None:
            self._leases.commit(lines, then)
        else:
            then()

    # --- looking after ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Notice changes of files, and let machines back in that have rested."""
        if _stamps(self._loaded.files) != self._stamps:
            self._reload()
        elif self._catalogue.refresh():
            self._sink(Notice(f"the folder has changed: {len(self._catalogue.table)} files are served now"))
            self._use()
        if self._assignments.tick(self._loop.now) and self._dhcp is not None:
            self._dhcp.forget()
        self._loop.call_later(LOOK_SECONDS, self._look)

    def _reload(self) -> None:
        """Read the policy again; one that is wrong is told and the old one stays."""
        try:
            self._loaded = policy.load(self._config.policy, self._config.allow)
        except ServeError as error:
            self._sink(Notice(f"the policy stays as it was: {error.message} ({error.hint})", warning=True))
        else:
            self._sink(Notice("the policy was read again"))
        self._stamps = _stamps(self._loaded.files)
        self._catalogue.refresh()
        self._use()
        self._check_names()

    def _use(self) -> None:
        if self._dhcp is not None:
            self._dhcp.server.policy = self._loaded.policy
            self._dhcp.server.table = self._catalogue.table
            self._dhcp.forget()

    def _check_names(self) -> None:
        for name in unknown_names(self._loaded.policy, self._catalogue.table):
            self._sink(Notice(f"the policy names {name!r}, and nothing of that name is served", warning=True))

    # --- what is told about it -------------------------------------------------------------------------------------

    def progress(self) -> list[Progress]:
        """Return how far the running transfers are."""
        return [one for service in (self._tftp, self._http) if service for one in service.progress()]

    def status(self) -> dict[str, Any]:
        """Return what the service is doing, for JSON."""
        config = self._config
        told: dict[str, Any] = {
            "interfaces": [{"name": one.name, "address": str(one.address)} for one in self._interfaces],
            "dhcp": config.dhcp,
            "policy": [str(path) for path in self._loaded.files],
            "files": len(self._catalogue.table),
            "images": [image.id for image in self._catalogue.table.images],
        }
        if self._dhcp is not None:
            told["dhcp_counters"] = dict(self._dhcp.counters)
            addressing = self._dhcp.server.addressing
            if addressing is not None:
                now = time.time()
                told["leases"] = [
                    {
                        "address": ip_text(lease.address.to_bytes(4)),
                        "mac": lease.mac.hex(":"),
                        "state": lease.state,
                        "seconds": round(lease.expires - now),
                        "hostname": lease.hostname,
                    }
                    for book in addressing.books
                    for lease in book.by_address.values()
                    if lease.expires > now
                ][:LEASES_SHOWN]
        return told


def _stamps(files: Iterable[Path]) -> list[tuple[int, int] | None]:
    """Return what changes when a file does."""
    found: list[tuple[int, int] | None] = []
    for path in files:
        about = None
        with contextlib.suppress(OSError):
            about = path.stat()
        found.append((about.st_mtime_ns, about.st_size) if about else None)
    return found
