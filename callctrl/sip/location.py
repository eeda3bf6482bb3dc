"""Where the server of a SIP domain is: transport, port and addresses (RFC 3263 section 4).

What is asked and what the answers mean is decided here; whoever asks is given. The result is a
list, the best place first: where one does not answer, the next is tried (section 4.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple, Protocol

from callctrl.sip.packets import Address

__all__ = ["Names", "Naptr", "Srv", "is_ip_address", "locate", "ordered_by_weight"]

_DEFAULT_PORTS = {"UDP": 5060, "TCP": 5060, "TLS": 5061}

_SRV_PREFIXES = {"UDP": "_sip._udp.", "TCP": "_sip._tcp.", "TLS": "_sips._tcp."}
"""What is asked where no NAPTR tells; in this order (section 4.1)."""

_SERVICES = {"SIP+D2U": "UDP", "SIP+D2T": "TCP", "SIPS+D2T": "TLS"}
"""The services of NAPTR records that we can use, in upper case (section 4.1)."""

_MOST_TARGETS = 8
"""Hosts looked up at most; who names more is not believed."""
_MOST_PLACES = 16
"""Addresses tried at most; each failure costs up to 16 s."""


class Naptr(NamedTuple):
    """A NAPTR record, as far as SIP uses it (RFC 3403 section 4.1)."""

    order: int
    preference: int
    flags: str
    service: str
    replacement: str
    """The name to ask for SRV records."""


class Srv(NamedTuple):
    """A SRV record (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str
    """A host name; "." says that the service is decidedly not there."""


class Names(Protocol):
    """Who answers questions about names; no answer is an empty list."""

    def naptr(self, name: str) -> list[Naptr]:
        """The NAPTR records of a domain."""
        ...

    def srv(self, name: str) -> list[Srv]:
        """The SRV records of a name like `_sip._udp.example.com`."""
        ...

    def addresses(self, host: str) -> list[str]:
        """The IP addresses of a host, the best first."""
        ...


@dataclass(frozen=True, slots=True)
class _Service:
    """A transport that the domain offers, and the name its SRV records have."""

    transport: str
    name: str


def is_ip_address(host: str) -> bool:
    """Whether `host` is an IPv4 or IPv6 address, the latter without brackets."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def locate(
    host: str, port: int, transport: str | None, names: Names, fraction: Callable[[], float]
) -> list[Address]:
    """Where to send requests for `host`, the best place first; empty where there is none.

    `port` 0 and `transport` None ("UDP", "TCP", "TLS") say that the name server is to tell. An IP
    address or a port ends the asking for more than addresses. `fraction` gives random numbers
    from 0 up to 1, for the weights of SRV records.
    """
    if is_ip_address(host) or port:
        chosen = transport or "UDP"
        return _at(host, port or _DEFAULT_PORTS[chosen], chosen, names)[:_MOST_PLACES]
    places: list[Address] = []
    is_served = False
    for service in _services(host, transport, names):
        records = names.srv(service.name)
        is_served = is_served or bool(records)
        for record in ordered_by_weight(records, fraction)[:_MOST_TARGETS]:
            target = record.target.rstrip(".")
            if target and record.port:
                places += _at(target, record.port, service.transport, names)
    if not is_served:
        chosen = transport or "UDP"
        places = _at(host, _DEFAULT_PORTS[chosen], chosen, names)
    return _never_less_secure(list(dict.fromkeys(places)))[:_MOST_PLACES]


def ordered_by_weight(records: Sequence[Srv], fraction: Callable[[], float]) -> list[Srv]:
    """SRV records in the order they are to be tried (RFC 2782, "Usage rules").

    Lower priorities come first. Within one, chance decides, by the weights: those of no weight
    stand in front, so that they are chosen hardly ever, but sometimes.
    """
    ordered: list[Srv] = []
    for priority in sorted({record.priority for record in records}):
        waiting = [record for record in records if record.priority == priority]
        waiting.sort(key=lambda record: record.weight != 0)
        while waiting:
            drawn = int(fraction() * (sum(record.weight for record in waiting) + 1))
            for record in waiting:
                drawn -= record.weight
                if drawn <= 0:
                    break
            waiting.remove(record)
            ordered.append(record)
    return ordered


def _services(host: str, transport: str | None, names: Names) -> Iterator[_Service]:
    """What SRV records to ask for, the best first.

    A transport that is wanted leaves nothing for NAPTR records to choose (section 4.1). Where
    there are none of use, each transport's SRV records are asked for by their usual name.
    """
    if transport is not None:
        yield _Service(transport, _SRV_PREFIXES[transport] + host)
        return
    usable = [
        record
        for record in names.naptr(host)
        if record.flags.lower() == "s" and record.service.upper() in _SERVICES
    ]
    # A higher order is not looked at where a lower one was of use (RFC 3403 section 4.1).
    lowest = min((record.order for record in usable), default=0)
    best = [record for record in usable if record.order == lowest]
    for record in sorted(best, key=lambda record: record.preference)[:_MOST_TARGETS]:
        yield _Service(_SERVICES[record.service.upper()], record.replacement)
    if not usable:
        for each, prefix in _SRV_PREFIXES.items():
            yield _Service(each, prefix + host)


def _at(host: str, port: int, transport: str, names: Names) -> list[Address]:
    hosts = [host] if is_ip_address(host) else names.addresses(host)
    return [Address(each, port, transport) for each in hosts]


def _never_less_secure(places: list[Address]) -> list[Address]:
    """Where the domain wants TLS first, cutting that off must not bring us to plain text."""
    if places and places[0].transport == "TLS":
        return [place for place in places if place.transport == "TLS"]
    return places
