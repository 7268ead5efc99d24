"""What people type about relays. Lists and names are read by the use cases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from onboarding.models import Domain
from relaycheck.engine.policy import EXCHANGE_ONLINE_LIMIT_KIB, Kind, Profile
from relaycheck.engine.queue_report import Thresholds
from relaycheck.engine.transcript import MOST_CHARACTERS
from relaycheck.models import KINDS, PROFILES, Relay
from relaycheck.relay_logs import MOST_FILES, most_octets
from relaycheck.relays import Declared, source_line
from tenants.models import Tenant

BARE = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
LISTED = (("", _("I do not know")), ("yes", _("Yes, it is on the list")), ("no", _("No, it is not")))


def _line(label: Any, most: int, example: str, words: Any = "", *, required: bool = True) -> forms.CharField:
    widget = forms.TextInput(attrs={**BARE, "placeholder": example})
    return forms.CharField(label=label, max_length=most, widget=widget, help_text=words, required=required)


def _lines(label: Any, most: int, example: str, words: Any = "", rows: int = 4) -> forms.CharField:
    widget = forms.Textarea(attrs={**BARE, "rows": rows, "placeholder": example})
    return forms.CharField(label=label, max_length=most, widget=widget, help_text=words, required=False)


class RelayForm(forms.Form):
    """A relay as it is meant to be."""

    fqdn = _line(_("Full name"), 253, "relay01.contoso.com", _("The name every device uses."))
    internal_address = _line(_("Internal address"), 45, "10.0.0.5")
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=25)
    nat_address = _line(
        _("Public address"),
        45,
        "203.0.113.5",
        _("What the internet sees. The outward probe shows what Microsoft 365 greets."),
        required=False,
    )
    same_exit = forms.BooleanField(
        label=_("This installation leaves by the same public address"),
        required=False,
        help_text=_("Then an outward probe from here speaks for the relay."),
    )
    resolver = _line(
        _("The relay's own DNS resolver"),
        60,
        "10.0.0.1",
        _("Asked for the internal record, when its network is allowed."),
        required=False,
    )
    kind = forms.ChoiceField(label=_("Software"), choices=[(k.value, label) for k, label in KINDS.items()])
    profile = forms.ChoiceField(label=_("Way out"), choices=[(p.value, label) for p, label in PROFILES.items()])
    mailbox = _line(_("Mailbox it signs in with"), 320, "relay@contoso.com", _("Submission only."), required=False)
    domains = forms.ModelMultipleChoiceField(
        Domain.objects.none(),
        label=_("Hosted domains"),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Domains of the tenant with mailboxes in Exchange Online."),
    )
    hosts = _lines(
        _("Endpoints that differ from the usual"),
        20_000,
        "contoso.com contoso-com.mail.protection.outlook.com",
        _("One a line: domain, then host. Left out, the MX that was seen is used, else the usual name."),
        rows=2,
    )
    sources = _lines(
        _("Who may send"),
        100_000,
        "10.0.0.21 copier 3rd floor (Facilities)",
        _("One a line: address or network, what it is, and in parentheses whose it is."),
    )
    external = forms.BooleanField(label=_("Mail to the outside is wanted"), required=False)
    tlds = _line(
        _("Endings for mail to the outside"),
        1000,
        "com, org, net",
        _("IIS only: one remote domain each."),
        required=False,
    )
    size_kib = forms.IntegerField(
        label=_("Largest message, in KB"), min_value=1, max_value=EXCHANGE_ONLINE_LIMIT_KIB, initial=10240
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        domains = Domain.objects.present().filter(tenant=tenant).order_by("name")
        self.fields["domains"].queryset = domains  # type: ignore[attr-defined]

    def declared(self) -> Declared:
        """What was typed."""
        typed = {key: value for key, value in self.cleaned_data.items() if key != "version"}
        return Declared(**{**typed, "domains": tuple(typed["domains"])})


PLAIN = (
    "fqdn",
    "internal_address",
    "port",
    "nat_address",
    "same_exit",
    "resolver",
    "kind",
    "profile",
    "mailbox",
    "external",
    "size_kib",
    "version",
)


def initial_of(relay: Relay) -> dict[str, Any]:
    """A relay as its form shows it."""
    hosted = list(relay.hosted.select_related("domain"))
    return {name: getattr(relay, name) for name in PLAIN} | {
        "domains": [row.domain.public_id for row in hosted],
        "hosts": "\n".join(f"{row.domain.name} {row.smart_host}" for row in hosted if row.smart_host),
        "sources": "\n".join(source_line(row) for row in relay.sources.all()),
        "tlds": ", ".join(relay.tlds),
    }


NEW = {"kind": Kind.IIS.value, "profile": Profile.DIRECT_SEND.value}


class ListedField(forms.ChoiceField):
    """Whether the source may relay: yes, no, or nobody knows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=LISTED, required=False, **kwargs)

    def clean(self, value: Any) -> bool | None:
        """True, False or None."""
        return {"yes": True, "no": False}.get(super().clean(value))


class ProbeForm(forms.Form):
    """What is known of the source a probe runs from."""

    listed = ListedField(label=_("May this installation relay?"))


class PasteForm(forms.Form):
    """A transcript that was made elsewhere."""

    text = _lines(_("What the script printed"), MOST_CHARACTERS, "# target relay01.contoso.com 10.0.0.5 25", rows=6)
    outward = forms.BooleanField(label=_("It ran on the relay, towards Microsoft 365"), required=False)
    listed = ListedField(label=_("Is the machine it ran on allowed to relay?"))


class UploadForm(forms.Form):
    """A configuration, as a file or pasted."""

    file = forms.FileField(label=_("File"), required=False)
    text = _lines(_("Or its text"), 4 * 1024 * 1024, "postconf -n", rows=3)


class SeveralFiles(forms.ClearableFileInput):
    """A field for more than one file."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """At least one file; cleaned to a list."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each of them."""
        return [super(FilesField, self).clean(one, initial) for one in data or [None]]


class LogForm(forms.Form):
    """Logs."""

    file = FilesField(
        label=_("Log files"), help_text=_("NCSA, W3C extended or Microsoft IIS format; all days at once, at most 100.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _("At most 100 files at once, together {} MB. Choose fewer, or join them.")
        self.fields["file"].widget.attrs |= {
            "data-most-files": MOST_FILES,
            "data-most-bytes": most_octets(),
            "data-too-much": words.format(most_octets() >> 20),
        }


class DelistingForm(forms.Form):
    """A request to be taken off a list."""

    line = forms.CharField(
        label=_("The refusal"),
        max_length=2000,
        widget=forms.Textarea(attrs={**BARE, "rows": 2, "placeholder": "550 5.7.606 Access denied, banned sending IP"}),
    )
    address = _line(_("Blocked address"), 45, "203.0.113.5", _("Empty: the one the line names."), required=False)
    asked_at = forms.DateTimeField(
        label=_("Asked at"),
        required=False,
        help_text=_("Empty: now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )


class ThresholdsForm(forms.Form):
    """When the queue is alarming."""

    oldest_seconds = forms.IntegerField(label=_("Oldest mail, in seconds"), min_value=60, max_value=604800)
    queued = forms.IntegerField(label=_("Files in Queue"), min_value=1, max_value=1_000_000)
    badmail = forms.IntegerField(label=_("Files in Badmail"), min_value=1, max_value=1_000_000)
    silent_seconds = forms.IntegerField(label=_("Silence, in seconds"), min_value=60, max_value=604800)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def thresholds(self) -> Thresholds:
        """What was typed."""
        typed = self.cleaned_data
        return Thresholds(typed["oldest_seconds"], typed["queued"], typed["badmail"], typed["silent_seconds"])


class ExplainForm(forms.Form):
    """One line of a log, a bounce or a conversation."""

    line = forms.CharField(
        label=_("A line from a log, a bounce or a conversation"),
        max_length=4000,
        widget=forms.Textarea(
            attrs={**BARE, "rows": 2, "placeholder": "550 5.7.606 Access denied, banned sending IP [203.0.113.5]"}
        ),
    )
