import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { labels, readings, rules } from '../backtest/plant.ts';
import { folderWith, millrace } from '../millrace.ts';
import { launchChromium } from './chromium.ts';

vi.setConfig({ testTimeout: 180_000 });

const COMMAND = ['backtest', 'rules.mill', '--against', 'old.mill', '--report', 'out.html'] as const;
const HOSTILE = '<img src=x onerror="pwned=1">';

/** `overheating` earlier and more often, `warm` with another level, `cold` gone, and `hot` new. */
const plant = (more: Readonly<Record<string, string>> = {}) =>
  folderWith({
    'readings.csv': readings(),
    'labels.csv': labels().replace('fault 1', HOSTILE),
    'rules.mill': rules(
      '88 degC',
      `rule warm on motor { low when temp > 89 degC  critical when temp > 93 degC }
rule hot on motor { medium when avg(temp, 10m) > 84 degC }`,
    ).replace('for 2m', 'for 1m'),
    'old.mill': rules(
      '92 degC',
      `rule warm on motor { low when temp > 89 degC }
rule cold on motor { low when temp < 71 degC for 38m }`,
    ),
    ...more,
  });

function pageOf(cwd: string, ...options: readonly string[]): string {
  const { code, err } = millrace([...COMMAND, ...options], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return readFileSync(join(cwd, 'out.html'), 'utf8');
}

/** Cells of the rows of a table, as text. */
function rowsOf(page: string, section: 'alerts' | 'faults'): string[][] {
  const table = new RegExp(`<section class="${section}">.*?</section>`, 's').exec(page)![0];
  const rows = [...table.matchAll(/<tr(?: class="same")?>\n(.*?)\n<\/tr>/gs)].map(([, row]) => row!);
  return rows.map(row => row.split('</td>').map(cell => cell.replaceAll(/<[^>]*>/g, '').trim()));
}

type Figure = {
  readonly alerts: readonly object[];
  readonly before: readonly object[];
  readonly labels: readonly { readonly name: string }[];
  readonly panels: readonly { readonly limits: readonly { readonly text: string }[] }[];
};

function figuresOf(page: string): readonly Figure[] {
  return JSON.parse(/id="report-data">(.*?)<\/script>/s.exec(page)![1]!).figures as readonly Figure[];
}

describe('backtest --report', () => {
  test('has the alerts of both side by side, and what is told is what is told without', () => {
    const cwd = plant();
    const plain = millrace(COMMAND.slice(0, 4), { cwd });
    const { code, out } = millrace(COMMAND, { cwd });
    expect(code).toBe(0);
    expect(out).toBe(`${plain.out}\nreport: out.html\n`);
    const page = readFileSync(join(cwd, 'out.html'), 'utf8');
    expect(page).toContain('<h1>rules.mill against old.mill</h1>');
    const rows = rowsOf(page, 'alerts');
    const ofRule = (rule: string) => rows.filter(row => row[4] === rule);
    expect(ofRule('overheating').map(row => row.slice(0, 4))).toEqual([
      ['new', '–', '2026-03-02 03:21:00', 'high'],
      ['new', '–', '2026-03-02 08:21:00', 'high'],
      ['earlier', '2026-03-02 13:22:00', '2026-03-02 13:21:00', 'high'],
    ]);
    expect(ofRule('warm').map(([kind, , , level, , key, text]) => [kind, level, key, text])).toEqual([
      ['same', 'low', 'm1', ''],
      ['same', 'low', 'm2', ''],
      ['changed', 'critical', 'm1', 'critical, was low'],
    ]);
    expect(new Set(ofRule('cold').map(([kind]) => kind))).toEqual(new Set(['gone']));
    expect(new Set(ofRule('hot').map(([kind]) => kind))).toEqual(new Set(['new']));
    for (const rule of ['overheating', 'warm', 'cold', 'hot']) expect(page).toContain(`<h2>${rule}</h2>`);
    expect(page).toContain('1 alert before, 3 after: 1 earlier, 2 new');
    expect(page).not.toContain('false alarm');
  });

  test('with labels, has what each finds, and draws them', () => {
    const page = pageOf(plant(), '--labels', 'labels.csv');
    expect(page).not.toContain(HOSTILE);
    expect(rowsOf(page, 'faults').map(row => row.slice(3, 6))).toEqual([
      ['m1', 'missed', 'after 1m'],
      ['m1', 'after 2m', 'after 1m'],
      ['m2', 'missed', 'after 1m'],
    ]);
    const wrong = rowsOf(page, 'alerts').filter(row => row[6]!.includes('false alarm'));
    expect(new Set(wrong.map(row => row[4]))).toEqual(new Set(['cold']));
    const [first] = figuresOf(page);
    expect(first!.labels.map(({ name }) => name)).toEqual([HOSTILE, 'fault 2']);
    expect(first!.alerts.length).toBe(2);
    expect(first!.before.length).toBe(1);
    expect(first!.panels.flatMap(({ limits }) => limits.map(({ text }) => text))).toContain(
      'before: high > 92 degC for 2m',
    );
  });

  test('the same page comes of threads that share the keys of a store', () => {
    const cwd = plant();
    const store = ['--store', 'duckdb:plant.duckdb'];
    writeFileSync(join(cwd, 'stored.mill'), rules('88 degC', 'store motor keep 30d\n'));
    expect(millrace(['run', 'stored.mill', ...store], { cwd }).code).toBe(0);
    writeFileSync(join(cwd, 'readings.csv'), 'device,temp,at\n');
    const page = pageOf(cwd, ...store, '--workers', '0');
    expect(rowsOf(page, 'alerts').length).toBeGreaterThan(10);
    expect(pageOf(cwd, ...store, '--workers', '2')).toBe(page);
  });

  test('is drawn for what is compared', () => {
    const page = pageOf(plant(), '--from', '2026-03-02T06:00:00Z', '--to', '2026-03-02T12:00:00Z', '--key', 'm2');
    const data = JSON.parse(/id="report-data">(.*?)<\/script>/s.exec(page)![1]!);
    expect(data).toMatchObject({ fromMs: Date.UTC(2026, 2, 2, 6), toMs: Date.UTC(2026, 2, 2, 11, 59) });
    expect(new Set(rowsOf(page, 'alerts').map(row => row[5]))).toEqual(new Set(['m2']));
  });

  test('two versions that raise nothing, and history without events', () => {
    const cwd = plant({ 'rules.mill': rules('200 degC'), 'old.mill': rules('190 degC') });
    expect(pageOf(cwd)).toContain('Neither version raised one.');
    writeFileSync(join(cwd, 'readings.csv'), 'device,temp,at\n');
    expect(pageOf(cwd)).toContain('Nothing was read');
  });

  test.each([
    ['a rule file', 'old.mill'],
    ['the labels', 'labels.csv'],
    ['a folder', '.'],
  ])('%s is refused before anything runs', (_, path) => {
    const cwd = plant();
    const { code, out, err } = millrace([...COMMAND.slice(0, -1), path, '--labels', 'labels.csv'], { cwd });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('error[MR7380]');
  });
});

describe('the page of a backtest', () => {
  let browser: Promise<Browser> | undefined; // begun by the first test, so that where there is none, tests fail

  afterAll(async () => {
    await browser?.then(
      found => found.close(),
      () => {},
    );
  });

  /** With labels. */
  async function open(width: number): Promise<{ readonly page: Page; readonly errors: readonly string[] }> {
    browser ??= launchChromium();
    const cwd = plant();
    pageOf(cwd, '--labels', 'labels.csv');
    const context = await (await browser).newContext({ viewport: { width, height: 900 } });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
    });
    page.on('pageerror', error => errors.push(error.message));
    page.on('request', request => {
      if (!/^(file|data):/.test(request.url())) errors.push(request.url());
    });
    await page.goto(pathToFileURL(join(cwd, 'out.html')).href);
    for (const chart of await page.locator('.chart').all()) await chart.scrollIntoViewIfNeeded();
    await expect
      .poll(async () => await page.locator('.chart .uplot').count())
      .toBe(await page.locator('.chart').count());
    return { page, errors };
  }

  test('draws every chart, leads from an alert to its chart, and shows what differs alone', async () => {
    const { page, errors } = await open(1200);
    expect(await page.locator('.chart').count()).toBeGreaterThanOrEqual(8);
    expect(await page.evaluate<boolean>(`'pwned' in window`)).toBe(false);
    const whole = await page.locator('#shown').textContent();
    const row = page.locator('.alerts tbody tr').filter({ hasText: 'earlier' });
    await row.locator('a').first().click();
    await expect.poll(() => page.locator('#shown').textContent()).not.toBe(whole);
    const [from, to] = (await page.locator('#shown').textContent())!.split(' – ');
    expect(from! < '2026-03-02 13:21:00' && '2026-03-02 13:50:00' < to!).toBe(true);
    const shown = page.locator('.alerts tbody tr:visible');
    const all = await shown.count();
    await page.check('#differing');
    await expect.poll(() => shown.count()).toBe(all - 2);
    await page.fill('#find', 'changed');
    await expect.poll(() => shown.count()).toBe(1);
    expect(await page.locator('.faults tbody tr:visible').count()).toBe(3);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('alerts of the older version are hatched over those of the newer one', async () => {
    const { page } = await open(1200);
    await page.locator('.alerts tbody tr').filter({ hasText: 'earlier' }).locator('a').first().click();
    const pixels = (share: number) =>
      page.evaluate<number>(`(() => {
        const canvas = document.querySelector('#figure-0 canvas');
        const x = Math.round(canvas.width * ${share});
        const { data } = canvas.getContext('2d').getImageData(x, 40, 30, 40);
        const colours = new Set();
        for (let i = 0; i < data.length; i += 4) colours.add(data.slice(i, i + 4).join());
        return colours.size;
      })()`);
    expect(await pixels(0.5)).toBeGreaterThan(await pixels(0.12)); // in the alert, and before it
    await page.context().close();
  });

  test('fits a phone', async () => {
    const { page, errors } = await open(375);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
