import { perKeyDay } from '../../../engine/backtest/watched-time.ts';
import { rateText } from '../score/score-table.ts';
import type { Trial, Tuning } from './tuning.ts';

/**
 * Hits against false alarms, a mark for each point: `·` a trial, `*` one that no other is better than, `o` what the files have,
 * `X` the best. Marks in one place: the last of these.
 */
export function tunePlot({ trials, current, best, watched }: Tuning, curve: ReadonlySet<Trial>): string[] {
  const { faults } = current.counts;
  const rows = Math.max(1, Math.min(faults, MAX_ROWS)); // above the lowest
  const most = Math.max(...trials.map(({ falseAlarms }) => falseAlarms));
  const grid = Array.from({ length: rows + 1 }, () => new Array<string>(COLUMNS + 1).fill(' '));
  const draw = ({ hits, falseAlarms }: Trial, mark: string) => {
    const row = rows - Math.round((hits / faults) * rows);
    const column = most === 0 ? 0 : Math.round((falseAlarms / most) * COLUMNS);
    grid[row]![column] = mark;
  };
  for (const trial of trials) draw(trial, '·');
  for (const trial of curve) draw(trial, '*');
  draw(current, 'o');
  draw(best, 'X');
  const width = String(faults).length;
  const lines = grid.map((marks, row) => {
    const label = row === 0 ? String(faults) : row === rows ? '0' : '';
    return `${label.padStart(width)} ┤${marks.join('')}`.trimEnd();
  });
  const rate = perKeyDay(most, watched);
  const end = rate === null ? most.toLocaleString('en') : `${rateText(rate)} for each key and day`;
  return [
    'faults found',
    ...lines,
    `${' '.repeat(width)} └${'─'.repeat(COLUMNS + 1)}`,
    `${' '.repeat(width + 2)}0 ${`false alarms  ${end}`.padStart(COLUMNS - 1)}`,
    '· a trial   * nothing is better   o as it is   X the best',
  ];
}

const COLUMNS = 56;
const MAX_ROWS = 10;
