// openai (npm): asks for a completion in one of its ways, answers with it, or with the error that it throws.
import { attempt, key, result, task, url, withKeys } from './task.mjs';

const { default: OpenAI } = await import(task.package);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: task.retries ?? 0 });
// Version 4 has its helpers in a beta.
const helpers = client.chat.completions.stream ? client.chat.completions : client.beta.chat.completions;

// Chunk by chunk, as applications without the helper do.
async function read(body, options) {
  const told = { text: '', reasoning: '', finish: [], usage: null, roles: [] };
  for await (const { choices, usage } of await client.chat.completions.create({ ...body, stream: true }, options)) {
    for (const { delta, finish_reason } of choices) {
      told.text += delta.content ?? '';
      told.reasoning += delta.reasoning_content ?? '';
      if (delta.role) told.roles.push(delta.role);
      if (finish_reason) told.finish.push(finish_reason);
    }
    if (usage) told.usage = usage;
  }
  return told;
}

async function runTools(body) {
  const called = [];
  const tool = ({ name, answer }) => ({
    type: 'function',
    function: { name, parse: JSON.parse, parameters: { type: 'object' }, description: '', function: (input) => (called.push({ name, input }), answer) },
  });
  const runner = helpers.runTools({ ...body, stream: true, tools: task.tools.map(tool) });
  return { text: await runner.finalContent(), called };
}

const ways = {
  create: (body, options) => client.chat.completions.create(body, options),
  helper: (body, options) => helpers.stream(body, options).finalChatCompletion(),
  read,
  runTools,
  models: async () => ({ list: (await client.models.list()).data, one: await client.models.retrieve(task.model) }),
};

if (task.questions) {
  // Their option is sent under the name that stands here, which is none.
  client.idempotencyHeader = 'Idempotency-Key';
  const ask = async (question, key) => {
    const body = { model: 'openai:fake', messages: [{ role: 'user', content: question }] };
    const options = { idempotencyKey: key };
    return (await ways.helper(body, options)).choices[0].message.content;
  };
  result(await withKeys(task.questions, ask));
} else if (task.bodies) {
  const answers = [];
  for (const body of task.bodies) answers.push(await attempt(() => ways[task.way](body)));
  result(answers);
} else {
  result(await attempt(() => ways[task.way](task.body, { headers: task.headers })));
}
