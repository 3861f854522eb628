import { test } from 'node:test';
import { loadFunctions } from 'millrace';
import { checkRules } from 'millrace/conformance';
import { gateway } from './gateway.ts';

const functions = await loadFunctions(new URL('./functions.ts', import.meta.url));

test('the rules do what their tests say', () => {
  checkRules({ files: ['rules.mill'] }, { connectors: [gateway], functions });
});
