"""The pages of relays and receive connectors."""

from __future__ import annotations

from django.urls import path

from relaycheck.views import (
    delistings,
    log_uploads,
    probes,
    queue_watch,
    relay_export,
    relay_page,
    relay_setup,
    relays,
    uploads,
)

urlpatterns = [
    path("relays/", relays.relays, name="relays"),
    path("relays/add/", relays.add, name="relay-add"),
    path("relays/explain/", delistings.explain, name="relay-explain"),
    path("relays/report/", queue_watch.report, name="relay-report"),
    path("relays/<str:public_id>/", relay_page.relay, name="relay"),
    path("relays/<str:public_id>/edit/", relays.edit, name="relay-edit"),
    path("relays/<str:public_id>/remove/", relays.remove, name="relay-remove"),
    path("relays/<str:public_id>/restore/", relays.restore, name="relay-restore"),
    path("relays/<str:public_id>/follow/", relay_page.following, name="relay-follow"),
    path("relays/<str:public_id>/setup/", relay_setup.setup, name="relay-setup"),
    path("relays/<str:public_id>/probes/", probes.ask, name="relay-probe-ask"),
    path("relays/<str:public_id>/probes/paste/", probes.paste, name="relay-paste"),
    path("relays/<str:public_id>/probes/<str:probe_id>/", probes.probe, name="relay-probe"),
    path("relays/<str:public_id>/probes/<str:probe_id>/stop/", probes.stop, name="relay-probe-stop"),
    path("relays/<str:public_id>/configurations/", uploads.take, name="relay-upload"),
    path("relays/<str:public_id>/configurations/<str:upload_id>/", uploads.configuration, name="relay-configuration"),
    path("relays/<str:public_id>/logs/", log_uploads.take, name="relay-log-upload"),
    path("relays/<str:public_id>/logs/<str:reading_id>/", log_uploads.log, name="relay-log"),
    path("relays/<str:public_id>/logs/<str:reading_id>/stop/", log_uploads.stop, name="relay-log-stop"),
    path("relays/<str:public_id>/delistings/", delistings.ask, name="relay-delisting"),
    path("relays/<str:public_id>/delistings/<str:delisting_id>/drop/", delistings.drop, name="relay-delisting-drop"),
    path("relays/<str:public_id>/watch/", queue_watch.token, name="relay-watch"),
    path("relays/<str:public_id>/watch/end/", queue_watch.end, name="relay-watch-end"),
    path("relays/<str:public_id>/watch/limits/", queue_watch.limits, name="relay-watch-limits"),
    path("relays/<str:public_id>/export/<str:name>.<str:form>", relay_export.export, name="relay-export"),
]
