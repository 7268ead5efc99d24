"""The pages that only the demo has."""

from __future__ import annotations

from django.urls import path

from demo import views

urlpatterns = [
    path("banner/", views.banner, name="demo-banner"),
    path("mailbox/", views.mailbox, name="demo-mailbox"),
    path("again/", views.play_again, name="demo-again"),
    path("enter/<str:role>/", views.enter, name="demo-enter"),
]
