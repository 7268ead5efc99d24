"""What people type about audits."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from relaycheck.engine.connectors.addresses import Address, parse_address
from relaycheck.engine.naming import InvalidName, qualified_name
from tenants.models import Tenant, User
from tenants.roles import Action

PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
MOST_PASTED = 4 * 1024 * 1024  # characters
MOST_DOMAINS = 2000


class FilesForm(forms.Form):
    """An export. The files themselves are taken by receiving.py."""

    pasted = forms.CharField(
        label=_("Or paste what the console showed"),
        required=False,
        max_length=MOST_PASTED,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, **PLAIN}),
    )


class UploadForm(FilesForm):
    """A new audit."""

    tenant = forms.ModelChoiceField(
        Tenant.objects.none(), label=_("Tenant"), to_field_name="public_id", empty_label=None
    )
    title = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_("For example “Old servers, before the move”. Empty: the file's name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["tenant"]
        choices.queryset = Tenant.objects.for_user(person, Action.EDIT)

    @property
    def may_upload(self) -> bool:
        """Whether there is a tenant this person may upload for."""
        choices: Any = self.fields["tenant"]
        return bool(choices.queryset.exists())


class WhichForm(forms.Form):
    """A client, and where it knocks."""

    ip = forms.CharField(
        label=_("Client's address"), max_length=60, widget=forms.TextInput(attrs={"placeholder": "10.0.20.22", **PLAIN})
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=25, required=False)
    local = forms.CharField(
        label=_("Server's address"),
        max_length=60,
        required=False,
        help_text=_("Where the server has several."),
        widget=forms.TextInput(attrs=PLAIN),
    )

    def clean_ip(self) -> Address:
        """As an address."""
        return self._address("ip")

    def clean_local(self) -> Address | None:
        """As an address, or none."""
        return self._address("local") if self.cleaned_data["local"].strip() else None

    def clean_port(self) -> int:
        """25 unless another was typed."""
        return int(self.cleaned_data["port"] or 25)

    def _address(self, name: str) -> Address:
        address = parse_address(self.cleaned_data[name].strip().strip("[]"))
        if address is None:
            raise ValidationError(_("That is no IP address. Write for example 10.0.20.22."))
        return address


class ScriptForm(forms.Form):
    """Which script, for which server."""

    KINDS = (("recreate", _("Make them on a new server")), ("close", _("Close them where they are")))

    kind = forms.ChoiceField(label=_("The script shall"), choices=KINDS, initial="recreate")
    server = forms.CharField(
        label=_("Name of the new server"),
        max_length=63,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "EX02", **PLAIN}),
    )
    old = forms.BooleanField(label=_("It is Exchange 2010 or an Edge server: no transport roles"), required=False)

    def clean_server(self) -> str:
        """A host name: it stands in commands."""
        name = str(self.cleaned_data["server"]).strip()
        if name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}", name):
            raise ValidationError(_("A server's name has letters, digits, hyphens and dots only."))
        return name

    def clean(self) -> dict[str, Any]:
        """A new connector needs a server."""
        typed = super().clean() or {}
        if typed.get("kind") == "recreate" and not typed.get("server") and "server" not in self.errors:
            self.add_error("server", _("Name the server on which the connectors are made."))
        return typed


class LogForm(forms.Form):
    """Protocol logs; the files are taken by receiving.py."""

    domains = forms.CharField(
        label=_("Accepted domains"),
        required=False,
        max_length=200_000,
        help_text=_("One a line; *.contoso.com with subdomains. Mail to any other counts as outside."),
        widget=forms.Textarea(attrs={"rows": 4, **PLAIN}),
    )

    def clean_domains(self) -> list[str]:
        """Names as the logs write them."""
        found = [self._name(line) for line in self.cleaned_data["domains"].split()]
        if len(found) > MOST_DOMAINS:
            raise ValidationError(_("At most {} domains.").format(MOST_DOMAINS))
        return list(dict.fromkeys(found))

    def _name(self, typed: str) -> str:
        bare = typed.removeprefix("*.")
        try:
            name = qualified_name(bare)
        except InvalidName:
            raise ValidationError(_("{} is no domain name.").format(repr(typed[:80])))
        return f"*.{name}" if bare != typed else name
