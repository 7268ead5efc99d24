"""What a full look leaves behind for the glances that follow it."""

from __future__ import annotations

from publicdns.answers import Answer, Outcome, Question, Reason, Server
from publicdns.delegation import Delegation, Standing
from publicdns.glancing import marks_of
from publicdns.picture import Picture, Subject
from publicdns.wire.glances import content_mark

ZONE = Delegation("contoso.test", Standing.DELEGATED, "contoso.test")


def test_what_nobody_could_be_found_to_answer_leaves_no_marks() -> None:
    nobody = Answer(Question("contoso.test", "TXT"), Server(""), Outcome.FAILED, Reason.NO_SERVER)
    picture = Picture(Subject("contoso.test", "MS=ms11111111"), 0.0, ZONE, (nobody,))

    assert marks_of(picture, (), 60.0, 53, content_mark) == b""
