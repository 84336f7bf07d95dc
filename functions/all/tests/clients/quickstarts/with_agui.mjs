import { HttpAgent } from '@ag-ui/client';

const headers = { Authorization: `Bearer ${process.env.COUNSEL_TOKEN}` };
const agent = new HttpAgent({ url: `${process.env.COUNSEL_URL}/consult?dialect=agui`, headers });
agent.addMessage({ id: crypto.randomUUID(), role: 'user', content: 'Hello!' });
await agent.runAgent({}, { onTextMessageContentEvent: ({ event }) => void process.stdout.write(event.delta) });
