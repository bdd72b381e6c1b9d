"""A line drawn with braille dots, as wide as the screen."""

from __future__ import annotations

from decimal import Decimal

import plotille

from fundcli.render.answer import Chart
from fundcli.render.human import plain_number

# Beside the canvas: the numbers of the y axis, the axis itself, the name of the x axis.
_MARGIN = 32
_WIDEST, _NARROWEST, _LINES = 100, 20, 16


def drawn(chart: Chart, width: int) -> str:
    """The chart as lines of text no wider than the screen."""
    figure = plotille.Figure()
    figure.width = max(_NARROWEST, min(_WIDEST, width) - _MARGIN)
    figure.height = _LINES
    figure.with_colors = False
    figure.x_label, figure.y_label = chart.x_name, chart.y_name
    xs, ys = [float(x) for x in chart.x], [float(y) for y in chart.y]
    room = (max(ys) - min(ys)) * 0.05 or abs(ys[0]) * 0.1 or 0.01
    figure.set_x_limits(min_=min(xs), max_=max(xs))
    figure.set_y_limits(min_=min(ys) - room, max_=max(ys) + room)
    figure.register_label_formatter(float, _label)
    figure.plot(xs, ys)
    return "\n".join(line.rstrip() for line in figure.show().splitlines())


def _label(value: float, chars: int, delta: float, left: bool = False) -> str:
    text = plain_number(Decimal(repr(value)).quantize(Decimal("0.000001")))
    return text.ljust(chars) if left else text.rjust(chars)
