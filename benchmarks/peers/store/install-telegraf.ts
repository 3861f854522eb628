import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, installInto } from '../../../scripts/services/cache.js';
import { runCommand } from '../../../scripts/services/run-command.js';

export const TELEGRAF_VERSION = '1.37.1';
const BUILD_TIMEOUT_MS = 20 * 60_000; // it has hundreds of modules
/** Its own way to leave out what is not used. */
const TAGS = ['custom', 'inputs.nats_consumer', 'outputs.influxdb_v2', 'parsers.json'];

/** The path of a Telegraf, which is built by Go with its own lists of modules, once. */
export async function installTelegraf(): Promise<string> {
  const program = cachePath(`telegraf-${TELEGRAF_VERSION}`, 'telegraf');
  if (!existsSync(program)) await installInto(program, build);
  return program;
}

async function build(folder: string): Promise<string> {
  const module = `github.com/influxdata/telegraf@v${TELEGRAF_VERSION}`;
  const program = join(folder, 'telegraf');
  try {
    const download = await go(['mod', 'download', '-json', module], folder);
    const { Dir: source }: { readonly Dir: string } = JSON.parse(download);
    await go(
      ['build', '-trimpath', '-buildvcs=false', '-tags', TAGS.join(','), '-o', program, './cmd/telegraf'],
      source,
    );
  } catch (error) {
    throw new Error(`Telegraf cannot be built, which needs Go: ${(error as Error).message}`, { cause: error });
  }
  return program;
}

function go(words: readonly string[], folder: string): Promise<string> {
  return runCommand('go', words, { cwd: folder, timeoutMs: BUILD_TIMEOUT_MS });
}
