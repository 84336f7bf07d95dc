// A real browser tries operations on /docs at URL with TOKEN, then with cookies. Exits with 0 when all is as it should be.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { browser, patience } from './chromium.mjs';

const { URL: url, TOKEN: token, SHOTS: shots } = process.env;
/** Everything that a shell would read, if it were not quoted. */
const odd = `It's "odd": $HOME \`pwd\` \\ !x {a,b} [1-2]`;

try {
  await withToken();
  await withCookies();
} finally {
  await browser.close();
}

async function withToken() {
  const { context, page, complaints } = await visit();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  await page.goto(`${url}/docs#consult`);
  const consult = form(page, 'consult');

  await consult.send();
  await consult.status('401 Unauthorized, complete');
  assert.match(await consult.reply(), /"code": "unauthenticated"/, 'a refusal is shown as it came');
  await shot(page, 'refused');

  await page.getByLabel('Token').fill(token);
  await consult.body({ text: 'Something slow, please.', model: 'scripted' });
  await consult.send();
  await consult.grows();
  await shot(page, 'streaming');
  await consult.click('Stop');
  await consult.status('Stopped after');
  assert.doesNotMatch(await consult.reply(), /\[DONE\]/);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Send', 'the focus is not lost');

  await consult.body({ text: odd, model: 'scripted' });
  await page.keyboard.press('Control+Enter');
  await consult.status('200 OK, complete');
  assert.match(await consult.reply(), /\[DONE\]/);
  assert.match(await consult.headers(), /^content-type: text\/event-stream$/m);
  await copied(page, consult);

  await consult.body({ text: '' });
  await consult.send();
  await consult.status('422 Unprocessable Entity, complete');
  assert.match(await consult.reply(), /"field": "text"/);

  await idsLeadOn(page);
  await nothingIsKept(page);
  assert.deepEqual(complaints.filter((line) => !/status of 4(01|22)/.test(line)), []);
}

/** The line that was copied does the same, in a shell that knows the token. */
async function copied(page, consult) {
  await consult.click('Copy');
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(!line.includes(token), 'no line to copy holds the token');
  const { stdout } = await promisify(execFile)('bash', ['-c', line], { env: { ...process.env, TOKEN: token } });
  const parts = stdout.split('\n').filter((row) => row.startsWith('data: {')).map((row) => JSON.parse(row.slice(6)));
  const said = parts.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta).join('');
  assert.ok(said.includes(odd), `${line}\n${stdout}`);
}

/** An id that a reply names is filled in where it is needed next. */
async function idsLeadOn(page) {
  const create = await open(page, 'createSession');
  await create.send();
  await create.status('201 Created, complete');
  const { id } = JSON.parse(await create.reply());
  const read = await open(page, 'getSession');
  assert.equal(await read.field('session').inputValue(), id);
  await read.send();
  await read.status('200 OK, complete');
  assert.equal(JSON.parse(await read.reply()).id, id);

  const signIn = await open(page, 'login');
  await signIn.send();
  await signIn.status('A redirect');
  assert.ok((await signIn.all.getByRole('link', { name: 'Follow it' }).getAttribute('href')).startsWith(`${url}/login`));
}

async function nothingIsKept(page) {
  assert.ok(!(await page.content()).includes(token));
  assert.deepEqual(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }, document.cookie]), [{}, {}, '']);
  await page.reload();
  await page.locator('body[data-drawn]').waitFor();
  assert.equal(await page.getByLabel('Token').inputValue(), '');
}

/** Who has signed in at the same address needs no token, to read and to write. */
async function withCookies() {
  const { page, complaints } = await visit();
  await page.goto(`${url}/docs`);
  await page.getByRole('link', { name: 'sign in' }).click();
  await Promise.all([page.waitForURL((to) => to.pathname === '/docs'), page.getByRole('link', { name: 'Ada Lovelace' }).click()]);
  const me = await open(page, 'getMe');
  const [request] = await Promise.all([page.waitForRequest(`${url}/me`), me.send()]);
  await me.status('200 OK, complete');
  assert.equal(JSON.parse(await me.reply()).email, 'ada@example.com');
  assert.equal(await request.headerValue('authorization'), null);
  const create = await open(page, 'createSession');
  await create.send();
  await create.status('201 Created, complete');
  // A token goes alone.
  await page.getByLabel('Token').fill(token);
  const [sent] = await Promise.all([page.waitForRequest(`${url}/me`), me.send()]);
  assert.equal(await sent.headerValue('authorization'), `Bearer ${token}`);
  assert.equal(await sent.headerValue('cookie'), null);
  await me.status('200 OK, complete');
  assert.deepEqual(complaints, []);
}

async function visit() {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  return { context, page, complaints };
}

async function open(page, id) {
  await page.locator('body[data-drawn]').waitFor();
  await page.locator(`#${id} > summary`).click();
  return form(page, id);
}

/** An operation's form, as somebody finds it who does not see the page. */
function form(page, id) {
  const all = page.locator(`#${id} form`);
  const text = all.getByRole('region', { name: 'Reply' });
  return {
    all,
    field: (name) => all.getByLabel(name),
    body: (json) => all.getByLabel('Body', { exact: true }).fill(JSON.stringify(json)),
    click: (name) => all.getByRole('button', { name }).click(),
    send: () => all.getByRole('button', { name: 'Send' }).click(),
    status: (words) => all.getByRole('status').filter({ hasText: words }).waitFor(),
    reply: () => text.innerText(),
    headers: () => all.locator('.headers pre').textContent(),
    grows: async () => {
      await text.filter({ hasText: 'text-delta' }).waitFor();
      const before = (await text.innerText()).length;
      await page.waitForFunction(([one, length]) => one.innerText.length > length, [await text.elementHandle(), before]);
    },
  };
}

async function shot(page, name) {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
}
