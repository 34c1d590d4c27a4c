"""The policy: a TOML file that says which machine boots what. Its tables, and reading it with words for mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bootbuilder import problems, toml_files
from bootbuilder.errors import RecipeError, ServeError
from bootbuilder.net.clients import PRIVATE
from bootbuilder.net.pxe import ARCHITECTURES, FOREVER, Discovery
from bootbuilder.net.wire import mac_text, parse_mac
from bootbuilder.problems import Table, matching

MENU, LOCAL, IGNORE = "menu", "local", "ignore"
LIST_FILE = "file:"

_ARCHITECTURE = "|".join(["uefi", "http", *map(re.escape, ARCHITECTURES.values())])

Name = Annotated[
    str, matching(r"[!-~]([ -~]{0,118}[!-~])?", 'the name of an image or a file, "menu", "local" or "ignore"')
]
Text = Annotated[str, matching(r"[ -~]{0,60}", "at most 60 plain ASCII characters: boot ROMs show no others")]
Machine = Annotated[
    str,
    matching(
        rf"{LIST_FILE}.+|([0-9A-Fa-f]{{2}}[:.-]?){{5}}[0-9A-Fa-f]{{2}}|([0-9A-Fa-f][:.-]?){{0,11}}\*",
        'a MAC address, a prefix with * such as "52:54:00:*", or "file:NAME" with one on each line',
    ),
]
Uuid = Annotated[
    str,
    matching(
        r"[0-9A-Fa-f*?-]{1,36}", "a UUID such as 4c4c4544-0042-3510-8053-b8c04f4e3132; * stands for a rest"
    ),
]
Pci = Annotated[str, matching(r"[0-9A-Fa-f]{4}:([0-9A-Fa-f]{4}|\*)", "a PCI id such as 8086:100e or 8086:*")]
Architecture = Annotated[
    str,
    matching(_ARCHITECTURE, 'an architecture such as "bios", "uefi" (all of them), "uefi-x64" or "http-x64"'),
]
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
Ip = Annotated[str, matching(rf"({_OCTET}\.){{3}}{_OCTET}", "an IPv4 address such as 10.0.0.5")]
Network = Annotated[
    str, matching(rf"({_OCTET}\.){{3}}{_OCTET}/([0-9]|[12][0-9]|3[0-2])", "a network such as 10.0.0.0/24")
]
Pool = Annotated[
    str,
    matching(
        rf"({_OCTET}\.){{3}}{_OCTET}-({_OCTET}\.){{3}}{_OCTET}", "a range such as 10.0.0.100-10.0.0.199"
    ),
]
Seconds = Annotated[int, Meta(ge=120, le=0xFFFFFFFE)]


class Rule(Table, frozen=True, kw_only=True):
    """One assignment: machines that fit every key that is given boot `boot`. The first rule that fits decides."""

    boot: Name
    name: str = ""
    mac: tuple[Machine, ...] = ()
    uuid: tuple[Uuid, ...] = ()
    arch: tuple[Architecture, ...] = ()
    vendor: tuple[str, ...] = ()
    subnet: tuple[Network, ...] = ()
    pci: tuple[Pci, ...] = ()
    loader: Literal["auto", "nbp", "pxelinux", "ipxe"] = "auto"
    once: bool | Annotated[str, Meta(min_length=1)] = False
    then: Name = LOCAL

    def __post_init__(self) -> None:
        if not (self.mac or self.uuid or self.arch or self.vendor or self.subnet or self.pci):
            raise ValueError("the rule names no machine: give mac, uuid, arch, vendor, subnet or pci")

    @property
    def ticket(self) -> str:
        """What tells this one-shot from others; a new text in `once` makes it fresh again."""
        return f"{self.name}|{self.boot}|{self.once}"


class Line(Table, frozen=True):
    """A line of the menu that has a text of its own."""

    boot: Name
    text: Text = ""


class Menu(Table, frozen=True):
    """The menu: its lines in order, the first is the default."""

    entries: tuple[Name | Line, ...] = ()
    prompt: Text = "Press F8 for the menu"
    timeout: Annotated[int, Meta(ge=0, le=254)] | Literal["forever"] = 5
    local: bool = True
    discovery: Literal["unicast", "multicast", "broadcast"] = "unicast"

    @property
    def lines(self) -> tuple[Line, ...]:
        """The entries, all written out."""
        return tuple(Line(entry) if isinstance(entry, str) else entry for entry in self.entries)

    @property
    def seconds(self) -> int:
        """How long the prompt stands, as option 43 says it."""
        return FOREVER if self.timeout == "forever" else self.timeout

    @property
    def how(self) -> Discovery:
        """How clients look for the boot server."""
        return Discovery[self.discovery.upper()]


class Loop(Table, frozen=True):
    """When a machine that fetches the same image again and again is taken to be in a loop."""

    times: Annotated[int, Meta(ge=2)] = 5
    seconds: Annotated[int, Meta(ge=1)] = 900
    action: Literal["warn", "local"] = "warn"


class Subnet(Table, frozen=True, kw_only=True):
    """A network that `--dhcp server` gives addresses in; a routed one too, whose relay sends us its requests."""

    network: Network
    pool: Pool | Literal[""] = ""
    router: Ip | Literal[""] = ""
    dns: tuple[Ip, ...] = ()

    def __post_init__(self) -> None:
        network = parse_network(self.network)
        if self.pool and not all(address in network for address in parse_pool(self.pool)):
            raise ValueError(f"the pool {self.pool} is not inside {self.network}")


class Reservation(Table, frozen=True):
    """A fixed address of one machine."""

    mac: Annotated[str, matching(r"([0-9A-Fa-f]{2}[:.-]?){5}[0-9A-Fa-f]{2}", "a MAC address")]
    address: Ip
    hostname: Annotated[str, matching(r"[A-Za-z0-9-]{0,63}", "letters, digits and -")] = ""


class Addresses(Table, frozen=True):
    """What `--dhcp server` gives beside the boot file; `lease` in seconds."""

    lease: Seconds = 43_200
    domain: Annotated[str, matching(r"[A-Za-z0-9.-]{0,200}", "a domain name")] = ""
    subnet: tuple[Subnet, ...] = ()
    reservation: tuple[Reservation, ...] = ()


class Policy(Table, frozen=True):
    """Who gets what: all that a policy file may say."""

    schema: Literal[1]
    unknown: Name = IGNORE
    default: Name = MENU
    uefi: Name = IGNORE
    allow: tuple[Machine, ...] = ()
    deny: tuple[Machine, ...] = ()
    relays: tuple[Network, ...] = PRIVATE
    rule: tuple[Rule, ...] = ()
    menu: Menu = Menu()
    loop: Loop = Loop()
    dhcp: Addresses = Addresses()


PLAIN = Policy(schema=1, unknown=MENU)
"""Without a policy file and an allow list nothing tells known machines from others: all get the menu."""


@lru_cache(maxsize=256)
def parse_network(text: str) -> IPv4Network:
    """Return `10.0.0.0/24` as a network. Raises ValueError."""
    return IPv4Network(text, strict=False)


def parse_pool(text: str) -> tuple[IPv4Address, IPv4Address]:
    """Return first and last of `10.0.0.100-10.0.0.199`. Raises ValueError."""
    first, _, last = text.partition("-")
    low, high = IPv4Address(first.strip()), IPv4Address((last or first).strip())
    if low > high:
        raise ValueError(f"the pool {text} ends before it begins")
    if int(high) - int(low) >= 1 << 16:
        raise ValueError(f"the pool {text} has more than 65,536 addresses")
    return low, high


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy, and the files that it was read from: look at them to notice changes."""

    policy: Policy
    files: tuple[Path, ...] = ()


def load(policy: Path | None = None, allow: Path | None = None) -> Loaded:
    """Read the policy and the list of machines that are let in; a list that ends in .toml is a policy.

    Raises ServeError that names file, line, key, what was found and what is allowed.
    """
    if policy is None and allow is not None and allow.suffix.lower() == ".toml":
        policy, allow = allow, None
    files: list[Path] = []
    made = PLAIN if policy is None else _read(policy, files)
    if allow is not None:
        listed = (*made.allow, *_list(allow, files))
        made = msgspec.structs.replace(made, allow=listed, unknown=IGNORE if policy is None else made.unknown)
    return Loaded(made, tuple(files))


def _read(path: Path, files: list[Path]) -> Policy:
    try:
        merged = toml_files.load(path)
    except RecipeError as error:
        raise ServeError(error.message, error.hint) from None
    files += [source.path for source in merged.sources]
    try:
        made = msgspec.convert(merged.data, Policy)
    except msgspec.ValidationError:
        message, hint = problems.explain(merged, merged.data, _WORDING)
        raise ServeError(message, hint or "docs/boot-policy.md lists the keys of a policy") from None

    def expand(patterns: Iterable[str]) -> tuple[str, ...]:
        found: list[str] = []
        for pattern in patterns:
            if pattern.startswith(LIST_FILE):
                found += _list(path.parent / pattern.removeprefix(LIST_FILE), files)
            else:
                found.append(_normal(pattern))
        return tuple(found)

    rules = tuple(
        msgspec.structs.replace(
            rule,
            name=rule.name or f"rule {number}",
            mac=expand(rule.mac),
            uuid=tuple(one.lower() for one in rule.uuid),
            pci=tuple(one.lower() for one in rule.pci),
        )
        for number, rule in enumerate(made.rule, 1)
    )
    return msgspec.structs.replace(made, rule=rules, allow=expand(made.allow), deny=expand(made.deny))


def _normal(pattern: str) -> str:
    """Return a MAC address or prefix as clients' addresses are written. Raises ValueError."""
    if not pattern.endswith("*"):
        return mac_text(parse_mac(pattern))
    digits = re.sub(r"[:.\-]", "", pattern[:-1].lower())
    if not re.fullmatch(r"[0-9a-f]{0,11}", digits):
        raise ValueError(f"{pattern!r} is no MAC prefix (write it as 52:54:00:*)")
    return ":".join(re.findall("..?", digits)) + "*"


def _list(path: Path, files: list[Path]) -> list[str]:
    """Read a file with a MAC address or prefix at the start of each line; `#` begins a comment."""
    hint = "one MAC address, or a prefix such as 52:54:00:*, on each line; # begins a comment"
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ServeError(f"{path}: cannot be read: {reason}", hint) from None
    files.append(path)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        try:
            found.append(_normal(words[0]))
        except ValueError as error:
            raise ServeError(f"{path}:{number}: {error}", hint) from None
    return found


_WORDING = problems.Wording(
    root=Policy,
    more_keys=("extends",),
    examples={
        "boot": 'for example boot = "plant-ne2000"',
        "unknown": 'write "ignore", "menu" or the name of an image',
        "pool": 'for example pool = "10.0.0.100-10.0.0.199"',
        "timeout": 'write seconds (0 to 254), or "forever"',
        "schema": "add schema = 1 as the first line",
    },
    otherwise="correct it; docs/boot-policy.md lists the keys",
)
