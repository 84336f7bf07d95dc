// What a script was told, and how it answers.
export const url = process.env.URL;
export const key = process.env.KEY;
export const task = JSON.parse(process.env.TASK);

export function result(value) {
  console.log(`result: ${JSON.stringify(value)}`);
}
