"""What a gateway adds to an OpenAI-compatible upstream: this one and its peers, in one run.

    python -m bench.peers install
    python -m bench.openai [--seconds 3] [--rounds 3] [--streams 150] [--clients 500] [--alone]

The upstream answers at once, so what is added is all the gateway's. The load comes from outside
(wrk, and this process for streams); every round takes each gateway in turn, so that what the
machine does meanwhile meets them all. A peer that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import resource
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from bench.load import Load, need_wrk, wrk
from bench.openai_peers import PEERS, Subject, ours
from bench.peers import HOW, version
from bench.report import Bar, print_bars, print_table, quantile
from bench.servers import resident_mib, scripted_upstream
from bench.streams import Stream, alternate, burst

BODY: Final = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Three users."}]})
CONNECTIONS: Final = (1, 32)
SHORT, LONG = 20, 220
PAUSE_MS: Final = 20


@dataclass
class Figures:
    """What was measured of one subject."""

    subject: Subject
    idle_mib: float = math.nan
    loads: dict[int, list[Load]] = field(default_factory=lambda: {n: [] for n in CONNECTIONS})
    streams: dict[int, list[Stream]] = field(default_factory=dict)
    burst: list[Stream] = field(default_factory=list)
    loaded_mib: float = math.nan

    def load(self, connections: int, of: Callable[[Load], float]) -> float:
        """The median over the rounds."""
        return statistics.median(map(of, self.loads[connections]))

    def p50(self, connections: int) -> float:
        """Milliseconds."""
        return self.load(connections, lambda load: load.latency_p50_ms)

    def p99(self, connections: int) -> float:
        """Milliseconds."""
        return self.load(connections, lambda load: load.latency_p99_ms)

    def errors(self) -> int:
        """Answers that were none, in all rounds."""
        return sum(load.errors for loads in self.loads.values() for load in loads)

    def first_byte(self) -> float:
        """Milliseconds to the first byte of a stream, one at a time."""
        return quantile((s.first_byte_ms for s in self.streams[SHORT] if s.whole), 0.5)

    def per_chunk(self) -> float:
        """Microseconds: what a chunk more takes more."""
        short, long = (
            quantile((s.total_ms for s in self.streams[n] if s.whole), 0.5) for n in (SHORT, LONG)
        )
        return (long - short) / (LONG - SHORT) * 1e3

    def burst_first_byte(self, at: float) -> float:
        """Milliseconds to the first byte, of the streams at once."""
        return quantile((s.first_byte_ms for s in self.burst if s.whole), at)

    def faults(self) -> set[str]:
        """What went wrong with streams, one at a time or at once."""
        every = [*self.burst, *(s for streams in self.streams.values() for s in streams)]
        return {stream.fault for stream in every if stream.fault}

    def lost(self) -> int:
        """Chunks that did not arrive, of all the streams at once."""
        return sum(stream.lost for stream in self.burst)

    def whole(self) -> int:
        """Streams of those at once that arrived whole."""
        return sum(stream.whole for stream in self.burst)


def subjects(stack: ExitStack, *, alone: bool) -> Iterator[Subject]:
    """The direct way first, the measured gateway second, then the peers; each answers."""
    upstream = stack.enter_context(scripted_upstream())
    base_url = f"{upstream.url}/v1"
    yield Subject("direct", base_url, "direct")
    for name, start in {"mockwright": ours, **({} if alone else PEERS)}.items():
        if name in PEERS and version(name) is None:
            print(f"  {name}: {HOW}")
            continue
        try:
            subject = stack.enter_context(start(base_url))
        except RuntimeError as error:
            print(f"  {name}: does not start: {str(error)[-300:]}")
            continue
        if fault := asyncio.run(burst(subject, 1, 3, 0))[0].fault:
            print(f"  {name}: left out, it does not stream three chunks: {fault}")
            continue
        yield subject


def measure(every: list[Figures], options: argparse.Namespace) -> None:
    """Every kind of load, each gateway in turn."""
    for figures in every:
        _weigh(figures, "idle_mib")
        wrk(figures.subject.chat_url, BODY, 1, 8, figures.subject.headers)
    print("  whole answers", flush=True)
    for _ in range(options.rounds):
        for connections in CONNECTIONS:
            for figures in every:
                url, headers = figures.subject.chat_url, figures.subject.headers
                load = wrk(url, BODY, options.seconds, connections, headers)
                figures.loads[connections].append(load)
    print("  streams, one at a time", flush=True)
    taken = asyncio.run(alternate([f.subject for f in every], options.streams, (SHORT, LONG)))
    for figures in every:
        figures.streams = taken[figures.subject.name]
        print(f"  streams at once: {figures.subject.name}", flush=True)
        figures.burst = asyncio.run(burst(figures.subject, options.clients, SHORT, PAUSE_MS))
        _weigh(figures, "loaded_mib")


def _weigh(figures: Figures, into: str) -> None:
    if figures.subject.pid:
        setattr(figures, into, resident_mib(figures.subject.pid))


def print_figures(every: list[Figures]) -> None:
    """The subjects side by side."""
    direct = every[0]
    rows: list[tuple[str, Callable[[Figures], str]]] = []
    for n in CONNECTIONS:
        rows += [
            (f"requests/s, {n} at a time", _at(n, "{:.0f}", lambda f, n: _throughput(f, n))),
            (f"p50 ms, {n} at a time", _at(n, "{:.2f}", lambda f, n: f.p50(n))),
            ("  added", _at(n, "{:+.2f}", lambda f, n: f.p50(n) - direct.p50(n))),
            (f"p99 ms, {n} at a time", _at(n, "{:.2f}", lambda f, n: f.p99(n))),
            ("  added", _at(n, "{:+.2f}", lambda f, n: f.p99(n) - direct.p99(n))),
        ]
    rows += [
        ("errors", lambda f: str(f.errors())),
        ("stream, first byte p50 ms", lambda f: f"{f.first_byte():.2f}"),
        ("  added", lambda f: f"{f.first_byte() - direct.first_byte():+.2f}"),
        ("stream, us per chunk", lambda f: f"{f.per_chunk():.1f}"),
        ("  added", lambda f: f"{f.per_chunk() - direct.per_chunk():+.1f}"),
        ("streams at once, whole", lambda f: f"{f.whole()}/{len(f.burst)}"),
        ("  chunks lost", lambda f: str(f.lost())),
        ("  first byte p50 ms", lambda f: f"{f.burst_first_byte(0.5):.0f}"),
        ("  first byte p99 ms", lambda f: f"{f.burst_first_byte(0.99):.0f}"),
        ("resident MiB, before", lambda f: _or_none(f.idle_mib)),
        ("resident MiB, after", lambda f: _or_none(f.loaded_mib)),
    ]
    print_table(
        "chat completions through each gateway",
        [figures.subject.name for figures in every],
        ([label, *map(figure, every)] for label, figure in rows),
    )
    for figures in every:
        if faults := figures.faults():
            print(f"  {figures.subject.name}: {', '.join(sorted(faults))}")


def _at(n: int, form: str, of: Callable[[Figures, int], float]) -> Callable[[Figures], str]:
    return lambda figures: form.format(of(figures, n))


def _or_none(mib: float) -> str:
    return "-" if math.isnan(mib) else f"{mib:.0f}"


def _throughput(figures: Figures, connections: int) -> float:
    return figures.load(connections, lambda load: load.requests_per_second)


def print_verdict(every: list[Figures]) -> None:
    """What is reached of what is aimed at."""
    direct = every[0]
    own = next((f for f in every if f.subject.role == "own"), None)
    if own is None:
        print("\nbars: not measured, the gateway does not answer")
        return
    added = {n: own.p50(n) - direct.p50(n) for n in CONNECTIONS}
    bars = [Bar("added median, 1 at a time", added[1], "<", 2, " ms")]
    for other in every:
        for n in CONNECTIONS if other.subject.role == "peer" else ():
            what = f"added median, {n} at a time, below {other.subject.name}"
            bars.append(Bar(what, added[n], "<", other.p50(n) - direct.p50(n), " ms"))
    torn = len(own.burst) - own.whole()
    bars.append(Bar(f"streams not whole, of {len(own.burst)} at once", torn, "<=", 0))
    print_bars("bars", bars)


def allow_many_sockets() -> None:
    """As many open files as the system lets this process and its children have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main(arguments: list[str] | None = None) -> None:
    """Run every measurement and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=3, help="of each load, in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=int, default=150, help="of each length, one at a time")
    parser.add_argument("--clients", type=int, default=500, help="with a stream each, at once")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    options = parser.parse_args(arguments)
    need_wrk()
    allow_many_sockets()
    with ExitStack() as stack:
        every = [Figures(subject) for subject in subjects(stack, alone=options.alone)]
        measure(every, options)
    print_figures(every)
    print_verdict(every)


if __name__ == "__main__":
    main()
