"""What happened, who is told, and how far the telling has come."""

from __future__ import annotations

from notices.models.notice import Notice, NoticeState
from notices.models.sending import Sending
from notices.models.subscription import Subscription
from notices.models.transition import SubjectKind, Transition

__all__ = ["Notice", "NoticeState", "Sending", "SubjectKind", "Subscription", "Transition"]
