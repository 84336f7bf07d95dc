// A page around `useCounsel`. It opens a chat, asks the question if it has one, and prints the answer as it grows.
import { createElement, useEffect, useRef } from 'react';
import { create } from 'react-test-renderer';
import { useCounsel } from './with_use_chat.mjs';

const [chat, question] = process.argv.slice(2);
const opened = new Promise(looked => {
  const { fetch } = globalThis;
  globalThis.fetch = (...call) => fetch(...call).finally(looked);
});

function Page() {
  const { messages, sendMessage } = useCounsel(chat);
  const printed = useRef('');
  const answer = messages.filter(({ role }) => role === 'assistant').at(-1)?.parts ?? [];
  const text = answer.map(part => part.text ?? '').join('');
  useEffect(() => {
    process.stdout.write(text.slice(printed.current.length));
    printed.current = text;
  }, [text]);
  useEffect(() => {
    if (question) opened.then(() => sendMessage({ text: question }));
  }, []);
  return null;
}

create(createElement(Page));
