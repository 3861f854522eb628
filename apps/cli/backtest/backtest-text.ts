import { type AlertDifference, DIFFERENCES } from '../../../engine/backtest/compare-alerts.ts';
import { countsOf, type FoundFault, type ScoreCounts } from '../../../engine/backtest/score-alerts.ts';
import { perKeyDay, type Watched } from '../../../engine/backtest/watched-time.ts';
import { counted } from '../counted.ts';
import { printable } from '../printable.ts';
import { rateText, secondText, stretchText, whereText } from '../score/score-table.ts';
import type { Colours } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import type { Backtest, ScoredRun } from './backtest-result.ts';
import { differenceCells } from './difference-text.ts';

/** What a backtest found, for people. */
export function backtestText(result: Backtest, colours: Colours): string {
  const { before, after, from, watched } = result;
  const title = `${after.name} against ${before.name}, over ${from}: ${watchedText(watched)}`;
  const parts = [[colours.bold(printable(title))], countLines(result, colours), differenceLines(result, colours)];
  if (before.score !== null && after.score !== null) {
    parts.push([...scoreLines(before, after, { watched, colours }), ...leftOutLines(result.leftOut)]);
    parts.push(faultLines(before, after, colours));
  }
  return `${parts
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** `20 keys, watched for 12 days in all`. */
export function watchedText({ keys, keyDays }: Watched): string {
  return `${counted(keys, 'key')}, watched for ${rateText(keyDays)} days in all`;
}

export function perKeyDayText(falseAlarms: number, watched: Watched): string {
  const rate = perKeyDay(falseAlarms, watched);
  return rate === null ? '' : rateText(rate);
}

function countLines({ differences, rules }: Backtest, { bold }: Colours): string[] {
  const byRule = Map.groupBy(differences, ({ before, after }) => (before ?? after)!.rule);
  const rows = rules.map(rule => countCells(rule, byRule.get(rule) ?? []));
  const all = rules.length > 1 ? [countCells('all', differences)] : [];
  const [headings, ...lines] = textTable(['rule', 'before', 'after', ...DIFFERENCES], [...rows, ...all]);
  return [bold(headings!), ...lines];
}

function countCells(name: string, differences: readonly AlertDifference[]): (string | number)[] {
  const counts = DIFFERENCES.map(kind => differences.filter(difference => difference.kind === kind).length);
  const sides = [
    differences.filter(({ before }) => before !== null),
    differences.filter(({ after }) => after !== null),
  ];
  return [name, ...sides.map(side => side.length), ...counts];
}

function differenceLines({ differences }: Backtest, colours: Colours): string[] {
  const all = differences.filter(({ kind }) => kind !== 'same');
  if (all.length === 0) return ['No alert differs.'];
  const rows = someOfEach(all);
  const [headings, ...lines] = textTable(['', 'raised', 'rule', 'key', ''], rows.map(differenceCells));
  return [
    colours.bold(headings!),
    ...lines.map((line, index) => COLOUR_OF[rows[index]!.kind](colours)(line)),
    ...moreLines(all.length - rows.length),
  ];
}

/** The first of each kind and rule, so that one rule does not hide the others. */
function someOfEach(differences: readonly AlertDifference[]): readonly AlertDifference[] {
  const groups = Map.groupBy(differences, ({ kind, before, after }) => `${kind} ${(before ?? after)!.rule}`);
  const most = Math.max(LEAST_OF_EACH, Math.floor(MAX_SHOWN / groups.size));
  const shown = new Set([...groups.values()].flatMap(group => group.slice(0, most)));
  return differences.filter(difference => shown.has(difference));
}

function scoreLines(
  before: ScoredRun,
  after: ScoredRun,
  { watched, colours }: { readonly watched: Watched; readonly colours: Colours },
): string[] {
  const runs = [before, after].map(({ score }) => countsOf(score!));
  const row = (name: string, cell: (counts: ScoreCounts) => string) => [name, ...runs.map(cell)];
  const [headings, ...lines] = textTable(
    [counted(runs[0]!.faults, 'fault'), 'before', 'after'],
    [
      row('found in time', ({ inTime }) => String(inTime)),
      row('not at all', ({ missed }) => String(missed)),
      row('found after', ({ delayUs }) => (delayUs === null ? '' : stretchText(delayUs))),
      row('false alarms', ({ falseAlarms }) => String(falseAlarms)),
      row('for each key and day', ({ falseAlarms }) => perKeyDayText(falseAlarms, watched)),
    ],
  );
  return [colours.bold(headings!), ...lines];
}

/** Of labels that are of other times, keys or rules. */
export function leftOutLines(leftOut: number): string[] {
  return leftOut === 0 ? [] : [`${counted(leftOut, 'label')} left out: of other times, keys or rules`];
}

/** Those that one run finds otherwise than the other. */
function faultLines(before: ScoredRun, after: ScoredRun, colours: Colours): string[] {
  const pairs = before.score!.found.map((found, index) => [found, after.score!.found[index]!] as const);
  const shown = pairs.filter(([old, next]) => old.alert?.timeUs !== next.alert?.timeUs);
  if (shown.length === 0) return [];
  const rows = shown.slice(0, MAX_SHOWN).map(([old, next]) => {
    const { name, where, fromUs } = old.known;
    return [printable(name), whereText(where), secondText(fromUs), foundText(old), foundText(next)];
  });
  const [headings, ...lines] = textTable(['fault', 'where', 'began', 'before', 'after'], rows);
  return [colours.bold(headings!), ...lines, ...moreLines(shown.length - rows.length)];
}

/** How long a fault went on before it was found. */
export function foundText({ known, alert, isInTime }: FoundFault): string {
  if (alert === null) return 'missed';
  return `${stretchText(alert.timeUs - known.fromUs)}${isInTime ? '' : ', late'}`;
}

function moreLines(left: number): string[] {
  return left > 0 ? [`and ${left.toLocaleString('en')} more: --json has all`] : [];
}

const MAX_SHOWN = 20;
const LEAST_OF_EACH = 3;

const COLOUR_OF = {
  same: ({ dim }) => dim,
  changed: ({ cyan }) => cyan,
  earlier: ({ cyan }) => cyan,
  later: ({ cyan }) => cyan,
  new: ({ green }) => green,
  gone: ({ red }) => red,
} as const satisfies { readonly [K in AlertDifference['kind']]: (colours: Colours) => (text: string) => string };
