import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { Workers } from '../../engine/runtime/workers/workers.ts';
import { batchOf } from '../oracle/plan-builder.ts';

/** Each of these rules has a lane of its own. */
const RULES = `
stream s from memory "s" { key device: symbol  site: symbol  value: float }
stream t from memory "t" { key device: symbol  site: symbol  value: float }
rule over_s on s by site { high when value > 2 }
rule over_t on t by site { high when value > 2 }
`;

it.each([
  { paused: [], raised: ['over_s', 'over_t'] },
  { paused: ['over_s'], raised: ['over_t'] },
  { paused: ['over_t'], raised: ['over_s'] },
])('where $paused do not run from the start, the other lanes get their events', async ({ paused, raised }) => {
  const symbols = new SymbolTable();
  const workers = await startTwo(symbols, paused);
  const rules: string[] = [];
  for (const stream of ['s', 't']) {
    const event = { key: 'a', site: 'north', timeUs: 1_000_000, arrivalUs: 1_000_000, value: 3 };
    const batch = batchOf([event], symbols, stream);
    const { output } = await workers.send({ stream, batch, arrivalUs: 100_000_000, end: null });
    rules.push(...output.alerts.map(change => change.rule));
  }
  await workers.close();
  expect(rules).toEqual(raised);
});

it('what was late before a rule was paused stays counted', async () => {
  const symbols = new SymbolTable();
  const workers = await startTwo(symbols, []);
  const ahead = { key: 'a', site: 'north', timeUs: 10_000_000, arrivalUs: 10_000_000, value: 3 };
  const behind = { ...ahead, key: 'b', timeUs: 1_000_000 };
  const round = { stream: 's', arrivalUs: 10_000_000, end: null };
  const before = await workers.send({ ...round, batch: batchOf([ahead, behind], symbols, 's') });
  expect(before.late).toBe(1);
  workers.pause(['over_s']);
  const after = await workers.send({ ...round, batch: null });
  await workers.close();
  expect(after.late).toBe(1);
});

it('where a rule is paused, a stream of alerts has those of the others, and none of nobody', async () => {
  const symbols = new SymbolTable();
  const text = `
    stream s from memory "s" { key device: symbol  site: symbol  value: float }
    rule over on s { high when value > 2  clear when value < 1 }
    rule under on s { low when value < 1  clear when value > 2 }
    stream changes = from alerts by rule select change, site`;
  const workers = await startTwo(symbols, [], { text, rowStreams: ['changes'] });
  const changedAfter = async (second: number, value: number) => {
    const us = second * 1_000_000;
    const batch = batchOf([{ key: 'a', site: 'north', timeUs: us, arrivalUs: us, value }], symbols, 's');
    const { output } = await workers.send({ stream: 's', batch, arrivalUs: us + 500_000, end: null });
    return output.rows.flatMap(({ rows }) => rows.map(({ key }) => key['rule']));
  };
  expect(await changedAfter(1, 3)).toEqual(['over']);
  workers.pause(['over']);
  expect(await changedAfter(2, 0)).toEqual(['under']);
  workers.pause(['over', 'under']);
  expect(await changedAfter(3, 3)).toEqual([]);
  await workers.close();
});

async function startTwo(
  symbols: SymbolTable,
  paused: readonly string[],
  { text, rowStreams }: { readonly text: string; readonly rowStreams: readonly string[] } = {
    text: RULES,
    rowStreams: [],
  },
): Promise<Workers> {
  const { plan, diagnostics } = compile({ file: 'lanes.mill', text });
  expect(diagnostics).toEqual([]);
  const inline = { disk: new NodeDisk(), monotonicMs: () => 0, giveWay: async () => {} };
  const ports = [new InlinePort(inline), new InlinePort(inline)];
  return await Workers.start({ plan: plan!, ports, rowStreams, symbols, restored: null, paused });
}
