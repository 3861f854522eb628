import { type Context, ROOT_CONTEXT, type Span, type Tracer as OtelTracer, trace } from '@opentelemetry/api';
import type { RoundTrace, TracedRound, Tracer, TraceSpan, TraceStep } from '../../../engine/runtime/trace/tracer.ts';
import { readTraceParent, traceParentOf } from './trace-parent.ts';

/** Rounds of a job as spans: `round`, with `read` and each step below it. */
export class RoundTracer implements Tracer {
  readonly #tracer: OtelTracer;

  constructor(tracer: OtelTracer) {
    this.#tracer = tracer;
  }

  startRound({ stream, events, readMs, traceParents }: TracedRound): RoundTrace | null {
    const [parent, ...others] = traceParents.flatMap(text => readTraceParent(text) ?? []);
    const around = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const startTime = nowMs() - readMs;
    const attributes = { 'millrace.stream': stream, 'millrace.events': events };
    const links = others.map(context => ({ context }));
    const round = this.#tracer.startSpan('round', { startTime, attributes, links }, around);
    if (!round.isRecording()) return null;
    const inRound = trace.setSpan(around, round);
    this.#tracer.startSpan('read', { startTime }, inRound).end(nowMs());
    return new OtelRound(this.#tracer, round, inRound);
  }
}

class OtelRound implements RoundTrace {
  readonly #tracer: OtelTracer;
  readonly #round: Span;
  #inRound: Context;
  #inDelivery: Context | undefined;

  constructor(tracer: OtelTracer, round: Span, inRound: Context) {
    this.#tracer = tracer;
    this.#round = round;
    this.#inRound = inRound;
  }

  begin(step: TraceStep, fields: Readonly<Record<string, string | number>> = {}): TraceSpan {
    const around = (step === 'sink' ? this.#inDelivery : undefined) ?? this.#inRound;
    const attributes = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`millrace.${name}`, value]));
    const span = this.#tracer.startSpan(step, { startTime: nowMs(), attributes }, around);
    if (step === 'delivery') this.#inDelivery = trace.setSpan(around, span);
    return { traceParent: traceParentOf(span.spanContext()), end: () => span.end(nowMs()) };
  }

  end(): void {
    this.#round.end(nowMs());
  }
}

/** One clock for all spans: by themselves those that are given a start end by another, which is whole milliseconds. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
