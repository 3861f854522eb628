import type { Cell } from '../../../connectors/file/sample.ts';
import { parseDecimal } from '../../../engine/batch/decimal.ts';
import { epochNumberUs, type EpochUnit, parseEpochUs, parseIsoUs } from '../../../engine/batch/event-time.ts';

export type TimeFormat = EpochUnit | 'iso';

/** The number in a cell, as a run would read it; NaN: none. */
export function numberOf(cell: Cell): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'bigint') return Number(cell);
  if (typeof cell !== 'string') return Number.NaN;
  const bytes = Buffer.from(cell);
  return parseDecimal(bytes, 0, bytes.length);
}

/** The time in a cell, as a run would read it; NaN: none. */
export function timeUsOf(cell: Cell, format: TimeFormat): number {
  if (typeof cell === 'object') return cell?.us ?? Number.NaN;
  if (typeof cell === 'string') {
    const bytes = Buffer.from(cell);
    return format === 'iso' ? parseIsoUs(bytes, 0, bytes.length) : epochTextUs(bytes, format);
  }
  return format === 'iso' ? Number.NaN : epochNumberUs(numberOf(cell), format);
}

export function textOf(cell: Cell): string {
  return typeof cell === 'object' && cell !== null ? new Date(cell.us / 1000).toISOString() : String(cell ?? '');
}

/** Spreadsheets write `1.372896e9`. */
function epochTextUs(bytes: Buffer, format: EpochUnit): number {
  const us = parseEpochUs(bytes, 0, bytes.length, format);
  return Number.isNaN(us) ? epochNumberUs(parseDecimal(bytes, 0, bytes.length), format) : us;
}
