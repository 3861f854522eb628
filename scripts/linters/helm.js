import { remembered } from '../services/remembered.js';
import { runCommand } from '../services/run-command.js';
import { requirePython, unpackedWheel } from './wheel.js';

/** Helm's own library, 4.2: what `helm lint` and `helm template` call. */
const WHEEL = { name: 'helm-python-sdk', version: '0.2.2', members: ['helm_python/'] };
const TIMEOUT_MS = 60_000;

const LINT = 'report = helm_python.lint(chart, values, strict=True, namespace="plant")';
const RENDER = 'report = helm_python.Chart.load(chart).render(values, name="millrace", namespace="plant")';
const CALL = [
  'import json, sys',
  'sys.path.insert(0, sys.argv[1])',
  'import helm_python',
  'chart, values = sys.argv[2], json.loads(sys.argv[3])',
];

/** @type {() => Promise<string>} */
export const findHelm = remembered(() => unpackedWheel(WHEEL));

/**
 * `helm lint --strict`.
 *
 * @param {{ chart: string, values: object }} options
 * @returns {Promise<string[]>} what it complains about
 */
export async function lintChart(options) {
  const { messages, errors } = await call(LINT, options);
  const NOTICE = 1;
  const complaints = messages.filter(({ severity }) => severity > NOTICE).map(({ path, error }) => `${path}: ${error}`);
  return [...new Set([...complaints, ...errors])];
}

/**
 * `helm template` of a release `millrace` in the namespace `plant`. Throws what is wrong with values or templates.
 *
 * @param {{ chart: string, values: object }} options
 * @returns {Promise<Record<string, string>>} text by template
 */
export function renderChart(options) {
  return call(RENDER, options);
}

async function call(statement, { chart, values }) {
  const program = [...CALL, statement, 'print(json.dumps(report))'].join('\n');
  const wheel = await findHelm();
  const out = await runCommand(requirePython(), ['-c', program, wheel, chart, JSON.stringify(values)], {
    timeoutMs: TIMEOUT_MS,
  });
  return JSON.parse(out);
}
