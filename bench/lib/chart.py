"""A line chart as SVG, readable on light and on dark pages. Written by hand: no library is needed to draw some lines."""

import math
from xml.sax.saxutils import escape

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 720, 110, 52, 96, 34, 34
COLOURS = ["#3b82c4", "#d9822b", "#3a9a5b", "#a35fb5"]  # each is readable on white and on black
STYLE = """
  text { font: 11px sans-serif; fill: #57606a }
  .title { font-weight: bold }
  .grid { stroke: #8b949e; stroke-opacity: .35; stroke-width: 1 }
  path { fill: none; stroke-width: 1.3 }
  @media (prefers-color-scheme: dark) { text { fill: #b6bec7 } }
"""


def ticks(highest, count=3):
    """Round numbers from zero to just above the highest value."""
    step = 10 ** math.floor(math.log10(max(highest, 1e-9) / count))
    step *= next(times for times in [1, 2, 5, 10] if step * times * count >= highest)
    return [step * i for i in range(math.ceil(highest / step) + 1)]


def number(value):
    return f"{value:g}"


def path(points, x, y, colour):
    steps = " ".join(f"{'L' if i else 'M'}{x(at):.1f} {y(value):.1f}" for i, (at, value) in enumerate(points))
    return f'<path d="{steps}" stroke="{colour}"/>'


def panel(title, lines, top, longest):
    """One panel; `lines` are pairs of a name and its points, each a pair of minutes and a value."""
    marks = ticks(max(value for _, points in lines for _, value in points))
    x = lambda at: LEFT + at / longest * (WIDTH - LEFT - RIGHT)
    y = lambda value: top + PANEL - value / marks[-1] * PANEL
    out = [f'<text class="title" x="{LEFT}" y="{top - 8}">{escape(title)}</text>']
    for mark in marks:
        out.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(mark):.1f}" y2="{y(mark):.1f}"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y(mark) + 4:.1f}" text-anchor="end">{number(mark)}</text>')
    taken = []
    for i, (name, points) in enumerate(lines):
        out.append(path(points, x, y, COLOURS[i]))
        at = y(points[-1][1]) + 4
        while any(abs(at - other) < 13 for other in taken):
            at += 1
        taken.append(at)
        out.append(f'<text x="{WIDTH - RIGHT + 6}" y="{at:.1f}" style="fill:{COLOURS[i]}">{escape(name)}</text>')
    return out


def svg(title, panels):
    """The whole picture: panels below each other, each a pair of a title and its lines, over the same minutes."""
    longest = max(at for _, lines in panels for _, points in lines for at, _ in points)
    height = TOP + len(panels) * (PANEL + GAP) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
           f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>"]
    for i, (name, lines) in enumerate(panels):
        out += panel(name, lines, TOP + i * (PANEL + GAP), longest)
    bottom = TOP + len(panels) * (PANEL + GAP) - GAP + 16
    for mark in ticks(longest, 5):
        if mark <= longest:
            at = LEFT + mark / longest * (WIDTH - LEFT - RIGHT)
            out.append(f'<text x="{at:.1f}" y="{bottom}" text-anchor="middle">{number(mark)}</text>')
    out.append(f'<text x="{WIDTH - RIGHT + 6}" y="{bottom}">minutes</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def thinned(points, most=300):
    """At most so many points: of each run of neighbours the highest one, as peaks matter."""
    size = max(1, math.ceil(len(points) / most))
    return [max(points[at:at + size], key=lambda point: point[1]) for at in range(0, len(points), size)]
