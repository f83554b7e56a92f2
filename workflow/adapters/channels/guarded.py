"""Posts to an address that somebody else chose: resolved and checked when it is sent to, and connected to as checked.

A name may lead somewhere else every time it is asked, so what was checked is what is connected to. No redirect is
followed, no proxy asked, the answer's body is not kept, and the whole may take only so long.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from workflow.adapters.channels.port import Refused, Unavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
TIMEOUT_SECONDS, WHOLE_SECONDS = 10.0, 20.0
"""Of one step of the connection, and of everything."""
PORTS = {"http": 80, "https": 443}
TRANSLATED = ip_network("64:ff9b::/96")
"""IPv4 inside IPv6 by a translator (RFC 6052): as far as the address inside."""


class TargetRefused(Refused):
    """The address leads where nothing may be sent: to this machine, into a private network, or in clear."""

    code = "target_refused"


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks of a setting, by comma: `10.1.0.0/16,fd00::/8`. ValueError for what is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def may_be_asked(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is public, or in a network that the settings allow."""
    inner = _inside(address)
    if any(address in network or inner in network for network in allowed):
        return True
    return all(each.is_global and not each.is_multicast for each in (address, inner))


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, IPv4Address):
        return address
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def read_target(url: str) -> SplitResult:
    """The parts of an address that may be sent to. Raises TargetRefused for what is none by its form."""
    parts = urlsplit(url)
    try:
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        port_is_one = False
    if parts.scheme not in PORTS or not parts.hostname or parts.username or parts.fragment or not port_is_one:
        raise TargetRefused(reason="form")
    return parts


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed: Sequence[Network],
    *,
    whole: float = WHOLE_SECONDS,
) -> int:
    """Post a body: the status of the answer. Raises TargetRefused, or Unavailable where nobody answers."""
    parts = read_target(url)
    target = _resolve(parts, allowed)
    connection = _connection(parts, target)
    path = parts.path or "/"
    try:
        with _for_so_long(connection, whole):
            connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, dict(headers))
            return connection.getresponse().status
    except (OSError, HTTPException, ValueError) as failed:
        raise Unavailable(reason=type(failed).__name__, detail=parts.hostname or "") from failed
    finally:
        connection.close()


def _resolve(parts: SplitResult, allowed: Sequence[Network]) -> Address:
    """The address to connect to. A name that leads to several must lead only where one may send."""
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failed:
        raise Unavailable(reason="not_resolved", detail=parts.hostname or "") from failed
    addresses = [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    if not addresses or not all(may_be_asked(address, allowed) for address in addresses):
        raise TargetRefused(reason="network")
    if parts.scheme == "http" and not all(_is_in(address, allowed) for address in addresses):
        raise TargetRefused(reason="in_clear")
    return addresses[0]


def _is_in(address: Address, allowed: Sequence[Network]) -> bool:
    return any(address in network or _inside(address) in network for network in allowed)


def _connection(parts: SplitResult, target: Address) -> HTTPConnection:
    """A connection that speaks to the host by its name and goes to the address that was checked."""
    port = parts.port or PORTS[parts.scheme]
    kind = _Secured if parts.scheme == "https" else _Plain
    connection = kind(parts.hostname or "", port, timeout=TIMEOUT_SECONDS)
    connection.target = str(target)
    return connection


class _Plain(HTTPConnection):
    target = ""

    def connect(self) -> None:
        self.sock = socket.create_connection((self.target, self.port), self.timeout)


class _Secured(HTTPSConnection):
    target = ""

    def connect(self) -> None:
        plain = socket.create_connection((self.target, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


@contextmanager
def _for_so_long(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """A server that answers a byte at a time is hung up on."""

    def hang_up() -> None:
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
