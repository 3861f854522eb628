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
  const download = await runCommand('go', ['mod', 'download', '-json', module], {
    cwd: folder,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  const { Dir: source }: { readonly Dir: string } = JSON.parse(download);
  const program = join(folder, 'telegraf');
  const tags = ['-tags', TAGS.join(',')];
  await runCommand('go', ['build', '-trimpath', '-buildvcs=false', ...tags, '-o', program, './cmd/telegraf'], {
    cwd: source,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  return program;
}
