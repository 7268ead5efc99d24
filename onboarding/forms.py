"""What people type about domains. Names and tokens are read by the use cases, in any usual form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onboarding.importing.reading import MOST_BYTES
from onboarding.stages import REFUSALS, SERVICES
from tenants.models import Tenant, User
from tenants.roles import Action

MINUTES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
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


class ManyForm(forms.Form):
    """What an act on many domains needs to know; which of it, the act itself says."""

    group = forms.CharField(max_length=60, required=False)
    assignee = forms.ModelChoiceField(User.objects.none(), to_field_name="public_id", required=False)
    plan = forms.CharField(max_length=120, required=False)
    starts = forms.DateTimeField(required=False, input_formats=MINUTES)
    ends = forms.DateTimeField(required=False, input_formats=MINUTES)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenants = Tenant.objects.for_user(user)
        people = User.objects.filter(Q(memberships__tenant__in=tenants) | Q(pk=user.pk), is_active=True).distinct()
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]

    def lacks(self, field: str) -> str:
        """What is still to be said, as a sentence; empty when nothing is."""
        said = self.cleaned_data
        if field == "window" and not (said["plan"] and said["starts"] and said["ends"]):
            return str(_("Give the plan a name, a beginning and an end."))
        return ""

    def options(self, field: str) -> dict[str, str]:
        """What the batch keeps."""
        said = self.cleaned_data
        if field == "group":
            return {"group": said["group"].strip()}
        if field == "assignee":
            person = said["assignee"]
            return {"assignee": person.public_id if person else "", "assignee_name": str(person or "")}
        if field == "window":
            zone = str(timezone.get_current_timezone())
            return {
                "plan": said["plan"],
                "starts": said["starts"].isoformat(),
                "ends": said["ends"].isoformat(),
                "zone": zone,
            }
        return {}


class ImportForm(forms.Form):
    """A file, or a list that was pasted."""

    file = forms.FileField(
        label=_("A CSV or Excel file"), required=False, help_text=_("At most 20 MB and 50,000 rows.")
    )
    text = forms.CharField(
        label=_("Or a list"),
        required=False,
        max_length=2_000_000,
        widget=forms.Textarea(attrs={**BARE, "rows": 6, "placeholder": "contoso.com\nfabrikam.com; MS=ms12345678"}),
    )
    tenant = forms.ModelChoiceField(
        Tenant.objects.none(),
        label=_("Tenant of rows that name none"),
        to_field_name="public_id",
        required=False,
        empty_label=_("None: refuse such rows"),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenants = Tenant.objects.for_user(user, Action.EDIT)
        self.fields["tenant"].queryset = tenants  # type: ignore[attr-defined]
        if len(tenants) == 1:
            self.fields["tenant"].initial = tenants[0].public_id

    def clean(self) -> dict[str, Any]:
        """Exactly one of file and list."""
        said = super().clean() or {}
        file, text = said.get("file"), (said.get("text") or "").strip()
        if bool(file) == bool(text):
            raise forms.ValidationError(_("Choose a file, or paste a list; one of the two."))
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB. Split it."))
        self.content = file.read() if file else text.encode()
        self.source = file.name[:120] if file else str(_("A pasted list"))
        return said
