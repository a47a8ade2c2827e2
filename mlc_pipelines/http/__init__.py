"""Transport for all vendors: requests, errors, retries, tokens."""

from mlc_pipelines.http.answers import Answer, read_json, read_object
from mlc_pipelines.http.auth import TokenAuth
from mlc_pipelines.http.body import MEGABYTE
from mlc_pipelines.http.client import Auth, BasicAuth, HttpClient, Request, Response
from mlc_pipelines.http.connections import Timeouts
from mlc_pipelines.http.json_text import TWICE, BrokenJson, mended, parse_json, with_twice
from mlc_pipelines.http.paths import path_part
from mlc_pipelines.http.retry import Retry, http_date, in_a_hurry
from mlc_pipelines.http.rules import ErrorRule, Reaction, plain_text, reauthentication_wanted
from mlc_pipelines.http.tokens import Token, TokenCache, TokenIssuer

__all__ = [
    "MEGABYTE",
    "TWICE",
    "Answer",
    "Auth",
    "BasicAuth",
    "BrokenJson",
    "ErrorRule",
    "HttpClient",
    "Reaction",
    "Request",
    "Response",
    "Retry",
    "Timeouts",
    "Token",
    "TokenAuth",
    "TokenCache",
    "TokenIssuer",
    "http_date",
    "in_a_hurry",
    "mended",
    "parse_json",
    "path_part",
    "plain_text",
    "read_json",
    "read_object",
    "reauthentication_wanted",
    "with_twice",
]
