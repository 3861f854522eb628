import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { reportHtml } from '../../../apps/report/report-html.ts';
import { ReportRecorder } from '../../../apps/report/report-recorder.ts';
import { createConnectors } from '../../../connectors/index.ts';
import { compile } from '../../../dsl/compile.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';
import { launchChromium } from './chromium.ts';
import { HOSTILE, READINGS, RULES } from './motor-readings.ts';

vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), 'millrace-report-'));
let browser: Promise<Browser> | undefined; // begun by the first test, so that where there is none, tests fail
let url = '';

beforeAll(async () => {
  writeFileSync(join(folder, 'readings.csv'), READINGS);
  writeFileSync(join(folder, 'report.html'), await reportOfReadings());
  url = pathToFileURL(join(folder, 'report.html')).href;
}, 240_000);

afterAll(async () => {
  await browser?.then(
    found => found.close(),
    () => {},
  );
  rmSync(folder, { recursive: true, force: true });
});

/** As `run --report` makes it, with labels. */
async function reportOfReadings(): Promise<string> {
  const { plan } = compile({ file: join(folder, 'motors.mill'), text: RULES });
  const recorder = new ReportRecorder(plan!);
  const source = { connector: 'file', address: 'readings.csv', directory: folder };
  const counts = await runJob({
    plan: recorder.plan,
    connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } }),
    sources: { motor: source },
    rowStreams: recorder.rowStreams,
    onRows: batch => recorder.hearRows(batch),
    onAlert: change => recorder.hearAlert(change),
    signal: new AbortController().signal,
  });
  const hourUs = Date.UTC(2025, 2, 10, 9) * 1000;
  recorder.addLabel({
    fromUs: hourUs - 3e8,
    toUs: hourUs + 9e8,
    name: `fan </script>`,
    rule: null,
    key: { device: 'm1' },
  });
  return reportHtml({ title: 'Motors & fans', files: ['motors.mill'], run: recorder.recorded(), counts, note: null });
}

type Opened = { readonly page: Page; readonly errors: string[]; readonly requests: string[] };

async function open(
  options: {
    readonly colorScheme?: 'light' | 'dark';
    readonly viewport?: { readonly width: number; readonly height: number };
  } = {},
): Promise<Opened> {
  browser ??= launchChromium();
  const context = await (await browser).newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', error => errors.push(error.message));
  page.on('request', request => requests.push(request.url()));
  await page.goto(url);
  await drawAll(page);
  return { page, errors, requests };
}

/** Charts are drawn when they come near. */
async function drawAll(page: Page): Promise<void> {
  for (const chart of await page.locator('.chart').all()) await chart.scrollIntoViewIfNeeded();
  await expect.poll(async () => await page.locator('.chart .uplot').count()).toBe(await page.locator('.chart').count());
  await page.evaluate('scrollTo(0, 0)');
}

async function shownStretch(page: Page): Promise<string> {
  return (await page.locator('#shown').textContent()) ?? '';
}

/** What runs in the page is text: nothing here knows the types of a browser. */
const COLOURS_OF_CANVASES = `[...document.querySelectorAll('canvas')].map(canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) colours.add(data.slice(i, i + 3).join());
  return colours.size;
})`;
const CURSOR_LEFTS = `[...document.querySelectorAll('.u-cursor-x')].map(line => Math.round(line.getBoundingClientRect().left))`;
const ADD_SCRIPT = `{
  const script = document.createElement('script');
  script.textContent = 'window.pwned = 1';
  document.body.append(script);
}`;

const WHOLE = '2025-03-10 08:00:00 – 2025-03-10 09:59:50';

describe('the page of a report', () => {
  test('asks nobody for anything, has no error, and draws every chart', async () => {
    const { page, errors, requests } = await open();
    expect(errors).toEqual([]);
    expect(requests.filter(request => request !== url && !request.startsWith('data:'))).toEqual([]);
    const inked = await page.evaluate<number[]>(COLOURS_OF_CANVASES);
    expect(inked.length).toBeGreaterThanOrEqual(8);
    expect(Math.min(...inked)).toBeGreaterThan(5); // axes alone have fewer
    await page.context().close();
  });

  test('shows what looks like markup, and does not follow it', async () => {
    const { page } = await open();
    expect(await page.evaluate<boolean>(`'pwned' in window`)).toBe(false);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(3);
    expect(await page.locator('figcaption').filter({ hasText: HOSTILE }).count()).toBeGreaterThan(0);
    expect(await page.locator('.table td').filter({ hasText: HOSTILE }).count()).toBeGreaterThan(0);
    expect(await page.title()).toBe('Motors & fans');
    await page.context().close();
  });

  test('lets no script run but its own', async () => {
    const { page } = await open();
    await page.evaluate(ADD_SCRIPT);
    expect(await page.evaluate<boolean>(`'pwned' in window`)).toBe(false);
    await page.context().close();
  });

  test('moves the cursors of all charts together', async () => {
    const { page } = await open();
    const first = page.locator('.chart .u-over').first();
    await first.scrollIntoViewIfNeeded();
    const box = (await first.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    const lefts = await page.evaluate<number[]>(CURSOR_LEFTS);
    expect(new Set(lefts).size).toBe(1);
    expect(lefts[0]).toBeCloseTo(box.x + box.width * 0.4, -1);
    const times = await page.locator('.u-legend .u-series:first-child .u-value').allTextContents();
    expect(new Set(times).size).toBe(1);
    expect(times[0]).toMatch(/^2025-03-10 08:4\d:\d\d$/);
    await page.context().close();
  });

  test('a stretch that is dragged is shown in all charts, and a double click shows the whole again', async () => {
    const { page } = await open();
    expect(await shownStretch(page)).toBe(WHOLE);
    const over = page.locator('.chart .u-over').first();
    await over.scrollIntoViewIfNeeded();
    const box = (await over.boundingBox())!;
    await page.mouse.move(box.x + box.width / 4, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 50, { steps: 5 });
    await page.mouse.up();
    await expect
      .poll(() => shownStretch(page))
      .toMatch(/^2025-03-10 08:(29|30):\d\d.* – 2025-03-10 (08:59|09:00):\d\d/);
    await over.dblclick();
    await expect.poll(() => shownStretch(page)).toBe(WHOLE);
    await page.context().close();
  });

  test('an alert in the table leads to its chart, and to its time', async () => {
    const { page } = await open();
    const row = page.locator('.table tbody tr').filter({ hasText: 'overheating' }).filter({ hasText: 'm4' }).first();
    const link = row.locator('a');
    const raised = (await link.textContent())!;
    await link.click();
    await expect.poll(() => shownStretch(page)).not.toBe(WHOLE);
    const [from, to] = (await shownStretch(page)).split(' – ');
    expect(from! < raised && raised < to!).toBe(true);
    const figure = page.locator((await link.getAttribute('href'))!);
    await expect.poll(async () => (await figure.boundingBox())!.y).toBeLessThan(900);
    expect(await figure.locator('figcaption').textContent()).toContain('m4');
    expect(`#${await page.evaluate<string>('document.activeElement.id')}`).toBe(await link.getAttribute('href'));
    await page.context().close();
  });

  test('can be used with keys alone', async () => {
    const { page } = await open();
    await page.locator('.chart').first().focus();
    await page.keyboard.press('ArrowRight');
    const time = page.locator('.chart .u-legend .u-series:first-child .u-value').first();
    expect(await time.textContent()).toBe('2025-03-10 08:00:00');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => time.textContent()).toBe('2025-03-10 08:00:10');
    await page.keyboard.press('+');
    await expect.poll(() => shownStretch(page)).not.toBe(WHOLE);
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => shownStretch(page)).not.toMatch(/^2025-03-10 08:00:0/);
    await page.keyboard.press('0');
    await expect.poll(() => shownStretch(page)).toBe(WHOLE);
    await page.context().close();
  });

  test('finds alerts by words', async () => {
    const { page } = await open();
    const visible = page.locator('.table tbody tr:visible');
    const all = await visible.count();
    await page.fill('#find', 'odd m2');
    await expect.poll(() => visible.count()).toBe(1);
    await page.fill('#find', '');
    await expect.poll(() => visible.count()).toBe(all);
    await page.context().close();
  });

  test('is dark where the reader wants it so, also when that changes', async () => {
    const { page, errors } = await open({ colorScheme: 'dark' });
    const back = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(await back()).toBe('rgb(18, 22, 29)');
    const colourOf = () =>
      page.evaluate<string>(`getComputedStyle(document.querySelectorAll('.u-marker')[1]).borderColor`);
    const dark = await colourOf();
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(colourOf).not.toBe(dark);
    expect(await back()).toBe('rgb(255, 255, 255)');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('fits a phone', async () => {
    const { page, errors } = await open({ viewport: { width: 375, height: 700 } });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('prints all of it, dark on white', async () => {
    const { page, errors } = await open({ colorScheme: 'dark' });
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
    const back = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(back).toBe('rgb(255, 255, 255)');
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.length).toBeGreaterThan(50_000);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
