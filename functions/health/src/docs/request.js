// A form for each operation, and the request that it stands for: as curl shows it and as this page sends it.

/** Values that earlier replies lead to, by operation and parameter (the contract's links). */
const known = {};

/** The token stays in this field: it is stored nowhere, and no line to copy holds it. */
const token = () => find('#token').value.trim();

const needsToken = (operation) => Boolean(operation.security && operation.security.length);

/** The operation's inputs: one for each parameter, and a text for the body. */
function formOf(verb, path, operation) {
  const inputs = parametersOf(operation).map((param) => ({ param, input: inputFor(param, operation) }));
  const content = operation.requestBody && operation.requestBody.content['application/json'];
  const body = content && textFor(content, `${operation.operationId}-body`);
  return { verb, path, operation, inputs, body, examples: content ? examplesOf(content) : [] };
}

const parametersOf = (operation) => (operation.parameters || []).map(resolved);

const inputId = (operation, param) => `${operation.operationId}-${param.in}-${param.name}`;

/** What has to be there is filled in with the example; what may be left out shows it as a hint. */
function inputFor(param, operation) {
  const id = inputId(operation, param);
  const { schema = {}, example, required = false } = param;
  const choices = schema.enum || (schema.type === 'boolean' ? [true, false] : null);
  const value = required && example !== undefined ? String(example) : '';
  if (choices) {
    const options = [...(required ? [] : ['']), ...choices].map((choice) => make('option', { value: choice }, String(choice)));
    return make('select', { id, required, value }, options);
  }
  const placeholder = example === undefined ? '' : `e.g. ${example}`;
  return make('input', { id, required, value, placeholder, autocomplete: 'off', spellcheck: false });
}

/** The examples of a body: pairs of a name and a text. */
function examplesOf({ example, examples }) {
  const all = examples ? Object.entries(examples).map(([name, { value }]) => [name, value]) : [['example', example ?? {}]];
  return all.map(([name, value]) => [name, JSON.stringify(value, null, 2)]);
}

function textFor(content, id) {
  const area = make('textarea', { id, spellcheck: false, value: examplesOf(content)[0][1] });
  const fit = () => (area.rows = Math.min(24, area.value.split('\n').length + 1));
  area.addEventListener('input', fit);
  fit();
  return area;
}

/** Fills in what earlier replies lead to, where the reader has written nothing. */
function fillIn({ operation, inputs }) {
  for (const { param, input } of inputs) {
    const value = (known[operation.operationId] || {})[param.name];
    if (value !== undefined && !input.dataset.written) input.value = value;
  }
}

/** The request as the form stands. */
function requestOf({ verb, path, operation, inputs, body }) {
  const given = (place) => inputs.filter(({ param, input }) => param.in === place && input.value).map(({ param, input }) => [param.name, input.value]);
  const place = given('path').reduce((at, [name, value]) => at.replace(`{${name}}`, encodeURIComponent(value)), path.slice(1));
  const url = new URL(place, new URL('.', location.href));
  url.search = new URLSearchParams(given('query'));
  const text = body && body.value.trim();
  const headers = text ? [...given('header'), ['Content-Type', 'application/json']] : given('header');
  return { method: verb.toUpperCase(), url: url.href, headers, body: text || undefined, secured: needsToken(operation) };
}

/** One word for a shell, whatever is in it. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** A line to paste. */
function curl({ method, url, headers, body, secured }) {
  const parts = ['curl -N', method === 'GET' ? '' : `-X ${method}`, quoted(url.replaceAll('%7B', '{').replaceAll('%7D', '}'))];
  if (secured) parts.push('-H "Authorization: Bearer $TOKEN"');
  parts.push(...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`));
  if (body) parts.push(`--data-raw ${quoted(body)}`);
  return parts.filter(Boolean).join(' ');
}

/** Sends it with the reader's token, or else with this browser's cookies; never with both. */
function send({ method, url, headers, body, secured }, signal) {
  const all = new Headers(headers);
  const credentials = secured && token() ? 'omit' : 'same-origin';
  if (credentials === 'omit') all.set('Authorization', `Bearer ${token()}`);
  return fetch(url, { method, headers: all, body, signal, credentials, redirect: 'manual', cache: 'no-store' });
}
