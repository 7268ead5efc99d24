"""People, what they are in which tenant, and the one-time links that let them in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from tenants.models.tenant import Tenant
from tenants.public_id import new_public_id
from tenants.roles import LABELS, Action, Role


class UserManager(BaseUserManager["User"]):
    """Makes people."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person with ``email``; without a password they need an invitation to get in."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An operator, for ``manage.py createsuperuser``."""
        return self.create_user(email, password, is_operator=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this address, whatever its capitals."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. Signs in with an e-mail address."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: the installation's")
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False, help_text="Runs the installation; sees every tenant")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]
        ordering = ["name", "email"]

    def __str__(self) -> str:
        return self.name or self.email

    def may(self, action: Action, tenant: Tenant) -> bool:
        """Whether this person may do ``action`` in ``tenant``."""
        return Tenant.objects.for_user(self, action).filter(pk=tenant.pk).exists()


class Membership(models.Model):
    """What a person is in a tenant."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=[(role.value, LABELS[role]) for role in Role])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} in {self.tenant}"


class Invitation(models.Model):
    """A one-time link to set a password. Only a digest of its secret is kept."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="invitations"
    )  # null: the first operator
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Invitation for {self.user or 'the first operator'}"

    def is_open(self, now: datetime) -> bool:
        """Whether the link still works at ``now``."""
        return self.used_at is None and now < self.expires_at
