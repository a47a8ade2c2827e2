"""Telling people: through whatever `MLC_NOTIFY` names (Slack, Teams, mail, a webhook ...)."""

from __future__ import annotations

import logging

from mlc_pipelines.redaction import redact
from mlc_pipelines.settings import Settings
from mlc_pipelines.visible import visible

_log = logging.getLogger(__name__)


# Of the same look, and without a meaning to mail programs and chats: `body_format` alone leaves a Markdown link to
# Mattermost and Discord, a link in angle brackets to Google Chat, and @everyone to all of them.
_INERT = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in "<>[]@"})


def inert(text: str) -> str:
    """The text without HTML, links under another name and mentions, whatever shows it.

    >>> "<" in inert("<img src=x>"), "@" in inert("@here"), "](" in inert("[Sign in](http://x)")
    (False, False, False)
    """
    return visible(text).translate(_INERT)


def notify(settings: Settings, title: str, body: str) -> bool:
    """Send a message to all configured places; gives whether there are any and all took it.

    A message that can't be delivered is logged and never fails the work that it tells of.
    """
    if not settings.notify:
        return False
    import apprise  # slow to import, and needed only when something is to be told

    places = apprise.Apprise()
    well = places.add([url.strip() for url in settings.notify.split(",")])
    subject = inert(redact(title)).replace("\n", " ")
    well = bool(places.notify(title=subject, body=inert(redact(body)), body_format="text")) and well
    if not well:
        _log.warning("A notification could not be delivered to every place of MLC_NOTIFY: %s", subject)
    return well
