import { describe, expect, it } from 'vitest';
import type { Position } from '../../engine/connector.ts';
import { type OpenedSource, type ReadRow, readAll } from './sources.ts';

export type ConformingSource = {
  /** Opens the same input each time. */
  open(position: Position | null): Promise<OpenedSource>;
  readonly rows: readonly ReadRow[];
  readonly rejectedCount: number;
};

/** What every finite source does, whatever it reads from. `make` runs once a test. */
export function describeSource(name: string, make: () => Promise<ConformingSource>): void {
  describe(`${name} conforms`, () => {
    it.each([1, 2, 7, 1000])('gives all events in order, in batches of at most %i', async maxEvents => {
      const { open, rows, rejectedCount } = await make();
      const opened = await open(null);
      const result = await readAll(opened, { maxEvents });
      await opened.source.close();
      expect(result.rows).toEqual(rows);
      expect(result.rejected).toHaveLength(rejectedCount);
      for (const [index, mark] of result.marks.entries()) {
        const before = index === 0 ? { rows: 0, rejected: 0 } : result.marks[index - 1]!;
        const size = mark.rows - before.rows + mark.rejected - before.rejected;
        expect(size).toBeGreaterThan(0);
        expect(size).toBeLessThanOrEqual(maxEvents);
      }
    });

    it('reads on from every position with exactly what follows', async () => {
      const { open } = await make();
      const first = await open(null);
      const whole = await readAll(first, { maxEvents: 2 });
      await first.source.close();
      for (const mark of whole.marks) {
        // A position goes through a checkpoint's JSON.
        const opened = await open(JSON.parse(JSON.stringify(mark.position)));
        const rest = await readAll(opened, { maxEvents: 5 });
        await opened.source.close();
        expect(rest.rows).toEqual(whole.rows.slice(mark.rows));
        expect(rest.rejected).toEqual(whole.rejected.slice(mark.rejected));
        expect(rest.identities.rows).toEqual(whole.identities.rows.slice(mark.rows));
        expect(rest.identities.rejected).toEqual(whole.identities.rejected.slice(mark.rejected));
      }
    });

    it('tells all events and rejections apart', async () => {
      const { open, rows, rejectedCount } = await make();
      const opened = await open(null);
      const { identities } = await readAll(opened);
      await opened.source.close();
      expect(new Set([...identities.rows, ...identities.rejected]).size).toBe(rows.length + rejectedCount);
    });

    it('says again that it is at the end, where it is', async () => {
      const { open, rows } = await make();
      const opened = await open(null);
      await readAll(opened);
      const { signal } = new AbortController();
      const end = await opened.source.read({ maxEvents: 10, signal });
      expect(end.kind).toBe('end');
      await opened.source.acknowledge(end.position);
      await opened.source.close();
      const again = await open(end.position);
      expect((await readAll(again)).rows).toEqual(rows.slice(rows.length));
      await again.source.close();
    });

    it('returns at once when the signal has aborted, and loses nothing by it', async () => {
      const { open, rows } = await make();
      const opened = await open(null);
      const read = await opened.source.read({ maxEvents: 1000, signal: AbortSignal.abort() });
      const taken = read.kind === 'batch' ? read.batch.length : 0;
      expect((await readAll(opened)).rows).toEqual(rows.slice(taken));
      await opened.source.close();
    });

    it('can be closed twice, and before anything is read', async () => {
      const { open } = await make();
      const { source } = await open(null);
      await source.close();
      await source.close();
    });

    it('gives progress from 0 to 1, if at all', async () => {
      const { open } = await make();
      const opened = await open(null);
      const { source } = opened;
      if (source.progress === undefined) return;
      expect(source.progress()).toBeGreaterThanOrEqual(0);
      await readAll(opened);
      expect(source.progress()).toBe(1);
      await source.close();
    });
  });
}
