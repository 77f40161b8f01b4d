"""What a process weighs, each second, and whether it grows."""

import os
import pathlib
import re
import statistics
import threading
import time

MEASURES = {"rss": "RSS, MB", "dirty": "private dirty, MB", "heap": "heap after a collection, MB", "threads": "threads",
            "files": "open files"}

# What the trend may add over the judged part of a run. Below it lies what is no leak: caches that fill (DNS has 4,096 replies),
# code that is compiled late, what malloc keeps, and dead objects that a full collection leaves where moving them does not pay (5 %).
ALLOWED = {"rss": 3.0, "dirty": 3.0, "heap": 1.0, "threads": 2.0, "files": 4.0}
JUDGED = 0.7  # the last part of a run; before it, everything is warming up
FEWEST = 60  # samples without which nothing is said
MOST_PAIRS = 400
HEAP = re.compile(r"\[(\d+\.\d+)s\].*?(DefNew|Tenured): \d+K\(\d+K\)->(\d+)K")


def memory(pid):
    """RSS, PSS, private memory and the written part of that, MB. All but RSS depend on who else maps the same files."""
    kb = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        kb[name] = int(value.split()[0])
    return {"rss": kb["Rss"] / 1024, "pss": kb["Pss"] / 1024, "dirty": kb["Private_Dirty"] / 1024,
            "private": (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024}


def sample(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return memory(pid) | {"threads": int(re.search(r"^Threads:\s+(\d+)", status, re.MULTILINE)[1]),
                          "files": len(os.listdir(f"/proc/{pid}/fd"))}


def rss(pid):
    """RSS alone, which costs the process nothing."""
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return {"rss": pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)}


class Scale:
    """Samples a process from a thread of its own until it is told to stop."""

    def __init__(self, pid, seconds=1.0, look=sample):
        self.pid, self.seconds, self.look = pid, seconds, look
        self.samples = []
        self.begin = time.monotonic()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped.wait(self.seconds):
            try:
                self.samples.append({"at": time.monotonic() - self.begin} | self.look(self.pid))
            except (OSError, ValueError):
                return  # it has ended; whoever waits for it says so

    def stop(self):
        self.stopped.set()
        self.thread.join()
        return self.samples


def heaps(log, begin):
    """What the JVM's log (`-Xlog:gc+heap`) says was left after each collection: pairs of seconds and MB.

    Most of them are of the young generation only, and what has died in the old one counts until that is collected, too.
    `begin` is how old the process was at second 0.
    """
    found, young = [], 0
    for line in pathlib.Path(log).read_text().splitlines():
        if match := HEAP.search(line):
            if match[2] == "DefNew":
                young = int(match[3]) / 1024
            else:
                found.append((float(match[1]) - begin, young + int(match[3]) / 1024))
    return [point for point in found if point[0] >= 0]


def floor(points, seconds):
    """The lowest value of each span of so many seconds: what is left when the old generation was just collected."""
    lowest = {}
    for at, value in points:
        span = int(at / seconds)
        lowest[span] = min(lowest.get(span, value), value)
    return [((span + 0.5) * seconds, value) for span, value in sorted(lowest.items())]


def trend(points):
    """The median of the slopes of all pairs (Theil and Sen): a value that is off now and then does not move it."""
    points = points[::max(1, len(points) // MOST_PAIRS)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1:] if b[0] > a[0]]
    return statistics.median(slopes) if slopes else 0.0


def added(points):
    """What the trend of the last 70 % of a run adds over that part."""
    begin, end = points[0][0], points[-1][0]
    late = [point for point in points if point[0] >= end - JUDGED * (end - begin)]
    return trend(late) * (late[-1][0] - late[0][0])


def tenth(points, number, end):
    """The median of a measure in a tenth of the run, 1 to 10."""
    values = [value for at, value in points if (number - 1) * end / 10 <= at < number * end / 10]
    return statistics.median(values) if values else float("nan")
