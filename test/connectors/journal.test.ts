import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJournalConnector } from '../../connectors/journal/index.ts';
import type { JournalOptions } from '../../connectors/journal/journal-options.ts';
import type { Position } from '../../engine/connector.ts';
import {
  FaultyDisk,
  journalsAt,
  journalsFolder,
  message,
  messages,
  numbersOf,
  openReader,
  openWriter,
  range,
  readJournal,
  segmentsOf,
  UnsyncedDisk,
} from './journals.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';
import { motorNode, openSource } from './sources.ts';
import { runs } from '../oracle/runs.ts';

describe('a journal', () => {
  it('gives messages back in order, with their arrivals, whichever run reads them', async () => {
    const journals = journalsFolder();
    let nowUs = 7_000_000;
    const writer = await openWriter(journals, { nowUs: () => nowUs });
    expect(await writer.append([message(1), message(2)])).toBe(2);
    nowUs = 6_000_000; // a clock that is set back
    expect(await writer.append([message(3)])).toBe(3);
    await writer.close();
    nowUs = 8_000_000;
    const again = await openWriter(journals, { nowUs: () => nowUs });
    expect(again.lastSequence).toBe(3);
    await Promise.all([again.append([message(4)]), again.append([message(5)]), again.append([])]);
    await again.close();
    for (const maxEvents of [1, 2, 1000]) {
      const content = await readJournal(await openReader(journals), maxEvents);
      expect(numbersOf(content)).toEqual(range(1, 5));
      expect(content.arrivalUs).toEqual([7_000_000, 7_000_000, 7_000_000, 8_000_000, 8_000_000]);
    }
  });

  it('reads on from every position with exactly what follows', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals, { segmentBytes: 300 });
    for (let n = 1; n <= 20; n++) await writer.append([message(n)]);
    await writer.close();
    expect(segmentsOf(journals).length).toBeGreaterThan(3);
    const whole = await readJournal(await openReader(journals), 3);
    let count = 0;
    for (const read of whole.reads) {
      count += read.kind === 'batch' ? read.batch.length : 0;
      const opened = await openReader(journals, { position: JSON.parse(JSON.stringify(read.position)) });
      expect(numbersOf(await readJournal(opened))).toEqual(range(count + 1, 20));
    }
    expect(count).toBe(20);
  });

  it('records that time went on while nothing came', async () => {
    const journals = journalsFolder();
    let nowUs = 1_000_000;
    let wake = (): void => {};
    let sleeps = 0;
    const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
      sleeps++;
      const woken = Promise.withResolvers<void>();
      const untilUs = nowUs + ms * 1000;
      wake = () => {
        nowUs = Math.max(nowUs, untilUs);
        woken.resolve();
      };
      signal?.addEventListener('abort', () => woken.resolve());
      await woken.promise;
    };
    const writer = await openWriter({ ...journals, sleep }, { nowUs: () => nowUs });
    await writer.append([message(1)]);
    for (const sequence of [2, 3]) {
      wake();
      await expect.poll(() => sleeps).toBe(sequence);
      expect(writer.lastSequence).toBe(sequence);
    }
    nowUs += 400_000;
    await writer.append([message(4)]);
    wake(); // 1 s after the tick, 600 ms after the message
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(writer.lastSequence).toBe(4);
    await writer.close();
    const { rows, ticks, arrivalUs } = await readJournal(await openReader(journals));
    expect(rows).toHaveLength(2);
    expect(ticks).toEqual([2_000_000, 3_000_000]);
    expect(arrivalUs).toEqual([1_000_000, 3_400_000]);
  });

  it('takes a message of many events, and rejects what is none', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals);
    const many = Buffer.from(`[${messages(1, 5).map(String).join(',')}]`);
    await writer.append([many, Buffer.from([0x22, 0xff, 0x22]), Buffer.from('{"ts":1'), message(6)]);
    const opened = await openReader(journals);
    const content = await readJournal(opened, 2);
    expect(numbersOf(content)).toEqual(range(1, 6));
    expect(content.rejected).toEqual([
      'MR4002 not UTF-8 (sequence 2)',
      expect.stringMatching(/^MR4001 not JSON: .* \(sequence 3\)$/),
    ]);
    // A position is never inside a message: what follows the first read is what follows the first message.
    const rest = await openReader(journals, { position: content.reads[0]!.position });
    expect(numbersOf(await readJournal(rest))).toEqual([6]);
  });

  it('is read while it is written, and only what is synced', async () => {
    const disk = new FaultyDisk();
    const journals = journalsFolder(disk);
    const opened = await openReader(journals); // before there is any journal
    const { source } = opened;
    expect(await source.backlog!()).toBe(0);
    const { signal } = new AbortController();
    const read = source.read({ maxEvents: 10, signal });
    const writer = await openWriter(journals);
    await writer.append([message(1)]);
    expect(await read).toMatchObject({ kind: 'batch', batch: { length: 1 } });
    disk.fault = call => (call === 'sync' ? 'EIO' : null);
    await expect(writer.append([message(2)])).rejects.toMatchObject({ code: 'MR5034', retry: 'backoff' });
    expect(await source.backlog!()).toBe(0);
    disk.fault = () => null;
    await writer.append([message(3)]);
    expect(numbersOf(await readJournal(opened))).toEqual([3]);
  });

  it('never gives what was not synced, though it lies where something else was written then', async () => {
    const disk = new FaultyDisk();
    const journals = journalsFolder(disk);
    const writer = await openWriter(journals);
    await writer.append([message(1)]);
    disk.fault = call => (call === 'sync' ? 'EIO' : null);
    await expect(writer.append([message(7)])).rejects.toMatchObject({ code: 'MR5034' });
    const opened = await openReader(journals);
    const read = await opened.source.read({ maxEvents: 10, signal: new AbortController().signal });
    expect(read).toMatchObject({ kind: 'batch', batch: { length: 1 } });
    disk.fault = () => null;
    await writer.append([message(2)]);
    expect(numbersOf(await readJournal(opened))).toEqual([2]);
  });

  it('has arrivals that do not fall from one run to the next', async () => {
    const journals = journalsFolder();
    for (const [n, nowUs] of [7_000_000, 6_000_000, 8_000_000].entries()) {
      const writer = await openWriter(journals, { nowUs: () => nowUs });
      await writer.append([message(n)]);
      await writer.close();
    }
    const { arrivalUs } = await readJournal(await openReader(journals));
    expect(arrivalUs).toEqual([7_000_000, 7_000_000, 8_000_000]);
  });

  it('a mark that is being written says nothing', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals);
    await writer.append([message(1)]);
    const { source } = await openReader(journals);
    expect(await source.backlog!()).toBe(1);
    const path = join(journals.root, 'motor', 'synced');
    const bytes = readFileSync(path);
    bytes.writeDoubleLE(1_000, 16); // the new sequence under the old checksum
    writeFileSync(path, bytes);
    expect(await source.backlog!()).toBe(0);
  });

  it('returns at once when the signal has aborted, and loses nothing by it', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals);
    await writer.append(messages(1, 3));
    const opened = await openReader(journals);
    const read = await opened.source.read({ maxEvents: 10, signal: AbortSignal.abort() });
    expect(read).toMatchObject({ kind: 'batch', batch: { length: 0 } });
    expect(numbersOf(await readJournal(opened))).toEqual([1, 2, 3]);
    const waiting = await opened.source.read({ maxEvents: 10, signal: AbortSignal.timeout(30) });
    expect(waiting).toMatchObject({ kind: 'batch', batch: { length: 0 }, position: { sequence: 4 } });
  });

  it('has one writer', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals);
    await expect(openWriter({ ...journals, sleep: async () => {} })).rejects.toMatchObject({ code: 'MR5032' });
    await writer.close();
    await writer.close();
    await (await openWriter(journals)).close();
  });

  it('refuses names that are paths, and codecs without whole messages', async () => {
    const journals = journalsFolder();
    for (const name of ['../x', 'a/b', '', '.', 'x'.repeat(200)]) {
      await expect(openWriter(journals, { name })).rejects.toMatchObject({ code: 'MR5037' });
    }
    const csv = openSource(createJournalConnector(journals), motorNode({ address: 'motor', codec: 'csv' }));
    await expect(csv).rejects.toMatchObject({ code: 'MR5036' });
  });
});

describe('a disk that fails', () => {
  it.each(['ENOSPC', 'EIO'])('%s: the append fails, may be repeated, and is there once', async code => {
    const disk = new FaultyDisk();
    const journals = journalsFolder(disk);
    const writer = await openWriter(journals);
    await writer.append([message(1)]);
    for (const failing of ['write', 'sync', 'truncate'] as const) {
      let isFailing = true;
      disk.fault = call => (isFailing && call === failing ? code : null);
      // A truncate is only called behind a failure of another call.
      if (failing === 'truncate') disk.fault = call => (isFailing && call !== 'sync' ? code : null);
      await expect(writer.append([message(99)])).rejects.toMatchObject({ code: 'MR5034', retry: 'backoff' });
      await expect(writer.append([message(99)])).rejects.toMatchObject({ code: 'MR5034', retry: 'backoff' });
      isFailing = false;
      await writer.append([message(2)]);
    }
    disk.fault = call => (call === 'sync' ? 'EIO' : null);
    await expect(writer.append([message(99)])).rejects.toMatchObject({ code: 'MR5034' });
    disk.fault = () => null;
    await writer.close();
    const again = await openWriter(journals);
    expect(again.lastSequence).toBe(4);
    expect(numbersOf(await readJournal(await openReader(journals)))).toEqual([1, 2, 2, 2]);
  });

  it('a reader of a segment that has no record yet waits for the first one', async () => {
    const disk = new FaultyDisk();
    const journals = journalsFolder(disk);
    const writer = await openWriter(journals);
    let writeCount = 0;
    disk.fault = call => (call === 'write' && ++writeCount > 1 ? 'EIO' : null); // behind the segment's header
    await expect(writer.append([message(1)])).rejects.toMatchObject({ code: 'MR5034' });
    disk.fault = () => null;
    await writer.close();
    const again = await openWriter(journals); // says that what there is, nothing, is synced
    const opened = await openReader(journals);
    const waiting = await opened.source.read({ maxEvents: 10, signal: AbortSignal.timeout(30) });
    expect(waiting).toMatchObject({ kind: 'batch', batch: { length: 0 } });
    await again.append([message(1)]);
    expect(numbersOf(await readJournal(opened))).toEqual([1]);
  });

  it('makes a segment again that could not be made', async () => {
    const disk = new FaultyDisk();
    const journals = journalsFolder(disk);
    disk.fault = call => (call === 'sync' ? 'EIO' : null);
    const writer = await openWriter(journals, { segmentBytes: 200 });
    await expect(writer.append([message(1)])).rejects.toMatchObject({ code: 'MR5034' });
    disk.fault = () => null;
    await writer.append(messages(1, 4));
    disk.fault = (call, path) => (call === 'sync' && path.endsWith('5.log') ? 'EIO' : null);
    await expect(writer.append(messages(5, 8))).rejects.toMatchObject({ code: 'MR5034' });
    disk.fault = () => null;
    await writer.append(messages(5, 8));
    expect(numbersOf(await readJournal(await openReader(journals)))).toEqual(range(1, 8));
  });
});

describe('bounds', () => {
  const BOUNDS = { maxBytes: 4_000, segmentBytes: 500 };

  it('refuse more when all of it is unread, and lose nothing', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals, BOUNDS);
    let written = 0;
    const fill = async (): Promise<unknown> => {
      for (;;) {
        try {
          await writer.append([message(written + 1)]);
          written++;
        } catch (error) {
          return error;
        }
      }
    };
    expect(await fill()).toMatchObject({ code: 'MR5031', retry: 'backoff', message: /no run has acknowledged/ });
    expect(segmentsOf(journals).reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThanOrEqual(4_000);
    const opened = await openReader(journals);
    const { reads } = await readJournal(opened, 10);
    expect(await fill()).toMatchObject({ code: 'MR5031' }); // read is not acknowledged
    const before = written;
    await opened.source.acknowledge(reads[2]!.position);
    await opened.source.acknowledge(reads[2]!.position);
    expect(await fill()).toMatchObject({ code: 'MR5031', message: /the stream motor has acknowledged 30 of its/ });
    expect(written).toBeGreaterThan(before);
    // What the position has not acknowledged is all there.
    const rest = await openReader(journals, { position: reads[2]!.position });
    expect(numbersOf(await readJournal(rest))).toEqual(range(31, written));
  });

  it('wait for the slowest of several streams', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals, BOUNDS);
    await writer.append(messages(1, 20));
    const [fast, slow] = [
      await openReader(journals, { stream: 'fast' }),
      await openReader(journals, { stream: 'slow' }),
    ];
    const { reads } = await readJournal(slow, 5);
    await slow.source.acknowledge(reads[0]!.position);
    await fast.source.acknowledge((await readJournal(fast)).reads.at(-1)!.position);
    while (await writer.append([message(0)]).catch(() => null));
    const again = await openReader(journals, { stream: 'slow', position: reads[0]!.position });
    const content = await readJournal(again);
    expect(content.rejected).toEqual([]);
    expect(numbersOf(content).slice(0, 15)).toEqual(range(6, 20));
  });

  it('remove what is acknowledged and too old, and keep what is not', async () => {
    const journals = journalsFolder();
    let nowUs = 1_000_000;
    const writer = await openWriter(journals, { maxAgeUs: 60_000_000, segmentBytes: 300, nowUs: () => nowUs });
    for (let n = 1; n <= 20; n++) await writer.append([message(n)]);
    const count = segmentsOf(journals).length;
    nowUs += 120_000_000;
    await writer.append([message(21)]);
    expect(segmentsOf(journals).length).toBeGreaterThanOrEqual(count);
    const opened = await openReader(journals);
    const { reads } = await readJournal(opened);
    await opened.source.acknowledge(reads.at(-1)!.position);
    nowUs += 2_000_000;
    await writer.append([message(22)]);
    expect(segmentsOf(journals).length).toBeLessThan(count);
  });

  it('a reader behind what was removed is told of the gap, and goes on', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals, BOUNDS);
    await writer.append(messages(1, 20));
    const opened = await openReader(journals);
    const { reads } = await readJournal(opened, 5);
    await opened.source.acknowledge(reads.at(-1)!.position);
    for (let n = 21; n <= 60; n++) await writer.append([message(n)]);
    const first = Number(segmentsOf(journals)[0]!.slice(-20, -4));
    expect(first).toBeGreaterThan(6);
    const behind = await openReader(journals, { position: reads[0]!.position });
    const content = await readJournal(behind);
    expect(content.rejected).toEqual([
      `MR5033 ${first - 6} records (sequence 6 to ${first - 1}) were removed before they were read`,
    ]);
    expect(numbersOf(content)).toEqual(range(first, 60));
    // A stream that begins is given what is kept, and misses nothing.
    expect((await readJournal(await openReader(journals))).rejected).toEqual([]);
  });

  it('a message that never fits is no reason to wait', async () => {
    const writer = await openWriter(journalsFolder(), BOUNDS);
    await expect(writer.append([Buffer.alloc(5_000)])).rejects.toMatchObject({ code: 'MR5031', retry: 'never' });
  });
});

describe('damage', () => {
  it('any cut of the last segment leaves exactly the whole records', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals, { segmentBytes: 400 });
    const ends: number[] = []; // of the last segment, by record
    for (let n = 1; n <= 12; n++) {
      await writer.append([message(n)]);
      ends.push(statSync(segmentsOf(journals).at(-1)!).size);
    }
    await writer.close();
    const last = segmentsOf(journals).at(-1)!;
    const first = Number(last.slice(-20, -4));
    const bytes = readFileSync(last);
    for (let size = 0; size <= bytes.length; size++) {
      writeFileSync(last, bytes.subarray(0, size));
      const whole = first - 1 + ends.slice(first - 1).filter(end => end <= size).length;
      const reopened = await openWriter(journals, { segmentBytes: 400 });
      expect(reopened.lastSequence, `cut to ${size}`).toBe(whole);
      await reopened.append([message(whole + 1)]);
      await reopened.close();
      expect(numbersOf(await readJournal(await openReader(journals)))).toEqual(range(1, whole + 1));
      for (const path of segmentsOf(journals)) if (path > last) rmSync(path);
    }
  });

  it('any flipped bit but in the last record is found, with file and offset', async () => {
    const disk = new FakeDisk({ random: () => 0, step: async () => {} }); // in memory: thousands of bits
    const journals = { ...journalsAt('/journals', disk), takeLock: () => ({ release: () => {} }) };
    const writer = await openWriter(journals, { segmentBytes: 160 });
    await writer.append(messages(1, 2));
    await writer.append(messages(3, 5)); // several in a group, so that the last group has more than the last record
    await writer.close();
    for (const [firstSequence, checkedRecords] of [
      [1, 2],
      [3, 2],
    ] as const) {
      const path = `/journals/motor/${String(firstSequence).padStart(16, '0')}.log`;
      const file = await disk.open(path, 'write');
      const bytes = Buffer.alloc(40 + checkedRecords * (29 + message(1).length));
      await file.read(bytes, 0);
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        await file.write(bytes, 0);
        const error = await openReader(journals)
          .then(readJournal)
          .catch(error => error);
        expect(error, `bit ${bit} of ${path}`).toMatchObject({ code: 'MR5030' });
        expect(error.message).toMatch(`${path}, offset `);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
      await file.write(bytes, 0);
    }
    expect(numbersOf(await readJournal(await openReader(journals)))).toEqual(range(1, 5));
  });

  it('a write that a power cut left in pieces is a torn tail, though later pieces are whole', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals);
    await writer.append(messages(1, 3));
    const [path] = segmentsOf(journals);
    const start = statSync(path!).size;
    const markPath = join(journals.root, 'motor', 'synced');
    const markBefore = readFileSync(markPath);
    await writer.append(messages(4, 9));
    await writer.close();
    const bytes = readFileSync(path!);
    bytes.fill(0, start + 60, start + 100); // a sector that did not reach the disk
    const markBehind = readFileSync(markPath);
    writeFileSync(path!, bytes);
    writeFileSync(markPath, markBefore);
    expect(numbersOf(await readJournal(await openReader(journals)))).toEqual([1, 2, 3, 4]);
    // Had it been synced, it would be damage.
    writeFileSync(path!, bytes);
    writeFileSync(markPath, markBehind);
    await expect(openWriter(journals)).rejects.toMatchObject({ code: 'MR5030' });
  });

  it('a bad record in front of a later group is damage, though no mark says that it was synced', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals);
    await writer.append(messages(1, 3));
    await writer.append(messages(4, 5)); // written only when the ones before were synced
    await writer.close();
    const [path] = segmentsOf(journals);
    const bytes = readFileSync(path!);
    bytes[80]! ^= 1; // in the first message
    writeFileSync(path!, bytes);
    rmSync(join(journals.root, 'motor', 'synced'));
    await expect(openWriter(journals)).rejects.toMatchObject({ code: 'MR5030' });
  });

  it('bytes of a record in a message are no record', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals);
    await writer.append([message(1)]);
    const path = segmentsOf(journals)[0]!;
    const record = readFileSync(path).subarray(40);
    record.writeDoubleLE(3, 8); // as if it were a later one
    await writer.append([Buffer.concat([record, record])]);
    await writer.close();
    truncateSync(path, statSync(path).size - 1);
    const again = await openWriter(journals);
    expect(again.lastSequence).toBe(1);
  });

  it('garbage behind the end is cut, a segment that is missing is damage', async () => {
    const journals = journalsFolder();
    const writer = await openWriter(journals, { segmentBytes: 200 });
    for (let n = 1; n <= 9; n++) await writer.append([message(n)]);
    await writer.close();
    const paths = segmentsOf(journals);
    appendFileSync(paths.at(-1)!, Buffer.alloc(5_000));
    appendFileSync(paths.at(-1)!, 'garbage');
    expect(numbersOf(await readJournal(await openReader(journals)))).toEqual(range(1, 9));
    rmSync(paths[1]!);
    const error = await openReader(journals)
      .then(readJournal)
      .catch(error => error);
    expect(error).toMatchObject({ code: 'MR5030', message: /0000000000000001\.log, offset \d+: .*is missing/ });
  });

  it('waits for a writer that takes its time to put the journal in order', async () => {
    const { journals, position } = await journalReadToItsEnd();
    rmSync(join(journals.root, 'motor', 'synced')); // as after a power cut
    let waitedMs = 0;
    const slowly: JournalOptions = {
      ...journals,
      takeLock: path => (waitedMs < 10_000 ? { ownerProcessId: process.pid } : journals.takeLock(path)),
      sleep: async ms => void (waitedMs += ms),
    };
    const { source } = await openReader(slowly, { position });
    expect(await source.backlog!()).toBe(0);
    expect(waitedMs).toBe(10_000);
  });

  it('a journal that was made anew is not the one of a position', async () => {
    const { journals, position } = await journalReadToItsEnd();
    rmSync(join(journals.root, 'motor'), { recursive: true });
    const patient = { ...journals, sleep: async () => {} };
    await expect(openReader(patient, { position })).rejects.toMatchObject({ code: 'MR5035' });
    const other = await openWriter(journals, { nowUs: () => 9_000_000 });
    await other.append(messages(1, 8));
    await expect(openReader(patient, { position })).rejects.toMatchObject({ code: 'MR5035' });
  });
});

async function journalReadToItsEnd(): Promise<{ readonly journals: JournalOptions; readonly position: Position }> {
  const journals = journalsFolder();
  const writer = await openWriter(journals);
  await writer.append(messages(1, 5));
  await writer.close();
  const { reads } = await readJournal(await openReader(journals));
  return { journals, position: reads.at(-1)!.position };
}

describe('properties', () => {
  it('whatever was appended comes back, over any segments, restarts and batches', async () => {
    const journals = journalsFolder(new UnsyncedDisk());
    let name = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ sizes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }), isRestarted: fc.boolean() }),
          {
            maxLength: 6,
          },
        ),
        fc.integer({ min: 60, max: 900 }),
        fc.integer({ min: 1, max: 9 }),
        async (steps, segmentBytes, maxEvents) => {
          const root = join(journals.root, String(++name));
          const place = { ...journals, root };
          let writer = await openWriter(place, { segmentBytes });
          let count = 0;
          for (const { sizes, isRestarted } of steps) {
            await Promise.all(
              sizes.map(size => {
                const from = count + 1;
                count += size;
                return writer.append(messages(from, count));
              }),
            );
            if (!isRestarted) continue;
            await writer.close();
            writer = await openWriter(place, { segmentBytes });
          }
          expect(writer.lastSequence).toBe(count);
          const content = await readJournal(await openReader(place), maxEvents);
          expect(numbersOf(content)).toEqual(range(1, count));
          await writer.close();
        },
      ),
      runs(60),
    );
  });
});
