import type { SourceField, SourceNode } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import { limitsOf, patternLimits, whereLimits } from './limits.ts';
import { type RecordedEvent, type Recording, streamOf } from './record-scenario.ts';
import { chartUnit, chartValue } from './shown-value.ts';
import { stretches } from './stretches.ts';
import type { ChartLane, ChartPoint, Lane, Limit, StripLane, Tone } from './timeline.ts';

/** The events of a key: a chart for each number that is fed, a strip for each state. */
export function valueLanes(key: string, recording: Recording): Lane[] {
  const sources = recording.plan.nodes.filter(node => node.kind === 'source');
  return sources.flatMap(source => {
    const events = recording.events.filter(event => event.stream === source.id && event.key === key);
    const shown = source.fields.filter(field => !source.key.includes(field.name) && isShown(field, events));
    return shown.flatMap(field => lanesOfField(field, { source, events, recording }));
  });
}

type OfSource = {
  readonly source: SourceNode;
  readonly events: readonly RecordedEvent[];
  readonly recording: Recording;
};

/** A state that nothing reads would only be in the way. */
function isShown({ name, type, isNeeded }: SourceField, events: readonly RecordedEvent[]): boolean {
  const isNumber = type === 'float' || type === 'int';
  return (isNumber || isNeeded) && events.some(event => Object.hasOwn(event.values, name));
}

function lanesOfField(field: SourceField, of: OfSource): Lane[] {
  switch (field.type) {
    case 'float':
    case 'int':
      return [chart(field, of)];
    case 'symbol':
    case 'string':
    case 'bool':
    case 'quality':
      return strip(field, of);
    default:
      return [];
  }
}

function chart(field: SourceField, of: OfSource): ChartLane {
  const { source, events, recording } = of;
  const { name, range } = field;
  const quality = source.fields.find(field => field.type === 'quality');
  const points = events.map(event => ({
    atUs: event.atUs,
    arrivedUs: event.arrivedUs,
    value: chartValue(event.values[name], field),
    fate: fateOf(event, quality),
  }));
  const bounds = points.some(point => point.fate === 'rejected') ? boundsOf(range) : [];
  return {
    kind: 'chart',
    label: name,
    unit: chartUnit(field),
    points: points.sort((a, b) => a.atUs - b.atUs), // stable
    limits: [
      ...limitsOfField(name, of),
      ...whereLimits(field, source.id, recording.plan),
      ...patternLimits(field, source.id, recording.plan),
      ...bounds,
    ],
  };
}

function fateOf(event: RecordedEvent, quality: SourceField | undefined): ChartPoint['fate'] {
  if (event.fate !== 'taken' || quality === undefined) return event.fate;
  const reading = Object.hasOwn(event.values, quality.name) ? event.values[quality.name] : quality.default;
  return reading === 'good' ? 'taken' : 'bad';
}

function boundsOf(range: SourceField['range']): Limit[] {
  if (range === null) return [];
  return [range.low, range.high].map(value => ({
    value,
    steps: [],
    text: `in ${range.low}..${range.high}`,
    tone: 'muted',
  }));
}

/** Of the rules that read the stream itself. */
function limitsOfField(name: string, { source, events, recording }: OfSource): readonly Limit[] {
  const { plan, judgements } = recording;
  const rules = plan.nodes.filter(node => node.kind === 'rule').filter(rule => streamOf(rule, plan) === source.id);
  return rules.flatMap(rule => {
    const ofKey = judgements.filter(judgement => judgement.rule === rule.name && judgement.key === events[0]?.key);
    return limitsOf(rule, plan, ofKey).get(name) ?? [];
  });
}

/** What an event says stands until the next one that says something. */
function strip({ name, default: standard }: SourceField, { events, recording }: OfSource): StripLane[] {
  const known = events.filter(event => event.fate === 'taken').sort((a, b) => a.atUs - b.atUs); // stable
  const said = known.map(event => ({ atUs: event.atUs, value: event.values[name] ?? standard }));
  const spans = stretches(said, recording.endUs).map(({ fromUs, toUs, value }) => {
    return { fromUs, toUs, text: String(value), tone: toneOf(value) };
  });
  return spans.length === 0 ? [] : [{ kind: 'strip', label: name, spans }];
}

function toneOf(value: Scalar): Tone {
  if (value === 'good') return 'good';
  return value === 'bad' || value === 'uncertain' ? 'bad' : 'plain';
}
