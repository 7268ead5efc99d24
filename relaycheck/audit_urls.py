"""The pages of connector audits."""

from __future__ import annotations

from django.urls import path

from relaycheck.views import audits, audits_carrying, audits_usage

urlpatterns = [
    path("audits/", audits.audits, name="audits"),
    path("audits/add/", audits.add, name="audit-add"),
    path("audits/<str:public_id>/", audits.audit, name="audit"),
    path("audits/<str:public_id>/files/", audits.files, name="audit-files"),
    path("audits/<str:public_id>/connectors/", audits_carrying.connectors, name="audit-connectors"),
    path("audits/<str:public_id>/scripts/", audits_carrying.scripts, name="audit-scripts"),
    path("audits/<str:public_id>/relay/", audits_carrying.relay, name="audit-relay"),
    path("audits/<str:public_id>/compare/", audits_carrying.compare, name="audit-compare"),
    path("audits/<str:public_id>/logs/", audits_usage.logs, name="audit-logs"),
    path("audits/<str:public_id>/logs/<str:log_id>/remove/", audits_usage.log_remove, name="audit-log-remove"),
    path("audits/<str:public_id>/export/<str:name>", audits_usage.export, name="audit-export"),
    path("audits/<str:public_id>/remove/", audits.remove, name="audit-remove"),
]
