// The page: every operation of the contract, in the contract's groups.

const VERBS = ['get', 'put', 'post', 'patch', 'delete'];
const WHO = { bearer: 'an access token or API key as Bearer', api_key: 'x-api-key', cookie: "a signed-in browser's cookie" };
const find = (selector) => document.querySelector(selector);

/** The contract, once it is read. */
let api;

/** An element, its attributes and what is in it: texts are texts, never HTML. */
function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  element.append(...inside.flat(Infinity).filter((piece) => piece !== null && piece !== undefined && piece !== ''));
  return Object.assign(element, attributes);
}

const faint = (text) => make('span', { className: 'faint' }, inline(text));

/** A text in which backticks mark code, as the contract writes it. */
const inline = (text) => text.split('`').map((piece, at) => (at % 2 ? make('code', {}, piece) : piece));

const resolved = (thing) =>
  thing && thing.$ref ? thing.$ref.slice(2).split('/').reduce((at, name) => at[name], api) : thing;

/** The line to paste, which changes with the form. */
function curlBox(form) {
  const line = make('pre');
  const button = make('button', { type: 'button' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(line.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(line);
      button.textContent = 'Selected';
    }
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
  return { all: make('div', { className: 'curl' }, line, button), update: () => (line.textContent = curl(requestOf(form))) };
}

function paramRows(form) {
  return form.inputs.map(({ param, input }) => [
    make('dt', {}, make('label', { htmlFor: input.id }, param.name, param.required ? '' : faint(' ?'))),
    make('dd', {}, input, make('div', { id: `${input.id}-about` },
      make('div', {}, inline(param.description || '')), faint(`${param.in} `), typed(param.schema), ' ', notes(param.schema))),
  ]);
}

function bodyPart({ operation, body, examples }, changed) {
  if (!operation.requestBody) return [];
  const head = make('h3', {}, body ? make('label', { htmlFor: body.id }, 'Body') : 'Body');
  return [head, contents(operation.requestBody.content, false), examples.length > 1 ? choice(examples, body, changed) : '', body];
}

/** Which of the body's examples is filled in. */
function choice(examples, body, changed) {
  const select = make('select', { id: `${body.id}-example` }, examples.map(([name]) => make('option', {}, name)));
  select.addEventListener('change', () => {
    body.value = examples[select.selectedIndex][1];
    body.dispatchEvent(new Event('input'));
    changed();
  });
  return make('p', {}, make('label', { htmlFor: select.id }, 'Example '), select);
}

/** The form with its line to paste, its two buttons and its reply. */
function tryIt(verb, path, operation) {
  const form = formOf(verb, path, operation);
  const [line, box] = [curlBox(form), replyBox()];
  const go = make('button', { className: 'go' }, 'Send');
  const stop = make('button', { type: 'button', disabled: true }, 'Stop');
  let sending = null;
  const rows = paramRows(form);
  const element = make('form', {},
    rows.length ? [make('h3', {}, 'Parameters'), make('dl', {}, rows)] : '', bodyPart(form, line.update),
    make('h3', {}, 'Try it'), line.all, make('div', { className: 'buttons' }, go, stop), box.all);
  element.addEventListener('input', ({ target }) => {
    target.dataset.written = 'yes';
    line.update();
  });
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = new AbortController();
    stop.disabled = false;
    go.setAttribute('aria-disabled', 'true');
    await exchange(form, box, sending.signal);
    sending = null;
    // The focus does not get lost with the button that had it.
    if (document.activeElement === stop) go.focus();
    stop.disabled = true;
    go.removeAttribute('aria-disabled');
  });
  stop.addEventListener('click', () => sending && sending.abort());
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) element.requestSubmit();
  });
  for (const { input } of form.inputs) input.setAttribute('aria-describedby', `${input.id}-about`);
  return { element, fill: () => (fillIn(form), line.update()) };
}

function contents(content = {}, withExample = true) {
  return Object.entries(content).map(([kind, { schema, example }]) =>
    make('div', {}, faint(`${kind} `), schema ? typed(schema) : '', withExample ? exampleOf(example) : ''));
}

function exampleOf(example) {
  if (example === undefined) return '';
  const text = typeof example === 'string' ? example : JSON.stringify(example, null, 2);
  return make('details', { className: 'example' }, make('summary', {}, 'Example'), make('pre', {}, text));
}

function replies(operation) {
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const reply = resolved(given);
    const headers = Object.entries(reply.headers || {}).map(([name, { description }]) =>
      make('div', {}, faint(`${name}: ${description || ''}`)));
    return [make('dt', {}, status), make('dd', {}, inline(reply.description), headers, contents(reply.content))];
  });
  return [make('h3', {}, 'Replies'), make('dl', {}, rows)];
}

function drawn(verb, path, operation) {
  const summary = make('summary', {}, make('span', { className: `verb ${verb}` }, verb.toUpperCase()), make('code', {}, path), faint(operation.summary));
  const details = make('details', { className: 'operation', id: operation.operationId }, summary);
  details.dataset.text = `${verb} ${path} ${operation.summary} ${operation.operationId} ${operation.tags}`.toLowerCase();
  let form;
  details.addEventListener('toggle', () => {
    if (!details.open) return;
    if (!form) {
      form = tryIt(verb, path, operation);
      const who = (operation.security || []).flatMap(Object.keys).map((name) => WHO[name] ?? name).join(', or ');
      details.append(make('div', {}, operation.description ? make('p', {}, inline(operation.description)) : '',
        make('p', {}, who ? `Needs ${who}.` : 'Open to everybody.'), form.element, replies(operation)));
    }
    form.fill();
  });
  return details;
}

function search() {
  const wanted = find('#search').value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of document.querySelectorAll('section')) {
    const all = [...section.querySelectorAll('.operation')];
    for (const one of all) one.hidden = !wanted.every((word) => one.dataset.text.includes(word));
    section.hidden = all.every((one) => one.hidden);
  }
  find('#none').hidden = Boolean(find('section:not([hidden])'));
}

function open() {
  const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place) return;
  if (place.tagName === 'DETAILS') place.open = true;
  place.scrollIntoView();
}

/** A tag's operations; its name stands in the navigation as well. */
function section({ name, description }) {
  const operations = Object.entries(api.paths).flatMap(([path, item]) =>
    VERBS.filter((verb) => item[verb] && item[verb].tags.includes(name)).map((verb) => drawn(verb, path, item[verb])));
  const id = `tag-${name.replaceAll(' ', '-')}`;
  find('nav').append(make('a', { href: `#${id}` }, name));
  find('main').append(make('section', {}, make('h2', { id }, name), make('p', { className: 'faint' }, inline(description)), operations));
}

async function draw() {
  api = await (await fetch('openapi.json')).json();
  find('#version').textContent = api.info.version;
  find('#about').replaceChildren(...inline(api.info.description));
  find('#sign-in').href = `login?${new URLSearchParams({ return_to: location.pathname })}`;
  for (const { name, tags } of api['x-tagGroups']) {
    find('nav').append(make('strong', {}, name));
    for (const tag of tags) section(api.tags.find((one) => one.name === tag));
  }
  document.body.dataset.drawn = 'yes';
  open();
}

find('#search').addEventListener('input', search);
addEventListener('hashchange', open);
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input, textarea, select')) return;
  event.preventDefault();
  find('#search').focus();
});
draw().catch(() => (find('#about').textContent = 'The contract could not be read: openapi.json.'));
