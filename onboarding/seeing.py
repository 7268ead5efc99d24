"""What the newest look saw of a domain, for whoever has to decide on it."""

from __future__ import annotations

from onboarding.models import Domain, Observation
from publicdns.expectations.consequences import lives_elsewhere
from publicdns.picture import Picture


def newest_picture(domain: Domain) -> Picture | None:
    """The newest look; None before the first, and for one of an older version."""
    stored = Observation.objects.filter(domain=domain).first()
    if stored is None:
        return None
    try:
        return Picture.from_json(stored.picture)
    except ValueError:
        return None


def mail_elsewhere(domain: Domain) -> bool | None:
    """Whether mail is received anywhere but at Microsoft 365; None when nobody knows."""
    picture = newest_picture(domain)
    return lives_elsewhere(picture.mail) if picture is not None else None
