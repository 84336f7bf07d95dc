// A real browser: Debian's Chromium signs in at URL, a process on this machine. Exits with 0 when all is as it should be.
import assert from 'node:assert/strict';
import http from 'node:http';
import { browser, patience } from './chromium.mjs';

const url = process.env.URL;

try {
  await story();
} finally {
  await browser.close();
}

async function story() {
  const here = await person();
  const page = await signIn(here, 'Ada Lovelace', '/me?tab=1');
  const me = await body(page);
  console.log(`signed in: ${JSON.stringify(me)}`);
  assert.equal(me.email, 'ada@example.com');

  let cookies;
  await until('both cookies', async () => {
    cookies = await named(here);
    return cookies['counsel-access'] ?? void (await page.reload());
  });
  for (const name of ['counsel-access', 'counsel-refresh']) {
    const { httpOnly, sameSite, secure, path, domain } = cookies[name];
    assert.deepEqual({ httpOnly, sameSite, secure, path, domain }, { httpOnly: true, sameSite: 'Lax', secure: false, path: '/', domain: 'localhost' });
  }
  assert.equal(await page.evaluate('document.cookie'), '', 'no script reads them');

  // Her access token ends; she does not notice.
  await until('the access token to end', async () => !(await named(here))['counsel-access']);
  const renewed = await page.reload();
  assert.deepEqual(await body(page), me);
  assert.match((await renewed.headerValue('set-cookie')) ?? '', /^counsel-access=ey/);
  console.log('still in after her access token');

  await anotherOriginIsHelpless(here, page, me);

  // A second browser of hers ends all logins.
  const there = await person();
  const elsewhere = await signIn(there, 'Ada Lovelace', '/me');
  assert.equal((await body(elsewhere)).user, me.user);
  assert.equal(await send(await frontEnd(there), '/logout', { everywhere: true }), 204);
  assert.equal(await send(await frontEnd(here), '/token', {}), 401, 'a refresh is refused at once');
  await until('the first browser to be out', async () => (await page.reload()).status() === 401);
  assert.equal((await elsewhere.reload()).status(), 401);
  console.log('out everywhere');

  // And nobody is signed in again unasked.
  await page.goto(`${url}/login?return_to=/me`);
  await page.getByRole('heading', { name: 'Who are you today?' }).waitFor();
  await pick(page, 'Eve Moriarty');
  assert.notEqual((await body(page)).user, me.user);
}

/** From another port, the same site to a browser, cookies come along and are refused; from another host they stay. */
async function anotherOriginIsHelpless(context, page, me) {
  const evil = http.createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>evil</p>'));
  await new Promise((listening) => evil.listen(0, '127.0.0.1', listening));
  for (const host of ['localhost', '127.0.0.1']) {
    const tab = await context.newPage();
    await tab.goto(`http://${host}:${evil.address().port}/`);
    // A call: its reply is hidden from the page that makes it, but not from us.
    const call = reply(tab, '/logout?call');
    await tab.evaluate((to) => void fetch(to, { method: 'POST', credentials: 'include', mode: 'no-cors' }), `${url}/logout?call`);
    assert.equal((await call).status() === 403, host === 'localhost', `${host}: ${(await call).status()}`);
    // A form that goes there itself.
    const form = reply(tab, '/logout?everywhere=true');
    await tab.setContent(`<form method="post" action="${url}/logout?everywhere=true"><button>Win</button></form>`);
    await tab.getByRole('button').click();
    assert.equal((await form).status() === 403, host === 'localhost', `${host}: ${(await form).status()}`);
    assert.equal('cookie' in (await (await form).request().allHeaders()), host === 'localhost', host);
    // It stays open: Chromium may never answer who closes a tab that is on its way somewhere.
  }
  evil.close();
  await page.reload();
  assert.deepEqual(await body(page), me, 'she is still in');
}

function reply(page, path) {
  return page.waitForResponse(`${url}${path}`);
}

/** A context has its own cookies, like another browser. */
function person() {
  return browser.newContext();
}

async function signIn(context, name, returnTo) {
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on('pageerror', (error) => assert.fail(`the page has an error: ${error}`));
  await page.goto(`${url}/login?return_to=${encodeURIComponent(returnTo)}`);
  await pick(page, name);
  assert.equal(page.url(), `${url}${returnTo}`);
  return page;
}

/** By its accessible name, as somebody finds it who does not see the page. */
async function pick(page, name) {
  assert.ok(page.url().startsWith(`${url}/demo/authorize?`), page.url());
  const round = await page.locator('main').evaluate((main) => getComputedStyle(main).borderRadius);
  assert.equal(round, '16px', 'its policy lets its own style in');
  await Promise.all([page.waitForURL((to) => to.pathname === '/me'), page.getByRole('link', { name }).click()]);
}

async function body(page) {
  return JSON.parse(await page.locator('body').innerText());
}

/** Our own pages allow no script; a front end at our address does. */
async function frontEnd(context) {
  const page = await context.newPage();
  const at = `${url}/front-end`;
  await page.route(at, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>A front end</h1>' }));
  await page.goto(at);
  return page;
}

/** What it sends, and the status of the reply. */
function send(page, path, body) {
  const call = async ([path, body]) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  };
  return page.evaluate(call, [path, body]);
}

async function named(context) {
  return Object.fromEntries((await context.cookies(url)).map((cookie) => [cookie.name, cookie]));
}

async function until(what, ask) {
  const end = Date.now() + patience;
  while (!(await ask())) {
    assert.ok(Date.now() < end, `gave up waiting for ${what}`);
    await new Promise((later) => setTimeout(later, 50));
  }
}
