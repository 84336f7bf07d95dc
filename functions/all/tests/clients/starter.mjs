// Reads a turn as the browser code of OpenAI's Responses starter app does, written from its contract: pieces as the
// network brings them, each decoded by itself; blocks between empty lines; only those that begin with `data: `.
import { key, result, task, url } from './task.mjs';

const authorization = `Bearer ${key}`;
const state = {
  items: [...task.messages], text: '', rows: [], annotations: [], completed: [], code: '', errors: [], last: undefined,
  pieces: 0, turns: 0,
};

async function turn() {
  state.turns += 1;
  const reply = await fetch(`${url}/api/turn_response`, {
    method: 'POST',
    headers: { authorization, 'Content-Type': 'application/json' },
    body: JSON.stringify({ messages: state.items, toolsState: task.toolsState, googleIntegrationEnabled: false }),
  });
  if (!reply.ok) {
    state.errors.push(reply.status);
    return;
  }
  const reader = reply.body.getReader();
  let buffer = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    state.pieces += 1;
    buffer += new TextDecoder().decode(value);
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop();
    for (const block of blocks) {
      if (!block.startsWith('data: ')) continue;
      const data = block.slice('data: '.length);
      if (data === '[DONE]') return;
      await handle(JSON.parse(data));
    }
  }
}

// What it acts on; all else it ignores.
async function handle({ event, data }) {
  switch (event) {
    case 'response.output_text.delta':
      state.text += data.delta;
      break;
    case 'response.output_item.added':
      state.rows.push(data.item.type);
      if (data.item.type === 'message') {
        state.items.push({ role: 'assistant', content: [{ type: 'output_text', text: '' }] });
      }
      break;
    case 'response.output_item.done':
      state.items.push(data.item);
      if (data.item.type === 'function_call') await run(data.item);
      break;
    case 'response.output_text.annotation.added':
      state.annotations.push(data.annotation);
      break;
    case 'response.web_search_call.completed':
    case 'response.file_search_call.completed':
    case 'response.code_interpreter_call.completed':
      state.completed.push([event, data.item_id]);
      break;
    case 'response.code_interpreter_call_code.done':
      state.code = data.code;
      break;
    case 'response.completed':
      for (const item of data.response.output) {
        if (item.type === 'mcp_approval_request') state.asked = item;
      }
      state.last = data.response.output.map((item) => item.type);
      break;
  }
}

// Runs the function, and posts what came of it while this stream may still be open. Values go into the address as they
// are.
async function run({ name, call_id, arguments: text }) {
  const { location, unit } = JSON.parse(text);
  const query = name === 'get_weather' ? `?location=${location}&unit=${unit}` : '';
  const reply = await fetch(`${url}/api/functions/${name}${query}`, { headers: { authorization } });
  const output = JSON.stringify(await reply.json());
  state.items.push({ type: 'function_call_output', call_id, status: 'completed', output });
  await turn();
}

await turn();
for (const more of task.then ?? []) {
  state.items.push(more === 'approve' ? { type: 'mcp_approval_response', approve: true, approval_request_id: state.asked.id } : more);
  state.text = '';
  await turn();
}
result(state);
