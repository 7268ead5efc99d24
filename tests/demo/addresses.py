"""The product's addresses with the demo's, as DEMO=1 has them."""

from __future__ import annotations

from django.urls import include, path

from config.urls import urlpatterns as product

urlpatterns = [*product, path("demo/", include("demo.urls"))]
