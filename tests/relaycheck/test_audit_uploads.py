"""Hostile uploads: refused in words, or read by a child that may die of them; nothing of them stays."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from relaycheck import receiving
from relaycheck.audits import add_exports, add_logs, begin_audit, remove_audit
from relaycheck.models import Audit, ConnectorUsage
from relaycheck.reading_uploads import forget_strayed, read_uploads
from relaycheck.receiving import MOST_FILES, UploadRefused, forget_abandoned, place_of, receive_exports
from relaycheck.secluded import storable
from relaycheck.seclusion import Failure, NotRead, read_in_seclusion, seconds_for
from tests import make
from tests.make import signed_in
from tests.relaycheck.auditing import files, read_audit
from tests.relaycheck.connectors.logs import log, session
from tests.relaycheck.connectors.organisations import app_relay

pytestmark = pytest.mark.django_db


def audited(*contents: bytes) -> Audit:
    sent = [SimpleUploadedFile(f"file{number}.json", content) for number, content in enumerate(contents)]
    audit = begin_audit(make.tenant(), sent, by=make.user(), now=timezone.now())
    read_uploads(timezone.now)
    audit.refresh_from_db()
    return audit


# --- the door ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ([], "Choose the files"),
        ([SimpleUploadedFile(f"{n}", b"x") for n in range(MOST_FILES + 1)], "At most 100 files"),
    ],
)
def test_what_is_too_little_or_too_much_is_refused_in_words(sent: list[SimpleUploadedFile], words: str) -> None:
    with pytest.raises(UploadRefused, match=words):
        receive_exports(sent)


@pytest.mark.parametrize("script", [True, False])
def test_more_files_than_a_form_takes_are_refused_in_words(script: bool) -> None:
    tenant = make.tenant()
    sent = [SimpleUploadedFile(f"{n}", b"x") for n in range(MOST_FILES + 1)]
    headers = {"HX-Request": "true"} if script else {}

    response = signed_in(make.member(tenant)).post(
        "/audits/add/", {"tenant": tenant.public_id, "files": sent}, headers=headers
    )

    assert "More than 100 files were sent at once. Join them, or upload them in turns." in response.content.decode()
    assert response.status_code == (422 if script else 413)
    assert response.headers.get("HX-Retarget") == ("#messages" if script else None)
    assert not Audit.objects.exists()


class Huge(SimpleUploadedFile):
    """Says it is large; nobody gets as far as reading it."""

    def __init__(self, octets: int) -> None:
        super().__init__("huge.json", b"")
        self.size = octets


@pytest.mark.parametrize(
    ("sizes", "words"), [([65 << 20], "larger than 64 MB"), ([60 << 20] * 3, "Together at most 128 MB")]
)
def test_exports_are_bounded_each_and_together(sizes: list[int], words: str) -> None:
    with pytest.raises(UploadRefused, match=words):
        receive_exports([Huge(size) for size in sizes])


def test_a_refused_upload_is_told_on_the_page_and_keeps_what_was_typed() -> None:
    tenant = make.tenant()

    response = signed_in(make.member(tenant)).post("/audits/add/", {"tenant": tenant.public_id, "title": "My title"})

    assert response.status_code == 422
    assert "Choose the files, or paste what the console showed." in response.content.decode()
    assert 'value="My title"' in response.content.decode()


def test_five_unread_uploads_of_a_tenant_are_enough() -> None:
    tenant, person = make.tenant(), make.user()
    for _ in range(receiving.MOST_WAITING):
        begin_audit(tenant, files(app_relay()), by=person, now=timezone.now())

    with pytest.raises(UploadRefused, match="still being read"):
        begin_audit(tenant, files(app_relay()), by=person, now=timezone.now())


def test_a_file_s_name_never_becomes_a_path() -> None:
    received = receive_exports([SimpleUploadedFile("x", b"{}")])
    place = place_of(received.folder)

    received = receive_exports([Named("../../../etc/pass\x1bwd\0")])
    names = sorted(path.name for path in place_of(received.folder).iterdir())

    assert place.is_dir()
    assert names == ["0", "manifest.json"]
    assert "\x1b" not in received.uploads[0]["name"]


class Named(SimpleUploadedFile):
    """Keeps the name it was sent with, as no browser would."""

    def __init__(self, name: str) -> None:
        super().__init__("x", b"{}")
        self._name = name


def test_a_file_that_is_sent_twice_is_read_once_and_that_is_said() -> None:
    tenant, (sent,), (again,) = make.tenant(), files(app_relay()), files(app_relay())
    client = signed_in(make.member(tenant))

    shown = client.post("/audits/add/", {"tenant": tenant.public_id, "files": [sent, again]}, follow=True)
    read_uploads(timezone.now)

    assert "was left out: the same content has been uploaded before, and counts once." in shown.content.decode()
    assert [file["shape"] for file in Audit.objects.get().kept["files"]] == ["json"]


# --- more files for an audit ------------------------------------------------------------------------------------------


def adding(audit: Audit, *sent: SimpleUploadedFile) -> Any:
    client = signed_in(make.user(operator=True))
    answer = client.post(f"{audit.get_absolute_url()}files/", {"files": sent})
    read_uploads(timezone.now)
    audit.refresh_from_db()
    return answer


def test_another_server_joins_an_audit() -> None:
    audit = read_audit(connectors=[app_relay()])

    adding(audit, *files(app_relay(server="EX02")))

    assert audit.summary["servers"] == ["EX01", "EX02"]
    assert audit.summary["relaying"] == 2


def test_files_that_cannot_be_read_leave_an_audit_as_it_was_and_may_be_sent_again() -> None:
    audit = read_audit(connectors=[app_relay()])
    sent = files(app_relay(server="EX02"))
    add_exports(audit, sent, by=make.user(), now=timezone.now())
    Audit.objects.update(attempts=3)
    read_uploads(timezone.now)
    audit.refresh_from_db()

    shown = signed_in(make.user(operator=True)).get(audit.get_absolute_url()).content.decode()
    assert "The files added last were not read, so all of this is from the earlier ones." in shown
    assert audit.summary["servers"] == ["EX01"]
    adding(audit, *files(app_relay(server="EX02")))

    assert (audit.failure, audit.summary["servers"]) == ("", ["EX01", "EX02"])


def test_what_an_audit_has_already_is_refused_in_words() -> None:
    audit = read_audit(connectors=[app_relay()])

    answer = adding(audit, *files(app_relay()))

    assert answer.status_code == 422
    assert "All of this has been uploaded before. It counts once." in answer.content.decode()


def test_files_are_not_added_while_an_audit_is_read() -> None:
    audit = begin_audit(make.tenant(), files(app_relay()), by=make.user(), now=timezone.now())
    lying = set(place_of("").iterdir())

    with pytest.raises(UploadRefused, match="still being read"):
        add_exports(audit, files(app_relay(server="EX02")), by=make.user(), now=timezone.now())

    assert set(place_of("").iterdir()) == lying


# --- the child --------------------------------------------------------------------------------------------------------

HOSTILE = {
    "deep": b'[{"user":' * 50_000,
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Objs xmlns="x"><S>&a;</S></Objs>',
    "nul": json.dumps({"Identity": "EX01\\a\0b", "Server": "EX01", "Name": "a\0b", "RemoteIPRanges": "\0"}).encode(),
    "surrogates": b'{"Identity":"EX01\\\\\\ud800","Name":"\\udfff","PermissionGroups":"Custom"}',
    "noise": os.urandom(50_000),
    "script": b'{"Identity":"<script>alert(1)","Name":"<script>","PermissionGroups":"Custom","Enabled":"<b>"}',
    "utf-16": '{"Identity":"EX01\\\\ä","Name":"ä","Server":"EX01","PermissionGroups":"Custom"}'.encode("utf-16"),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_read_or_refused_and_its_page_shows(content: bytes) -> None:
    audit = audited(content)

    shown = signed_in(make.user(operator=True)).get(audit.get_absolute_url())

    assert audit.state in ("read", "failed")
    assert shown.status_code == 200
    assert "<script>alert" not in shown.content.decode()
    assert not place_of(audit.folder or "none").exists()


def manifest_in(folder: Path, content: Iterable[bytes], **more: Any) -> Path:
    octets = 0
    with (folder / "0").open("wb") as stream:
        for piece in content:
            octets += stream.write(piece)
    entry = {"name": "x", "at": "0", "octets": octets}
    (folder / "manifest.json").write_text(json.dumps({"files": [entry], "octets": octets, **more}))
    return folder


def test_a_file_that_would_need_too_much_memory_ends_the_child_and_nothing_else(tmp_path: Path) -> None:
    hungry = manifest_in(tmp_path, [b"[", b"{}," * 21_000_000, b"{}]"])

    with pytest.raises(NotRead) as stopped:
        list(read_in_seclusion("exports", hungry, lambda done: True))

    assert stopped.value.failure is Failure.MEMORY


def test_the_child_gets_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", "/nonexistent")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # a module planted there would be found first
    (tmp_path / "json.py").write_text("raise SystemExit(99)")
    place = tmp_path / "files"
    place.mkdir()

    (kept,) = read_in_seclusion("exports", manifest_in(place, [b"{}"]), lambda done: True)

    assert kept["connectors"] == []


def test_progress_that_nobody_wants_ends_the_child(tmp_path: Path) -> None:
    with pytest.raises(NotRead) as stopped:
        list(read_in_seclusion("exports", manifest_in(tmp_path, [b"{}"]), lambda done: False))

    assert stopped.value.failure is Failure.GONE


def test_exports_have_a_minute_of_processor_time_and_logs_more_the_larger_they_are() -> None:
    assert seconds_for("exports", 64 << 20) == 60
    assert 120 < seconds_for("logs", 500_000_000) < 300


def test_what_no_database_takes_is_not_written() -> None:
    line = storable({"a": "x\0y\ud800z", "b": "\\u0000"})

    assert json.loads(line)["a"] == "x\ufffdy?z"
    assert b"\\u0000" not in line


# --- workers that are lost --------------------------------------------------------------------------------------------


def test_an_upload_whose_worker_was_lost_is_read_by_the_next() -> None:
    audit = begin_audit(make.tenant(), files(app_relay()), by=make.user(), now=timezone.now())
    past = timezone.now() - timedelta(seconds=1)
    Audit.objects.update(state="reading", lease_token=uuid.uuid4(), lease_until=past, attempts=1)

    read_uploads(timezone.now)

    audit.refresh_from_db()
    assert audit.state == "read"


def test_an_upload_over_which_workers_are_lost_again_and_again_is_given_up() -> None:
    audit = begin_audit(make.tenant(), files(app_relay()), by=make.user(), now=timezone.now())
    past = timezone.now() - timedelta(seconds=1)
    Audit.objects.update(state="reading", lease_token=uuid.uuid4(), lease_until=past, attempts=3)

    read_uploads(timezone.now)

    audit.refresh_from_db()
    assert (audit.state, audit.failure) == ("failed", "broken")
    assert "broke off" in signed_in(make.user(operator=True)).get(audit.get_absolute_url()).content.decode()


def test_files_on_another_machine_are_left_to_its_worker_for_an_hour() -> None:
    audit = begin_audit(make.tenant(), files(app_relay()), by=make.user(), now=timezone.now())
    Audit.objects.update(folder="elsewhere")

    assert read_uploads(timezone.now) == 0
    read_uploads(lambda: timezone.now() + timedelta(hours=2))

    audit.refresh_from_db()
    assert (audit.state, audit.failure) == ("failed", "files")


def test_removing_an_unread_audit_deletes_its_files() -> None:
    audit = begin_audit(make.tenant(), files(app_relay()), by=make.user(), now=timezone.now())
    place = place_of(audit.folder)

    remove_audit(audit, by=make.user(), now=timezone.now())

    assert not place.exists()


def test_files_that_no_upload_names_are_forgotten_after_a_day() -> None:
    strayed, waiting = receive_exports([SimpleUploadedFile("x", b"{}")]), None
    waiting = begin_audit(make.tenant(), files(app_relay()), by=make.user(), now=timezone.now())
    yesterday = time.time() - 2 * 86400
    for folder in (strayed.folder, waiting.folder):
        os.utime(place_of(folder), (yesterday, yesterday))

    forget_strayed()

    assert not place_of(strayed.folder).exists()
    assert place_of(waiting.folder).exists()
    assert forget_abandoned([waiting.folder]) == 0


# --- protocol logs ----------------------------------------------------------------------------------------------------


def days_of_log(days: int, connector: str = "EX01\\Other") -> bytes:
    """One session a day up to today, on a connector that is none of the audit's relays."""
    today = timezone.now()
    return log(*(session(n, "a@contoso.com", connector=connector, when=today - timedelta(days=n)) for n in range(days)))


def with_logs(*contents: bytes, domains: Iterable[str] = ("contoso.com",)) -> Audit:
    audit = read_audit(connectors=[app_relay()])
    sent = [SimpleUploadedFile(f"RECV{number}.LOG", content) for number, content in enumerate(contents)]
    add_logs(audit, sent, domains, by=make.user(), now=timezone.now())
    read_uploads(timezone.now)
    return audit


def usage_page(audit: Audit) -> str:
    return str(signed_in(make.user(operator=True)).get(f"{audit.get_absolute_url()}logs/").content.decode())


def test_who_uses_a_connector_and_whether_mail_went_outside_is_told() -> None:
    audit = with_logs(log(session(1, "partner@fabrikam.com", when=timezone.now())))

    shown = usage_page(audit)

    usage = ConnectorUsage.objects.get()
    assert (usage.connector, usage.address, usage.outside, usage.relay_sessions) == (
        "EX01\\App Relay",
        "10.0.20.21",
        1,
        1,
    )
    assert "In use" in shown
    assert "fabrikam.com" in shown


def test_a_relay_that_nobody_used_for_ninety_logged_days_is_safe_to_drop() -> None:
    assert "Safe to drop: nobody for 90 days" in usage_page(with_logs(days_of_log(91)))


def test_gaps_in_the_logs_are_no_proof() -> None:
    shown = usage_page(with_logs(days_of_log(30)))

    assert "Safe to drop" not in shown
    assert "the logs cover 30 of 90 days" in shown


def test_logs_of_several_uploads_count_together() -> None:
    audit = with_logs(days_of_log(91))
    sent = [SimpleUploadedFile("more.log", log(session(1, "x@fabrikam.com", when=timezone.now())))]
    add_logs(audit, sent, ["contoso.com"], by=make.user(), now=timezone.now())
    read_uploads(timezone.now)

    shown = usage_page(audit)

    assert "In use" in shown
    assert "Safe to drop" not in shown


def test_a_log_that_is_uploaded_again_counts_once() -> None:
    content = log(session(1, "partner@fabrikam.com", when=timezone.now()))
    audit = with_logs(content)
    again, other = SimpleUploadedFile("again.log", content), SimpleUploadedFile("other.log", days_of_log(2))
    client = signed_in(make.user(operator=True))

    client.post(f"{audit.get_absolute_url()}logs/", {"domains": "contoso.com", "files": [again, other]})
    read_uploads(timezone.now)

    assert sum(usage.outside for usage in ConnectorUsage.objects.all()) == 1
    assert "again.log was left out: the same content has been uploaded before" in usage_page(audit)


def test_days_that_two_uploads_cover_are_said_to_count_twice_perhaps() -> None:
    audit = with_logs(days_of_log(3))
    assert "count twice" not in usage_page(audit)

    sent = [SimpleUploadedFile("joined.log", days_of_log(5))]
    add_logs(audit, sent, ["contoso.com"], by=make.user(), now=timezone.now())
    read_uploads(timezone.now)

    assert "3 days of EX01 are in an earlier upload too: if the rows are the same, they count twice." in usage_page(
        audit
    )


def test_use_before_the_window_does_not_keep_a_connector() -> None:
    long_ago = log(session(1, "x@fabrikam.com", when=timezone.now() - timedelta(days=200)))

    assert "Safe to drop: nobody for 90 days" in usage_page(with_logs(days_of_log(91), long_ago))


def test_a_file_that_is_no_protocol_log_is_called_so() -> None:
    assert "No row of an SmtpReceive protocol log is in these files." in usage_page(with_logs(b"hello\nworld\n"))
    assert "logs of another kind" in usage_page(with_logs(b"#Log-type: Message Tracking Log\n#Fields: a,b\n1,2\n"))


def test_a_wrong_accepted_domain_is_refused_in_words() -> None:
    tenant = make.tenant()
    audit = read_audit(tenant)

    response = signed_in(make.member(tenant)).post(
        f"{audit.get_absolute_url()}logs/", {"domains": "contoso.com\nnot a domain!", "files": files()}
    )

    assert response.status_code == 422
    assert "is no domain name" in response.content.decode()


def test_the_tenant_s_domains_are_offered_as_accepted_ones() -> None:
    tenant = make.tenant()
    make.domain("contoso.com", tenant)
    make.domain("gone.example", tenant, removed_at=timezone.now())
    manager = signed_in(make.member(tenant))

    shown = manager.get(f"{read_audit(tenant).get_absolute_url()}logs/")

    assert shown.context["form"].initial["domains"] == "contoso.com"


def test_clients_are_exported() -> None:
    audit = with_logs(log(session(1, "partner@fabrikam.com", when=timezone.now())))
    client = signed_in(make.user(operator=True))

    response: Any = client.get(f"{audit.get_absolute_url()}export/clients.csv")

    assert b"10.0.20.21,1,1,1,0,0,0," in b"".join(response.streaming_content)


def test_logs_that_were_taken_away_count_no_more() -> None:
    audit = with_logs(log(session(1, "partner@fabrikam.com", when=timezone.now())))
    uploaded = audit.logs.get()

    signed_in(make.user(operator=True)).post(f"{audit.get_absolute_url()}logs/{uploaded.public_id}/remove/")

    assert not ConnectorUsage.objects.exists()
    assert "In use" not in usage_page(audit)


@pytest.mark.storm
def test_a_log_of_five_hundred_megabytes_is_read_in_bounded_memory_with_progress(tmp_path: Path) -> None:
    from tests.relaycheck.connectors.logs import long_log

    told: list[int] = []
    place = manifest_in(tmp_path, long_log(500_000_000), domains=["contoso.com"])

    documents = read_in_seclusion("logs", place, lambda done: not told.append(done))

    assert next(documents)["rows"] > 3_000_000
    assert sum(1 for _ in documents) == 4000
    assert len(told) > 50
    assert told == sorted(told)
