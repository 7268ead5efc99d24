"""An internal SMTP relay as it is declared to be, and who may send through it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onboarding.models import Domain
from relaycheck.engine.policy import Kind, Profile
from tenants.models import Tenant, User
from tenants.public_id import new_public_id
from tenants.roles import Action

KINDS = {Kind.IIS: "IIS 6 SMTP", Kind.POSTFIX: "Postfix", Kind.EXCHANGE: "Exchange connector", Kind.OTHER: "Other"}
PROFILES = {
    Profile.DIRECT_SEND: "Direct send: each hosted domain to its own endpoint, the rest by MX",
    Profile.SMART_HOST: "One smart host: everything to the tenant's endpoint, with an inbound connector",
    Profile.SUBMISSION: "Authenticated submission: everything to smtp.office365.com with a mailbox",
}


class RelayQuerySet(models.QuerySet["Relay"]):
    """Through the tenant door."""

    def for_user(self, user: User, action: Action = Action.VIEW) -> RelayQuerySet:
        """Relays in whose tenant ``user`` may do ``action``, removed ones included."""
        return self.filter(tenant__in=Tenant.objects.for_user(user, action))

    def present(self) -> RelayQuerySet:
        """Those that have not been removed."""
        return self.filter(removed_at__isnull=True)


class Relay(models.Model):
    """One relay. What people declare has ``version``; the rest is what was seen of it."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="relays")
    fqdn = models.CharField(max_length=253)
    internal_address = models.CharField(max_length=45)
    port = models.PositiveIntegerField(default=25)
    nat_address = models.CharField(max_length=45, blank=True)
    same_exit = models.BooleanField(default=False, help_text="This installation leaves by the relay's public address")
    resolver = models.CharField(max_length=60, blank=True, help_text="The relay's own resolver, ADDRESS[:PORT]")
    kind = models.CharField(max_length=12, choices=[(k.value, label) for k, label in KINDS.items()])
    profile = models.CharField(max_length=16, choices=[(p.value, label) for p, label in PROFILES.items()])
    mailbox = models.CharField(max_length=320, blank=True, help_text="Of the submission profile")
    external = models.BooleanField(default=False)
    tlds = models.JSONField(default=list, blank=True)
    size_kib = models.PositiveIntegerField(default=10240)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    # What DNS said of it (relaycheck.relay_names): SPF of the hosted domains, and the internal record.
    names = models.JSONField(default=dict, blank=True)
    names_at = models.DateTimeField(null=True, blank=True)

    # The queue watch (relaycheck.relay_queue).
    watch_digest = models.CharField(max_length=64, null=True, blank=True, unique=True)
    watched_since = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    logging_since = models.DateTimeField(null=True, blank=True)
    oldest_seconds = models.PositiveIntegerField(default=3600)
    queued = models.PositiveIntegerField(default=100)
    badmail = models.PositiveIntegerField(default=100)
    silent_seconds = models.PositiveIntegerField(default=3600)
    alarms = models.JSONField(default=dict, blank=True)  # code → {"since", "title", "calm"}

    objects = RelayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "fqdn"], condition=Q(removed_at__isnull=True), name="relay_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="relay_kind_known"),
            models.CheckConstraint(
                condition=Q(profile__in=[profile.value for profile in Profile]), name="relay_profile_known"
            ),
        ]
        ordering = ["fqdn"]

    def __str__(self) -> str:
        return self.fqdn

    def get_absolute_url(self) -> str:
        """The relay's page."""
        return f"/relays/{self.public_id}/"


class RelayDomain(models.Model):
    """A domain of the tenant whose mail this relay hands to Microsoft 365. No host: the usual one is derived."""

    relay = models.ForeignKey(Relay, models.CASCADE, related_name="hosted")
    domain = models.ForeignKey(Domain, models.CASCADE, related_name="+")
    smart_host = models.CharField(max_length=253, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["relay", "domain"], name="relay_domain_once")]
        ordering = ["domain__name"]

    def __str__(self) -> str:
        return f"{self.domain} by {self.relay}"


class RelaySource(models.Model):
    """A device or application that may send."""

    relay = models.ForeignKey(Relay, models.CASCADE, related_name="sources")
    place = models.PositiveIntegerField()
    network = models.CharField(max_length=50)
    owner = models.CharField(max_length=100, blank=True)
    purpose = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["relay", "network"], name="relay_source_once")]
        ordering = ["place"]

    def __str__(self) -> str:
        return self.network
