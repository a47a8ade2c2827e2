"""Messages to people: they arrive, hold nothing secret, and mean nothing to what shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlc_pipelines.flows.monitoring.notify import notify
from mlc_pipelines.redaction import register_secret
from mlc_pipelines.settings import Settings
from mlc_pipelines_tests.messages import Place, closed_port


@pytest.fixture
def place() -> Iterator[Place]:
    with Place() as server:
        yield server


def settings_for(*targets: str) -> Settings:
    return Settings(Path("/nowhere"), None, "storage", None, ",".join(targets) or None)


def test_a_message_arrives_everywhere(place: Place):
    with Place() as second:
        assert notify(settings_for(place.target, " " + second.target), "A title", "Line 1\nLine 2")
        assert place.messages() == second.messages() == [("A title", "Line 1\nLine 2")]


def test_nobody_to_tell():
    assert not notify(settings_for(), "A title", "A text")


@pytest.mark.parametrize(
    "target",
    [f"json://127.0.0.1:{closed_port()}/", "no address at all", "nosuch://place"],
    ids=["closed", "no address", "no such place"],
)
def test_what_can_not_be_delivered_fails_nothing(place: Place, target: str, caplog: pytest.LogCaptureFixture):
    assert not notify(settings_for(target), "A title", "A text")
    assert "could not be delivered to every place of MLC_NOTIFY: A title" in caplog.text
    assert not notify(settings_for(target, place.target), "A title", "A text")
    assert place.messages() == [("A title", "A text")], "one bad place takes nothing from the others"


def test_a_place_that_refuses(place: Place):
    place.status = 500
    assert not notify(settings_for(place.target), "A title", "A text")


def test_nothing_secret_is_told(place: Place, caplog: pytest.LogCaptureFixture):
    register_secret("tell-nobody-4711")
    assert notify(settings_for(place.target), "tell-nobody-4711 failed", "Authorization: Bearer abcdef123456")
    ((title, text),) = place.messages()
    assert "4711" not in title
    assert "abcdef123456" not in text
    place.status = 500
    notify(settings_for(place.target), "tell-nobody-4711 failed", "")
    assert "4711" not in caplog.text


HOSTILE = "<!channel> <b>@everyone</b> <img src=http://x> [Sign in](http://x) <http://x|Sign in> \x1b[2J \u202e 4\x00"


def test_text_of_an_erp_means_nothing_to_whatever_shows_it(place: Place):
    """Apprise hands a title and a text on as each place wants them; nothing of it is left to be taken for more."""
    for target in (place.target, f"{place.target}?format=html", f"{place.target}?format=markdown"):
        assert notify(settings_for(target), f"A\n{HOSTILE}", HOSTILE)
        ((title, text),) = place.messages()
        for told in (title, text):
            assert not set("<>[]@\x1b\u202e\x00") & set(told.replace("&lt;", "<").replace("&gt;", ">"))
            assert "everyone" in told
            assert "U+202E" in told.replace("\\", "")
        assert "\n" not in title
