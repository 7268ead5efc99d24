"""The pages of onboarding."""

from __future__ import annotations

from django.urls import path

from onboarding.views import domain, listing, moving, purpose

urlpatterns = [
    path("", domain.home, name="home"),
    path("domains/", listing.domains, name="domains"),
    path("domains/add/", listing.add, name="domain-add"),
    path("domains/propose/", listing.proposed, name="domain-propose"),
    path("domains/<str:public_id>/", domain.domain, name="domain"),
    path("domains/<str:public_id>/look/", domain.look, name="domain-look"),
    path("domains/<str:public_id>/token/", domain.token, name="domain-token"),
    path("domains/<str:public_id>/note/", domain.note, name="domain-note"),
    path("domains/<str:public_id>/follow/", domain.following, name="domain-follow"),
    path("domains/<str:public_id>/remove/", domain.remove, name="domain-remove"),
    path("domains/<str:public_id>/restore/", domain.restore, name="domain-restore"),
    path("domains/<str:public_id>/move/<str:name>/", moving.record, name="domain-move"),
    path("domains/<str:public_id>/expected/", purpose.pasted, name="domain-expected"),
    path("domains/<str:public_id>/mute/", purpose.muted, name="domain-mute"),
    path("domains/<str:public_id>/records.csv", purpose.records, name="domain-records"),
    path("domains/<str:public_id>/milestone/", purpose.milestone, name="domain-milestone"),
    path("domains/<str:public_id>/undo/", moving.take_back, name="domain-undo"),
]
