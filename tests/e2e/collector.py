"""A tiny OpenTelemetry collector: takes spans by OTLP over HTTP and keeps them by trace."""

import gzip
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
"""Kinds of spans as OTLP numbers them."""


@dataclass(frozen=True)
class Seen:
    """A span: which service did what, as which kind of step, below which other."""

    service: str
    name: str
    kind: int
    span_id: str
    parent_id: str
    attributes: dict[str, str]

    @property
    def is_database(self) -> bool:
        """Whether it is a command to the database."""
        return self.attributes.get("db.system") == "mongodb"


class Collector:
    """Spans by trace id, from any thread."""

    def __init__(self, url: str) -> None:
        """`url` is where it listens."""
        self.url = url
        self._traces: dict[str, list[Seen]] = defaultdict(list)
        self._lock = threading.Lock()

    def take(self, request: ExportTraceServiceRequest) -> None:
        """Keep the spans of one export."""
        with self._lock:
            for resource in request.resource_spans:
                names = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        self._traces[span.trace_id.hex()].append(
                            Seen(
                                service=names.get("service.name", "?").removeprefix("balcao-"),
                                name=span.name,
                                kind=span.kind,
                                span_id=span.span_id.hex(),
                                parent_id=span.parent_span_id.hex(),
                                attributes={one.key: one.value.string_value for one in span.attributes},
                            )
                        )

    def trace(self, trace_id: str) -> list[Seen]:
        """The spans of one trace that have come so far."""
        with self._lock:
            return list(self._traces.get(trace_id, ()))

    def traces(self) -> dict[str, list[Seen]]:
        """All traces so far."""
        with self._lock:
            return {trace_id: list(spans) for trace_id, spans in self._traces.items()}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    collector = Collector(f"http://127.0.0.1:{server.server_address[1]}")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                collector.take(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
