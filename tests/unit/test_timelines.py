"""What is told about clients: the log's lines, each client's timeline, and the counts."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bootbuilder.net import events, metrics, timelines
from bootbuilder.net.events import (
    ClientNotice,
    DhcpAnswered,
    DhcpIgnored,
    DhcpSeen,
    Dropped,
    Event,
    OtherServer,
    Progress,
    RequestRefused,
    TransferDone,
    TransferFailed,
    TransferProbed,
    TransferStarted,
)
from bootbuilder.net.narrative import is_warning, sentence, shown, who
from bootbuilder.net.timelines import Timelines

MAC, IP = "52:54:00:00:00:01", "10.0.0.100"


def _boot(number: int = 1) -> list[Event]:
    """Return the steps of a ROM from power-on to its image."""
    return [
        DhcpSeen(
            MAC, "DISCOVER", 67, "eth0", arch=0, vendor_class="PXEClient:Arch:00000", adapter="8086:100e"
        ),
        DhcpAnswered(MAC, "OFFER", 67, "eth0", boot_file="plant.0", next_server="10.0.0.1"),
        DhcpSeen(MAC, "REQUEST", 4011, "eth0", arch=0, address=IP),
        DhcpAnswered(MAC, "ACK", 4011, "eth0", boot_file="plant.0"),
        TransferProbed(number, "tftp", IP, 2070, "plant.0", 9000),
        TransferStarted(number + 1, "tftp", IP, 2071, "plant.0", 9000, 1456),
        TransferDone(number + 1, "tftp", IP, 2071, "plant.0", 9000, resent=1456),
        TransferStarted(number + 2, "tftp", IP, 2072, "plant.img", 1474560, 1456),
    ]


def test_a_boot_is_one_timeline() -> None:
    """DHCP by MAC and TFTP by IP become the story of one machine."""
    lines = Timelines()
    for second, event in enumerate(_boot()):
        assert lines.add(1000.0 + second, event) == MAC
    (client,) = lines.clients.values()
    told = timelines.as_json(client)
    assert json.loads(json.dumps(told)) == told
    assert [step["event"] for step in told["timeline"]][-2:] == ["transfer-done", "transfer-started"]
    assert (told["client"], told["address"], told["adapter"], told["arch"]) == (MAC, IP, "8086:100e", 0)
    assert (told["file"], told["size"], told["result"]) == ("plant.img", 1474560, "running")
    lines.progressed(1009.0, [Progress(3, "tftp", IP, "plant.img", 737280, 1474560)])
    assert (client.sent, client.rate) == (737280, 737280 / 2)
    lines.add(1011.0, TransferDone(3, "tftp", IP, 2072, "plant.img", 1474560))
    assert (client.result, client.sent, client.rate) == ("done", 1474560, 1474560 / 4)


def test_the_next_boot_begins_afresh() -> None:
    """A new DISCOVER after a finished boot clears what the table shows, not the timeline."""
    lines = Timelines()
    for event in [*_boot(), TransferFailed(3, "tftp", IP, 2072, "plant.img", 5, "silence")]:
        lines.add(1.0, event)
    assert lines.clients[MAC].result == "failed"
    lines.add(2.0, _boot()[0])
    assert (lines.clients[MAC].result, lines.clients[MAC].file, len(lines.clients[MAC].steps)) == ("", "", 10)


def test_a_client_known_by_its_address_only() -> None:
    """Without DHCP a transfer stands under the IP address, or under the MAC that the system knows for it."""
    lines = Timelines()
    assert lines.add(1.0, _boot()[5]) == IP
    assert lines.clients[IP].result == "running"
    assert Timelines(lambda address: MAC).add(1.0, _boot()[5]) == MAC


def test_strangers_cannot_fill_the_memory() -> None:
    """A flood of invented clients pushes out the oldest; steps and other servers have a limit too."""
    lines = Timelines()
    for number in range(timelines.CLIENTS_MAX + 50):
        mac = ":".join(f"{byte:02x}" for byte in number.to_bytes(6, "big"))
        lines.add(
            1.0,
            DhcpSeen(mac, "DISCOVER", 67, address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"),
        )
        lines.add(1.0, OtherServer(f"10.1.{number >> 8}.{number & 255}", "offers addresses"))
        lines.add(1.0, DhcpSeen(MAC, "DISCOVER", 67))
    assert len(lines.clients) == timelines.CLIENTS_MAX
    assert len(lines.clients[MAC].steps) == timelines.STEPS_MAX
    assert len(lines.other_servers) == timelines.SERVERS_MAX
    assert len(lines._addresses) <= timelines.CLIENTS_MAX


def test_lines_say_what_happened() -> None:
    """A log that can be read and grepped."""
    told = [sentence(event) for event in _boot()]
    assert told[0] == "asks: DISCOVER PXEClient bios adapter 8086:100e (eth0)"
    assert told[1] == "answered: OFFER boot file plant.0 from 10.0.0.1 (eth0)"
    assert told[2] == "asks: REQUEST on port 4011 bios (eth0)"
    assert told[4] == "tftp told the size of plant.0: 9,000 bytes"
    assert told[5] == "tftp sends plant.0: 9,000 bytes, blocks of 1456"
    assert told[6] == "tftp sent plant.0: 9,000 bytes, 1,456 sent again"
    ignored = DhcpIgnored(MAC, "DISCOVER", 67, "a UEFI client cannot boot DOS", "eth0")
    assert sentence(ignored) == "ignored: DISCOVER (eth0): a UEFI client cannot boot DOS"
    assert is_warning(RequestRefused("tftp", IP, 5, "x", "no such file", 1))
    assert not is_warning(ignored)
    assert (who(ignored), who(_boot()[5])) == (MAC, IP)


def test_names_of_strangers_cannot_forge_lines() -> None:
    """A file name with line ends or escape sequences is shown as what it is."""
    line = sentence(
        RequestRefused("tftp", IP, 5, "x\n52:54 tftp sent\x1b[2J\u202e" + "y" * 500, "no such file", 1)
    )
    assert line.isprintable()
    assert "x\\x0a52:54 tftp sent\\x1b[2J\\u202e" in line
    assert len(line) < 250


@given(st.text())
def test_any_text_can_be_shown(text: str) -> None:
    """Whatever arrives, it fits into one line."""
    assert shown(text).isprintable()


def test_counts_for_prometheus() -> None:
    """Every line is a comment or a sample, and the samples have what was counted."""
    lines = Timelines()
    for event in _boot():
        lines.add(1.0, event)
    lines.add(1.0, Dropped("dhcp", IP, "no cookie"))
    lines.add(1.0, OtherServer(IP, "x"))
    lines.add(1.0, ClientNotice(MAC, "loop", "boots again and again", warning=True))
    text = metrics.exposition(lines.counts, [("clients", "Machines heard of.", 1)])
    samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert samples["bootbuilder_clients"] == "1"
    assert samples['bootbuilder_transfers_total{service="tftp",result="done"}'] == "1"
    assert samples['bootbuilder_sent_bytes_total{service="tftp"}'] == "9000"
    assert samples['bootbuilder_dhcp_received_total{message="DISCOVER"}'] == "1"
    assert samples['bootbuilder_dropped_total{service="dhcp"}'] == "1"
    assert samples["bootbuilder_other_dhcp_messages_total"] == "1"


def test_every_kind_of_event_has_words() -> None:
    """No step can be added without a line for the log."""
    for kind in events.Event.__args__:  # type: ignore[attr-defined]
        required = {
            name: 1 if field.type in ("int", "int | None") else "x"
            for name, field in kind.__dataclass_fields__.items()
            if field.default is field.default_factory
        }
        assert sentence(kind(**required))
