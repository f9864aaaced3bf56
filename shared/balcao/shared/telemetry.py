"""One trace from HTTP to bus to database to SMTP, JSON logs with its id, Prometheus metrics. Cheap when off."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags
from prometheus_client import Counter, Gauge, Histogram
from structlog.typing import EventDict, Processor, WrappedLogger

from balcao.shared.settings import ServiceSettings

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

HANDLER_SECONDS = Histogram("balcao_handler_seconds", "Time a handler took.", ["queue", "outcome"], buckets=_BUCKETS)
HTTP_SECONDS = Histogram("balcao_http_seconds", "Time a request took.", ["route", "method", "status"], buckets=_BUCKETS)
QUEUE_DEPTH = Gauge("balcao_queue_depth", "Messages waiting in a queue of this service.", ["queue"])
OUTBOX_LAG = Gauge("balcao_outbox_lag_seconds", "Age of the oldest commit that is not published yet.")
EVENTS_PUBLISHED = Counter("balcao_events_published_total", "Events the broker confirmed.", ["type"])
COMMIT_SIZE = Histogram("balcao_commit_size", "Pieces of work in one transaction.", buckets=(1, 2, 4, 8, 16, 32))

_tracer = trace.get_tracer("balcao")


def set_up(service: str, settings: ServiceSettings) -> None:
    """Configure logs and traces of this process. Call once, before anything else speaks."""
    _set_up_logs(service, settings.log_level)
    exporting = bool(settings.otlp_endpoint)
    # Without an exporter spans still get ids, for logs and for whoever is downstream, but nothing is recorded.
    sampler: Sampler = ParentBased(TraceIdRatioBased(settings.trace_ratio)) if exporting else ALWAYS_OFF
    provider = TracerProvider(resource=Resource.create({"service.name": f"balcao-{service}"}), sampler=sampler)
    if exporting:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def shut_down() -> None:
    """Send the spans that still wait."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


@contextmanager
def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, parent: str | None = None, **attributes: str | int
) -> Iterator[Span]:
    """Do something as one step of a trace; `parent` is a W3C traceparent from outside, else the current step."""
    context = _remote_context(parent)
    with _tracer.start_as_current_span(name, context=context, kind=kind, attributes=attributes) as current:
        yield current


def start_span(name: str, kind: SpanKind, parent: str | None) -> tuple[Span, object]:
    """Like `span` for places that can't use a with statement; give both to `end_span`."""
    context = _remote_context(parent) or otel_context.get_current()
    started = _tracer.start_span(name, context=context, kind=kind)
    return started, otel_context.attach(trace.set_span_in_context(started, context))


def end_span(started: Span, token: object, error: BaseException | None = None) -> None:
    """End what `start_span` began."""
    if error is not None:
        started.record_exception(error)
        started.set_status(StatusCode.ERROR, type(error).__name__)
    otel_context.detach(token)  # type: ignore[arg-type]
    started.end()


def traceparent() -> str | None:
    """The current step as a W3C traceparent, to travel with an event or a request."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _remote_context(parent: str | None) -> otel_context.Context | None:
    """The context a traceparent names, or none when it is absent or broken: a bad header never breaks the work."""
    if not parent:
        return None
    parts = parent.split("-")
    try:
        _, trace_id, span_id, flags = (int(part, 16) for part in parts[:4])
    except ValueError:
        return None
    remote = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return trace.set_span_in_context(NonRecordingSpan(remote)) if remote.is_valid else None


def _set_up_logs(service: str, level: str) -> None:
    def with_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        # Not by a context variable: what a library says from a thread of its own has none of ours.
        event["service"] = service
        return event

    shared_steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        with_service,
        _with_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared_steps, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # One write for a line and its end: two, and the lines of two threads could run into each other.
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    from_libraries = logging.StreamHandler(sys.stdout)
    from_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[from_libraries], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)  # else they go to stderr as they are, between lines of JSON


def _with_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event
