"""Telling people: through whatever `MLC_NOTIFY` names (Slack, Teams, mail, a webhook ...)."""

from __future__ import annotations

import logging

from mlc_pipelines.redaction import redact
from mlc_pipelines.settings import Settings

_log = logging.getLogger(__name__)


def notify(settings: Settings, title: str, body: str) -> bool:
    """Send a message to all configured places; gives whether there are any and all took it.

    A message that can't be delivered is logged and never fails the work that it tells of.
    """
    if not settings.notify:
        return False
    import apprise  # slow to import, and needed only when something is to be told

    places = apprise.Apprise()
    well = places.add([url.strip() for url in settings.notify.split(",")])
    well = bool(places.notify(title=redact(title), body=redact(body))) and well
    if not well:
        _log.warning("A notification could not be delivered to every place of MLC_NOTIFY: %s", redact(title))
    return well
