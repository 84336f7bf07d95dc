// @ag-ui/client (`sdk`: 1.0, or the last one before it, which is stricter): an agent takes its `steps`, one after
// another, and tells its messages, the events it has heard, and what went wrong.
import * as newest from '@ag-ui/client';
import * as strict from '@ag-ui/client-strict';
import { key, result, task, url } from './task.mjs';

const { HttpAgent } = task.sdk === 'newest' ? newest : strict;
const headers = { Authorization: `Bearer ${key}` };
const MOST_TRIES = 5000;
const told = { events: [], errors: [], warnings: [], interrupts: [], citations: [] };
for (const method of ['warn', 'error']) console[method] = (...words) => told.warnings.push(words.join(' '));
let turn;

async function retried(ask) {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!task.key || tries === MOST_TRIES) throw error;
    }
  }
}

// The key makes a question that is asked again the same one.
async function asked(input, init) {
  const keyed = task.key ? { ...init.headers, 'Idempotency-Key': `${task.key}-${told.events.length}` } : init.headers;
  const reply = await retried(() => fetch(input, { ...init, headers: keyed }));
  turn = reply.headers.get('location');
  return reply;
}

const back = (after) =>
  retried(() => fetch(`${url}${turn}/stream?dialect=agui`, { headers: { ...headers, 'Last-Event-ID': after } }));

// A stream that comes back where it was cut. A position stands in the last frame of an event: what is passed on ends
// with one. `cutAfter` cuts it here.
async function* unbroken(reply) {
  let [after, cut] = ['0', task.cutAfter];
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    let text = '';
    try {
      for await (const piece of reply.body.pipeThrough(new TextDecoderStream())) {
        text += piece;
        const [passed, position] = text.match(/^[^]*\nid: (\d+)\n[^]*?\n\n|^id: (\d+)\n[^]*?\n\n/) ?? [];
        if (passed === undefined) continue;
        after = [...passed.matchAll(/^id: (\d+)$/gm)].at(-1)[1];
        text = text.slice(passed.length);
        yield new TextEncoder().encode(passed);
        if (cut && passed.includes(cut)) {
          cut = undefined;
          throw new TypeError('cut');
        }
      }
      return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      reply = await back(after);
      if (reply.status === 204) return;
    }
  }
}

async function resuming(input, init) {
  const reply = await asked(input, init);
  return reply.ok ? new Response(ReadableStream.from(unbroken(reply)), reply) : reply;
}

const agent = new HttpAgent({
  url: `${url}/consult?dialect=agui`,
  headers,
  threadId: task.id,
  fetch: task.key || task.cutAfter ? resuming : asked,
});

let watch;
agent.subscribe({
  onEvent({ event }) {
    told.events.push(event.type);
    if (event.type === 'RUN_ERROR') told.errors.push(event.message);
    if (event.type === 'CUSTOM') told.citations.push(event.value);
    if (event.type === 'RUN_FINISHED') told.interrupts = event.outcome?.interrupts ?? [];
    if (watch && event.delta?.includes(watch.text)) watch.found();
  },
});

const run = more => agent.runAgent({ tools: task.tools, context: task.context, forwardedProps: task.props, ...more });

const steps = {
  async ask({ ask, stopAfter }) {
    const heard = new Promise(found => (watch = { text: stopAfter, found }));
    agent.addMessage({ id: crypto.randomUUID(), role: 'user', content: ask });
    const running = run(task.giveUp ? { resume: giveUp() } : {});
    if (stopAfter) await heard.then(() => fetch(`${url}${turn}/cancel`, { method: 'POST', headers }));
    await running;
  },
  async output({ output }) {
    const answered = agent.messages.map(message => message.toolCallId);
    const calls = agent.messages.flatMap(message => message.toolCalls ?? []);
    for (const { id } of calls.filter(({ id }) => !answered.includes(id))) {
      agent.addMessage({ id: crypto.randomUUID(), role: 'tool', toolCallId: id, content: output });
    }
    await run();
  },
  async approve({ approve: approved, reason }) {
    const payload = reason ? { approved, reason } : { approved };
    await run({ resume: told.interrupts.map(({ id }) => ({ interruptId: id, status: 'resolved', payload })) });
  },
};

const giveUp = () => told.interrupts.map(({ id }) => ({ interruptId: id, status: 'cancelled' }));

for (const step of task.steps) {
  try {
    await steps[Object.keys(step)[0]](step);
  } catch (error) {
    told.errors.push(error.message);
  }
}
result({ messages: agent.messages, ...told });
