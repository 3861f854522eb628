import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { findPrometheus } from '../../../scripts/find-prometheus.js';
import {
  findNats,
  findQuestDb,
  freePort,
  SHORT_LIVED,
  startNats,
  startQuestDb,
} from '../../../scripts/services/index.js';
import { root, textOf } from '../../repository/tree.ts';
import { Machine } from './machine.ts';
import { comparable, type PageStep, stepsOf } from './page-steps.ts';

const PAGE = 'docs/operations/install.md';
const isUpdate = process.env['UPDATE'] === '1';
const PATIENCE_MS = 60_000; // of a machine that may be busy

await Promise.all([findNats(), findQuestDb()]); // or installed, before a time limit runs
const promtool = await findPrometheus();

test('the commands of the page give what it shows, in order; `UPDATE=1` writes what they gave', {
  timeout: 300_000,
}, async () => {
  const [nats, questDb] = await Promise.all([startNats(), startQuestDb({ javaOptions: SHORT_LIVED })]);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-machine-'));
  const machine = new Machine(folder, {
    tools: promtool,
    servers: { MILLRACE_NATS_URL: nats.url, MILLRACE_QUESTDB_URL: questDb.url },
    replaced: [
      ['nats://127.0.0.1:4222', nats.url],
      ['http://127.0.0.1:9000', questDb.url],
      ['7420', String(await freePort())],
      ['7421', String(await freePort())],
    ],
  });
  const running = await machine.start();
  onTestFinished(async () => {
    await running.stop();
    await Promise.all([nats.stop(), questDb.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  let page = textOf(PAGE);
  const steps = stepsOf(page);
  expect(steps.length).toBeGreaterThan(12);
  for (const step of steps) {
    const out = await performed(step, machine);
    if (step.output !== null && isUpdate) {
      page = page.replace(
        `${step.commands}\`\`\`\n\`\`\`text\n${step.output}`,
        () => `${step.commands}\`\`\`\n\`\`\`text\n${out}`,
      );
    } else if (step.output !== null) expect(comparable(out), where(step)).toBe(comparable(step.output));
  }
  if (isUpdate) writeFileSync(join(root, PAGE), page);
});

/** What only reads is repeated until it gives what the page shows: somebody who types is slower. */
async function performed(step: PageStep, machine: Machine): Promise<string> {
  const isReading = step.output !== null && step.commands.split('\n').every(line => READING.test(line));
  if (isReading && isUpdate) await delay(10_000); // what it shows is not known yet
  for (const untilMs = Date.now() + PATIENCE_MS; ; await delay(500)) {
    const { code, out } = await machine.run(step.commands);
    const isShown = code === 0 && (step.output === null || comparable(out) === comparable(step.output));
    if (!isShown && isReading && !isUpdate && Date.now() < untilMs) continue;
    expect({ code, out }, where(step)).toMatchObject({ code: 0 });
    return out;
  }
}

const READING = /^$|^curl |^(?:cd \S+ && )?millrace (?:run .* --once|series|versions|cluster)\b/;

function where({ line, commands }: PageStep): string {
  return `${PAGE}, line ${line}:\n${commands}`;
}
