"""How the record ends: what happens to everyone it does not name."""

from __future__ import annotations

from publicdns.spf.rules import Case, Facts, rule


@rule(
    "spf-pass-all",
    "Everyone may send",
    "RFC 7208 §5.1, appendix A.4",
    sentence="{term} lets every machine on the internet send as {domain}.",
    fix="End the record with ~all or -all.",
)
def pass_all(case: Case) -> Facts | None:
    end = case.record.everything if case.record else None
    return {"term": end.text} if end is not None and end.qualifier == "+" else None


@rule(
    "spf-neutral-all",
    "The record ends with ?all",
    "RFC 7208 §8.2",
    severity="warning",
    sentence="{term} says nothing about machines the record does not name; the record protects {domain} from nothing.",
    fix="Change it to ~all, and to -all when all senders are listed.",
)
def neutral_all(case: Case) -> Facts | None:
    end = case.record.everything if case.record else None
    return {"term": end.text} if end is not None and end.qualifier == "?" else None


@rule(
    "spf-no-all",
    "The record has no all",
    "RFC 7208 §4.7",
    severity="warning",
    sentence="The record ends without all or redirect, which receivers take as ?all.",
    fix="End it with ~all, or with -all when all senders are listed.",
)
def no_all(case: Case) -> Facts | None:
    record = case.record
    return {} if record is not None and record.everything is None and record.redirect is None else None


@rule(
    "spf-after-all",
    "Terms after all",
    "RFC 7208 §5.1",
    sentence="{terms} stands after all and is never looked at.",
    fix="Move it in front of {end}, or remove it.",
)
def after_all(case: Case) -> Facts | None:
    record = case.record
    if record is None or not record.dead or record.everything is None:
        return None
    return {"terms": [term.text for term in record.dead], "end": record.everything.text}


@rule(
    "spf-redirect-and-all",
    "redirect together with all",
    "RFC 7208 §6.1",
    severity="warning",
    sentence="{redirect} is ignored, because the record also has {end}.",
    fix="Keep one of the two: {redirect} if the other domain shall decide, {end} if this record shall.",
)
def redirect_and_all(case: Case) -> Facts | None:
    record = case.record
    if record is None or record.redirect is None or record.everything is None:
        return None
    return {"redirect": record.redirect.text, "end": record.everything.text}
