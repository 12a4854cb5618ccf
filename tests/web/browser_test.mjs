// The pages in a real browser: zoom, search, keyboard, dark mode, hostile names, and not one console error.
// usage: node browser_test.mjs BUILD_DIR      exits 77 where the browser or playwright-core is not installed
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

const here = dirname(fileURLToPath(import.meta.url)), root = join(here, '../..');
const prof = join(process.argv[2], 'bin/prof'), browserPath = '/usr/bin/chromium';

let chromium = null;
try {
  ({ chromium } = await import('playwright-core'));
} catch {
  // Reported below, with what is missing beside it.
}
if (!chromium || !existsSync(browserPath)) {
  console.log("skipped: needs Debian's chromium, nodejs and npm, then: npm ci --prefix tests/web");
  process.exit(77);
}

// A line is "root;caller;leaf VALUE"; the profile is made by make_folded_profile of this build.
const stacks = [
  'main;run;parse;malloc 30', 'main;run;parse 20', 'main;run;malloc;malloc_slow 25', 'main;run 5',
  'start;evil<img src=x onerror=alert(1)></script><script>alert(2)</script> 20',
].join('\n');
const directory = mkdtempSync(join(tmpdir(), 'prof-web-'));
const file = (name) => join(directory, name);
execFileSync(join(process.argv[2], 'bin/make_folded_profile'), [file('cpu.prof')], { input: stacks });
execFileSync(join(process.argv[2], 'bin/make_folded_profile'), [file('diff.prof')],
  { input: 'main;new -44\nmain;a;b 40\nmain;c -40\nmain;gone 30' });
execFileSync(prof, ['flame', file('diff.prof'), '-o', file('diff.html')], { stdio: 'pipe' });
for (const name of ['cpu.html', 'cpu.svg']) execFileSync(prof, ['flame', file('cpu.prof'), '-o', file(name)], { stdio: 'pipe' });

const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });

async function open(url, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 700 }, ...options });
  page.problems = [];
  page.on('console', (message) => { if (message.type() === 'error') page.problems.push(message.text()); });
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('dialog', (dialog) => { page.problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!request.url().startsWith(url.split('#')[0].replace(/\/top$/, '/')) && !request.url().startsWith('data:')) {
      page.problems.push(`fetched ${request.url()}`);
    }
  });
  await page.goto(url);
  return page;
}

const selected = (page) => page.evaluate(() => prof.tree.name(prof.flame.selected));
const zoomed = (page) => page.evaluate(() => prof.tree.name(prof.flame.zoomed));

// What the whole page takes; beyond the window's, it scrolls sideways.
const width = (page) => page.evaluate(() => document.documentElement.scrollWidth);

async function clickNode(page, name) {
  const place = await page.evaluate((wanted) => {
    const { tree, flame } = prof;
    for (let i = 0; i < tree.size; i++) {
      if (tree.name(i) === wanted) return { ...flame.place(i), scroll: flame.scroll.scrollTop };
    }
    return null;
  }, name);
  const box = await page.locator('#canvas').boundingBox();
  await page.mouse.click(box.x + place.x + place.width / 2, box.y + place.y - place.scroll + 8);
}

const tests = {
  'names are shortened as in C++': async () => {
    const context = vm.createContext({});
    vm.runInContext(readFileSync(join(root, 'flamegraph/web/shorten.js'), 'utf8'), context);
    for (const line of readFileSync(join(root, 'testdata/flamegraph/shorten.tsv'), 'utf8').split('\n')) {
      const [columns, name, expected] = line.split('\t');
      if (line && line[0] !== '#') assert.equal(context.shorten(name, +columns), expected, line);
    }
  },

  'frames of a difference are coloured as in the SVG: noise was as red as what doubled': async () => {
    const nodes = { depth: [0, 1, 1, 1, 1], code: [-1, 0, 2, 4, 6], self: [0, 9, 56, 0, -3], weight: [0, 2009, 256, 100, 3] };
    const context = vm.createContext({ data: { nodes } });
    vm.runInContext(readFileSync(join(root, 'flamegraph/web/tree.js'), 'utf8'), context);
    const changes = vm.runInContext('const tree = new Tree(data); [1, 2, 3, 4].map((i) => tree.change(i)).join()', context);
    assert.equal(changes, 'grew1,grew3,other,shrank5');
  },

  'HTML: click zooms, the breadcrumb and Reset lead back': async () => {
    const page = await open(`file://${file('cpu.html')}`);
    await clickNode(page, 'parse');
    assert.equal(await zoomed(page), 'parse');
    assert.match(await page.textContent('#details'), /^parse, total 50ns 50.00% of total 62.50% of parent, self 20ns/);
    assert.equal(await page.textContent('#breadcrumb'), 'all › main › run › parse');
    await page.click('#breadcrumb button:has-text("main")');
    assert.equal(await zoomed(page), 'main');
    await page.click('#reset');
    assert.equal(await zoomed(page), 'all');
    return page;
  },

  'HTML: shares in a difference are of the total that the reports take, and of no net': async () => {
    const page = await open(`file://${file('diff.html')}`);
    assert.match(await page.textContent('#facts'), /^cpu net -14ns of 154ns/);
    assert.equal(await page.textContent('#legend'), 'goneshrankas beforegrewnew');
    await clickNode(page, 'new');
    assert.match(await page.textContent('#details'), /^new, total -44ns 28.57% of total, self -44ns 28.57% of total/);
    return page;
  },

  'HTML: search counts nested matches once and walks through them': async () => {
    const page = await open(`file://${file('cpu.html')}`);
    await page.keyboard.press('/');
    await page.keyboard.type('^malloc');
    assert.equal(await page.textContent('#found'), '55.00% matched · 3');
    await page.keyboard.press('Enter');
    assert.equal(await page.textContent('#found'), '55.00% matched · 1/3');
    await page.fill('#search', '(');
    assert.equal(await page.textContent('#found'), 'not a regular expression');
    await page.keyboard.press('Escape');
    assert.equal(await page.textContent('#found'), '');
    return page;
  },

  'HTML: arrows move, Enter zooms, Escape resets, the screen reader follows': async () => {
    const page = await open(`file://${file('cpu.html')}`);
    await page.focus('#scroll');
    for (const [key, name] of [['ArrowUp', 'main'], ['ArrowUp', 'run'], ['ArrowUp', 'parse'], ['ArrowRight', 'malloc'],
      ['ArrowLeft', 'parse'], ['ArrowDown', 'run']]) {
      await page.keyboard.press(key);
      assert.equal(await selected(page), name, key);
    }
    const active = await page.getAttribute('#scroll', 'aria-activedescendant');
    const item = page.locator(`#${active}`);
    assert.equal(await item.getAttribute('aria-level'), '3');
    assert.match(await item.textContent(), /^run, total 80ns/);
    await page.keyboard.press('Enter');
    assert.equal(await zoomed(page), 'run');
    assert.match(page.url(), /#zoom=/);
    await page.reload();
    assert.equal(await zoomed(page), 'run');
    await page.focus('#scroll');
    await page.keyboard.press('Escape');
    assert.equal(await zoomed(page), 'all');
    await page.keyboard.press('i');
    await page.keyboard.press('ArrowDown');
    assert.equal(await selected(page), 'main');
    return page;
  },

  'HTML: hovering tells what a frame is': async () => {
    const page = await open(`file://${file('cpu.html')}`);
    const box = await page.locator('#canvas').boundingBox();
    await page.mouse.move(box.x + 40, box.y + box.height - 30);
    await page.waitForSelector('#tooltip:not([hidden])');
    assert.match(await page.textContent('#tooltip'), /^main.*80ns80.00% of total80.00% of parent/);
    return page;
  },

  'HTML: dark mode has dark paper': async () => {
    const page = await open(`file://${file('cpu.html')}`, { colorScheme: 'dark' });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(23, 25, 29)');
    return page;
  },

  'HTML: on a telephone the page scrolled sideways': async () => {
    const page = await open(`file://${file('cpu.html')}`, { viewport: { width: 360, height: 640 } });
    assert.equal(await width(page), 360);
    await page.fill('#search', '(');
    assert.equal(await width(page), 360);
    return page;
  },

  'SVG: zoom, keyboard and Reset': async () => {
    const page = await open(`file://${file('cpu.svg')}`);
    const width = (name) => page.evaluate((wanted) => {
      const frame = [...document.querySelectorAll('#graph > g')].find((g) => g.querySelector('title').textContent.startsWith(`${wanted}\n`));
      return frame.classList.contains('hidden') ? -1 : +frame.querySelector('rect').getAttribute('width');
    }, name);
    assert.equal(await width('parse'), 600);
    await page.locator('#graph > g').nth(3).locator('rect').click();
    assert.equal(await width('parse'), 1200);
    assert.equal(await width('start'), -1);
    assert.match(await page.textContent('#crumbs'), /all.*main.*run.*parse/);
    await page.keyboard.press('ArrowUp');
    assert.match(await page.textContent('#details'), /^malloc/);
    await page.keyboard.press('Escape');
    assert.equal(await width('parse'), 600);
    return page;
  },

  'prof web: top sorts, finds, and leads to the flame graph': async () => {
    const server = spawn(prof, ['web', file('cpu.prof'), '--no-browser']);
    try {
      const line = await new Promise((resolve) => server.stdout.once('data', (data) => resolve(String(data))));
      const url = line.match(/http:\S+/)[0];
      const narrow = await open(`${url}/top`, { viewport: { width: 360, height: 640 } });
      assert.equal(await width(narrow), 360);
      await narrow.goto(url);
      assert.equal(await width(narrow), 360);
      await narrow.close();
      const page = await open(`${url}/top`);
      const first = () => page.textContent('#top tbody tr:first-child td.name');
      assert.equal(await first(), 'malloc');
      await page.click('th button:has-text("Cum") >> nth=0');
      assert.match(await first(), /^(main|run)$/);
      await page.fill('#search', 'parse');
      assert.equal(await page.locator('#top tbody tr').count(), 1);
      await page.click('#top td.name a');
      await page.waitForSelector('#canvas');
      assert.equal(await page.textContent('#found'), '50.00% matched · 1');
      return page;
    } finally {
      server.kill('SIGINT');
      assert.equal(await new Promise((resolve) => server.once('exit', resolve)), 0);
    }
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    const page = await test();
    assert.deepEqual(page?.problems ?? [], []);
    await page?.close();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error.stack}`);
  }
}
await browser.close();
rmSync(directory, { recursive: true });
process.exit(failed ? 1 : 0);
