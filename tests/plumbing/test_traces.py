import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROGRAM = """
import sys, uuid
from services.plumbing import telemetry, traces
with traces.exported("registry", "api", sys.argv[1]):
    with telemetry.caused_by(uuid.UUID(sys.argv[2])) as cause, traces.span("offer.published.v1", cause) as span:
        span.set_attribute("topic", "offers")
    try:
        with telemetry.caused_by() as cause, traces.span("broken", cause):
            raise ValueError("somebody@school.example")
    except ValueError:
        print("went on")
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Where OTLP over HTTP is taken, and what came."""
    came: list[ExportTraceServiceRequest] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", came
        server.shutdown()


def run(endpoint: str, correlation_id: uuid.UUID) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, endpoint, str(correlation_id)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_span_is_in_the_trace_of_its_correlation_id(collector):
    endpoint, came = collector
    correlation_id = uuid.uuid4()

    run(endpoint, correlation_id)

    (resource,) = came[0].resource_spans
    spans = {span.name: span for scope in resource.scope_spans for span in scope.spans}
    assert spans["offer.published.v1"].trace_id == correlation_id.bytes
    named = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert named["service.name"] == "registry"


def test_what_an_error_says_about_people_is_in_no_trace(collector):
    endpoint, came = collector

    run(endpoint, uuid.uuid4())

    assert b"ValueError" in came[0].SerializeToString()
    assert b"school.example" not in came[0].SerializeToString()


def test_without_a_collector_nothing_is_sent(collector):
    _, came = collector

    assert run("", uuid.uuid4()) == "went on\n"
    assert came == []
