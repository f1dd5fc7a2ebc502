"""Whether a host is this machine: nothing else is spoken to in the clear."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether a host, as an address names it, is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
