"""Exports hold what is there, and nothing in them computes or turns direction."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from onboarding.adding import leave_note
from onboarding.models import Domain
from tenants.models import Tenant
from tenants.sheets import cell, stream
from tests import make
from tests.onboarding.test_views_list import signed_in

pytestmark = pytest.mark.django_db
HOSTILE = ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", " =1")


def content(client: Client, path: str) -> bytes:
    return b"".join(client.get(path).streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_computes(form: str, value: str) -> None:
    made = b"".join(stream(form, ["Value"], [[value]]))

    if form == "csv":
        shown = list(csv.reader(io.StringIO(made.decode("utf-8-sig"))))[1][0]
    else:
        sheet: Any = openpyxl.load_workbook(io.BytesIO(made)).active
        assert sheet["A2"].data_type == "s"
        shown = sheet["A2"].value
    assert shown.startswith("'")


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\x1b", "\u2028"])
def test_nothing_invisible_or_turning_reaches_a_cell(hidden: str) -> None:
    assert hidden not in cell(f"a{hidden}b")
    assert cell("Müller") == "Müller"


def test_the_list_is_exported_as_the_filters_say(client: Client) -> None:
    tenant = make.tenant()
    make.domain("contoso.com", tenant)
    make.domain("fabrikam.com", tenant, stage="active")
    make.domain("theirs.com")

    rows = json.loads(content(signed_in(make.member(tenant)), "/domains/export/json/?stage=active"))["rows"]

    assert [(row["Domain"], row["Stage"]) for row in rows] == [("fabrikam.com", "Active")]


def test_the_list_holds_the_newest_note_of_each_domain() -> None:
    tenant = make.tenant()
    person, domain = make.member(tenant), make.domain("contoso.com", tenant)
    make.domain("fabrikam.com", tenant)
    for minutes, text in ((5, "the registrar is back"), (0, "the registrar is on holiday")):
        leave_note(domain, text, by=person, now=make.NOW + timedelta(minutes=minutes))

    rows = json.loads(content(signed_in(person), "/domains/export/json/"))["rows"]

    assert [row["Newest note"] for row in rows] == ["the registrar is back", None]


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_a_domain_s_whole_history_is_exported(form: str) -> None:
    tenant = make.tenant()
    person, domain = make.member(tenant), make.domain("contoso.com", tenant)
    make.transition(domain, "added")
    for number in range(60):
        leave_note(domain, f"=note {number}", by=person, now=make.NOW)

    made = content(signed_in(person), f"{domain.get_absolute_url()}history/{form}/")

    if form == "json":
        assert len(json.loads(made)["rows"]) == 61
    elif form == "csv":
        assert sum(line[2].startswith("'=note") for line in csv.reader(io.StringIO(made.decode("utf-8-sig")))) == 60
    else:
        sheet: Any = openpyxl.load_workbook(io.BytesIO(made)).active
        assert sheet.max_row == 62


def test_an_export_is_read_page_by_page(django_assert_max_num_queries: Any) -> None:
    tenant = make.tenant()
    now = make.NOW
    names = (f"d{n}.com" for n in range(1500))
    Domain.objects.bulk_create(Domain(tenant=tenant, name=name, created_at=now, edited_at=now) for name in names)
    client = signed_in(make.member(tenant))

    with django_assert_max_num_queries(15):
        made = content(client, "/domains/export/csv/")

    assert made.count(b"\r\n") == 1501


def test_an_unknown_form_is_no_page() -> None:
    tenant: Tenant = make.tenant()

    assert signed_in(make.member(tenant)).get("/domains/export/exe/").status_code == 404
