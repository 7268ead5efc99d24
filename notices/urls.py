"""The pages of mail."""

from __future__ import annotations

from django.urls import path

from notices import views

urlpatterns = [
    path("mail/", views.ledger, name="ledger"),
    path("mail/following/", views.following, name="following"),
    path("mail/following/<str:public_id>/", views.follow_tenant, name="follow-tenant"),
    path("mail/<str:public_id>/", views.notice, name="notice"),
    path("mail/<str:public_id>/again/", views.again, name="notice-again"),
    path("operator/mail/", views.operator_mail, name="operator-mail"),
    path("operator/mail/test/", views.try_mail, name="operator-mail-test"),
    path("operator/mail/resume/", views.resume_sending, name="operator-mail-resume"),
    path("operator/mail/discard/", views.discard, name="operator-mail-discard"),
]
