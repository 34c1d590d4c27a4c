"""How the DHCP servers of a site are told about this service: text to paste, for each common server.

Needed only where no proxy offer can reach the clients, or where the site wants one server to answer them.
"""

from __future__ import annotations

from collections.abc import Callable


def dnsmasq(server: str, boot_file: str) -> str:
    """dnsmasq: BIOS clients get the boot file, all others their usual answer."""
    return f"""\
# dnsmasq.conf
dhcp-match=set:bios,option:client-arch,0
dhcp-boot=tag:bios,{boot_file},,{server}
"""


def isc(server: str, boot_file: str) -> str:
    """ISC dhcpd."""
    return f"""\
# dhcpd.conf, inside the subnet
option arch code 93 = unsigned integer 16;   # once, outside of every subnet
class "pxe-bios" {{
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient" and option arch = 00:00;
  next-server {server};
  filename "{boot_file}";
}}
"""


def kea(server: str, boot_file: str) -> str:
    """Kea."""
    return f"""\
// kea-dhcp4.conf, inside "Dhcp4"
"client-classes": [
  {{
    "name": "pxe-bios",
    "test": "substring(option[60].hex,0,9) == 'PXEClient' and option[93].hex == 0x0000",
    "next-server": "{server}",
    "boot-file-name": "{boot_file}"
  }}
]
"""


def windows(server: str, boot_file: str) -> str:
    """Windows Server's DHCP, in PowerShell. Option 60 must not be set, unless a boot server runs on the same host."""
    return f"""\
# PowerShell on the DHCP server; replace 10.0.0.0 by the scope
Add-DhcpServerv4Class -Name "PXE BIOS" -Type Vendor -Data "PXEClient:Arch:00000"
Add-DhcpServerv4Policy -Name "PXE BIOS" -ScopeId 10.0.0.0 -Condition OR -VendorClass EQ,"PXE BIOS*"
Set-DhcpServerv4OptionValue -ScopeId 10.0.0.0 -PolicyName "PXE BIOS" -OptionId 66 -Value "{server}"
Set-DhcpServerv4OptionValue -ScopeId 10.0.0.0 -PolicyName "PXE BIOS" -OptionId 67 -Value "{boot_file}"
Remove-DhcpServerv4OptionValue -OptionId 60 -ErrorAction SilentlyContinue
"""


def mikrotik(server: str, boot_file: str) -> str:
    """MikroTik RouterOS."""
    return f"""\
# RouterOS terminal; number 0 is the network from: /ip dhcp-server network print
/ip dhcp-server network set 0 next-server={server} boot-file-name="{boot_file}"
"""


def relay(server: str, boot_file: str) -> str:
    """A router between the clients and this service: it must hand their broadcasts on to both servers."""
    return f"""\
# Cisco-like router, on the clients' interface; keep the line for the DHCP server
ip helper-address {server}
# Linux: dhcrelay -4 -id CLIENTS_INTERFACE -iu SERVERS_INTERFACE DHCP_SERVER {server}
"""


SNIPPETS: dict[str, Callable[[str, str], str]] = {
    "dnsmasq": dnsmasq,
    "isc": isc,
    "kea": kea,
    "windows": windows,
    "mikrotik": mikrotik,
    "relay": relay,
}
