import Anthropic from '@anthropic-ai/sdk';

const counsel = new Anthropic({ baseURL: process.env.COUNSEL_URL, apiKey: process.env.COUNSEL_TOKEN });
const question = [{ role: 'user', content: 'Hello!' }];
const answer = counsel.messages.stream({ model: 'scripted', max_tokens: 1024, messages: question });
await answer.on('text', text => process.stdout.write(text)).done();
