"""Many open boards while the product's own sweep looks at 10,000 domains of which 2 % have changed.

    python -m bench.board.viewers [--database postgres://…] [--domains N] [--viewers N] [--sweeps N]

A worker sweeps over a real NSD and commits; a web server of its own serves pages and streams. Each viewer listens to
its stream and asks as static/js/live.js does: once in five seconds at most, at a random moment in them. Fails when an
answer is no page, when a page is wrong ten seconds after a sweep, or when the p95 of all fragments is more than 300 ms
and more than ten times one viewer's.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx

from bench.board.rows import made_databases, within
from bench.nsd import free_port, wait_for
from bench.sweep import ZONE, prepare, sweep_once, write_marks
from bench.workers import worker

EACH = 50  # of so many rows one changes
EVERY = 5.0  # seconds in which a page asks once
OFTEN = 0.5  # for the one viewer alone, so that it has asked often enough to be compared with
RIGHT_WITHIN = 10.0  # seconds after the sweep
QUICK = 300  # milliseconds
NAME = "onward_bench_viewers"
PUBLISHED = ZONE + '@ TXT "MS=ms{number:08d}"\n'
COUNT = re.compile(r'\?blocked=(\w+)"[^>]*>[^<]*<span class="count">(\d+)</span>')


class Viewer:
    """One open page of the board."""

    def __init__(self, browser: httpx.AsyncClient, every: float) -> None:
        self.browser, self.every = browser, every
        self.rung = asyncio.Event()
        self.spent: list[float] = []
        self.wrong: list[str] = []
        self.page = ""

    async def listen(self) -> None:
        """Hear the bell, and once more whenever the stream has broken."""
        while True:
            try:
                async with self.browser.stream("GET", "/live/", timeout=None) as stream:
                    async for line in stream.aiter_lines():
                        if line.startswith(("event: live", "event: ready")):
                            self.rung.set()
            except httpx.HTTPError as error:
                self.wrong.append(f"stream: {error!r}")
                await asyncio.sleep(1)

    async def follow(self) -> None:
        """Ask once in each span in which it rang, at a random moment in it."""
        ends = 0.0
        while True:
            await self.rung.wait()
            self.rung.clear()
            begins = max(time.monotonic(), ends)
            ends = begins + self.every
            await asyncio.sleep(max(0.0, begins + random.uniform(0, self.every) - time.monotonic()))
            await self.ask()

    async def fetch(self) -> httpx.Response:
        """As a browser does: once more when the server has just closed the idle connection that was taken."""
        try:
            return await self.browser.get("/domains/", headers={"HX-Request": "true"})
        except httpx.RemoteProtocolError:
            return await self.browser.get("/domains/", headers={"HX-Request": "true"})

    async def ask(self) -> None:
        """One fragment."""
        began = time.perf_counter()
        try:
            response = await self.fetch()
        except httpx.HTTPError as error:
            self.wrong.append(repr(error))
            return
        self.spent.append((time.perf_counter() - began) * 1000)
        self.page = response.text
        if response.status_code != 200:
            self.wrong.append(str(response.status_code))


@dataclass(frozen=True, slots=True)
class Scene:
    """What the viewers look at: the web server, the worker that sweeps, and how many domains there are."""

    origin: str
    cookie: str
    worker: int  # its process id
    domains: int

    def browser(self) -> httpx.AsyncClient:
        """With as many connections as it needs."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        return httpx.AsyncClient(base_url=self.origin, headers={"Cookie": self.cookie}, timeout=60, limits=limits)


async def watch(count: int, every: float, sweeps: int, scene: Scene) -> list[Viewer]:
    """``count`` open pages during ``sweeps``; when some show what is wrong afterwards, the first says so."""
    async with scene.browser() as browser:
        viewers = [Viewer(browser, every) for _ in range(count)]
        tasks = [asyncio.create_task(do()) for viewer in viewers for do in (viewer.listen, viewer.follow)]
        await asyncio.sleep(EVERY + 1)
        for viewer in viewers:
            viewer.spent.clear()
        for _ in range(sweeps):
            took = await asyncio.to_thread(one_sweep, scene)
            await asyncio.sleep(RIGHT_WITHIN)
            truth = await asyncio.to_thread(counts)
            late = sum(shown(viewer.page) != truth for viewer in viewers)
            viewers[0].wrong += [f"{late} pages wrong after {RIGHT_WITHIN:g} s"] if late else []
            print(f"  {count} viewers, a sweep: {took:.1f} s, {truth}", flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return viewers


def one_sweep(scene: Scene) -> float:
    """Change 2 % and sweep everything. Returns its seconds."""
    from django.db import connection

    change()
    seconds = scene.domains / sweep_once(scene.worker, scene.domains)[1]
    connection.close()
    return seconds


def change() -> None:
    """Two in a hundred rows show what is no longer so, and remember something else than DNS says."""
    from onboarding.models import Domain

    keys = list(Domain.objects.order_by("pk").values_list("pk", flat=True))[::EACH]
    wrong = Domain.objects.filter(pk__in=keys)
    wrong.update(fingerprint=b"12345678", verdict=random.choice(("missing", "wrong")))
    write_marks([(pk, bytes(old)[:-24] + bytes(24)) for pk, old in wrong.values_list("pk", "marks")])


def counts() -> dict[str, int]:
    """How many domains are held up by what, counted in the rows."""
    from django.db import connection

    from onboarding.models import Domain

    found = Counter(Domain.objects.present().values_list("blocked_by", flat=True))
    connection.close()
    return dict(found)


def shown(page: str) -> dict[str, int]:
    """The same as the page says it."""
    return {name: int(n) for name, n in COUNT.findall(page) if int(n)}


@contextmanager
def web() -> Iterator[str]:
    """The web server as the product starts it; yields its address."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "config.web", f"127.0.0.1:{port}"]) as server:
        try:
            wait_for(server, "127.0.0.1", port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def signed_in() -> str:
    """An operator's cookie."""
    from django.test import Client

    from tenants.models import User

    client = Client()
    operator = User.objects.create(email="operator@example.org", is_operator=True)
    client.force_login(operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def p95(viewers: Sequence[Viewer]) -> float:
    """The time within which 19 of 20 fragments came."""
    spent = sorted(one for viewer in viewers for one in viewer.spent)
    return spent[int(len(spent) * 0.95)]


def report(alone: list[Viewer], many: list[Viewer]) -> int:
    """Print the figures; 1 when a target is missed."""
    one, every = p95(alone), p95(many)
    wrong = Counter(said for viewer in (*alone, *many) for said in viewer.wrong)
    asked = sum(len(viewer.spent) for viewer in many)
    print(f"  1 viewer: p95 {one:.0f} ms of {len(alone[0].spent)}; {len(many)} viewers: p95 {every:.0f} ms of {asked}")
    missed = [f"p95 {every:.0f} ms"] if every > max(QUICK, 10 * one) else []
    missed += [f"{n} x {said}" for said, n in wrong.items()]
    print("  targets: " + ("all met" if not missed else "MISSED: " + "; ".join(missed)))
    return int(bool(missed))


def main() -> int:
    """Open the pages; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="")
    parser.add_argument("--domains", type=int, default=10_000)
    parser.add_argument("--viewers", type=int, default=0)
    parser.add_argument("--sweeps", type=int, default=3)
    asked = parser.parse_args()
    count, domains = asked.viewers or (200 if asked.database else 50), asked.domains
    os.environ["ALLOWED_HOSTS"] = "testserver,127.0.0.1"
    with ExitStack() as stack:
        stack.enter_context(made_databases(asked.database, [NAME]))
        prepare(stack, domains, within(asked.database, NAME), zone=PUBLISHED)
        from django.core.management import call_command
        from django.utils import timezone

        from onboarding.models import Schedule

        call_command("collectstatic", verbosity=0, interactive=False)
        Schedule.objects.update(looked_at=timezone.now())  # a first sight leaves no marks to glance at
        cookie = signed_in()
        origin = stack.enter_context(web())
        pid = stack.enter_context(worker())
        scene = Scene(origin, cookie, pid, domains)
        print(f"  first looks: {domains / sweep_once(pid, domains)[1]:.0f} s", flush=True)
        alone = asyncio.run(watch(1, OFTEN, 2, scene))
        many = asyncio.run(watch(count, EVERY, asked.sweeps, scene))
        return report(alone, many)


if __name__ == "__main__":
    raise SystemExit(main())
