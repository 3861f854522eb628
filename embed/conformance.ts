/**
 * Checks for those who write connectors, codecs, functions, and rules with them, to call from any test runner: `import {
 * checkRules } from 'millrace/conformance'`.
 *
 * @packageDocumentation
 */
import assert from 'node:assert/strict';
import { OwnFunctions } from '../engine/functions/own-functions.ts';
import { ownFunction } from '../engine/runtime/workers/load-functions.ts';
import { compareModes } from '../engine/scenario/compare-modes.ts';
import { compileWithTests } from './compile.ts';
import type { CustomCodec, CustomConnector, SourceMessage } from './custom-connector.ts';
import type { Extensions } from './extensions.ts';
import { sleep } from './inboxes.ts';
import type { Rules } from './rule-texts.ts';

const END_MS = 2_000;

/**
 * Reads the first messages of a source, reads on from behind each of them, and stops it: what a run does over its restarts. The
 * input must be the same each time, and have so many messages. Throws an AssertionError that says what is not as
 * `CustomConnector` promises. Cost: the messages are read once for each that has a sequence.
 */
export async function checkSource(
  connector: CustomConnector,
  input: { readonly address: string; readonly messages: number },
): Promise<void> {
  assert(connector.read !== undefined, `${connector.name} has no read`);
  const all = await take(connector, { ...input, after: null });
  assert.equal(all.length, input.messages, `${connector.name} gives fewer messages than the input has`);
  requireOrder(connector, all);
  for (const [index, message] of all.entries()) {
    if (!('content' in message) || message.sequence === undefined) continue;
    const rest = all.slice(index + 1);
    const read = await take(connector, { ...input, messages: rest.length, after: message.sequence });
    assert.deepEqual(read, rest, `behind sequence ${message.sequence} something else follows than at first`);
  }
}

/** Decodes each payload twice, and its beginnings, which must give events or throw an error. */
export function checkCodec(codec: CustomCodec, payloads: readonly Uint8Array[]): void {
  for (const payload of payloads) {
    const decode = (bytes: Uint8Array) => [...codec.decode(bytes, { subject: null })];
    const before = Buffer.from(payload);
    const events = decode(payload);
    assert.deepEqual(decode(payload), events, `${codec.name} gives other events for the same bytes`);
    assert.deepEqual(Buffer.from(payload), before, `${codec.name} changes the bytes that it reads`);
    for (const event of events) assert(isObject(event), `${codec.name} gives what is no object`);
    for (let length = 0; length < payload.length; length++) {
      try {
        decode(payload.subarray(0, length));
      } catch (error) {
        assert(error instanceof Error, `${codec.name} throws what is no error`);
      }
    }
  }
}

/**
 * Runs the `test` blocks of rules, each in many ways: in batches of several sizes, shuffled within lateness, live and as history, on 1, 2
 * and 4 workers, stopped and restored. All ways have to give the same, which a function that is not pure does not. Connectors of
 * the rules are not opened, as tests feed events; tables have what tests feed. Throws an AssertionError with what was expected and
 * what happened instead, or with the report of rules that are wrong. Cost: a test is run 19 times.
 */
export function checkRules(rules: Rules, extensions: Extensions = {}): void {
  const { plan, tests, report } = compileWithTests(rules, extensions);
  assert(plan !== null, report);
  assert(tests.length > 0, 'the rules have no `test` block');
  const definitions = Object.entries(extensions.functions?.functions ?? {});
  const problems = tests.flatMap(test => {
    const functions = new OwnFunctions(definitions.map(([name, definition]) => ownFunction(name, definition)));
    const { results, differences } = compareModes({ plan, test, functions });
    const failures = results[0]!.failures.map(({ line, message }) => `${test.file}:${line}: ${message}`);
    const another = differences.slice(0, 1).map(text => `not the same in all ways to run it, ${text}`);
    return [...failures, ...another].map(problem => `${test.title}\n  ${problem}`);
  });
  assert(problems.length === 0, problems.join('\n'));
}

async function take(
  connector: CustomConnector,
  input: { readonly address: string; readonly messages: number; readonly after: number | null },
): Promise<SourceMessage[]> {
  const { address, messages, after } = input;
  const stopping = new AbortController();
  const { signal } = stopping;
  const taken: SourceMessage[] = [];
  const iterator = connector.read!({ stream: 'checked', address, after, signal })[Symbol.asyncIterator]();
  while (taken.length < messages) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  stopping.abort();
  const over = Promise.resolve(iterator.return?.()).then(() => true);
  const isOver = await Promise.race([over, sleep(END_MS).then(() => false)]);
  assert(isOver, `${connector.name} goes on after its signal has aborted`);
  return taken;
}

function requireOrder(connector: CustomConnector, messages: readonly SourceMessage[]): void {
  let sequence = 0;
  let arrivalUs = -Infinity;
  for (const message of messages) {
    const cameUs = 'content' in message ? message.arrivalUs : message.tickUs;
    if (connector.recordsArrivals === true) {
      assert(cameUs !== undefined, 'a message does not say when it came, and `recordsArrivals` says that all do');
      assert(cameUs >= arrivalUs, `arrivals fall: ${cameUs} after ${arrivalUs}`);
      arrivalUs = cameUs;
    }
    if (!('content' in message) || message.sequence === undefined) continue;
    assert(Number.isSafeInteger(message.sequence), `${message.sequence} is no sequence`);
    assert(message.sequence > sequence, `sequences do not rise: ${message.sequence} after ${sequence}`);
    sequence = message.sequence;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
