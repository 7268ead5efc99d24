"""The pages of connector audits: what part C of the how-to asks for, each by its name."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from relaycheck.models import Audit, Relay, RelaySource
from relaycheck.reading_uploads import read_uploads
from tenants.models import AuditEntry, User
from tenants.roles import Role
from tests import make
from tests.make import signed_in
from tests.relaycheck.auditing import DENIED, OPEN, SCANNERS, files, kept_audit, read_audit
from tests.relaycheck.connectors.organisations import app_relay

pytestmark = pytest.mark.django_db


def page(path: str, person: User | None = None) -> str:
    return str(signed_in(person or make.user(operator=True)).get(path).content.decode())


def test_an_export_is_uploaded_read_and_told_in_one_sentence() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))

    response = client.post("/audits/add/", {"tenant": tenant.public_id, "title": "Old servers", "files": files()})
    waiting = client.get(response["Location"]).content.decode()
    read_uploads(timezone.now)
    shown = client.get(response["Location"]).content.decode()

    assert "Waiting." in waiting
    assert "every 20s" in waiting  # beside the bell, should it not be heard
    assert (
        "3 of 9 connectors relay outside beyond Exchange&#x27;s own defaults. 1 of them is open to everybody" in shown
    )
    assert "every 20s" not in shown
    assert "Old servers" in client.get("/audits/").content.decode()
    assert "3 of 9 connectors relay outside" in client.get("/audits/").content.decode()


def test_the_files_are_gone_once_they_are_read(settings: Any) -> None:
    before = set((settings.VAR_DIR / "audits").glob("*/0"))  # what other tests left

    audit = read_audit()

    assert audit.folder == ""
    assert set((settings.VAR_DIR / "audits").glob("*/0")) <= before


def test_findings_come_by_severity_with_evidence_source_and_what_to_do() -> None:
    audit = read_audit()

    everything = page(audit.get_absolute_url())
    errors = page(f"{audit.get_absolute_url()}?severity=error")

    assert everything.index("RC101") < everything.index("RC103")
    assert "EX02\\Opened by mistake is an open relay" in everything
    assert "What to do:" in everything
    assert "https://learn.microsoft.com/exchange/mail-flow/connectors/allow-anonymous-relay" in everything
    assert "export.json:" in everything or ".json:" in everything
    assert "RC101" in errors
    assert "RC103" not in errors


def test_what_was_understood_of_each_file_is_told() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    sent = [*files(app_relay()), SimpleUploadedFile("notes.txt", b"hello"), SimpleUploadedFile("x.csv", b"")]

    client.post("/audits/add/", {"tenant": tenant.public_id, "files": sent})
    read_uploads(timezone.now)
    shown = client.get(Audit.objects.get().get_absolute_url()).content.decode()

    assert "neither connectors nor permissions are in it" in shown
    assert "the file is empty" in shown
    assert "1 of 1 connector relays outside" in shown


def test_a_pasted_console_is_an_upload_too() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    pasted = (
        "Identity   : EX01\\Scan\nServer     : EX01\nName       : Scan\nPermissionGroups : AnonymousUsers, Custom\n"
    )

    client.post("/audits/add/", {"tenant": tenant.public_id, "pasted": pasted})
    read_uploads(timezone.now)

    audit = Audit.objects.get()
    assert audit.title == "pasted text"
    assert (audit.summary["connectors"], audit.summary["verdict"]) == (1, "unknown")


# --- part C of the how-to ---------------------------------------------------------------------------------------------


def test_c1_the_scripts_recreate_the_settings_of_the_chosen_connectors_on_the_new_server() -> None:
    audit = read_audit()
    address = f"{audit.get_absolute_url()}scripts/"

    all_of_them = page(f"{address}?kind=recreate&server=NEW01")
    relays = signed_in(make.user(operator=True)).get(address).context["boxes"]
    apps = next(row.number for row, _ in relays if row.identity == "EX01\\App Relay")
    chosen = page(f"{address}?kind=recreate&server=NEW01&only={apps}")

    assert "New-ReceiveConnector -Name &#x27;App Relay&#x27; -Server &#x27;NEW01&#x27;" in all_of_them
    assert "10.0.20.21" in chosen
    assert "Opened by mistake" not in chosen.partition('id="script"')[2]
    assert "Opened by mistake" in all_of_them.partition('id="script"')[2]


def test_c1_two_audits_are_compared_old_against_new() -> None:
    tenant = make.tenant()
    old = read_audit(tenant, [app_relay()], title="Old")
    same = read_audit(tenant, [app_relay(server="NEW01")], title="New")
    narrow = read_audit(tenant, [app_relay(server="NEW01", ranges=("10.0.20.21",))], title="Narrow")

    assert "Same relays." in page(f"{same.get_absolute_url()}compare/?old={old.public_id}")
    differs = page(f"{narrow.get_absolute_url()}compare/?old={old.public_id}")
    assert 'data-kind="narrower"' in differs
    assert "10.0.20.22" in differs


def test_c2_the_relay_right_is_what_the_connectors_page_shows() -> None:
    audit = read_audit()

    shown = page(f"{audit.get_absolute_url()}connectors/")

    row = shown.partition("EX01\\App Relay")[2].partition("</tr>")[0]
    assert "Relays outside" in row
    assert "NT AUTHORITY\\ANONYMOUS LOGON" in row
    assert "No relay" in shown.partition("EX01\\Default Frontend EX01")[2].partition("</tr>")[0]


def test_c3_open_relays_are_called_so_and_their_closing_commands_are_there() -> None:
    audit = read_audit()

    script = page(f"{audit.get_absolute_url()}scripts/?kind=close")

    assert "Open relay" in page(audit.get_absolute_url())
    assert "Remove-ADPermission" in script
    assert "$anonymous" in script


def test_c4_the_export_command_and_the_one_liner_with_what_it_misses_can_be_copied() -> None:
    shown = page("/audits/add/", make.member(make.tenant()))

    assert 'data-copy="$q={param($v)' in shown
    assert (
        "-like &#x27;*anon*&#x27; -and $_.ExtendedRights -like &#x27;ms-Exch-SMTP-Accept-Any-Recipient&#x27;" in shown
    )
    assert "there is no Deny column" in shown


def test_c4_what_the_one_liner_would_have_shown_stands_beside_what_is_true() -> None:
    listed = signed_in(make.user(operator=True)).get(read_audit().get_absolute_url()).context

    assert listed["listed"].missed == (SCANNERS.identity,)
    assert listed["listed"].mistaken == (DENIED.identity,)
    assert SCANNERS.identity in listed["relaying"]


def test_c5_a_named_account_takes_the_place_of_anon() -> None:
    audit = read_audit()

    shown = signed_in(make.user(operator=True)).get(f"{audit.get_absolute_url()}?account=svc-scan")

    assert shown.context["listed"].shown == (SCANNERS.identity,)
    assert "-like &#x27;*svc-scan*&#x27;" in shown.content.decode()
    assert "-like &#x27;*svc-scan*&#x27;" in page("/audits/add/?account=svc-scan", make.member(make.tenant()))


# --- simulate, take away, carry over ----------------------------------------------------------------------------------


def test_which_connector_answers_an_address_is_simulated_with_the_reason() -> None:
    address = f"{read_audit().get_absolute_url()}connectors/"

    answered = page(f"{address}?ip=10.0.20.22&port=25")
    elsewhere = page(f"{address}?ip=10.0.20.22&port=587")

    assert "<bdi>EX01\\App Relay</bdi></b> answers 10.0.20.22 on port 25." in answered
    assert "the most specific range (10.0.20.22)" in answered
    assert "<bdi>EX01\\Client Frontend EX01</bdi></b> answers 10.0.20.22 on port 587." in elsewhere


@pytest.mark.parametrize("typed", ["ip=nonsense", "ip=10.0.0.1&port=0", "ip=", "ip=10.0.0.1&local=x"])
def test_an_address_that_is_none_is_refused_in_words(typed: str) -> None:
    response = signed_in(make.user(operator=True)).get(f"{read_audit().get_absolute_url()}connectors/?{typed}")

    assert response.status_code == 422
    assert 'class="errors"' in response.content.decode()


def test_a_script_is_downloaded_as_windows_powershell_reads_it() -> None:
    audit = read_audit()

    response = signed_in(make.user(operator=True)).get(
        f"{audit.get_absolute_url()}scripts/?kind=recreate&server=NEW01&download=1"
    )

    assert response["Content-Disposition"] == 'attachment; filename="receive-connectors.ps1"'
    assert response.content.startswith(b"\xef\xbb\xbf#")
    assert b"\r\n" in response.content


def test_a_server_s_name_cannot_carry_commands() -> None:
    audit = read_audit()

    response = signed_in(make.user(operator=True)).get(
        f"{audit.get_absolute_url()}scripts/", {"kind": "recreate", "server": "NEW01'; Remove-Item"}
    )

    assert response.status_code == 422
    assert "script" not in response.context


def relay_in(tenant: Any, fqdn: str = "relay.contoso.com") -> Relay:
    return Relay.objects.create(
        tenant=tenant,
        fqdn=fqdn,
        internal_address="10.0.0.25",
        kind="iis",
        profile="direct-send",
        created_at=timezone.now(),
    )


def test_ranges_become_allowed_sources_of_a_relay_each_with_its_origin() -> None:
    tenant = make.tenant()
    relay, manager = relay_in(tenant), make.member(tenant)
    audit = read_audit(tenant)
    RelaySource.objects.create(relay=relay, place=1, network="10.0.20.21", purpose="copier")

    response = signed_in(manager).post(f"{audit.get_absolute_url()}relay/", {"relay": relay.public_id})

    sources = list(relay.sources.values_list("network", "purpose"))
    assert response["Location"] == relay.get_absolute_url()
    assert sources[0] == ("10.0.20.21", "copier")
    assert sources[1][0] == "10.0.20.22"
    assert sources[1][1].startswith("receive connector EX01\\App Relay")
    assert len(sources) == 2  # neither the open one, nor the one whose clients log on
    relay.refresh_from_db()
    assert relay.version == 2
    assert AuditEntry.objects.filter(action="sources-carried", after__audit=audit.public_id).exists()


def test_sources_are_carried_to_relays_of_the_same_tenant_only() -> None:
    tenant, elsewhere = make.tenant(), make.tenant()
    relay, audit = relay_in(elsewhere), read_audit(tenant)

    response = signed_in(make.user(operator=True)).post(f"{audit.get_absolute_url()}relay/", {"relay": relay.public_id})

    assert response.status_code == 404
    assert not relay.sources.exists()


def test_the_page_says_which_connectors_are_not_carried_over_and_why() -> None:
    shown = page(f"{read_audit().get_absolute_url()}scripts/")

    part = shown.partition('id="make-relay"')[2]
    assert OPEN.identity in part
    assert SCANNERS.identity in part
    assert "10.0.20.21" in part


def test_findings_are_exported_and_no_cell_is_a_formula() -> None:
    audit = read_audit(connectors=[app_relay(name="=HYPERLINK(1)", server="")])
    client = signed_in(make.user(operator=True))

    text = b"".join(client.get(f"{audit.get_absolute_url()}export/findings.csv").streaming_content)  # type: ignore[arg-type]
    document = json.loads(client.get(f"{audit.get_absolute_url()}export/audit.json").content)

    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows[1][1] == "RC103"
    assert not [cell for row in rows for cell in row if cell.startswith("=")]
    assert document["format"] == "onward.connectors.audit"


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_viewer_reads_and_uploads_nothing() -> None:
    tenant = make.tenant()
    audit, viewer = read_audit(tenant), make.member(tenant, Role.VIEWER)
    client = signed_in(viewer)

    assert client.get(audit.get_absolute_url()).status_code == 200
    assert "Remove this audit" not in client.get(audit.get_absolute_url()).content.decode()
    assert client.post("/audits/add/", {"tenant": tenant.public_id, "files": files()}).status_code == 422
    assert client.post(f"{audit.get_absolute_url()}remove/").status_code == 404
    assert Audit.objects.count() == 1


def test_a_stranger_and_nobody_see_nothing() -> None:
    audit, stranger = read_audit(title="secret name"), signed_in(make.member(make.tenant()))

    for part in ("", "connectors/", "scripts/", "compare/", "logs/", "export/audit.json"):
        assert stranger.get(f"{audit.get_absolute_url()}{part}").status_code == 404
        assert Client().get(f"{audit.get_absolute_url()}{part}").status_code == 302
    assert "secret name" not in stranger.get("/audits/").content.decode()


def test_an_audit_of_another_tenant_is_nothing_to_compare_with() -> None:
    mine, theirs = read_audit(), read_audit()

    response = signed_in(make.user(operator=True)).get(f"{mine.get_absolute_url()}compare/?old={theirs.public_id}")

    assert response.status_code == 404


def test_removing_takes_everything_and_stays_in_the_log() -> None:
    tenant = make.tenant()
    audit = read_audit(tenant, title="Old")

    signed_in(make.member(tenant)).post(f"{audit.get_absolute_url()}remove/")

    assert not Audit.objects.exists()
    assert AuditEntry.objects.values_list("action", "subject").first() == ("audit-removed", "Old")


@pytest.mark.parametrize("part", ["?tenant=%00", "add/?tenant=%00", "{}/compare/?old=%00", "{}/logs/?connector=%00"])
def test_an_address_with_a_nul_breaks_nothing(part: str) -> None:
    audit = kept_audit(make.tenant())

    response = signed_in(make.user(operator=True)).get("/audits/" + part.format(audit.public_id))

    assert response.status_code == 200
