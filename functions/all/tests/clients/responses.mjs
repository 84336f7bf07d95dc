// openai (`sdk`: which major): makes one call of its Responses API, or asks again and again through cuts, and answers
// with what it has heard.
import { key, result, task, url } from './task.mjs';

const { sdk, call, body, id, after, questions, cuts } = task;
const { default: OpenAI } = await import(sdk);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const LAST = ['response.completed', 'response.incomplete', 'response.failed', 'error'];

async function all(stream) {
  const events = [];
  for await (const event of await stream) events.push(event);
  return events;
}

const calls = {
  create: async () => ({ response: await client.responses.create(body) }),
  stream: async () => {
    const stream = client.responses.stream(body);
    const events = await all(stream);
    return { events, response: await stream.finalResponse() };
  },
  raw: async () => ({ events: await all(client.responses.create({ ...body, stream: true })) }),
  retrieve: async () => ({ response: await client.responses.retrieve(id) }),
  resume: async () => ({ events: await all(resumed(id, after)) }),
  cancel: async () => ({ response: await client.post(`/responses/${id}/cancel`) }),
  remove: async () => ({ deleted: (await (client.responses.delete ?? client.responses.del).call(client.responses, id)) ?? null }),
  inputItems: async () => ({ items: await all(client.responses.inputItems.list(id, { order: 'asc' })) }),
  missing: async () => {
    try {
      await client.responses.retrieve(id);
    } catch ({ status }) {
      return { status };
    }
  },
  refused: async () => {
    try {
      await client.responses.create(body);
    } catch ({ status, code, param, error }) {
      return { status, code, param, message: error.message };
    }
  },
  cuts: throughCuts,
};

// An older major knows no options of a retrieval; it passes them on.
function resumed(id, after) {
  return client.responses.retrieve(id, { stream: true, starting_after: after }, { stream: true });
}

// Asks until it was cut so often; each time it comes back to where it was, as this client does.
async function throughCuts() {
  const heard = [];
  let seen = 0;
  for (let n = 0; n < questions && seen < cuts; n++) {
    const answer = { id: undefined, after: undefined, text: '', over: false };
    for (let tries = 0; !answer.over && tries < 100; tries++) {
      try {
        await hear(answer, `question-${n}`);
      } catch {
        // Cut: the network's fault, whatever it is called.
      }
      seen += answer.over ? 0 : 1;
    }
    heard.push(answer);
  }
  return { heard, seen };
}

async function hear(answer, idempotency) {
  const asked = { ...body, input: `${body.input} ${idempotency}`, stream: true };
  const stream = answer.id
    ? await resumed(answer.id, answer.after)
    : await client.responses.create(asked, { headers: { 'Idempotency-Key': idempotency } });
  for await (const event of stream) {
    answer.after = event.sequence_number;
    if (event.type === 'response.created') answer.id = event.response.id;
    if (event.type === 'response.output_text.delta') answer.text += event.delta;
    answer.over = LAST.includes(event.type);
  }
}

result(await calls[call]());
