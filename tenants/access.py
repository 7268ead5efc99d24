"""What every view begins with: who asks, and whether that is any of their business."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from tenants.models import User

P = ParamSpec("P")


class SignedRequest(HttpRequest):
    """A request of somebody who is signed in, for type checkers."""

    user: User
    htmx: HtmxDetails


View = Callable[Concatenate[SignedRequest, P], HttpResponseBase]


def signed_in(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let nobody else in. A fragment's request is told to load the sign-in page instead of swapping it in."""

    @wraps(view)
    def wrapper(request: SignedRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if not request.htmx:
            return redirect_to_login(request.get_full_path())
        page = urlsplit(request.htmx.current_url_abs_path or "/")
        to_login = redirect_to_login(page.geturl())
        return HttpResponse(status=401, headers={"HX-Redirect": to_login["Location"]})

    return wrapper  # type: ignore[return-value]  # middleware has put what a SignedRequest promises on the request


def operator_only(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let operators in; for everybody else the page does not exist."""

    @wraps(view)
    def wrapper(request: SignedRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_operator:
            raise Http404
        return view(request, *args, **kwargs)

    return signed_in(wrapper)


def address_of(request: HttpRequest) -> str | None:
    """The client's IP address for the audit log."""
    return request.META.get("REMOTE_ADDR") or None
