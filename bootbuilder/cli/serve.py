"""The command that serves boot files to PXE clients."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from bootbuilder.cli import terminal
from bootbuilder.errors import ServeError

if TYPE_CHECKING:
    from bootbuilder.cli.watching import Watch
    from bootbuilder.net.boottable import Catalogue
    from bootbuilder.net.server import Config, Server

SYSTEM_STATE = Path("/var/lib/bootbuilder")
SWITCH_SECONDS = 0.0005
"""How long another thread may hold up the service's. Python's own 5 ms would be felt by each block of TFTP."""


def _limit(text: str, **more: Any) -> Any:
    return typer.Option(help=f"Limit: {text}", show_default=True, **more)


def serve(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A build output, or any folder.")] = Path(
        "out"
    ),
    interfaces: Annotated[
        list[str] | None, typer.Option("--interface", metavar="IF", help="Serve this interface; repeatable.")
    ] = None,
    listen: Annotated[
        list[str] | None, typer.Option("--listen", metavar="IP", help="Serve at this address; repeatable.")
    ] = None,
    dhcp: Annotated[
        str, typer.Option(metavar="proxy|server|off", help="Beside a DHCP server, as one, or none of it.")
    ] = "proxy",
    pool: Annotated[
        str | None, typer.Option(metavar="A-B", help="Addresses to give, with --dhcp server.")
    ] = None,
    tftp_port: Annotated[int, typer.Option(min=1, max=65535)] = 69,
    http_port: Annotated[int, typer.Option(min=0, max=65535, help="0: no HTTP.")] = 80,
    dhcp_port: Annotated[int, typer.Option(min=0, max=65534, help="0: the PXE port alone.")] = 67,
    pxe_port: Annotated[int, typer.Option(min=1, max=65535)] = 4011,
    allow: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Serve only these MAC addresses or prefixes.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(metavar="FILE.toml", help="Who gets what.")] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where leases and spent one-shots are kept.")
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Run as this user once the ports are open. [nobody]")
    ] = None,
    upload: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Let clients write new files there, by TFTP.")
    ] = None,
    single_port: Annotated[
        bool, typer.Option("--single-port", help="Answer TFTP from its own port, for NAT.")
    ] = False,
    json_log: Annotated[bool, typer.Option("--json-log", help="One line of JSON for each step.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="No live table on a terminal.")] = False,
    tftp_blksize: Annotated[int, _limit("bytes of a block; the network may carry less.", min=8)] = 65464,
    tftp_windowsize: Annotated[int, _limit("blocks sent at once.", min=1, max=64)] = 32,
    tftp_timeout: Annotated[float, _limit("seconds to the first repetition.", min=0.1)] = 1.0,
    tftp_tries: Annotated[int, _limit("repetitions before a client's first answer.", min=1)] = 5,
    tftp_idle: Annotated[float, _limit("seconds of silence that end a transfer.", min=1)] = 30.0,
    tftp_transfers: Annotated[int, _limit("transfers at once.", min=1)] = 64,
    tftp_transfers_per_client: Annotated[int, _limit("of them for one address.", min=1)] = 4,
    tftp_rate: Annotated[float, _limit("requests a second from one address.", min=0.1)] = 20.0,
    tftp_burst: Annotated[int, _limit("requests at once from one address.", min=1)] = 40,
    tftp_clients: Annotated[int, _limit("addresses remembered.", min=16)] = 4096,
    tftp_name: Annotated[int, _limit("bytes of a file name.", min=1, max=512)] = 120,
    upload_size: Annotated[int, _limit("bytes of an uploaded file.", min=0)] = 64 << 20,
    dhcp_rate: Annotated[int, _limit("DHCP messages a second from one client.", min=1)] = 50,
    dhcp_new_rate: Annotated[int, _limit("new DHCP clients a second.", min=1)] = 500,
    http_connections: Annotated[int, _limit("HTTP connections at once.", min=1)] = 32,
    http_connections_per_client: Annotated[int, _limit("of them for one address.", min=1)] = 8,
    http_header_bytes: Annotated[int, _limit("bytes of a request's header.", min=256)] = 16 << 10,
    http_header_time: Annotated[float, _limit("seconds until a request must be complete.", min=0.1)] = 15.0,
    http_stall_time: Annotated[float, _limit("seconds without reading the answer.", min=0.1)] = 60.0,
) -> None:
    """Serve boot files to PXE clients: proxyDHCP or DHCP, TFTP and HTTP.

    \b
    Examples:
      sudo bootbuilder serve out                       beside your DHCP server
      sudo bootbuilder serve out --interface eth1 --dhcp server --pool 10.9.0.100-10.9.0.199
      bootbuilder serve out --dhcp off --tftp-port 6969 --http-port 8080    without any rights

    It runs until Ctrl-C; SIGHUP reads folder and policy again. /status and /metrics tell what happens.
    """
    from bootbuilder.net import dhcpd, http, server, tftp

    limits = server.Limits(
        tftp=tftp.Limits(
            blksize=tftp_blksize,
            windowsize=tftp_windowsize,
            timeout=tftp_timeout,
            tries=tftp_tries,
            idle=tftp_idle,
            transfers=tftp_transfers,
            transfers_per_client=tftp_transfers_per_client,
            requests_per_second=tftp_rate,
            request_burst=tftp_burst,
            clients=tftp_clients,
            name=tftp_name,
            upload=upload_size,
        ),
        dhcp=dhcpd.DhcpLimits(each=dhcp_rate, new=dhcp_new_rate),
        http=http.HttpLimits(
            connections=http_connections,
            connections_per_client=http_connections_per_client,
            header_bytes=http_header_bytes,
            header_time=http_header_time,
            stall_time=http_stall_time,
        ),
    )
    config = server.Config(
        interfaces=tuple(interfaces or ()),
        listen=tuple(listen or ()),
        dhcp=_mode(dhcp),
        pool=_pool(pool, dhcp),
        dhcp_port=dhcp_port,
        pxe_port=pxe_port,
        tftp_port=tftp_port,
        http_port=http_port,
        single_port=single_port,
        policy=policy,
        allow=allow,
        upload=upload,
        state=state or _state_folder(),
        user=user or ("nobody" if _is_root() else None),
        limits=limits,
        sockets=_passed_sockets(),
    )
    _run(config, folder, "json" if json_log else "lines" if plain or not sys.stdout.isatty() else "table")


def _mode(text: str) -> Literal["proxy", "server", "off"]:
    match text:
        case "proxy" | "server" | "off":
            return text
    raise typer.BadParameter(f"--dhcp is proxy, server or off, not {text!r}")


def _pool(text: str | None, dhcp: str) -> tuple[IPv4Address, IPv4Address] | None:
    from bootbuilder.net import policy

    if text is None:
        return None
    try:
        pool = policy.parse_pool(text)
    except ValueError as error:
        raise ServeError(f"--pool {text}: {error}", "write it as --pool 10.0.0.100-10.0.0.199") from None
    if dhcp != "server":
        raise ServeError(
            "--pool gives addresses, and this mode does not", "add --dhcp server, or leave --pool out"
        )
    return pool


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _state_folder() -> Path:
    """Return where the state is kept: what systemd says, the system's place for root, else the user's data folder."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    if _is_root() and "BOOTBUILDER_HOME" not in os.environ:
        return SYSTEM_STATE
    return terminal.store().root / "serve"


def _passed_sockets() -> tuple[Any, ...]:
    from bootbuilder.net import privileges

    return privileges.passed_sockets(os.environ, os.getpid())


def _run(config: Config, folder: Path, shape: str) -> None:
    """Serve until a signal; Ctrl-C ends with the exit status of an interruption."""
    from bootbuilder.cli.watching import Watch
    from bootbuilder.net import interfaces
    from bootbuilder.net.boottable import Catalogue
    from bootbuilder.net.server import Server

    sys.setswitchinterval(SWITCH_SECONDS)
    catalogue = Catalogue(folder, _pci_ids())
    with contextlib.ExitStack() as stack:
        stack.callback(catalogue.close)
        line, out, show = stack.enter_context(_output(shape))
        watch = Watch(interfaces.neighbour, line, out)
        server = Server(config, catalogue, watch)
        server.status_page, server.metrics_page = watch.status, watch.metrics
        server.bind()
        _tell_start(config, catalogue, folder, watch)
        watch.start(server, show)
        try:
            interrupted = _serve(server)
        finally:
            watch.end()
    if watch.problem is not None:
        raise watch.problem
    if interrupted:
        raise KeyboardInterrupt


def _serve(server: Server) -> bool:
    """Run the server until it stops, and return whether Ctrl-C did that."""
    seen: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once
        server.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda number, frame: server.reload())
    server.run()
    return signal.SIGINT in seen


def _tell_start(config: Config, catalogue: Catalogue, folder: Path, watch: Watch) -> None:
    from bootbuilder.net.events import Notice

    for note in catalogue.table.notes:
        watch(Notice(note))
    dhcp_ports = " and ".join(f"port {port}" for port in (config.dhcp_port, config.pxe_port) if port)
    doing = {
        "proxy": f"proxyDHCP on {dhcp_ports}",
        "server": f"DHCP on {dhcp_ports}",
        "off": "no DHCP",
    }[config.dhcp]
    web = f", HTTP on port {config.http_port}" if config.http_port else ""
    where = ", ".join((*config.interfaces, *config.listen)) or "all interfaces"
    table = catalogue.table
    text = f"serving {len(table)} files of {folder} on {where}: {doing}, TFTP on port {config.tftp_port}{web}"
    watch(Notice(text))
    if not any(image.nbp or image.img for image in table.images):
        watch(
            Notice(
                f"there is nothing in {folder} that a PC could boot; build something into it", warning=True
            )
        )


def _pci_ids() -> dict[str, frozenset[str]]:
    """Return which adapters each driver of the catalogue is for, as the manifests name drivers."""
    found: dict[str, set[str]] = {}
    for adapter in terminal.catalogue().adapters():
        for use in adapter.drivers:
            found.setdefault(use.id, set()).update((*adapter.pci, *adapter.pci_shared))
    return {driver: frozenset(ids) for driver, ids in found.items()}


@contextlib.contextmanager
def _output(shape: str) -> Iterator[tuple[Any, Any, Any]]:
    """Give what puts a step into words, what prints lines, and what draws the table (or None)."""
    from bootbuilder.cli import watching

    line = watching.plain_line if terminal.verbose else watching.short_line
    if terminal.quiet:
        yield None, watching.print_lines, None
    elif shape == "json":
        yield watching.json_line, watching.print_lines, None
    elif shape == "lines":
        yield line, watching.print_lines, None
    else:
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False)

        def out(lines: list[watching.Line]) -> None:
            styled = [Text(text, style="yellow" if warning else "") for text, warning in lines]
            console.print(Text("\n").join(styled), soft_wrap=True)

        with watching.live_table(console) as draw:
            yield line, out, draw
