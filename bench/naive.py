"""The design everybody writes first, to stand beside ours: one Celery task a domain, dns.resolver, save()."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

import dns.exception
import dns.resolver
from django.conf import settings
from django.utils import timezone

from config.celery import app
from onboarding.models import Domain


@app.task(name="bench.naive.look")  # type: ignore[untyped-decorator]
def look(pk: int) -> None:
    """Five lookups of one domain, and the whole row saved."""
    domain = Domain.objects.get(pk=pk)
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = settings.DNS_AUTHORITATIVE_PORT
    found = {}
    for name, rdtype in (
        (domain.name, "TXT"),
        (domain.name, "MX"),
        (domain.name, "NS"),
        (domain.name, "SOA"),
        (f"autodiscover.{domain.name}", "CNAME"),
    ):
        try:
            found[rdtype] = sorted(record.to_text() for record in resolver.resolve(name, rdtype))
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            found[rdtype] = []
    domain.verdict = "present" if any(domain.token in text for text in found["TXT"]) else "missing"
    domain.facts = found
    domain.verdict_since = timezone.now()
    domain.save()
