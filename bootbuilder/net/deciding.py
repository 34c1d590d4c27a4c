"""Who gets what: from policy, client and catalogue to a decision. Pure; reads nothing and remembers nothing."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from bootbuilder.net.boottable import BootImage, BootTable
from bootbuilder.net.policy import IGNORE, LOCAL, MENU, Policy, Rule, parse_network
from bootbuilder.net.pxe import Client, Discovery
from bootbuilder.net.records import record

UNDI = "undi"  # the driver that works on whatever adapter the boot ROM drives
LOADERS = frozenset(
    {"pxelinux", "lpxelinux", "gpxelinux", "undionly", "ipxe", "memdisk", "intel", "realtek", "snponly"}
)
"""Boot files (without their ending) that load something else: in a menu only where there is nothing else."""


@record(frozen=True, slots=True)
class Boot:
    """Boot one thing: an image, or `file` where the policy names a file that is none. `ticket` marks a one-shot."""

    image: BootImage
    loader: str = "auto"
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the menu for this client: `number` is its place in the policy; `boot` None is the local disk."""

    number: int
    text: str
    boot: Boot | None


@dataclass(frozen=True, slots=True)
class Menu:
    """Let the user choose; the first is the default."""

    choices: tuple[Choice, ...]
    prompt: str
    seconds: int
    discovery: Discovery


@dataclass(frozen=True, slots=True)
class Local:
    """Tell the client to boot its own disk."""


@record(frozen=True, slots=True)
class Ignore:
    """Say nothing to the client; `reason` is for the log and tells how to change that.

    A `denied` one gets no address either; others are ordinary machines to a DHCP server.
    """

    reason: str
    denied: bool = False


Decision = Boot | Menu | Local | Ignore


@record(frozen=True, slots=True)
class Where:
    """How a client reaches us: our address on the interface that its packet came in by."""

    server: bytes

    def inside(self, network: str, client: Client) -> bool:
        """Whether the client is in `network`: by its relay, else its own address, else the interface's."""
        told = next((a for a in (client.relay, client.address, self.server) if any(a)), self.server)
        return IPv4Address(told) in parse_network(network)


def decide(
    policy: Policy, client: Client, where: Where, table: BootTable, spent: Callable[[str, str], bool]
) -> Decision:
    """Return what a client gets. `spent(ticket, mac)` tells whether a one-shot has been used up."""
    chosen = _chosen(policy, client, where, table, spent)
    if isinstance(chosen, Ignore):
        return chosen
    target, loader, ticket = chosen
    if not client.runs_dos:
        return _for_uefi(policy, client, target, table)
    return _resolve(policy, client, target, loader, ticket, table)


def _chosen(
    policy: Policy, client: Client, where: Where, table: BootTable, spent: Callable[[str, str], bool]
) -> tuple[str, str, str] | Ignore:
    """Return (what to boot, loader, ticket of a one-shot) as the policy's first fitting line says."""
    if _listed(client.mac, policy.deny):
        return Ignore("it is on the deny list", denied=True)
    for rule in policy.rule:
        if matches(rule, client, where):
            if rule.once and spent(rule.ticket, client.mac):
                return rule.then, "auto", ""
            return rule.boot, rule.loader, rule.ticket if rule.once else ""
    if any(image.mac == client.mac for image in table.images):
        return next(image.id for image in table.images if image.mac == client.mac), "auto", ""
    if _listed(client.mac, policy.allow):
        return policy.default, "auto", ""
    if policy.unknown == IGNORE:
        return Ignore(
            f'it is unknown; to let it in, add {client.mac} to the allow list, or set unknown = "menu"'
        )
    return policy.unknown, "auto", ""


def matches(rule: Rule, client: Client, where: Where) -> bool:
    """Return whether every key of a rule that is given fits a client."""
    kind = client.architecture_name
    return (
        (not rule.mac or _listed(client.mac, rule.mac))
        and (not rule.uuid or any(fnmatch.fnmatchcase(client.uuid, one) for one in rule.uuid))
        and (not rule.arch or any(kind == one or kind.startswith(f"{one}-") for one in rule.arch))
        and (not rule.vendor or any(fnmatch.fnmatchcase(client.vendor_class, one) for one in rule.vendor))
        and (not rule.pci or any(fnmatch.fnmatchcase(client.pci, one) for one in rule.pci))
        and (not rule.subnet or any(where.inside(one, client) for one in rule.subnet))
    )


def _listed(mac: str, patterns: tuple[str, ...]) -> bool:
    return any(mac == one or (one[-1:] == "*" and mac.startswith(one[:-1])) for one in patterns)


def _resolve(
    policy: Policy, client: Client, target: str, loader: str, ticket: str, table: BootTable
) -> Decision:
    """Return what a name in the policy means for a client that runs DOS."""
    if target == MENU:
        return _menu(policy, client, table)
    if target == LOCAL:
        return Local()
    if target == IGNORE:
        return Ignore("the policy says so")
    found = _named(client, target, table)
    if not found:
        return Ignore(f"the policy names {target!r}, and nothing of that name is served")
    if len(found) > 1 and client.pci and not _drives(found, client):
        return Ignore(
            f"no image of {target} drives its adapter {client.pci}: build one with --nic pci:{client.pci}"
        )
    if len(found) > 1 and not client.pci:
        lines = [Choice(number, image.id, Boot(image, loader, ticket)) for number, image in enumerate(found)]
        return Menu(tuple(lines), policy.menu.prompt, policy.menu.seconds, policy.menu.how)
    return Boot((_drives(found, client) or found)[0], loader, ticket)


def _for_uefi(policy: Policy, client: Client, target: str, table: BootTable) -> Decision:
    """Return the .efi file that a client gets which cannot run DOS."""
    for name in (target, policy.uefi):
        if name in (LOCAL, IGNORE, MENU):
            continue
        entry = table.find(name)
        if entry is not None and entry.name.lower().endswith(".efi"):
            return Boot(BootImage(entry.base, efi=entry))
        for image in table.images:
            if image.id == name and image.efi:
                return Boot(image)
    return Ignore(
        f"it starts as {client.architecture_name}, which cannot boot DOS: switch its firmware to legacy (CSM, BIOS) "
        'boot, or give it a file with uefi = "name.efi" in the policy'
    )


def _named(client: Client, name: str, table: BootTable) -> list[BootImage]:
    """Return the images that a name means: one by its id or file, or those of a recipe."""
    images = [image for image in table.images if image.nbp or image.img]
    exact = [image for image in images if image.id == name]
    if exact:
        return exact
    made = [image for image in images if image.recipe == name]
    mine = [image for image in made if image.mac == client.mac]
    if made:
        return mine or [image for image in made if not image.mac]
    entry = table.find(name)
    if entry is None:
        return []
    owner = next((image for image in images if entry in (image.nbp, image.img)), None)
    return [owner or BootImage(entry.name, nbp=entry)]


def _drives(images: list[BootImage], client: Client) -> list[BootImage]:
    """Return the images that drive the client's adapter, the best first: its own driver, none needed, UNDI."""
    own = [image for image in images if client.pci and client.pci in image.pci]
    return (
        own + [image for image in images if not image.nic] + [image for image in images if image.nic == UNDI]
    )


def offered(client: Client, table: BootTable) -> list[BootImage]:
    """Return the images that a menu without lines of its own has for a client, each recipe's best only.

    A site that has set up pxelinux itself gets it; other loaders are offered only where nothing else is.
    """
    images = [image for image in table.images if (image.nbp or image.img) and image.mac in ("", client.mac)]
    loaders = [image for image in images if image.nbp and image.id.rpartition("/")[2] in LOADERS]
    own = [image for image in loaders if image.id.endswith("pxelinux")]
    if own and any("pxelinux.cfg/" in name for name in table.entries):
        return own
    found: list[BootImage] = []
    recipes: set[str] = set()
    for image in images:
        if image in loaders:
            continue
        if not image.recipe or not client.pci:
            found.append(image)
        elif image.recipe not in recipes:
            recipes.add(image.recipe)
            same = [other for other in images if other.recipe == image.recipe]
            found += _drives(same, client)[:1] or same
    return found or loaders


def _menu(policy: Policy, client: Client, table: BootTable) -> Decision:
    """Return the menu, or the one image where there is no choice to be made."""
    menu = policy.menu
    if not menu.entries:
        images = offered(client, table)
        if not images:
            return Ignore("nothing that a PC can boot is served")
        if len(images) == 1:
            return Boot(images[0])
        choices = [Choice(number, image.id, Boot(image)) for number, image in enumerate(images)]
        if menu.local:
            choices.append(Choice(len(images), "Local disk", None))
    else:
        choices = []
        for number, line in enumerate(menu.lines):
            if line.boot == LOCAL:
                choices.append(Choice(number, line.text or "Local disk", None))
                continue
            found = _named(client, line.boot, table)
            if best := (_drives(found, client) or found)[:1]:
                choices.append(Choice(number, line.text or best[0].id, Boot(best[0])))
        if not any(choice.boot for choice in choices):
            return Ignore("none of the menu's lines names something that is served")
    return Menu(tuple(choices), menu.prompt, menu.seconds, menu.how)


def unknown_names(policy: Policy, table: BootTable) -> list[str]:
    """Return the names in a policy that mean nothing in a catalogue, for a warning."""
    names = [rule.boot for rule in policy.rule] + [rule.then for rule in policy.rule]
    names += [line.boot for line in policy.menu.lines] + [policy.unknown, policy.default, policy.uefi]
    known = (
        {image.id for image in table.images}
        | {image.recipe for image in table.images}
        | {MENU, LOCAL, IGNORE}
    )
    return [name for name in dict.fromkeys(names) if name not in known and table.find(name) is None]
