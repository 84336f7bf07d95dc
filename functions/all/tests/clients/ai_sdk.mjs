// ai (`sdk`: the newest, or an old strict major): a chat in memory takes its `steps`, one after another, and tells its
// messages and what went wrong.
import * as newest from 'ai';
import * as strict from 'ai-strict';
import { key, result, task, url } from './task.mjs';

const sdk = task.sdk === 'ai' ? newest : strict;
const api = `${url}/api/chat`;
const headers = { Authorization: `Bearer ${key}` };
const MOST_TRIES = 5000;

class Memory {
  status = 'ready';
  error = undefined;
  messages = task.messages ?? [];
  watchers = [];
  pushMessage = message => this.become([...this.messages, message]);
  popMessage = () => this.become(this.messages.slice(0, -1));
  replaceMessage = (at, message) => this.become(this.messages.with(at, structuredClone(message)));
  snapshot = structuredClone;

  become(messages) {
    this.messages = messages;
    this.watchers = this.watchers.filter(({ text, found }) => !(this.says(text) && (found(), true)));
  }

  says = text => (this.messages.at(-1)?.parts ?? []).some(part => part.text?.includes(text));
  until = text => new Promise(found => this.watchers.push({ text, found }));
}

// A reply that never began is asked for again: the key makes it the same question.
async function persistent(input, init) {
  const keyed = new Headers(init.headers);
  keyed.set('Idempotency-Key', task.key);
  for (let tries = 0; ; tries++) {
    try {
      return await fetch(input, { ...init, headers: keyed });
    } catch (error) {
      if (init.method !== 'POST' || init.signal?.aborted || tries === MOST_TRIES) throw error;
    }
  }
}

const memory = new Memory();
class Chat extends sdk.AbstractChat {}
const chat = new Chat({
  id: task.id,
  state: memory,
  transport: new sdk.DefaultChatTransport({
    api,
    headers,
    body: task.body,
    fetch: task.key ? persistent : undefined,
  }),
});

// The old majors go on with the message they have, so a page of theirs comes back without the half answer.
async function resume() {
  if (sdk === strict && chat.lastMessage?.role === 'assistant') memory.popMessage();
  chat.clearError();
  await chat.resumeStream();
}

const stopHere = () => fetch(`${api}/${encodeURIComponent(task.id)}/stop`, { method: 'POST', headers });
const waits = state => chat.lastMessage.parts.filter(part => part.state === state);

const steps = {
  async ask({ ask, stopAfter, leaveAfter }) {
    const heard = memory.until(stopAfter ?? leaveAfter);
    const asking = chat.sendMessage({ text: ask });
    if (stopAfter) await heard.then(stopHere);
    if (leaveAfter) await heard.then(() => chat.stop());
    await asking;
  },
  async output({ output, error }) {
    const [{ type, toolCallId }] = waits('input-available');
    const outcome = error ? { state: 'output-error', errorText: error } : { output };
    await chat.addToolResult({ tool: type.slice('tool-'.length), toolCallId, ...outcome });
    await chat.sendMessage();
  },
  async approve({ approve: approved, reason }) {
    const [{ approval }] = waits('approval-requested');
    await chat.addToolApprovalResponse({ id: approval.id, approved, reason });
    await chat.sendMessage();
  },
  async regenerate({ regenerate: messageId }) {
    await chat.regenerate(messageId === true ? {} : { messageId });
  },
  async resume({ resume: signal, tellAfter }) {
    const heard = memory.until(tellAfter).then(() => fetch(signal));
    await Promise.all([resume(), heard]);
  },
  async whole() {
    for (let tries = 0; chat.status === 'error' && tries < MOST_TRIES; tries++) await resume();
  },
};

const errors = [];
for (const step of task.steps) {
  const [name] = Object.keys(step);
  await steps[name](step);
  if (chat.error) errors.push(chat.error.message);
}
result({ messages: chat.messages, status: chat.status, errors });
