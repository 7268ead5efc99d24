"""Requests nobody can answer: a form that breaks a limit is told which, an address with NUL in it leads nowhere."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import bad_request


class PlainPaths:
    """PostgreSQL takes no NUL, so no row has one in its public id; it would answer with an error instead of nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on. Raises Http404."""
        if "\0" in request.path:
            raise Http404
        return self.get_response(request)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """413 with the limit that was broken, for a script as a message on its page; 400 for whatever else."""
    sentence = _sentence(exception)
    if not sentence:
        return bad_request(request, exception)
    if "HX-Request" in request.headers:
        answer = render(request, "_partials/refusal.html", {"sentence": sentence}, status=422)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#messages", "innerHTML"
        return answer
    return render(request, "413.html", {"sentence": sentence}, status=413)


def _sentence(exception: Exception) -> str:
    if isinstance(exception, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return _("More than {} files were sent at once. Join them, or upload them in turns.").format(most)
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20
        return _("More than {} MB of text were sent. Send it as a file, or in parts.").format(most)
    if isinstance(exception, TooManyFieldsSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return _("More than {} fields were sent at once. Choose fewer.").format(most)
    return ""
