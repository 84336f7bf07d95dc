// @anthropic-ai/sdk: asks for a message in one of its ways, answers with it, or with the error that it throws.
import Anthropic from '@anthropic-ai/sdk';
import { attempt, key, result, task, url, withKeys } from './task.mjs';

const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: task.retries ?? 0 });
const ways = {
  create: (body, options) => client.messages.create(body, options),
  stream: (body, options) => client.messages.stream(body, options).finalMessage(),
  beta: (body, options) => client.beta.messages.stream({ ...body, betas: ['mcp-client-2025-11-20'] }, options).finalMessage(),
  count: (body) => client.messages.countTokens(body),
  models: async () => ({ list: (await client.models.list()).data, one: await client.models.retrieve(task.model) }),
};

if (task.questions) {
  const ask = async (question, key) => {
    const body = { model: 'openai:fake', max_tokens: 100, messages: [{ role: 'user', content: question }] };
    const message = await ways.stream(body, { headers: { 'Idempotency-Key': key } });
    return message.content.map((block) => block.text ?? '').join('');
  };
  result(await withKeys(task.questions, ask));
} else if (task.bodies) {
  const answers = [];
  for (const body of task.bodies) answers.push(await attempt(() => ways[task.way](body)));
  result(answers);
} else {
  result(await attempt(() => ways[task.way](task.body, { headers: task.headers })));
}
