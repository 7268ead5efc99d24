"""What people type about tenants and people."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant, User
from tenants.roles import LABELS, Role

CLOUDS = (
    ("worldwide", _("Worldwide (and GCC)")),
    ("gcc-high", _("GCC High")),
    ("dod", _("DoD")),
    ("21vianet", _("China (21Vianet)")),
)
ROLES = [(role.value, LABELS[role]) for role in Role]
NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


@cache
def known_zones() -> tuple[str, ...]:
    """The zones this machine knows by place; asking for them reads hundreds of files."""
    odd = ("Etc/", "posix/", "right/")
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(odd)))


def zones() -> list[tuple[str, str]]:
    """What one may choose, the installation's own zone first."""
    named = ((name, name.replace("_", " ")) for name in known_zones())
    return [("", str(_("The installation's"))), ("UTC", "UTC"), *named]


class PasswordForm(forms.Form):
    """A first or a new password, typed twice."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(label=_("Password"), widget=NEW_PASSWORD, help_text=password_validators_help_text_html)
    again = forms.CharField(label=_("The same again"), widget=NEW_PASSWORD)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Both alike, and good enough for this person."""
        typed = super().clean() or {}
        password = typed.get("password", "")
        if password and password != typed.get("again"):
            self.add_error("again", _("The two passwords differ."))
        elif password:
            try:
                validate_password(password, self.user)
            except ValidationError as error:
                self.add_error("password", error)
        return typed


class FirstOperatorForm(PasswordForm):
    """The first person gives an address too."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    field_order = ["email", "name", "password", "again"]

    def clean(self) -> dict[str, Any]:
        """The password is weighed against the address too."""
        self.user = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        return super().clean()


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A tenant's name and where it lives."""

    cloud = forms.ChoiceField(label=_("Cloud"), choices=CLOUDS)

    class Meta:
        model = Tenant
        fields = ["name", "initial_domain", "cloud"]
        labels = {"name": _("Name"), "initial_domain": _("Initial domain")}
        help_texts = {"initial_domain": _("For example contoso.onmicrosoft.com. May stay empty.")}


class PersonForm(forms.Form):
    """Somebody new."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    tenant = forms.ModelChoiceField(
        Tenant.objects.all(), label=_("Tenant"), required=False, to_field_name="public_id", empty_label=_("None yet")
    )
    role = forms.ChoiceField(label=_("Role there"), choices=ROLES, initial=Role.VIEWER.value)


class RoleForm(forms.Form):
    """What somebody is in one tenant."""

    tenant = forms.ModelChoiceField(Tenant.objects.all(), label=_("Tenant"), to_field_name="public_id")
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """One's own name and clock."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones, required=False)

    class Meta:
        model = User
        fields = ["name", "time_zone"]
        labels = {"name": _("Name")}
