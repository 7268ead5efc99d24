"""Refused rows of an import: shown, taken along, mended and sent again."""

from __future__ import annotations

import csv
import io

import pytest

from tests import make
from tests.onboarding.test_importing import sent
from tests.onboarding.test_views_list import signed_in

pytestmark = pytest.mark.django_db


def test_the_refused_rows_come_back_as_they_were_with_the_reason_and_can_be_sent_again() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    batch = sent(client, "Remark,Domain\nfirst,co.uk\nsecond,a.com\n", tenant)

    content = b"".join(client.get(f"/batches/{batch.public_id}/refused.csv").streaming_content)  # type: ignore[attr-defined]

    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert lines[0] == ["Remark", "Domain", "Why it was refused"]
    assert lines[1][:2] == ["first", "co.uk"]
    mended = content.replace(b"co.uk", b"b.co.uk")
    assert sent(client, mended, tenant).counts == {"new": 1}


def test_the_refused_rows_are_shown_with_the_tenant_they_named() -> None:
    client = signed_in(make.member(make.tenant()))
    batch = sent(client, "Domain,Tenant\na.com,Nobody Ltd.\nb.com,\n")

    html = client.get(f"/batches/{batch.public_id}/?outcome=refused").content.decode()

    assert html.count("<tr>") == 3
    assert "Nobody Ltd." in html


def test_a_row_that_is_no_name_is_not_sent_to_the_import_it_is_in() -> None:
    tenant = make.tenant()
    client = signed_in(make.member(tenant))
    batch = sent(client, "not a domain\n", tenant)

    html = client.get(f"/batches/{batch.public_id}/").content.decode()

    assert "One name was expected here" in html
