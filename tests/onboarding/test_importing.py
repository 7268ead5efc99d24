"""Imports: read in every usual form, judged row by row, written only when confirmed, and then in whole pages."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from notices.models import Subscription, Transition
from onboarding.adding import add_domain, leave_note, remove_domain
from onboarding.exporting import HEADINGS, domain_lines
from onboarding.importing.columns import recognised
from onboarding.importing.judging import Judge
from onboarding.importing.reading import MOST_ROWS, Unreadable, rows_of
from onboarding.models import Batch, CutOverDomain, Domain
from onboarding.working import work
from tenants.models import AuditEntry, Tenant, User
from tenants.roles import Role
from tenants.sheets import stream
from tests import make
from tests.onboarding.test_views_list import signed_in

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def judged(content: str, tenant: Tenant | None = None, by: User | None = None) -> list[dict[str, Any]]:
    """The rows of ``content``, for a person who may add domains to ``tenant``."""
    ours = tenant or make.tenant()
    return list(Judge.of(by or make.member(ours), ours, BERLIN).rows(rows_of(content.encode())))


def sent(client: Client, content: bytes | str, tenant: Tenant | None = None, name: str = "list.csv") -> Batch:
    """An upload or a pasted list; its batch."""
    payload: dict[str, Any] = {"tenant": tenant.public_id if tenant else ""}
    if isinstance(content, bytes):
        payload["file"] = SimpleUploadedFile(name, content)
    else:
        payload["text"] = content
    response = client.post("/domains/import/", payload)
    assert response.status_code == 302, response.content.decode()[-3000:]
    return Batch.objects.get(public_id=response["Location"].split("/")[2])


@pytest.mark.parametrize(
    "content",
    [
        b"Domain,TXT value\r\ncontoso.com,MS=ms12345678\r\n",
        "\ufeffDomain;TXT value\ncontoso.com;MS=ms12345678\n".encode(),
        "Domain\tTXT value\ncontoso.com\tMS=ms12345678".encode("utf-16"),
        b"\xfe\xff" + "Domain,TXT value\ncontoso.com,MS=ms12345678".encode("utf-16-be"),
        b'#TYPE Something\n"TXT value","Remark","Domain"\n"MS=ms12345678","two\nlines; and more","contoso.com"\n',
        b"contoso.com; MS=ms12345678",
        b"MS=ms12345678,contoso.com",
    ],
)
def test_a_list_is_understood_whatever_wrote_it(content: bytes) -> None:
    rows = list(Judge.of(make.member(tenant := make.tenant()), tenant, BERLIN).rows(rows_of(content)))

    assert [(row["name"], row["token"], row["outcome"]) for row in rows] == [("contoso.com", "MS=ms12345678", "new")]


def test_a_workbook_is_understood() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for line in (["Token", "Domain name", "Cut-over"], ["MS=ms12345678", "contoso.com", datetime(2027, 1, 2, 20)]):
        sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    tenant = make.tenant()

    (row,) = Judge.of(make.member(tenant), tenant, BERLIN).rows(rows_of(file.getvalue()))

    assert (row["name"], row["token"], row["cutover"]) == ("contoso.com", "MS=ms12345678", "2027-01-02T20:00:00+01:00")


def test_the_export_of_powershell_gives_the_names_and_what_microsoft_has_verified() -> None:
    content = '"AuthenticationType","Id","IsDefault","IsVerified"\n"Managed","contoso.com","False","True"\n'

    (row,) = judged(content)

    assert row["name"] == "contoso.com"
    assert "Microsoft says it is verified" in row["words"]


def test_the_admin_center_s_list_is_recognised_and_the_initial_domain_refused() -> None:
    rows = judged("Domain name,Status\ncontoso.com,Healthy\ncontoso.onmicrosoft.com,Healthy\n")

    assert [row["outcome"] for row in rows] == ["new", "refused"]


def test_every_row_is_judged() -> None:
    tenant = make.tenant()
    make.domain("here.com", tenant, token="MS=ms11111111")

    rows = judged(
        "new.com\nhttps://www.repaired.com/x\nhere.com;MS=ms22222222\nco.uk\nnew.com\nbad.com;hello world;nobody",
        tenant,
    )

    assert [row["outcome"] for row in rows] == ["new", "repaired", "there", "refused", "there", "refused"]
    assert "another TXT value" in rows[2]["words"]
    assert rows[4]["words"] == "The same as row 1."


def test_another_tenant_s_name_is_refused_as_if_it_did_not_exist() -> None:
    theirs, ours = make.tenant("Theirs"), make.tenant()
    make.domain("secret.com", theirs)

    rows = judged("Domain,Tenant\nsecret.com,Theirs\nsecret.com,Nowhere\nsecret.com,\n", ours)

    assert [row["outcome"] for row in rows] == ["refused", "refused", "new"]
    assert rows[0]["words"] == rows[1]["words"]


def test_headings_are_found_in_any_order_and_spelling() -> None:
    columns = recognised(["Cut over", "GROUP", "txt_record", "Domain-Name"])

    assert columns.places == {"cutover": 0, "group": 1, "token": 2, "name": 3}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04 nonsense", "damaged"),
        (b"x.com\n" * (MOST_ROWS + 3), "50,000 rows"),
        (b"x" * (20 * 1024 * 1024 + 1), "20 MB"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        list(rows_of(content))


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)

    with pytest.raises(Unreadable, match="too much"):
        list(rows_of(file.getvalue()))


def test_nothing_is_written_before_it_is_confirmed_and_then_all_good_rows_are() -> None:
    tenant = make.tenant()
    person = make.member(tenant)
    client = signed_in(person)

    batch = sent(client, "a.com;MS=ms12345678\nb.com\nco.uk", tenant)

    assert not Domain.objects.exists()
    assert batch.counts == {"new": 2, "refused": 1}
    client.post(f"/batches/{batch.public_id}/confirm/")
    assert Counter(Domain.objects.values_list("name", "token")) == Counter([("a.com", "MS=ms12345678"), ("b.com", "")])
    assert Transition.objects.filter(kind="added").count() == 2
    assert AuditEntry.objects.filter(action="domain-added", actor=person).count() == 2
    assert Subscription.objects.filter(user=person).count() == 2
    assert b"a.com" in client.get("/domains/?q=a.co").content


def test_confirming_twice_adds_nothing_twice() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    batch = sent(client, "a.com", tenant)

    for _ in range(2):
        client.post(f"/batches/{batch.public_id}/confirm/")

    assert Domain.objects.count() == 1


def test_a_row_that_somebody_added_meanwhile_is_left_alone_and_said() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    batch = sent(client, "a.com\nb.com", tenant)
    make.domain("a.com", tenant)

    client.post(f"/batches/{batch.public_id}/confirm/")

    assert Domain.objects.count() == 2
    assert b"Somebody has added it meanwhile" in client.get(f"/batches/{batch.public_id}/").content


def test_a_name_that_was_removed_begins_a_new_epoch() -> None:
    tenant = make.tenant()
    person = make.member(tenant)
    old = add_domain(tenant, "a.com", "", by=person, now=timezone.now())
    remove_domain(old, by=person, now=timezone.now())
    client = signed_in(person)

    client.post(f"/batches/{sent(client, 'a.com', tenant).public_id}/confirm/")

    assert Domain.objects.present().get().epoch == 2


def test_a_cut_over_in_the_file_becomes_one_plan_for_all_of_that_moment() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))

    batch = sent(client, "Domain,Cut-over\na.com,2099-01-02 20:00\nb.com,2099-01-02 20:00\n", tenant)
    client.post(f"/batches/{batch.public_id}/confirm/")

    plans = CutOverDomain.objects.values_list("cutover__starts_at", flat=True)
    assert list(plans) == [datetime(2099, 1, 2, 20, tzinfo=UTC)] * 2


def test_a_date_that_cannot_be_read_refuses_the_row() -> None:
    (row,) = judged("Domain,Cut-over\na.com,soon\n")

    assert row["outcome"] == "refused"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_that_is_imported_again_changes_nothing(form: str) -> None:
    tenant = make.tenant("=Tenant, Ltd.")
    for name, token in (("contoso.com", "MS=ms12345678"), ("xn--mnchen-3ya.de", ""), ("users.com", "MS=ms12345678")):
        make.domain(name, tenant, token=token)
    person = make.member(tenant)
    client = signed_in(person)
    leave_note(Domain.objects.get(name="contoso.com"), "=1, and\nanother line", by=person, now=make.NOW)
    before = list(Domain.objects.order_by("pk").values())

    batch = sent(client, b"".join(stream(form, HEADINGS, domain_lines(Domain.objects.all()))), name=f"all.{form}")
    client.post(f"/batches/{batch.public_id}/confirm/")

    assert batch.counts == {"there": 3}
    assert list(Domain.objects.order_by("pk").values()) == before


def test_a_long_file_is_judged_and_written_by_the_worker() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    batch = sent(client, "".join(f"d{n}.{'x' * 60}.com\n" for n in range(1200)).encode(), tenant)
    assert b"Judging the rows" in client.get(f"/batches/{batch.public_id}/").content

    work(timezone.now, 20)
    client.post(f"/batches/{batch.public_id}/confirm/")
    assert not Domain.objects.exists()
    work(timezone.now, 20)

    batch.refresh_from_db()
    assert (batch.state, batch.done, Domain.objects.count()) == ("done", 1200, 1200)


def test_a_worker_that_was_lost_is_followed_by_another_that_repeats_no_page() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    batch = sent(client, "".join(f"d{n}.example.com\n" for n in range(1200)), tenant)
    client.post(f"/batches/{batch.public_id}/confirm/")

    work(timezone.now, 0.001)
    assert 0 < Domain.objects.count() < 1200
    work(timezone.now, 20)

    assert Domain.objects.count() == 1200


def test_a_file_that_is_none_says_so_and_writes_nothing() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))

    batch = sent(client, b"PK\x03\x04 nonsense", tenant, "list.xlsx")

    assert b"This workbook is damaged. Nothing was written." in client.get(f"/batches/{batch.public_id}/").content


def test_a_viewer_may_import_into_no_tenant() -> None:
    tenant = make.tenant()

    response = signed_in(make.member(tenant, Role.VIEWER)).post(
        "/domains/import/", {"text": "a.com", "tenant": tenant.public_id}
    )

    assert response.status_code == 422
