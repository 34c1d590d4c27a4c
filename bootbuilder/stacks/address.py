"""Host name and IPv4 address of one machine, as the recipe and the inventory say."""

from __future__ import annotations

from typing import Any

from bootbuilder.errors import RecipeError
from bootbuilder.stacks.model import Job


def values(job: Job) -> dict[str, Any]:
    """Return `hostname`, `static` and, where the address is static, `ip`, `netmask`, `gateway` and the
    list `dns`.

    Raises RecipeError when the inventory has addresses but the recipe asks DHCP.
    """
    network, machine = job.recipe.network, job.machine
    hostname = machine.hostname if machine and machine.hostname else network.hostname
    known: dict[str, Any] = {"hostname": job.text(hostname, "network", "hostname"), "static": False}
    static = network.address
    if static == "dhcp":
        if machine and machine.ip:
            raise RecipeError(
                f"{machine.where}: column ip needs a netmask, and network.address is dhcp",
                'set address = { ip = "{{ vars.ip }}", netmask = "…" } under [network], or drop the column',
            )
        return known
    ip = machine.ip if machine and machine.ip else static.ip
    return {
        **known,
        "static": True,
        "ip": job.text(ip, "network", "address", "ip"),
        "netmask": job.text(static.netmask, "network", "address", "netmask"),
        "gateway": job.maybe(static.gateway, "network", "address", "gateway"),
        "dns": [
            job.text(server, "network", "address", "dns", index) for index, server in enumerate(static.dns)
        ],
    }
