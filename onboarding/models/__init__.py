"""Domains on their way, what was last seen of them, and who may sweep."""

from __future__ import annotations

from onboarding.models.domain import Domain, Note
from onboarding.models.observation import Observation
from onboarding.models.sweeping import SweeperSlot

__all__ = ["Domain", "Note", "Observation", "SweeperSlot"]
