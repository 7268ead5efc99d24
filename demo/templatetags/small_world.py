"""What the frame and the sign-in page show of the demo."""

from __future__ import annotations

from typing import Any

from django import template

from demo import views
from demo.world import SPEED

register = template.Library()
WHAT_THEY_DO = {
    "operator": ("Operator", "runs the installation, sees everything"),
    "manager": ("Manager", "adds domains and takes them through the steps"),
    "helpdesk": ("Help desk", "looks, and leaves notes"),
    "viewer": ("Viewer", "reads"),
}


@register.simple_tag
def story() -> dict[str, Any]:
    """What has happened last and what comes next."""
    return {**views.story(), "speed": SPEED}


@register.simple_tag
def doors() -> list[tuple[str, str, str, str]]:
    """Who one can be: role, name, and what that role is called and does."""
    return [(role, name, *WHAT_THEY_DO[role]) for role, name in views.doors()]
