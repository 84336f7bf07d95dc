// What a script was told, and how it answers.
export const url = process.env.URL;
export const key = process.env.KEY;
export const task = JSON.parse(process.env.TASK);

export function result(value) {
  console.log(`result: ${JSON.stringify(value)}`);
}

// What came of it, or what was thrown.
export async function attempt(what) {
  try {
    return await what();
  } catch (error) {
    const { name, message, status, code, type, requestID, request_id } = error;
    return { thrown: error.constructor.name ?? name, message, status, code, type: error.error?.error?.type ?? type, request: requestID ?? request_id };
  }
}

// Asks each question until its answer has come whole, under one key: how often, and what was answered.
export async function withKeys(questions, ask) {
  const [answers, most] = [[], 1_000];
  let tries = 0;
  for (const question of questions) {
    let answer = null;
    while (answer === null && tries < most) {
      tries += 1;
      answer = await ask(question, `key of ${question}`).catch(() => null);
    }
    answers.push(answer);
  }
  return { answers, tries };
}
