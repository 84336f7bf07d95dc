// A reply as it arrives: its status, its headers, and its body piece by piece.

const TEXT = /^text\/|json\b|\bxml\b/;

/** The place of an operation's reply; its text can be scrolled by keyboard. */
function replyBox() {
  const status = make('p', { className: 'status', role: 'status' });
  const headers = make('details', { className: 'headers', hidden: true }, make('summary', {}, 'Headers'), make('pre'));
  const body = make('pre', { className: 'reply', hidden: true, tabIndex: 0, role: 'region', ariaLabel: 'Reply' });
  return { status, headers, body, all: [status, headers, body] };
}

/** Sends the form, and shows what comes until it has ended or the reader stops it. */
async function exchange(form, box, signal) {
  const start = performance.now();
  const after = () => `${Math.round(performance.now() - start)} ms`;
  clear(box, 'Waiting for the reply …');
  try {
    const reply = await send(requestOf(form), signal);
    if (reply.type === 'opaqueredirect') return redirected(form, box, after());
    const head = `${reply.status} ${reply.statusText}`.trim();
    box.status.textContent = `${head}, receiving …`;
    box.status.dataset.ok = reply.ok;
    showHeaders(reply, box);
    const text = await show(reply, box);
    box.status.textContent = `${head}, complete after ${after()}`;
    learn(form.operation, reply, text);
  } catch (error) {
    if (signal.aborted) box.status.textContent = `Stopped after ${after()}`;
    else clear(box, `No reply: ${error.message}`, false);
  }
}

function clear({ status, headers, body }, text, ok = '') {
  status.textContent = text;
  status.dataset.ok = ok;
  headers.hidden = body.hidden = true;
  body.replaceChildren();
}

/** No script may see where a redirect leads. */
function redirected({ verb, operation, ...form }, box, time) {
  clear(box, `A redirect, after ${time}. `, true);
  if (verb !== 'get') return;
  const href = requestOf({ verb, operation, ...form }).url;
  box.status.append(make('a', { href, target: '_blank', rel: 'noopener' }, 'Follow it in a new tab'));
}

function showHeaders(reply, { headers }) {
  headers.querySelector('pre').textContent = [...reply.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  headers.hidden = false;
}

/** Returns the body's text; a file is offered to be saved instead. */
async function show(reply, { body }) {
  const kind = reply.headers.get('content-type') || 'text/plain';
  if (!TEXT.test(kind)) return offer(await reply.blob(), kind, body);
  const shown = body.appendChild(document.createTextNode(''));
  const reader = reply.body ? reply.body.pipeThrough(new TextDecoderStream()).getReader() : null;
  for (let piece; reader && !(piece = await reader.read()).done; ) {
    body.hidden = false;
    const follows = body.scrollTop + body.clientHeight >= body.scrollHeight - 8;
    shown.appendData(piece.value);
    if (follows) body.scrollTop = body.scrollHeight;
  }
  const text = shown.data;
  if (/json$/.test(kind.split(';')[0])) shown.data = pretty(text);
  return text;
}

function offer(blob, kind, body) {
  const link = make('a', { href: URL.createObjectURL(blob), download: '' }, 'Save it');
  body.append(`${blob.size} bytes of ${kind}. `, link);
  body.hidden = false;
  return '';
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Where this reply leads: ids that the forms of other operations fill in. */
function learn(operation, reply, text) {
  const { links = {} } = resolved(operation.responses[reply.status]) || {};
  for (const { operationId, parameters } of Object.values(links)) {
    for (const [name, expression] of Object.entries(parameters)) {
      const value = evaluated(expression, reply, text);
      if (value !== undefined) known[operationId] = { ...known[operationId], [name]: value };
    }
  }
}

/** `$response.header.Location`, `$response.body#/data/0/id` */
function evaluated(expression, reply, text) {
  const header = expression.match(/^\$response\.header\.(.+)$/);
  if (header) return reply.headers.get(header[1]) ?? undefined;
  const pointer = expression.match(/^\$response\.body#(\/.*)$/);
  if (!pointer) return undefined;
  try {
    const value = pointer[1].slice(1).split('/').reduce((at, name) => at?.[name], JSON.parse(text));
    return value === undefined || value === null ? undefined : String(value);
  } catch {
    return undefined;
  }
}
