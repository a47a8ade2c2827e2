"""The terminal: whatever is printed passes here, and no name that comes from elsewhere does anything to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from mlc_pipelines.redaction import redact
from mlc_pipelines.visible import visible


class Screen(Console):
    """A console for which text is text: no markup, no emoji codes, and nothing that moves the cursor or hides.

    Its own bars and colours need control sequences; those are rich's, and never come out of a text.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(soft_wrap=True, markup=False, emoji=False, **options)

    def say(self, lead: str, rest: str = "", *, style: str = "bold red") -> None:
        """Print a line that begins in a style of its own; further lines are set in, to pose as none."""
        told = [visible(redact(part)).replace("\n", "\n  ") for part in (lead, rest)]
        self.print(Text.assemble((told[0], style), told[1]))

    def render_str(self, text: str, **options: Any) -> Text:
        """A text as rich lays it out, with what rich would drop in silence."""
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What rich makes of it; the last stop of every text on its way out."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
