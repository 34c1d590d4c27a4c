"""Whether a firewall on this machine keeps clients out, as far as its own tools tell."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable

from bootbuilder.doctor.findings import Finding

PORTS = {"udp": (67, 69, 4011), "tcp": (80,)}
"""What clients must reach. Answers and whole transfers follow a request, which every firewall here allows."""

Run = Callable[[list[str]], str | None]
"""Runs a command; its output, or None where it is missing or refuses."""


def run(command: list[str]) -> str | None:
    """Run a firewall's own tool."""
    path = shutil.which(command[0], path="/usr/sbin:/sbin:/usr/bin:/bin:/usr/libexec/ApplicationFirewall")
    path = path or shutil.which(command[0])
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, *command[1:]], capture_output=True, text=True, timeout=10, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def examine(ask: Run = run, platform: str = sys.platform) -> list[Finding]:
    """Return the findings; one that says that none was seen, where that is so."""
    if platform == "win32":
        return _windows(ask)
    if platform == "darwin":
        return _macos(ask)
    found = [one for one in (_ufw(ask), _firewalld(ask)) if one]
    found = found or [one for one in (_nft(ask), _iptables(ask)) if one]
    return found or [Finding("ok", "serve", "firewall", "no firewall seems to keep clients out")]


def _blocked(name: str, missing: list[str], fix: str) -> Finding:
    if not missing:
        return Finding("ok", "serve", "firewall", f"{name} lets clients in")
    return Finding(
        "problem", "serve", "firewall", f"{name} has no rule that lets in {', '.join(missing)}", fix
    )


def _missing(allowed: Callable[[str, int], bool]) -> list[str]:
    return [
        f"{proto.upper()} {port}"
        for proto, numbers in PORTS.items()
        for port in numbers
        if not allowed(proto, port)
    ]


def _ufw(ask: Run) -> Finding | None:
    status = ask(["ufw", "status"])
    if status is None or "Status: active" not in status:
        return None
    rules = [line for line in status.splitlines() if "ALLOW" in line]

    def allowed(proto: str, port: int) -> bool:
        return any(re.match(rf"{port}(/{proto})?\s|Anywhere\s", rule) for rule in rules)

    missing = _missing(allowed)
    orders = "; ".join(f"ufw allow {one.split()[1]}/{one.split()[0].lower()}" for one in missing)
    return _blocked("ufw", missing, orders)


def _firewalld(ask: Run) -> Finding | None:
    if (ask(["firewall-cmd", "--state"]) or "").strip() != "running":
        return None
    everything = ask(["firewall-cmd", "--list-all"]) or ""
    services = {67: "dhcp", 69: "tftp", 4011: "proxy-dhcp", 80: "http"}

    def allowed(proto: str, port: int) -> bool:
        return (
            bool(re.search(rf"\b({port}/{proto}|{services[port]})(\s|$)", everything))
            or "target: ACCEPT" in everything
        )

    missing = _missing(allowed)
    orders = " ".join(f"--add-service={services[int(one.split()[1])]}" for one in missing)
    return _blocked("firewalld", missing, f"firewall-cmd --permanent {orders} && firewall-cmd --reload")


def _nft(ask: Run) -> Finding | None:
    rules = ask(["nft", "list", "ruleset"])
    if not rules or "hook input" not in rules:
        return None
    chains = [part for part in re.split(r"\n\s*chain ", rules) if "hook input" in part]
    refusing = [
        part for part in chains if "policy drop" in part or re.search(r"^\s*(drop|reject)\b", part, re.M)
    ]
    if not refusing:
        return None
    text = rules  # accepting rules may stand in chains that the input chain jumps to

    def allowed(proto: str, port: int) -> bool:
        return any(
            str(port) in re.findall(r"\d+", line.partition("dport")[2])
            for line in text.splitlines()
            if "accept" in line and f"{proto} dport" in line
        )

    fix = "nft insert rule inet filter input udp dport { 67, 69, 4011 } accept, the same with tcp dport 80 (your names)"
    return _blocked("nftables", _missing(allowed), fix)


def _iptables(ask: Run) -> Finding | None:
    rules = ask(["iptables", "-S"])
    if not rules:
        return None
    refusing = "-P INPUT DROP" in rules or re.search(r"^-A INPUT -j (DROP|REJECT)", rules, re.M)
    if not refusing:
        return None
    text = rules

    def allowed(proto: str, port: int) -> bool:
        return any(
            re.search(rf"--dports? (\S*[,:])?{port}\b", line)
            for line in text.splitlines()
            if "-j ACCEPT" in line and f"-p {proto}" in line
        )

    fix = "iptables -I INPUT -p udp -m multiport --dports 67,69,4011 -j ACCEPT, and -p tcp --dport 80"
    return _blocked("iptables", _missing(allowed), fix)


def _macos(ask: Run) -> list[Finding]:
    state = ask(["socketfilterfw", "--getglobalstate"]) or ""
    if "enabled" not in state:
        return [Finding("ok", "serve", "firewall", "the application firewall is off")]
    fix = "System Settings > Network > Firewall > Options: allow incoming connections for Python"
    return [
        Finding("note", "serve", "firewall", "the application firewall is on, and asks once for Python", fix)
    ]


def _windows(ask: Run) -> list[Finding]:
    state = ask(["netsh", "advfirewall", "show", "allprofiles", "state"]) or ""
    if not re.search(r"\bON\b", state):
        return [Finding("ok", "serve", "firewall", "Windows Defender Firewall is off")]
    rules = ask(["netsh", "advfirewall", "firewall", "show", "rule", "name=bootbuilder"])
    if rules:
        return [Finding("ok", "serve", "firewall", "Windows Defender Firewall has a rule named bootbuilder")]
    fix = (
        "as administrator: netsh advfirewall firewall add rule name=bootbuilder dir=in action=allow protocol=UDP "
        "localport=67,69,4011, and the same with protocol=TCP localport=80"
    )
    return [
        Finding("warning", "serve", "firewall", "Windows Defender Firewall is on, without a rule for us", fix)
    ]
