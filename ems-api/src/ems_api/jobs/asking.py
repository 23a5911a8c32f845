"""Requests that no client sends: what a job asks the reports for, in the name of the one who ordered it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from urllib.parse import urlencode

import falcon

from ems_api.context import Context, Identity, Services


def context(services: Services, identity: Identity, path: str, query: Mapping[str, str]) -> Context:
    """A request as a handler sees it, of the newer dialect.

    Args:
        services: What requests share.
        identity: Who asks; what the answer holds is what he may see.
        path: Such as ``/reports/spacecost``.
        query: Its parameters.
    """
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": urlencode(dict(query)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    options = falcon.RequestOptions()
    options.auto_parse_qs_csv = False
    options.keep_blank_qs_values = True
    made = Context(falcon.Request(environ, options), falcon.Response(), services, True)
    made.admit(identity)
    return made
