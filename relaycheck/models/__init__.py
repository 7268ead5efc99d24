"""Relays and what is known of them, and audits of receive connectors."""

from __future__ import annotations

from relaycheck.models.audit import Audit
from relaycheck.models.connector_log import ConnectorLog, ConnectorUsage
from relaycheck.models.delistings import Delisting
from relaycheck.models.log_reading import LogReading, ReadingState
from relaycheck.models.probes import Probe, ProbeKind, ProbeState
from relaycheck.models.queue_watch import QueueCount
from relaycheck.models.reading import Progress
from relaycheck.models.relay import KINDS, PROFILES, Relay, RelayDomain, RelaySource
from relaycheck.models.uploads import RelayUpload

__all__ = [
    "KINDS",
    "PROFILES",
    "Audit",
    "ConnectorLog",
    "ConnectorUsage",
    "Delisting",
    "LogReading",
    "Probe",
    "ProbeKind",
    "ProbeState",
    "Progress",
    "QueueCount",
    "ReadingState",
    "Relay",
    "RelayDomain",
    "RelaySource",
    "RelayUpload",
]
