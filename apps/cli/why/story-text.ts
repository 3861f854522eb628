import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { RuleMembers } from '../../../dsl/rule-members.ts';
import type { ConditionPart } from '../../../engine/explanation/condition-parts.ts';
import type { ChangeEntry, EventEntry, Reason, Story, StoryEntry } from '../../../engine/explanation/why.ts';
import type { Colours } from '../terminal.ts';
import { clockTime, dateTime } from './times.ts';

/** A story as lines: a time, and what was then. */
export class StoryText {
  readonly #members: RuleMembers;
  readonly #colours: Colours;
  #dayUs = 0;

  constructor(members: RuleMembers, colours: Colours) {
    this.#members = members;
    this.#colours = colours;
  }

  lines(story: Story): string[] {
    return story.flatMap((entry, i) => [
      ...(story[i - 1]?.kind === 'change' ? [''] : []), // what led to a change stands with it
      ...this.#entry(entry),
    ]);
  }

  #entry(entry: StoryEntry): string[] {
    switch (entry.kind) {
      case 'events': {
        const values = Object.entries(entry.values).map(([name, { least, most }]) =>
          least === most ? `${name} ${most}` : `${name} ${least} … ${most}`,
        );
        const count = entry.count === 1 ? 'another event' : `${entry.count} events`;
        return [line('', [count, ...values].join(', '))];
      }
      case 'event':
        if (entry.role === 'bound') return [line(this.#time(entry.timeUs), this.#boundText(entry))];
        return [line(this.#time(entry.timeUs), `${valuesText(entry.parts)}  ${this.#colours.dim(this.#role(entry))}`)];
      case 'change':
        return this.#change(entry);
    }
  }

  #boundText(entry: EventEntry): string {
    const { bound, stream, parts } = entry;
    if (bound === undefined) return `${stream}: ${this.#role(entry)}`;
    const which = bound.count === 1 ? '' : bound.number === 1 ? `, the first of ${bound.count}` : ', the last of them';
    const text = this.#colours.dim(`${this.#members.steps[bound.event] ?? bound.name}${which}`);
    const values = valuesText(parts);
    return values === '' ? text : `${values}  ${text}`;
  }

  #role({ role, level, parts, timeUs, sinceUs }: EventEntry): string {
    switch (role) {
      case 'before':
        return parts.every(({ truth }) => truth === true)
          ? `${level} does not count yet`
          : `not ${level} yet: ${parts.map(shownPart).join(', ')}`;
      case 'first':
        return sinceUs <= timeUs
          ? `${level} holds from here`
          : `${level} holds, and counts from ${clockTime(sinceUs, this.#dayUs)} on`;
      case 'last':
        return 'the last event before';
      case 'bound':
        return 'its row is bound';
    }
  }

  #change(entry: ChangeEntry): string[] {
    const { timeUs, change, level, message, reasons, by, comment } = entry;
    const mark = change === 'cleared' ? '○' : '●';
    const who = by === undefined ? '' : ` by ${by}`;
    const said = comment === undefined ? '' : `: “${comment}”`;
    const title = `${mark} ${change.replaceAll('_', ' ')}, ${level}${who}${said}`;
    const text = by === undefined ? `${title}  ${this.#colours.dim(message)}` : title;
    return [
      line(this.#time(timeUs), this.#colours.bold(text)),
      ...reasons.flatMap(reason => this.#reason(reason, timeUs)),
    ];
  }

  #reason({ member, index, sinceUs, parts }: Reason, atUs: number): string[] {
    const { levels, clears, while: whileText } = this.#members;
    const since = sinceUs === null || sinceUs === -Infinity ? '' : `, since ${clockTime(sinceUs, this.#dayUs)}`;
    const held =
      sinceUs === null || sinceUs === -Infinity || sinceUs >= atUs ? '' : ` (${describeDuration(atUs - sinceUs)})`;
    const text = {
      level: () => levels[index] ?? '',
      while: () => whileText ?? '',
      clear: () => clears.find(clear => clear.includes('when')) ?? '',
      'clear-after': () => clears.find(clear => clear.includes('after')) ?? '',
      fallen: () => `no longer ${levels[index] ?? ''}`,
    }[member]();
    if (member === 'fallen') return [line('', `${text}${since}${held}: ${parts.map(shownPart).join(', ')}`)];
    return [line('', `${text}${since}${held}`), ...parts.map(part => line('', `  ${shownPart(part)}`))];
  }

  #time(timeUs: number): string {
    const shown = clockTime(timeUs, this.#dayUs);
    this.#dayUs = timeUs;
    return shown;
  }

  /** What comes after it is told with the time of that day alone. */
  startAt(timeUs: number): string {
    this.#dayUs = timeUs;
    return dateTime(timeUs);
  }
}

/** `temp > 85 degC: temp was 84.9 degC`; of a field alone, what it was. */
export function shownPart({ text, values }: ConditionPart): string {
  return `${text}: ${shownValues(values)}`;
}

function valuesText(parts: readonly ConditionPart[]): string {
  return [...new Set(parts.flatMap(({ values }) => Object.entries(values).map(entry => entry.join(' '))))].join(', ');
}

function shownValues(values: ConditionPart['values']): string {
  const shown = Object.entries(values);
  return shown.length === 0 ? 'always' : shown.map(([name, value]) => `${name} was ${value}`).join(', ');
}

function line(time: string, text: string): string {
  return `${time.padEnd(TIME_WIDTH)}  ${text}`.trimEnd();
}

const TIME_WIDTH = 8;
