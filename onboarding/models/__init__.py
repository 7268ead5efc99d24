"""Domains on their way, what was last seen of them, how their mail is guarded and moved, and who may sweep."""

from __future__ import annotations

from onboarding.models.batch import Batch, BatchRows, BatchState
from onboarding.models.brake import Brake, HeldChange
from onboarding.models.cutover import CutOver, CutOverDomain
from onboarding.models.domain import Domain, Note
from onboarding.models.expectation import Expectation, Milestone, Publication
from onboarding.models.group import Group
from onboarding.models.guard import Baseline, Guard
from onboarding.models.observation import Observation
from onboarding.models.schedule import Schedule
from onboarding.models.sweeping import SweeperSlot
from onboarding.models.tally import Snapshot, Tally
from onboarding.models.view import SavedView
from onboarding.models.word import Word

__all__ = [
    "Baseline",
    "Batch",
    "BatchRows",
    "BatchState",
    "Brake",
    "CutOver",
    "CutOverDomain",
    "Domain",
    "Expectation",
    "Group",
    "Guard",
    "HeldChange",
    "Milestone",
    "Note",
    "Observation",
    "Publication",
    "SavedView",
    "Schedule",
    "Snapshot",
    "SweeperSlot",
    "Tally",
    "Word",
]
