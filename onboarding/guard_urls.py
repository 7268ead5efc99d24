"""The pages of the guard, the brake and the cut-over."""

from __future__ import annotations

from django.urls import path

from onboarding.views import cutover, guarding, wall

urlpatterns = [
    path("domains/<str:public_id>/baseline/", guarding.baseline, name="domain-baseline"),
    path("operator/brake/", guarding.held, name="brake"),
    path("operator/brake/let-go/", guarding.let_go, name="brake-let-go"),
    path("cutovers/", cutover.cutovers, name="cutovers"),
    path("cutovers/add/", cutover.add, name="cutover-add"),
    path("cutovers/<str:public_id>/", cutover.cutover, name="cutover"),
    path("cutovers/<str:public_id>/window/", cutover.window, name="cutover-window"),
    path("cutovers/<str:public_id>/mailboxes/", cutover.mailboxes, name="cutover-mailboxes"),
    path("cutovers/<str:public_id>/close/", cutover.close, name="cutover-close"),
    path("cutovers/<str:public_id>/wall/", wall.wall, name="cutover-wall"),
    path("cutovers/<str:public_id>/sheet/", cutover.sheet, name="cutover-sheet"),
    path("cutovers/<str:public_id>/plan.ics", cutover.ics, name="cutover-ics"),
]
