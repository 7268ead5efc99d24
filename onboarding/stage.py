"""The stages of a domain and what is shown of them."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """How far a domain has come."""

    VALIDATE = "validate"
    USERS = "users"
    PURPOSE = "purpose"
    ACTIVE = "active"


class UsersChoice(StrEnum):
    """The answer to "add users now?"."""

    NOT_NOW = "not-now"  # usual with directory synchronisation
    LATER = "later"  # somebody adds them by hand, another day
    ADDED = "added"


class PurposeChoice(StrEnum):
    """The answer to "what is this domain for?"."""

    SKIPPED = "skipped"  # active with nothing ticked: no DNS is asked for, no mail moves
    SERVICES = "services"


class Origin(StrEnum):
    """Where an expected record comes from."""

    DERIVED = "derived"
    PASTED = "pasted"
    GRAPH = "graph"


LABELS = {Stage.VALIDATE: "Validate", Stage.USERS: "Users", Stage.PURPOSE: "Purpose", Stage.ACTIVE: "Active"}
ORDER = tuple(Stage)
