"""The metabase properties of IIS SMTP we know. Whatever is not in this table is neither kept nor shown."""

from __future__ import annotations

import re
from dataclasses import dataclass

UNLIMITED = 4294967295  # also written as -1: WMI's SINT32
SECRET = re.compile(r"password|username|sessionkey|credential|adminacl", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Property:
    """One property. ``default`` is the schema's, where neither server nor service has a value; None means unknown."""

    name: str
    number: int = 0  # the metabase identifier, for values stored under it
    default: str | None = None


TABLE: tuple[Property, ...] = (
    Property("RelayIpList", 36970),
    Property("RelayForAuth", 36973, "0"),
    Property("SmtpDisableRelay", 36974, "TRUE"),
    Property("RouteAction", 36946, "0"),
    Property("RouteActionString", 36947, ""),
    Property("SmartHost", 0, ""),
    Property("SmartHostType", 36905, "0"),
    Property("MaxMessageSize", 36891, "33554432"),
    Property("MaxSessionSize", 36892, "268435456"),
    Property("MaxRecipients", 36895, "100"),
    Property("MaxBatchedMessages", 36871, "0"),
    Property("MaxSmtpErrors", 36887, "4294967295"),
    Property("HopCount", 36886, "10"),
    Property("RemoteSmtpPort", 36914, "25"),
    Property("AlwaysUseSsl", 0, "FALSE"),
    Property("AuthFlags", 6000),
    Property("AuthAnonymous"),
    Property("AuthBasic"),
    Property("AuthNTLM"),
    Property("AccessSSL"),
    Property("AccessSSLFlags"),
    Property("SmtpInboundCommandSupportOptions", 36998, "7697601"),
    Property("SmtpOutboundCommandSupportOptions", 36999, "7697601"),
    Property("FullyQualifiedDomainName"),
    Property("DefaultDomain"),
    Property("MasqueradeDomain"),
    Property("QueueDirectory"),
    Property("PickupDirectory"),
    Property("BadMailDirectory"),
    Property("DropDirectory"),
    Property("SmtpRemoteProgressiveRetry", 0, "15,30,60,240"),
    Property("SmtpRemoteDelayExpireMinutes"),
    Property("SmtpRemoteNDRExpireMinutes"),
    Property("SmtpUseTcpDns", 36997, "4294967295"),
    Property("SmtpSSLCertHostnameValidation"),
    Property("SmtpSSLRequireTrustedCA"),
    Property("EnableReverseDnsLookup", 0, "FALSE"),
    Property("ServerBindings", 0, ":25:"),
    Property("IPSecurity", 0),
    Property("LogType", 0, "0"),
    Property("LogPluginClsid", 4011),
    Property("LogExtFileFlags"),
    Property("LogFilePeriod"),
    Property("LogFileDirectory"),
    Property("ServerAutoStart"),
    Property("ServerState"),
    Property("ServerComment"),
    Property("ConnectResponse"),
)
BY_NAME = {known.name.lower(): known for known in TABLE}
BY_NUMBER = {known.number: known for known in TABLE if known.number}
UNNAMED = re.compile(r"unknownname_(\d+)", re.IGNORECASE)
LOG_FORMATS = {
    "ff16065f": "NCSA",
    "ff160663": "W3C extended",
    "ff160657": "Microsoft IIS",
    "ff16065b": "ODBC",
}


def known_property(name: str, number: str = "") -> Property | None:
    """The property with this name, or with this identifier where the name is none (``UnknownName_36999``)."""
    found = BY_NAME.get(name.strip().lower())
    if found:
        return found
    unnamed = UNNAMED.fullmatch(name.strip())
    digits = number.strip() or (unnamed[1] if unnamed else "")
    return BY_NUMBER.get(int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def whole_number(text: str) -> int | None:
    """A DWORD as written: decimal, hexadecimal, or negative as SINT32; None for anything else."""
    text = text.strip()
    try:
        number = int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return None
    return number & 0xFFFFFFFF if -(2**31) <= number < 2**32 else None


def truth(text: str) -> bool | None:
    """A BOOL as written: ``TRUE``, ``1``, ``-1``; None for anything else."""
    word = text.strip().lower()
    if word in {"true", "1", "-1", "yes", "4294967295"}:
        return True
    return False if word in {"false", "0", "no"} else None
