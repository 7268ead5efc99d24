"""Reading ``postconf -n``: what a Postfix relay says about itself. Only parameters that matter to relaying are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from relaycheck.engine.connectors.decoding import decode
from relaycheck.engine.iis import InvalidUpload
from relaycheck.engine.metabase import checked_size

MOST_BYTES = 1024 * 1024
MOST_TEXT = 16_384
PARAMETER = re.compile(r"([a-z0-9_]{1,80})\s*=\s*(.*)", re.ASCII)
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|\((\w+)\)|(\w+))", re.ASCII)
WITHHELD = re.compile(r"password|passwd|secret|_key_file|ldap|mysql|pgsql")
# Postfix 3.7 defaults, for what `postconf -n` leaves out (postconf(5)).
DEFAULTS: dict[str, str] = {
    "myhostname": "",
    "mydomain": "",
    "mydestination": "$myhostname, localhost.$mydomain, localhost",
    "mynetworks": "",
    "mynetworks_style": "host",
    "relay_domains": "",
    "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
    "smtpd_recipient_restrictions": "",
    "smtpd_client_restrictions": "",
    "message_size_limit": "10240000",
    "mailbox_size_limit": "51200000",
    "relayhost": "",
    "transport_maps": "",
    "smtp_tls_security_level": "",
    "smtp_tls_policy_maps": "",
    "smtp_use_tls": "no",
    "smtp_enforce_tls": "no",
    "smtpd_tls_security_level": "",
    "smtpd_sasl_auth_enable": "no",
    "smtp_sasl_auth_enable": "no",
    "inet_protocols": "all",
    "inet_interfaces": "all",
    "smtp_helo_name": "$myhostname",
    "virtual_mailbox_domains": "",
    "virtual_alias_domains": "",
    "default_transport": "smtp",
    "maximal_queue_lifetime": "5d",
    "queue_directory": "/var/spool/postfix",
}


@dataclass(frozen=True, slots=True)
class PostfixConfiguration:
    """Parameters that were set, as written. ``withheld`` counts those left out because they lead to secrets."""

    values: Mapping[str, str]
    withheld: int = 0

    def raw(self, name: str) -> str:
        """The value as written, or Postfix's default."""
        return self.values.get(name, DEFAULTS[name])

    def text(self, name: str) -> str:
        """The value with ``$other`` parameters filled in, as far as they are known."""
        text = self.raw(name)
        for _ in range(5):
            filled = VARIABLE.sub(lambda match: self._filled(match[1] or match[2] or match[3]), text)[:MOST_TEXT]
            if filled == text:
                break
            text = filled
        return text.strip()

    def words(self, name: str) -> tuple[str, ...]:
        """The value as a list: commas and white space separate."""
        return tuple(word for word in re.split(r"[,\s]+", self.text(name)) if word)

    def number(self, name: str) -> int | None:
        """The value as a whole number; None when it is none."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def _filled(self, name: str) -> str:
        return self.values.get(name, DEFAULTS.get(name, ""))


def parse_postconf(raw: bytes) -> PostfixConfiguration:
    """``name = value`` lines; later ones win, indented ones continue. Raises InvalidUpload when none is Postfix's."""
    text, _ = decode(checked_size(raw, MOST_BYTES))
    values: dict[str, str] = {}
    withheld = 0
    name = ""
    for line in text.splitlines():
        if line[:1] in {" ", "\t"} and name:
            values[name] = f"{values[name]} {line.strip()}"[:MOST_TEXT]
            continue
        name = ""
        pair = PARAMETER.fullmatch(line.strip())
        if pair is None:
            continue
        if WITHHELD.search(pair[1]):
            withheld += 1
        elif pair[1] in DEFAULTS:
            name = pair[1]
            values[name] = pair[2][:MOST_TEXT]
    if not values:
        raise InvalidUpload("There is no Postfix parameter in this text. Paste what postconf -n prints.")
    return PostfixConfiguration(values, withheld)
