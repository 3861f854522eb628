import type { Plan } from '../../dsl/plan.ts';
import type { SourceAddress } from '../../engine/runtime/job.ts';
import { CommandLineError } from './command-line-error.ts';

/**
 * Reads `--source NAME=ADDRESS` options: files relative to the working directory, `journal:JOURNAL`, `nats:SUBJECT`,
 * `simulator:SIMULATION`, `-` for NDJSON on standard input.
 */
export function sourceOverrides(options: readonly string[], plan: Plan): Record<string, SourceAddress> {
  const overrides: Record<string, SourceAddress> = {};
  for (const option of options) {
    const { name, address } = parseOverride(option);
    requireSource(name, plan);
    if (overrides[name] !== undefined) {
      throw new CommandLineError('MR7002', `--source names ${name} twice`, 'a stream has one source');
    }
    overrides[name] = addressOf(address);
  }
  const fromStandardInput = Object.keys(overrides).filter(name => overrides[name]!.address === '-');
  if (fromStandardInput.length > 1) {
    throw new CommandLineError(
      'MR7002',
      `${fromStandardInput.join(' and ')} cannot both be read from standard input`,
      'give a file or a named pipe to all but one',
    );
  }
  return overrides;
}

/** A file whose name begins so is `./journal:…`, `./nats:…`. */
function addressOf(address: string): SourceAddress {
  const directory = process.cwd();
  const prefix = PREFIXES.find(each => address.startsWith(`${each}:`));
  if (prefix === undefined) return { connector: 'file', address, directory };
  return { connector: prefix, address: address.slice(prefix.length + 1), directory };
}

function parseOverride(option: string): { name: string; address: string } {
  const equals = option.indexOf('=');
  if (equals < 1 || equals === option.length - 1) {
    throw new CommandLineError(
      'MR7002',
      `--source ${option} is not NAME=ADDRESS`,
      'for example --source motor=readings.csv',
    );
  }
  return { name: option.slice(0, equals), address: option.slice(equals + 1) };
}

function requireSource(name: string, plan: Plan): void {
  const names = plan.nodes.filter(node => node.kind === 'source').map(node => node.id);
  if (names.includes(name)) return;
  const hint =
    names.length === 0 ? 'the rule file declares no stream' : `the streams with a source are ${names.join(', ')}`;
  throw new CommandLineError('MR7002', `--source names ${name}, and no such stream is declared`, hint);
}

const PREFIXES = ['journal', 'nats', 'simulator'];
