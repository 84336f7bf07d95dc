import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport } from 'ai';

const api = `${process.env.COUNSEL_URL}/api/chat`;
const headers = { Authorization: `Bearer ${process.env.COUNSEL_TOKEN}` };
const transport = new DefaultChatTransport({ api, headers });
export const useCounsel = id => useChat({ id, transport, resume: true }); // resume: back to an answer after a reload
