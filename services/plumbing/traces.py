"""Traces by OpenTelemetry: off, unless an operator names a collector.

A correlation id has as many bits as a trace's id, and it is the trace's id: a request and all that followed from it, in
every service, is one trace, without a word more in any message.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from services.plumbing.telemetry import Cause

_SPAN_ID_BITS = 64


@contextmanager
def exported(service: str, process: str, endpoint: str) -> Iterator[None]:
    """Within the block spans go to `endpoint`, by OTLP over HTTP; what is under way at its end goes out first."""
    if not endpoint:
        yield
        return
    # Imported here: who wants no traces need not load the half of it.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.instance.id": process}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


@contextmanager
def span(name: str, cause: Cause, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """A span in the trace of `cause`. What an error says about the data at hand stays out of it, as out of the logs."""
    whole = cause.correlation_id.int
    sampled = TraceFlags(TraceFlags.SAMPLED)
    parent = SpanContext(whole, whole % (1 << _SPAN_ID_BITS), is_remote=True, trace_flags=sampled)
    with trace.get_tracer(__name__).start_as_current_span(
        name,
        context=set_span_in_context(NonRecordingSpan(parent)),
        kind=kind,
        record_exception=False,
        set_status_on_exception=False,
    ) as started:
        try:
            yield started
        except BaseException as error:
            started.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
