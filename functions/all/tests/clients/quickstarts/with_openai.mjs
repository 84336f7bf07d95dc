import OpenAI from 'openai';

const counsel = new OpenAI({ baseURL: `${process.env.COUNSEL_URL}/v1`, apiKey: process.env.COUNSEL_TOKEN });
for await (const event of await counsel.responses.create({ model: 'scripted', input: 'Hello!', stream: true })) {
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta);
}
