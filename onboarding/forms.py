"""What people type about domains. Names and tokens are read by the use cases, in any usual form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onboarding.stages import REFUSALS, SERVICES
from tenants.models import Tenant, User
from tenants.roles import Action

BARE = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class AddForm(forms.Form):
    """A domain that begins its way."""

    name = forms.CharField(
        label=_("Domain"), max_length=1024, widget=forms.TextInput(attrs={**BARE, "placeholder": "contoso.com"})
    )
    token = forms.CharField(
        label=_("TXT value from Microsoft"),
        max_length=4096,
        required=False,
        widget=forms.TextInput(attrs={**BARE, "placeholder": "MS=ms12345678"}),
    )
    tenant = forms.ModelChoiceField(
        Tenant.objects.none(), label=_("Tenant"), to_field_name="public_id", empty_label=None
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenants = Tenant.objects.for_user(user, Action.EDIT)
        self.fields["tenant"].queryset = tenants  # type: ignore[attr-defined]
        self.may_add = tenants.exists()


class TokenForm(forms.Form):
    """Another token, or the first one."""

    token = forms.CharField(
        label=_("TXT value from Microsoft"),
        max_length=4096,
        required=False,
        widget=forms.TextInput(attrs={**BARE, "placeholder": "MS=ms12345678"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(forms.Form):
    """A remark."""

    text = forms.CharField(label=_("Leave a note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class MoveForm(forms.Form):
    """The facts that come with a move; which of them it needs, the move itself says."""

    version = forms.IntegerField()
    reason = forms.ChoiceField(choices=list(REFUSALS.items()), required=False)
    services = forms.MultipleChoiceField(choices=list(SERVICES.items()), required=False)
    note = forms.CharField(max_length=200, required=False)
    on = forms.DateField(required=False)
    understood = forms.BooleanField(required=False)

    def facts(self) -> dict[str, Any]:
        """What was given, without what was left out."""
        given = {key: value for key, value in self.cleaned_data.items() if key != "version" and value}
        return {key: value.isoformat() if key == "on" else value for key, value in given.items()}


class PasteForm(forms.Form):
    """The records that Microsoft printed, as they were copied."""

    text = forms.CharField(
        label=_("The records as the admin center or Graph shows them"),
        max_length=65_536,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )


class MuteForm(forms.Form):
    """Which record is not judged, and why; or that it is judged again."""

    key = forms.CharField(max_length=60)
    reason = forms.CharField(max_length=200, required=False)
    again = forms.BooleanField(required=False)


class MilestoneForm(forms.Form):
    """What is done after the activation; or that it is not."""

    item = forms.CharField(max_length=24)
    note = forms.CharField(max_length=200, required=False)
    undone = forms.BooleanField(required=False)
