// @anthropic-ai/sdk: asks for a message (`stream`: as a stream that it accumulates), answers with the message.
import Anthropic from '@anthropic-ai/sdk';
import { key, result, task, url } from './task.mjs';

const client = new Anthropic({ baseURL: url, apiKey: key });
const { stream, ...body } = task;
result(await (stream ? client.messages.stream(body).finalMessage() : client.messages.create(body)));
