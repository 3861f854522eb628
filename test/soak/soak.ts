import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { RULES } from './fleet.ts';
import { Load } from './load.ts';
import { measureFolder, measureProcess, type RunMeasure, type Sample } from './measure.ts';
import type { FromRun, ToRun } from './measured-run.ts';

export type SoakResult = {
  readonly samples: readonly Sample[];
  readonly messages: number;
  readonly events: number;
  /** Times the journal was full, and whoever writes waited. */
  readonly waits: number;
  readonly warnings: readonly string[];
};

export type SoakOptions = {
  /** Empty; for the journal, the state and the outputs. */
  readonly folder: string;
  readonly devices: number;
  readonly seconds: number;
  readonly sampleEverySeconds: number;
  readonly onSample: (sample: Sample) => void;
};

/** A live run at full load for a time: a journal that is written as fast as it is read, and a run that reads it. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { folder, devices } = options;
  writeFileSync(join(folder, 'rules.mill'), RULES);
  writeFileSync(join(folder, 'millrace.yaml'), `journal: { maxSize: ${JOURNAL_SIZE} }\n`);
  const run = new MeasuredRun(folder);
  const load = new Load(folder, { devices });
  try {
    const loading = load.run();
    loading.catch(() => {}); // told below
    const samples = await Promise.race([takeSamples(options, { run, load }), failure(run.ended), failure(loading)]);
    load.stop();
    const messages = await Promise.race([loading, failure(run.ended)]);
    const { events } = await run.endBehind(messages);
    assert.equal(events, messages, 'all messages are handled');
    return { samples, messages, events, waits: load.waits, warnings: run.warnings };
  } finally {
    load.kill();
    run.kill();
  }
}

async function takeSamples(options: SoakOptions, parts: { readonly run: MeasuredRun; readonly load: Load }) {
  const { folder, seconds, sampleEverySeconds, onSample } = options;
  const samples: Sample[] = [];
  while ((await parts.run.measure()).events === 0) await sleep(LOOK_MS);
  const startMs = performance.now();
  let last = { seconds: 0, events: 0 };
  while (last.seconds + sampleEverySeconds / 2 < seconds) {
    await sleep(sampleEverySeconds * 1000 * (samples.length + 1) - (performance.now() - startMs));
    const measure = await parts.run.measure();
    const now = (performance.now() - startMs) / 1000;
    const sample: Sample = {
      ...measure,
      seconds: now,
      eventsPerSecond: (measure.events - last.events) / (now - last.seconds),
      run: measureProcess(parts.run.processId),
      ingest: measureProcess(parts.load.processId),
      state: measureFolder(join(folder, 'state')),
      journal: measureFolder(join(folder, '.millrace/journal/motor')),
    };
    samples.push(sample);
    onSample(sample);
    last = { seconds: now, events: measure.events };
  }
  return samples;
}

class MeasuredRun {
  readonly warnings: string[] = []; // bound: the first few
  readonly ended: Promise<{ readonly events: number }>;
  readonly #child: ChildProcess;
  #measured = Promise.withResolvers<RunMeasure>();

  constructor(folder: string) {
    this.#child = fork(join(import.meta.dirname, 'measured-run.ts'), {
      cwd: folder,
      execArgv: ['--import', pathToFileURL(join(import.meta.dirname, 'report-memory.ts')).href],
    });
    let events = 0;
    this.#child.on('message', (message: FromRun) => {
      if (message.kind === 'measure') this.#measured.resolve(message.measure);
      else if (message.kind === 'end') events = message.summary.events;
      else if (this.warnings.length < MAX_WARNINGS) this.warnings.push(message.text);
    });
    this.ended = once(this.#child, 'close').then(([code]) => {
      assert.equal(code, 0, 'the run ends well');
      return { events };
    });
    this.ended.catch(() => {}); // told where it is waited for
  }

  get processId(): number {
    return this.#child.pid!;
  }

  async measure(): Promise<RunMeasure> {
    this.#measured = Promise.withResolvers();
    this.#send('measure');
    return await this.#measured.promise;
  }

  /** Ends it when it has handled so many events. */
  async endBehind(events: number): Promise<{ readonly events: number }> {
    while ((await Promise.race([this.measure(), failure(this.ended)])).events < events) await sleep(LOOK_MS);
    this.#send('stop');
    return await this.ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #send(message: ToRun): void {
    this.#child.send(message);
  }
}

/** Fails if the promise does, or is resolved too early. */
async function failure(promise: Promise<unknown>): Promise<never> {
  await promise;
  throw new Error('a process has ended before it was asked to');
}

/**
 * What is behind the oldest checkpoint that is kept stays in the journal, though it has been read: what comes in a chain of
 * 16 checkpoints has to fit, else whoever writes waits for the end of the chain, and then there is nothing to read.
 */
const JOURNAL_SIZE = '2GiB';
const LOOK_MS = 100;
const MAX_WARNINGS = 20;
