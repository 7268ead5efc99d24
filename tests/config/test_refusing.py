"""Requests nobody can answer are told so, on every database."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import make


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/audits/%00/", "/relays/x/probes/a%00b/", "/domains/%00/"])
def test_an_address_with_nul_in_it_leads_nowhere(path: str) -> None:
    client = Client()
    client.force_login(make.user(operator=True), backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(path).status_code == 404
