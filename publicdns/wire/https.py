"""DNS over HTTPS (RFC 8484), by httpx."""

from __future__ import annotations

import importlib.util
import ssl
from collections.abc import Callable

import httpx

from publicdns.answers import Reason, Server
from publicdns.wire.tunnels import BIGGEST, TunnelError, tls_failure

MEDIA_TYPE = "application/dns-message"
LIMITS = httpx.Limits(max_connections=4)  # per server
HTTP2 = importlib.util.find_spec("h2") is not None  # some DoH servers, Unbound among them, speak nothing else


class HttpsCarrier:
    """DNS over HTTPS, by POST, to the very address that was given; the name is only for the certificate and the Host
    header.
    """

    def __init__(self, server: Server, context: ssl.SSLContext, monotonic: Callable[[], float]) -> None:
        host = f"[{server.address}]" if ":" in server.address else server.address
        name = server.tls_name or server.address
        self._url = f"https://{host}:{server.port}{server.path}"
        self._headers = {"Host": f"[{name}]" if ":" in name else name, "Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE}
        self._extensions = {"sni_hostname": name}
        self._monotonic = monotonic
        self._client = httpx.Client(http2=HTTP2, verify=context, trust_env=False, limits=LIMITS)

    def exchange(self, query: bytes, until: float) -> bytes:
        """One question, one response of the right type and size; once more when the connection had died meanwhile."""
        try:
            return self._post(query, until)
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            if failure := tls_failure(error):
                raise failure from error
        try:
            return self._post(query, until)
        except httpx.TransportError as error:
            raise tls_failure(error) or TunnelError(Reason.UNREACHABLE, str(error)[:200]) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, query: bytes, until: float) -> bytes:
        timeout = max(0.001, until - self._monotonic())
        try:
            with self._client.stream(
                "POST", self._url, content=query, headers=self._headers, extensions=self._extensions, timeout=timeout
            ) as response:
                return self._body(response, until)
        except httpx.TimeoutException as error:
            raise TimeoutError(str(error)) from error
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise TunnelError(Reason.HTTP, str(error)[:200]) from error

    def _body(self, response: httpx.Response, until: float) -> bytes:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200 or kind != MEDIA_TYPE:
            raise TunnelError(Reason.HTTP, f"HTTP {response.status_code} {kind}"[:200])
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > BIGGEST:
                raise TunnelError(Reason.HTTP, "an answer that is longer than any DNS message")
            if self._monotonic() > until:
                raise TimeoutError("an answer that never ends")
        return bytes(body)
