"""What an uploaded or pasted configuration is, by its first words."""

from __future__ import annotations

import re

from relaycheck.engine.adsi_export import parse_export, parse_list
from relaycheck.engine.connectors.decoding import decode
from relaycheck.engine.iis import IisConfiguration, InvalidUpload
from relaycheck.engine.metabase import MOST_BYTES, checked_size, parse_metabase
from relaycheck.engine.postconf import PostfixConfiguration, parse_postconf

HEAD = 65536
Configuration = IisConfiguration | PostfixConfiguration


def read_configuration(raw: bytes) -> Configuration:
    """MetaBase.xml or a part of it, our export, ``fl`` output, or ``postconf -n``. Raises InvalidUpload."""
    # An odd number of octets must not cut a UTF-16 letter in two.
    head, _ = decode(checked_size(raw, MOST_BYTES)[:HEAD])
    text = head.lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return parse_metabase(raw)
    if text.startswith("{"):
        return parse_export(raw)
    if re.search(r"(?mi)^Name\s*:\s*/?(lm/)?smtpsvc", text):
        return parse_list(raw)
    if re.search(r"(?m)^[a-z0-9_]+\s*=", text):
        return parse_postconf(raw)
    raise InvalidUpload("This is neither MetaBase.xml, nor our export, nor the output of postconf -n.")
