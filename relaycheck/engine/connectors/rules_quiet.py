"""Rules about connectors that do not relay, though they look like it, and about those nobody can judge yet."""

from __future__ import annotations

from publicdns.answers import Finding, Verdict
from relaycheck.engine.connectors.addresses import Scope
from relaycheck.engine.connectors.audit import Judged
from relaycheck.engine.connectors.effective import Basis, Block, Standing
from relaycheck.engine.connectors.model import Coverage
from relaycheck.engine.connectors.rulebook import (
    ACE_PAGE,
    CONNECTORS_PAGE,
    PERMISSION_PAGE,
    SET_PAGE,
    finding,
    rule,
)


def _blocked(judged: Judged, block: Block) -> list[Standing]:
    return [standing for standing in judged.unusual if block in standing.blocks]


@rule(
    "RC201",
    "{connector} does not relay for {principals}: the right is denied. The how-to's one-liner lists it all the same.",
    fix="Nothing to do. When recreating it, do not grant the right.",
    source=ACE_PAGE,
)
def denied(judged: Judged) -> Finding | None:
    """A denial that wins in canonical order."""
    found = _blocked(judged, Block.DENIED)
    return finding("RC201", Verdict.MISSING, "notice", judged, found) if found else None


@rule(
    "RC202",
    "{connector} has the relay right for {principals}, but they may not submit mail there at all.",
    fix="Remove the right: adding the permission group would turn the connector into a relay at once.",
    source=CONNECTORS_PAGE,
)
def right_without_submit(judged: Judged) -> Finding | None:
    """Accept-Any-Recipient has no effect without Submit."""
    found = [
        standing
        for standing in _blocked(judged, Block.NO_SUBMIT)
        if standing.granted and Block.NOT_EXTERNAL not in standing.blocks
    ]
    return finding("RC202", Verdict.MISSING, "notice", judged, found) if found else None


@rule(
    "RC203",
    "{connector} is disabled. Enabled, it would relay for {principals}.",
    fix="Remove it, or remove the right, so that nobody turns a relay on by accident.",
    source=CONNECTORS_PAGE,
)
def disabled(judged: Judged) -> Finding | None:
    """Only the switch stands between this and a relay."""
    found = [standing for standing in judged.unusual if standing.blocks == (Block.DISABLED,) and standing.granted]
    return finding("RC203", Verdict.MISSING, "notice", judged, found) if found else None


@rule(
    "RC204",
    "{connector} gives {principals} the relay right but offers no way to log on ({auth}).",
    fix="Remove the right, or add an authentication mechanism if the account is needed.",
    source=CONNECTORS_PAGE,
)
def no_way_to_log_on(judged: Judged) -> Finding | None:
    """A named account's right on a connector without BasicAuth, Integrated or ExchangeServer."""
    found = [standing for standing in _blocked(judged, Block.NO_LOGON) if standing.granted]
    auth = ", ".join(sorted(judged.connector.auth or ())) or "None"
    return finding("RC204", Verdict.MISSING, "notice", judged, found, auth=auth) if found else None


@rule(
    "RC205",
    "{connector} has ExternalAuthoritative without the permission group ExchangeServers: it does not relay.",
    fix="Take ExternalAuthoritative off; with the group added it would relay at once.",
    source=SET_PAGE,
)
def external_without_group(judged: Judged) -> Finding | None:
    """Set-ReceiveConnector demands the group for this mechanism; an edited object may still lack it."""
    found = _blocked(judged, Block.NO_GROUP)
    chosen = [standing for standing in found if standing.basis is Basis.EXTERNALLY_SECURED]
    return finding("RC205", Verdict.MISSING, "warning", judged, chosen) if chosen else None


@rule(
    "RC301",
    "{connector} has Custom among its permission groups: somebody was given rights of their own. Who, "
    "the permissions would tell.",
    fix="Upload the permissions too: the export command writes both.",
    source=PERMISSION_PAGE,
)
def custom_without_permissions(judged: Judged) -> Finding | None:
    """Exchange shows explicit rights as Custom even where Get-ADPermission was not run."""
    if judged.coverage is not Coverage.NONE or "Custom" not in (judged.connector.groups or ()):
        return None
    severity = "warning" if judged.scope is not Scope.EVERYTHING else "error"
    return finding("RC301", Verdict.UNKNOWN, severity, judged)


@rule(
    "RC302",
    "The permissions of {connector} were not uploaded. Its permission groups show no rights beyond the usual.",
    fix="Upload the permissions to be certain: the export command writes both.",
    source=PERMISSION_PAGE,
)
def no_permissions(judged: Judged) -> Finding | None:
    """Without Custom there is no sign of a relay right, and no proof either."""
    groups = judged.connector.groups
    if judged.coverage is not Coverage.NONE or groups is None or "Custom" in groups or judged.relaying:
        return None
    return finding("RC302", Verdict.UNKNOWN, "notice", judged)


@rule(
    "RC303",
    "Neither permissions nor permission groups of {connector} can be read: nothing can be said about it.",
    fix="Run the export command: it writes both in one file.",
    source=PERMISSION_PAGE,
)
def nothing_known(judged: Judged) -> Finding | None:
    """Nothing to judge by is unknown, not closed."""
    if judged.coverage is not Coverage.NONE or judged.connector.groups is not None or judged.relaying:
        return None
    return finding("RC303", Verdict.UNKNOWN, "warning", judged)


@rule(
    "RC304",
    "On {connector} the relay right is listed for {principals}, but this listing cannot prove it: "
    "columns are missing (Deny, IsInherited) or were filtered.",
    fix="Run the export command: a denial or a missing Submit would change the answer.",
    source=PERMISSION_PAGE,
)
def right_not_proven(judged: Judged) -> Finding | None:
    """What the how-to's one-liner prints has neither Deny nor IsInherited."""
    found = [standing for standing in judged.unusual if standing.relays is None and standing.basis is not Basis.NONE]
    if not found:
        return None
    grave = judged.scope is Scope.EVERYTHING and any(standing.without_logon for standing in found)
    return finding("RC304", Verdict.UNKNOWN, "error" if grave else "warning", judged, found)


@rule(
    "RC305",
    "Only some permissions of {connector} were uploaded: who else may relay is not known.",
    fix="Run the export command: it writes every permission.",
    source=PERMISSION_PAGE,
)
def permissions_filtered(judged: Judged) -> Finding | None:
    """A filtered listing proves what it shows, never that there is no more."""
    if judged.coverage is not Coverage.PARTIAL:
        return None
    return finding("RC305", Verdict.UNKNOWN, "notice", judged)


@rule(
    "RC306",
    "Whether {connector} is enabled, or how one logs on there, is not in the export.",
    fix="Upload Get-ReceiveConnector's output for it.",
    source=CONNECTORS_PAGE,
)
def settings_missing(judged: Judged) -> Finding | None:
    """A table of three columns says nothing about AuthMechanism, which alone can make a relay."""
    if judged.connector.enabled is not None and judged.connector.auth is not None:
        return None
    return finding("RC306", Verdict.UNKNOWN, "notice", judged)


@rule(
    "RC401",
    "{connector} and {other} answer on the same port for overlapping addresses, and neither range contains the other: "
    "which one answers is not defined.",
    fix="Change one of the ranges so that it lies wholly inside the other, or outside it.",
    source=CONNECTORS_PAGE,
)
def overlapping(judged: Judged) -> Finding | None:
    """Ranges may overlap only where one contains the other; identical ones collide too."""
    if judged.clash is None:
        return None
    other, part = judged.clash
    return finding("RC401", Verdict.WRONG, "warning", judged, other=other.identity, clash=str(part))
