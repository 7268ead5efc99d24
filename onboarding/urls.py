"""The pages of onboarding."""

from __future__ import annotations

from django.urls import path

from onboarding.views import domain, exporting, helpdesk, importing, listing, many, moving, progress, purpose, saving

urlpatterns = [
    path("", domain.home, name="home"),
    path("domains/", listing.domains, name="domains"),
    path("domains/add/", listing.add, name="domain-add"),
    path("domains/propose/", listing.proposed, name="domain-propose"),
    path("domains/export/<str:form>/", exporting.export, name="export"),
    path("domains/import/", importing.upload, name="import"),
    path("domains/many/", many.propose_batch, name="batch-preview"),
    path("domains/progress/", progress.progress, name="progress"),
    path("domains/find/", helpdesk.find, name="find"),
    path("domains/views/", saving.save, name="view-save"),
    path("domains/views/<str:public_id>/remove/", saving.remove, name="view-remove"),
    path("batches/<str:public_id>/", many.batch, name="batch"),
    path("batches/<str:public_id>/confirm/", many.confirm, name="batch-confirm"),
    path("batches/<str:public_id>/undo/", many.undo, name="batch-undo"),
    path("batches/<str:public_id>/refused.csv", importing.refused, name="batch-refused"),
    path("domains/<str:public_id>/history/<str:form>/", exporting.export_history, name="domain-history"),
    path("domains/<str:public_id>/letter/", helpdesk.letter, name="domain-letter"),
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
