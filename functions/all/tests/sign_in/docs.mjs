// A real browser reads /docs at URL; whatever else it asks for is refused. Exits with 0 when all is as it should be.
import assert from 'node:assert/strict';
import { browser, patience } from './chromium.mjs';

const url = process.env.URL;

try {
  for (const [colorScheme, width] of [['light', 1280], ['dark', 1280], ['light', 375], ['dark', 375]]) await look(colorScheme, width);
} finally {
  await browser.close();
}

async function look(colorScheme, width) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const elsewhere = [];
  const complaints = [];
  await context.route((to) => to.origin !== url && to.protocol !== 'data:', (route) => {
    elsewhere.push(route.request().url());
    return route.abort();
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${url}/docs#consult`);
  await page.locator('body[data-drawn]').waitFor();

  const api = await (await context.request.get(`${url}/openapi.json`)).json();
  const told = Object.values(api.paths).flatMap((path) => Object.values(path)).length;
  assert.equal(await page.locator('.operation').count(), told, 'every operation is there');
  const font = await page.locator('.verb').first().evaluate((verb) => getComputedStyle(verb).fontWeight);
  assert.equal(font, '600', 'its policy lets its own style in');

  // The one in the address stands open: its line to paste, its body, its replies.
  const consult = page.locator('#consult');
  assert.match(await consult.locator('.curl pre').innerText(), /^curl -N -X POST '.*\/consult' -H "Authorization: Bearer \$TOKEN"/);
  await consult.getByText('Ask | Run', { exact: true }).first().click();
  await consult.getByText('Ask', { exact: true }).first().click();
  await consult.locator('dt', { hasText: 'session' }).first().waitFor();
  assert.ok(await consult.getByText('text/event-stream').first().isVisible());
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${colorScheme}-${width}.png` });
  const wide = await page.evaluate('document.documentElement.scrollWidth');
  assert.ok(wide <= width, `nothing stands out: ${wide} > ${width}`);

  await page.getByRole('searchbox', { name: 'Search' }).fill('/turns/{turn}/cancel');
  assert.equal(await page.locator('.operation:visible').count(), 1);
  assert.ok(await page.locator('#cancelTurn').isVisible());
  await page.getByRole('searchbox', { name: 'Search' }).fill('no such thing');
  assert.ok(await page.getByText('No operation matches.').isVisible());

  assert.deepEqual(elsewhere, [], 'it asks nobody else');
  assert.deepEqual(complaints, []);
  // The tab stays open: Chromium may never answer who closes one.
}
