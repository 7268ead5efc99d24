"""Who may do what: one table, read by views, templates and tests alike."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is in one tenant."""

    MANAGER = "manager"
    HELP_DESK = "helpdesk"
    VIEWER = "viewer"


class Action(StrEnum):
    """What a view asks permission for."""

    VIEW = "view"  # see it
    FOLLOW = "follow"  # be told, or mute: one's own mail only
    LOOK = "look"  # ask DNS now, leave a note
    EDIT = "edit"  # add, change, move through the stages, remove


ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.VIEW, Action.FOLLOW}),
    Role.HELP_DESK: frozenset({Action.VIEW, Action.FOLLOW, Action.LOOK}),
    Role.MANAGER: frozenset(Action),
}
LABELS = {Role.MANAGER: "Manager", Role.HELP_DESK: "Help desk", Role.VIEWER: "Viewer"}
