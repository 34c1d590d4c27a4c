"""The serve command's options, its log lines and its table, without a network."""

from __future__ import annotations

import configparser
import inspect
import json
import re
import shlex
from pathlib import Path

import pytest

from bootbuilder.cli import watching
from bootbuilder.cli.serve import serve
from bootbuilder.net import dhcpd, http, tftp
from bootbuilder.net.events import Dropped, RequestRefused, TransferDone, TransferStarted
from bootbuilder.net.timelines import Timelines
from tests.clirun import invoke

SYSTEMD = Path(__file__).parents[2] / "docs" / "systemd"
DEFAULTS = {name: parameter.default for name, parameter in inspect.signature(serve).parameters.items()}


def test_limits_have_the_defaults_of_the_protocols() -> None:
    """What --help says is what the service does."""
    t, d, h = tftp.Limits(), dhcpd.DhcpLimits(), http.HttpLimits()
    expected = {
        "tftp_blksize": t.blksize,
        "tftp_windowsize": t.windowsize,
        "tftp_timeout": t.timeout,
        "tftp_tries": t.tries,
        "tftp_idle": t.idle,
        "tftp_transfers": t.transfers,
        "tftp_transfers_per_client": t.transfers_per_client,
        "tftp_rate": t.requests_per_second,
        "tftp_burst": t.request_burst,
        "tftp_clients": t.clients,
        "tftp_name": t.name,
        "upload_size": t.upload,
        "dhcp_rate": d.each,
        "dhcp_new_rate": d.new,
        "http_connections": h.connections,
        "http_connections_per_client": h.connections_per_client,
        "http_header_bytes": h.header_bytes,
        "http_header_time": h.header_time,
        "http_stall_time": h.stall_time,
    }
    assert {name: DEFAULTS[name] for name in expected} == expected


def test_help_has_every_option_and_examples() -> None:
    """The options of the contract and an example to copy."""
    text = invoke("serve", "--help").output
    options = "interface listen dhcp pool tftp-port http-port dhcp-port pxe-port allow policy json-log upload"
    assert not [one for one in options.split() if f"--{one}" not in text]
    assert "bootbuilder serve out --interface eth1 --dhcp server --pool" in text


@pytest.mark.parametrize(
    "words", [["--dhcp", "both"], ["--tftp-port", "0"], ["--tftp-port", "x"], ["--nonsense"]]
)
def test_wrong_usage_is_status_2(words: list[str]) -> None:
    """What can be seen from the command line alone."""
    assert invoke("serve", *words).exit_code == 2


def test_json_lines() -> None:
    """One object on each line, with time, level, client and words."""
    event = RequestRefused("tftp", "10.0.0.9", 2070, "x\n.0", "no such file", 1)
    line = watching.json_line(1_700_000_000.5, "52:54:00:00:00:01", event)
    assert "\n" not in line
    told = json.loads(line)
    assert told["time"] == "2023-11-14T22:13:20.500+00:00"
    assert (told["level"], told["client"], told["code"]) == ("warning", "52:54:00:00:00:01", 1)


def test_plain_lines_leave_trifles_out() -> None:
    """Rubbish from the network is told to those who want to hear more."""
    dropped = (0.0, "10.0.0.9", Dropped("tftp", "10.0.0.9", "no TFTP at all"))
    assert watching.short_line(*dropped) is None
    assert watching.plain_line(*dropped).endswith("10.0.0.9          tftp dropped: no TFTP at all")


def test_the_table_shows_a_transfer() -> None:
    """Client, file, how far, how fast, and how it ended."""
    from rich.console import Console

    lines = Timelines()
    lines.add(1.0, TransferStarted(1, "tftp", "10.0.0.9", 2070, "plant.img", 1474560, 1456))
    (client,) = lines.clients.values()
    client.sent, client.rate = 737280, 1.5e6
    console = Console(width=120, force_terminal=False)
    with console.capture() as captured:
        console.print(watching.table_of([client]))
    text = captured.get()
    assert all(word in text for word in ("10.0.0.9", "plant.img", "50 %", "1.5 MB/s", "running"))
    lines.add(2.0, TransferDone(1, "tftp", "10.0.0.9", 2070, "plant.img", 1474560))
    assert watching.row_of(client)[-3:] == ("100 %", "1.5 MB/s", "done")


def test_the_units_fit_the_command() -> None:
    """docs/systemd: the ports are the service's, and the command line is one that it takes."""
    socket_unit = (SYSTEMD / "bootbuilder.socket").read_text()
    opened = sorted(int(port) for port in re.findall(r"^Listen\w+=0\.0\.0\.0:(\d+)$", socket_unit, re.M))
    assert opened == sorted(DEFAULTS[name] for name in ("dhcp_port", "pxe_port", "tftp_port", "http_port"))
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(SYSTEMD / "bootbuilder.service")
    words = shlex.split(unit["Service"]["ExecStart"])[2:]
    assert invoke("serve", *words, "--help").exit_code == 0
    assert unit["Service"]["StateDirectory"] == "bootbuilder"
