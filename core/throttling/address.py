"""The address that a request comes from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - nothing listens there: a socket without an address


def client_address(request: HttpRequest) -> str:
    """The client's IP address; of IPv6 the network of 64 bits, all of which one client has.

    Behind a proxy it is the last one in X-Forwarded-For: that one our proxy wrote, those before it
    are whatever the client claimed.
    """
    text = str(request.META.get("REMOTE_ADDR") or "")
    if settings.BEHIND_PROXY:
        text = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or text
    return _network_of(text)


def _network_of(text: str) -> str:
    try:
        found: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False).network_address)
