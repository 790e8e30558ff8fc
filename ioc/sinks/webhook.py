"""Signed webhook: each notice is posted as JSON with a signature over its time and bytes (docs/webhook.md).

The receiver's address is looked at before each post and the connection goes to the very address that was looked at,
so a name that is later given another address does not lead inside. Redirects, proxies from the environment and long
answers are not followed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

import httpx

from ioc import __version__
from ioc.errors import Permanent, Retryable
from ioc.ports import Clock, Notice, Receipt

LIMIT_S = 10.0
"""For the whole post: a receiver that needs longer is asked again."""
ANSWER_BYTES = 64 * 1024
"""What is read of an answer."""
SLOW_S = 60.0
"""Where only a person at the receiver's side can mend it (401, 404, a redirect), asking each second is no use."""
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that pass by themselves (RFC 9110, RFC 6585, RFC 8470)."""
REFUSED = frozenset({400, 409, 411, 413, 414, 415, 422, 431})
"""Answers that say something of this message: it will never be taken. All others say something of the door."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def signature(secret: bytes, at: int, body: bytes) -> str:
    """Header `IOC-Signature` of a body posted at `at` (epoch seconds)."""
    mark = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mark}"


def allowed(address: Address, *, private: bool) -> bool:
    """Whether this address may be posted to; with `private` also this machine and private networks.

    Link-local stays forbidden in any case: there the clouds keep their keys (169.254.169.254).
    """
    inner = _inner(address)
    if any(inner in network for network in PRIVATE if network.version == inner.version):
        return private
    return inner.is_global and not (inner.is_multicast or inner.is_link_local or inner.is_reserved)


PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
"""This machine (RFC 1122, RFC 4291) and private networks (RFC 1918, RFC 4193)."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _inner(address: Address) -> Address:
    """The IPv4 address within an IPv6 one (mapped, 6to4, NAT64, Teredo), which is what is reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


class Webhook:
    """One receiver; a `Channel`. `secret` signs each post."""

    def __init__(self, url: str, secret: bytes, clock: Clock, *, allow_private: bool = False) -> None:
        try:
            self._url = httpx.URL(url)
        except httpx.InvalidURL:
            raise Permanent("webhook_url") from None
        if self._url.scheme != "https" and not (self._url.scheme == "http" and allow_private):
            raise Permanent("webhook_plain")
        self._secret = secret
        self._clock = clock
        self._private = allow_private
        self._client = httpx.AsyncClient(timeout=LIMIT_S, trust_env=False, follow_redirects=False)

    async def send(self, notice: Notice) -> Receipt | None:
        """Post once; returns on any 2xx."""
        body = self.body(notice)
        try:
            async with asyncio.timeout(LIMIT_S):
                status, retry_after, answer = await self._post(body, self.headers(notice, body))
        except TimeoutError:
            raise Retryable("webhook_unreachable", why=f"> {LIMIT_S:.0f} s") from None
        except httpx.HTTPError as error:
            raise Retryable("webhook_unreachable", why=type(error).__name__) from error
        if 200 <= status < 300:
            return self.taken(answer)
        if status in REFUSED:
            raise Permanent("webhook_refused", status=status)
        wait = 0.0 if status in LATER else SLOW_S
        raise Retryable("webhook_status", status=status, retry_after=max(wait, self._asked(retry_after)))

    def body(self, notice: Notice) -> bytes:
        """What is posted."""
        return notice.body

    def headers(self, notice: Notice, body: bytes) -> dict[str, str]:
        """What is said of it."""
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": notice.key,
            "IOC-Signature": signature(self._secret, int(self._clock.now().timestamp()), body),
        }

    def taken(self, _answer: bytes) -> Receipt | None:
        """What a 2xx answer says of the message; raises where it says that it was not taken after all."""
        return None

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str | None, bytes]:
        """Status, Retry-After and body of one answer."""
        address = await self._resolve()
        always = {"Host": self._url.netloc.decode("ascii"), "User-Agent": f"ioc/{__version__}"}
        target = self._url.copy_with(host=str(address))
        request = self._client.build_request(
            "POST", target, headers={**headers, **always}, content=body, extensions={"sni_hostname": self._url.host}
        )
        answer = await self._client.send(request, stream=True)
        found = b""
        try:
            async for part in answer.aiter_bytes(ANSWER_BYTES):
                found += part
                if len(found) > ANSWER_BYTES:
                    break
        finally:
            await answer.aclose()
        return answer.status_code, answer.headers.get("Retry-After"), found

    async def _resolve(self) -> Address:
        """The address to connect to; refused when any address of the name is forbidden."""
        host = self._url.host
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise Retryable("webhook_unresolved", host=host, retry_after=SLOW_S / 10) from None
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        if not addresses or not all(allowed(address, private=self._private) for address in addresses):
            raise Retryable("webhook_address", host=host, retry_after=SLOW_S)
        return addresses[0]

    def _asked(self, retry_after: str | None) -> float:
        """Seconds that the receiver asks for (RFC 9110 section 10.2.3: seconds or a date)."""
        if retry_after is None:
            return 0.0
        text = retry_after.strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return float(text)
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return 0.0
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - self._clock.now()).total_seconds())

    async def close(self) -> None:
        """Close idle connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


def signed_by(secret: bytes, header: str, body: bytes, now: datetime, tolerance_s: int = 300) -> bool:
    """Whether a receiver should believe a post: the check that docs/webhook.md describes, for tests and receivers."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at = parts.get("t", "")
    if not at.isdigit() or abs(now.timestamp() - int(at)) > tolerance_s:
        return False
    return hmac.compare_digest(signature(secret, int(at), body), header)
