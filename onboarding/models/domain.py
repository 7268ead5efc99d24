"""One name in one tenant."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onboarding.blocking import BLOCKED_BY
from onboarding.stage import LABELS, Stage
from publicdns.answers import Verdict
from publicdns.names import unicode_name
from tenants.models import Tenant, User
from tenants.public_id import new_public_id
from tenants.roles import Action


class DomainQuerySet(models.QuerySet["Domain"]):
    """Through the tenant door."""

    def for_user(self, user: User, action: Action = Action.VIEW) -> DomainQuerySet:
        """Domains in whose tenant ``user`` may do ``action``, removed ones included. An operator's are all, and said
        so without a list of tenants: the board reads them in the order of an index."""
        if user.is_authenticated and user.is_active and user.is_operator:
            return self.all()
        return self.filter(tenant__in=Tenant.objects.for_user(user, action))

    def present(self) -> DomainQuerySet:
        """Those that have not been removed."""
        return self.filter(removed_at__isnull=True)


class Domain(models.Model):
    """A domain on its way. ``verdict`` is what the last look showed; ``settled`` is what has been confirmed over
    time. When it is looked at is its ``schedule``."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253)  # canonical: lower-case A-labels, no trailing dot
    token = models.CharField(max_length=80, blank=True)  # "MS=ms12345678"
    epoch = models.PositiveIntegerField(default=1)  # removed and added again: a new one
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # of what people edit: two at once do not overwrite each other

    stage = models.CharField(max_length=12, choices=[(s.value, LABELS[s]) for s in Stage], default=Stage.VALIDATE.value)
    group = models.ForeignKey("onboarding.Group", models.SET_NULL, null=True, blank=True, related_name="domains")
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=20, blank=True)  # why Microsoft last said no (onboarding.refusals)
    accepted_at = models.DateTimeField(null=True, blank=True)
    users_choice = models.CharField(max_length=12, blank=True)
    users_note = models.CharField(max_length=200, blank=True)  # who does it
    users_at = models.DateTimeField(null=True, blank=True)
    purpose_choice = models.CharField(max_length=12, blank=True)
    purpose_services = models.JSONField(default=list, blank=True)
    purpose_at = models.DateTimeField(null=True, blank=True)
    lacking = models.PositiveSmallIntegerField(
        default=0
    )  # records of its services that are missing (onboarding.lacking)

    verdict = models.CharField(max_length=12, default=Verdict.UNKNOWN.value)
    progress = models.CharField(max_length=16, blank=True)  # how far the record has come (publicdns.propagation)
    finding = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    verdict_since = models.DateTimeField(null=True, blank=True)
    settled = models.CharField(max_length=12, blank=True)
    round = models.PositiveIntegerField(default=0)  # how often the settled verdict has changed in this epoch
    # What the next look must know of the ones before: the verdict on its way to being believed, since when the name
    # servers agree, since when one is silent (onboarding.remembering).
    memory = models.JSONField(default=dict, blank=True)

    # Kept here too, because every look needs them: the window of the open cut-over plan, whether mail at Microsoft 365
    # is what somebody meant, and since when the newest looks would turn what is believed (onboarding.brake).
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    mail_moved = models.BooleanField(default=False)  # the baseline that a person confirmed (onboarding.cutover)
    doubted_at = models.DateTimeField(null=True, blank=True)

    eager_since = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # when a person last pressed "Look now"
    fingerprint = models.BinaryField(max_length=8, default=b"")  # of the picture that the observation holds
    marks = models.BinaryField(default=b"")  # what a glance compares with (publicdns.glancing)

    blocked_by = models.GeneratedField(
        expression=BLOCKED_BY, output_field=models.CharField(max_length=12), db_persist=True
    )  # onboarding.blocking

    objects = DomainQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=Q(removed_at__isnull=True), name="domain_once"
            ),
            models.CheckConstraint(condition=Q(stage__in=[s.value for s in Stage]), name="domain_stage_known"),
        ]
        indexes = [
            models.Index(fields=["name"], name="domain_name"),
            # The board, one page in the order of names (onboarding.narrowing): all, by what blocks, by stage.
            models.Index(fields=["name", "id"], condition=Q(removed_at__isnull=True), name="board_name"),
            models.Index(fields=["tenant", "name", "id"], condition=Q(removed_at__isnull=True), name="board_tenant"),
            models.Index(
                fields=["blocked_by", "name", "id"], condition=Q(removed_at__isnull=True), name="board_blocked"
            ),
            models.Index(fields=["stage", "name", "id"], condition=Q(removed_at__isnull=True), name="board_stage"),
            models.Index(fields=["created_at", "id"], condition=Q(removed_at__isnull=True), name="board_age"),
            models.Index(
                fields=["window_start", "name", "id"], condition=Q(window_start__isnull=False), name="board_cutover"
            ),
            # Counted without the rows: those of a group, somebody's, and those that are planned.
            models.Index(
                fields=["group", "stage", "blocked_by", "created_at", "tenant", "window_start"],
                condition=Q(removed_at__isnull=True, group__isnull=False),
                name="board_group",
            ),
            models.Index(
                fields=["assignee", "stage", "blocked_by", "created_at", "tenant", "window_start"],
                condition=Q(removed_at__isnull=True, assignee__isnull=False),
                name="board_assignee",
            ),
            models.Index(
                fields=["window_start", "tenant", "stage", "blocked_by", "created_at", "group", "assignee"],
                condition=Q(removed_at__isnull=True, window_start__isnull=False),
                name="board_planned",
            ),
            models.Index(fields=["doubted_at"], condition=Q(doubted_at__isnull=False), name="domain_doubted"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The domain's page."""
        return f"/domains/{self.public_id}/"

    @property
    def unicode_name(self) -> str:
        """The name as people of its script read it."""
        return unicode_name(self.name)

    @property
    def at_stage(self) -> Stage:
        """The stage as the enum that the rest of the code speaks."""
        return Stage(self.stage)


class Note(models.Model):
    """A remark somebody left at a domain."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    text = models.CharField(max_length=2000)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.text[:60]
