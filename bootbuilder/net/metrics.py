"""The counts as Prometheus reads them (text exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_COUNTERS = {  # first word of a count -> (metric, help, names of the labels)
    "dhcp received": ("dhcp_received_total", "DHCP messages of network boot clients.", ("message",)),
    "dhcp sent": ("dhcp_sent_total", "DHCP messages sent.", ("message",)),
    "dhcp ignored": ("dhcp_ignored_total", "DHCP messages deliberately not answered.", ("message",)),
    "other servers": ("other_dhcp_messages_total", "Messages heard of other DHCP servers.", ()),
    "transfers": ("transfers_total", "Transfers by how they ended.", ("service", "result")),
    "bytes": ("sent_bytes_total", "Bytes of files sent.", ("service",)),
    "bytes again": ("resent_bytes_total", "Bytes that had to be sent again.", ("service",)),
    "dropped": ("dropped_total", "Malformed or excessive requests dropped.", ("service",)),
}


def exposition(counts: Mapping[tuple[str, ...], int], gauges: Iterable[tuple[str, str, float]]) -> str:
    """Return the text of `/metrics`; `gauges` are (name, help, value)."""
    lines = []
    for name, about, value in gauges:
        lines += [f"# HELP bootbuilder_{name} {about}", f"# TYPE bootbuilder_{name} gauge"]
        lines.append(f"bootbuilder_{name} {value:.15g}")
    for kind, (name, about, labels) in _COUNTERS.items():
        lines += [f"# HELP bootbuilder_{name} {about}", f"# TYPE bootbuilder_{name} counter"]
        for key in sorted(counts):
            if key[0] == kind:
                told = ",".join(
                    f'{label}="{_escaped(text)}"' for label, text in zip(labels, key[1:], strict=True)
                )
                lines.append(f"bootbuilder_{name}{f'{{{told}}}' if told else ''} {counts[key]}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
