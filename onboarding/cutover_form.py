"""What people type about a cut-over: which domains, and local times in a zone they name."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onboarding.adding import AddingRefused, propose
from onboarding.cutover import MOST_DOMAINS, PlanRefused, Window
from onboarding.models import CutOver, Domain
from publicdns.ttl_plan import NoSuchTimeError, moment_of
from tenants.models import Tenant, User
from tenants.roles import Action

TYPED = "%Y-%m-%dT%H:%M"


def zones() -> list[tuple[str, str]]:
    """Every IANA zone this machine knows."""
    return [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class WindowFields(forms.Form):
    """When."""

    starts = forms.DateTimeField(
        label=_("From"),
        input_formats=[TYPED],
        widget=forms.DateTimeInput(format=TYPED, attrs={"type": "datetime-local"}),
    )
    ends = forms.DateTimeField(
        label=_("To"), input_formats=[TYPED], widget=forms.DateTimeInput(format=TYPED, attrs={"type": "datetime-local"})
    )
    zone = forms.ChoiceField(label=_("Time zone"), choices=zones)

    def clean(self) -> dict[str, Any]:
        """Local times of the zone chosen, not of the server's."""
        typed = super().clean() or {}
        for field in ("starts", "ends"):
            if field in typed and "zone" in typed:
                try:
                    typed[field] = moment_of(timezone.make_naive(typed[field]), typed["zone"])
                except NoSuchTimeError as error:
                    self.add_error(field, str(error))
        return typed

    def window(self) -> Window:
        """What was typed, as moments."""
        typed = self.cleaned_data
        return Window(typed["starts"], typed["ends"], typed["zone"])


class WindowForm(WindowFields):
    """Another time for a plan."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, cutover: CutOver) -> WindowForm:
        """The form as the plan stands."""
        there = ZoneInfo(cutover.zone)
        starts, ends = (at.astimezone(there).strftime(TYPED) for at in (cutover.starts_at, cutover.ends_at))
        return cls(initial={"starts": starts, "ends": ends, "zone": cutover.zone, "version": cutover.version})


class PlanForm(WindowFields):
    """A new plan."""

    field_order = ("name", "tenant", "starts", "ends", "zone", "domains")
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    tenant = forms.ModelChoiceField(
        Tenant.objects.none(), label=_("Tenant"), to_field_name="public_id", empty_label=None
    )
    domains = forms.CharField(
        label=_("Domains, one on each line"),
        max_length=MOST_DOMAINS * 260,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocapitalize": "off"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenants = Tenant.objects.for_user(user, Action.EDIT)
        self.fields["tenant"].queryset = tenants  # type: ignore[attr-defined]
        self.fields["zone"].initial = user.time_zone or timezone.get_current_timezone_name()
        self.may_plan = tenants.exists()


def chosen(tenant: Tenant, text: str) -> list[Domain]:
    """The domains of ``tenant`` that ``text`` names, in any usual form. Raises PlanRefused for one that is not
    there."""
    names = dict.fromkeys(_name(word) for word in re.split(r"[\s,;]+", text) if word)
    found = {domain.name: domain for domain in Domain.objects.present().filter(tenant=tenant, name__in=names)}
    missing = [name for name in names if name not in found]
    if missing:
        raise PlanRefused("domains", f"Not in {tenant.name}: {', '.join(missing[:5])}.")
    return [found[name] for name in names]


def _name(word: str) -> str:
    try:
        return propose(word).name
    except AddingRefused as refused:
        raise PlanRefused("domains", f"{word[:80]}: {refused.sentence}") from None
