"""The pages of people and tenants."""

from __future__ import annotations

from django.urls import path

from tenants.views import auditing, entering, people, profile, tenants

urlpatterns = [
    path("welcome/<str:secret>/", entering.welcome, name="welcome"),
    path("profile/", profile.profile, name="profile"),
    path("tenants/", tenants.tenant_list, name="tenants"),
    path("tenants/add/", tenants.add, name="tenant-add"),
    path("tenants/<str:public_id>/", tenants.edit, name="tenant"),
    path("log/", auditing.audit, name="log"),
    path("log/export/<str:form>/", auditing.audit_export, name="log-export"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add, name="person-add"),
    path("people/<str:public_id>/", people.person, name="person"),
    path("people/<str:public_id>/link/", people.link, name="person-link"),
    path("people/<str:public_id>/role/", people.give_role, name="person-role"),
    path("people/<str:public_id>/role/<str:tenant_id>/remove/", people.take_role, name="person-role-remove"),
    path("people/<str:public_id>/change/", people.change, name="person-change"),
]
