"""Signatures that the province's sensors raise, as the open rule sets number and class them (facts of ET Open and Suricata)."""

from __future__ import annotations

from typing import NamedTuple


class Signature(NamedTuple):
    """What an EVE alert says of its rule; severity 1 is the gravest."""

    id: int
    text: str
    category: str
    severity: int
    port: int
    proto: str = "TCP"


SSH_SCAN = 2001219
SHELLSHOCK = 2022028
ORDINARY = (2013504, 2221010, 2221013, 2221028, 2230010, 2100230)
"""What a quiet network raises: severity 3, nothing that anybody would be woken for."""
SIGNATURES = {
    one.id: one
    for one in (
        Signature(SSH_SCAN, "ET SCAN Potential SSH Scan", "Attempted Information Leak", 2, 22),
        Signature(
            SHELLSHOCK, "ET WEB_SERVER Possible CVE-2014-6271 Attempt", "Attempted Administrator Privilege Gain", 1, 80
        ),
        Signature(
            2013504,
            "ET POLICY GNU/Linux APT User-Agent Outbound likely related to package management",
            "Not Suspicious Traffic",
            3,
            80,
        ),
        Signature(
            2221010, "SURICATA HTTP unable to match response to request", "Generic Protocol Command Decode", 3, 80
        ),
        Signature(2221013, "SURICATA HTTP request header invalid", "Generic Protocol Command Decode", 3, 80),
        Signature(2221028, "SURICATA HTTP Host header invalid", "Generic Protocol Command Decode", 3, 80),
        Signature(2230010, "SURICATA TLS invalid record/traffic", "Generic Protocol Command Decode", 3, 443),
        Signature(2100230, "GPL CHAT Jabber/Google Talk Outgoing Traffic", "Not Suspicious Traffic", 3, 5222),
    )
}
"""Id -> signature."""
