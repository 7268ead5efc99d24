"""What happens in the small world, by name. Each story is a generator of steps over seconds since its start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from demo.stories.appearing import appears, appears_at_once, many_records, rests, teams, two_tokens, waits
from demo.stories.failing import dead_server, not_delegated, one_lame, servers_fail, slow_server, validation_fails
from demo.stories.moving import cuts_over, spf_reordered, spf_rewritten
from demo.stories.resolving import one_stale_resolver, resolver_lies, two_stale_resolvers
from demo.stories.steps import Scenery, Step
from demo.stories.vanishing import a_third_vanishes
from demo.stories.wandering import (
    comes_and_goes,
    flaps,
    mail_flaps,
    mail_moves_early,
    mail_wanders,
    servers_differ,
    value_changes,
)
from demo.stories.wrong import (
    alias_at_the_top,
    at_www,
    doubled_name,
    earlier_value,
    no_prefix,
    quoted_value,
    wrong_value,
)
from demo.world import Domain

__all__ = ["STORIES", "Scenery", "Step", "Story"]

Story = Callable[[Domain], Iterator[Step]]

STORIES: dict[str, Story] = {
    "a-third-vanishes": a_third_vanishes,
    "alias-at-the-top": alias_at_the_top,
    "appears": appears,
    "appears-at-once": appears_at_once,
    "at-www": at_www,
    "comes-and-goes": comes_and_goes,
    "cuts-over": cuts_over,
    "dead-server": dead_server,
    "doubled-name": doubled_name,
    "earlier-value": earlier_value,
    "flaps": flaps,
    "mail-flaps": mail_flaps,
    "mail-moves-early": mail_moves_early,
    "mail-wanders": mail_wanders,
    "many-records": many_records,
    "no-prefix": no_prefix,
    "not-delegated": not_delegated,
    "one-lame": one_lame,
    "one-stale-resolver": one_stale_resolver,
    "quoted": quoted_value,
    "resolver-lies": resolver_lies,
    "rests": rests,
    "servers-differ": servers_differ,
    "servers-fail": servers_fail,
    "slow-server": slow_server,
    "spf-reordered": spf_reordered,
    "spf-rewritten": spf_rewritten,
    "teams": teams,
    "two-stale-resolvers": two_stale_resolvers,
    "two-tokens": two_tokens,
    "validation-fails": validation_fails,
    "value-changes": value_changes,
    "waits": waits,
    "wrong-value": wrong_value,
}
