import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The system's Chromium, or the one that CHROMIUM_PATH names. Fails where there is none: what is not looked at is not tested. */
export async function launchChromium(): Promise<Browser> {
  const named = process.env['CHROMIUM_PATH'];
  const path = named ?? PLACES.find(place => existsSync(place));
  if (path === undefined || !existsSync(path)) {
    throw new Error(
      `there is no Chromium ${named === undefined ? `in ${PLACES.join(', ')}` : `at ${named} (CHROMIUM_PATH)`}: ` +
        'install it (Debian: apt-get install -y --no-install-recommends chromium), or let CHROMIUM_PATH name one',
    );
  }
  return await chromium.launch({ executablePath: path, args: ['--disable-dev-shm-usage'], timeout: 120_000 });
}
