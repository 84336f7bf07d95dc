"""Reads spans by OpenTelemetry's own definitions, and metrics by Prometheus' own parser."""

import base64
import json

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from task import TASK, result


def in_base64(value):
    """OTLP's JSON has ids as hexadecimal digits; every other protobuf has bytes as base64."""
    if isinstance(value, list):
        return [in_base64(item) for item in value]
    if isinstance(value, dict):
        ids = ("traceId", "spanId", "parentSpanId")
        return {k: base64.b64encode(bytes.fromhex(v)).decode() if k in ids else in_base64(v) for k, v in value.items()}
    return value


def traces(documents):
    # Whatever the definitions do not know is refused.
    read = [json_format.Parse(json.dumps(in_base64(one)), ExportTraceServiceRequest()) for one in documents]
    resources = [resource for document in read for resource in document.resource_spans]
    spans = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    assert all(len(span.trace_id) == 16 and len(span.span_id) == 8 for span in spans)
    assert all(0 < span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
    service = next(a.value.string_value for a in resources[0].resource.attributes if a.key == "service.name")
    return {"service": service, "trace": spans[0].trace_id.hex(), "spans": len(spans)}


def metrics(text):
    samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            samples[f"{sample.name}{{{labels}}}"] = sample.value
    return samples


result(traces(TASK["traces"]) if "traces" in TASK else metrics(TASK["metrics"]))
