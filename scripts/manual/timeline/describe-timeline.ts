import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { Lane, Timeline } from './timeline.ts';

/** The picture in words, for those who do not see it. */
export function describeTimeline({ groups, endUs }: Timeline): string {
  const lanes = groups.flatMap(({ key, lanes: ofKey }) => ofKey.flatMap(lane => describeLane(lane, key)));
  return [`From 0s to ${describeDuration(endUs)}.`, ...lanes].join(' ');
}

function describeLane(lane: Lane, key: string): string[] {
  const name = key === '' ? lane.label : `${lane.label} of ${key}`;
  switch (lane.kind) {
    case 'chart': {
      const odd = lane.points.filter(point => point.fate !== 'taken');
      const fates = odd.map(point => `${point.fate} at ${describeDuration(point.atUs)}`);
      return fates.length === 0 ? [] : [`${name}: ${fates.join(', ')}.`];
    }
    case 'strip':
      return [`${name}: ${lane.spans.map(span => `${span.text} from ${describeDuration(span.fromUs)}`).join(', ')}.`];
    case 'panes': {
      const panes = lane.panes.map(pane => {
        return `${describeDuration(pane.fromUs)} to ${describeDuration(pane.toUs)} ${pane.text}`;
      });
      return [`${name}: ${panes.join('; ')}.`];
    }
    case 'rows':
      return [`${name}: ${lane.rows.map(row => `${row.text} at ${describeDuration(row.atUs)}`).join('; ')}.`];
    case 'matches': {
      const matches = lane.matches.map(({ bound, toUs, text }) => {
        const events = bound.map(event => `${event.name} at ${describeDuration(event.atUs)}`).join(', ');
        return `${events}, complete at ${describeDuration(toUs)}${text === '' ? '' : ` with ${text}`}`;
      });
      return [`${name}: ${matches.join('; ')}.`];
    }
    case 'held':
      return [];
    case 'alert':
      return [`${name}: ${lane.marks.length === 0 ? 'no alert' : lane.marks.map(mark => mark.text).join(', ')}.`];
  }
}
