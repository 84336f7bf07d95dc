// What a schema says: a few words, which open where there is more to see.

function words(schema) {
  if (!schema || schema === true || !Object.keys(schema).length) return 'anything';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choice = schema.oneOf || schema.anyOf;
  if (choice && !schema.properties) return choice.map(words).join(' | ');
  if (schema.allOf) return schema.allOf.map(words).join(' and ');
  const types = [schema.type ?? (schema.properties ? 'object' : 'anything')].flat();
  return types.map((type) => (type === 'array' ? `list of ${words(schema.items)}` : type)).join(' | ');
}

function bounds(schema) {
  const { format, minimum, maximum, minLength, maxLength, maxItems, pattern, default: usual } = schema;
  const said = [];
  if (format && !/^u?int|double/.test(format)) said.push(format);
  if (minimum > 0) said.push(`at least ${minimum}`);
  if (maximum !== undefined) said.push(`at most ${maximum}`);
  if (minLength > 1) said.push(`at least ${minLength} characters`);
  if (maxLength) said.push(`at most ${maxLength} characters`);
  if (maxItems) said.push(`at most ${maxItems}`);
  if (pattern) said.push(pattern === '[^\\s\\u0085]' ? 'not blank' : `matches ${pattern}`);
  if (usual !== undefined) said.push(`default ${JSON.stringify(usual)}`);
  return said.join(', ');
}

/** What is known of a parameter or a field beside its type. */
const notes = (schema, description) => faint([bounds(schema), description].filter(Boolean).join('. '));

/** The schemas that can be opened below this one. */
function below(schema) {
  if (!schema || typeof schema !== 'object') return [];
  const { items, oneOf = [], anyOf = [], allOf = [] } = schema;
  const choices = schema.properties ? allOf : [...oneOf, ...anyOf, ...allOf];
  return [items, ...choices].filter(Boolean);
}

/** The choices of a schema that has several, each with fields of its own. */
function alternatives({ properties, oneOf = [], anyOf = [] }) {
  const some = properties ? [] : [...oneOf, ...anyOf].filter((part) => part.type !== 'null');
  return some.length > 1 ? some : [];
}

/** A type that opens where there is more to see; no type opens within itself. */
function typed(schema, seen = []) {
  const name = make('span', { className: 'type' }, words(schema));
  const ref = schema && schema.$ref;
  if (ref && seen.includes(ref)) return name;
  const deep = ref ? [...seen, ref] : seen;
  if (!fields(resolved(schema), deep).length) {
    const whole = resolved(schema);
    const more = ref ? [words(whole) === words(schema) ? '' : words(whole), bounds(whole)].filter(Boolean).join(', ') : '';
    return more ? make('span', {}, name, faint(` ${more}`)) : name;
  }
  const details = make('details', { className: 'schema' }, make('summary', {}, name));
  // Made when the reader opens it: the whole would be long.
  details.addEventListener('toggle', () => details.childElementCount === 1 && details.append(...fields(resolved(schema), deep)));
  return details;
}

function fields(schema, seen) {
  if (!schema || typeof schema !== 'object') return [];
  const { properties = {}, required = [] } = schema;
  const rows = Object.entries(properties).map(([name, field]) => [
    make('dt', {}, name, required.includes(name) ? '' : faint(' ?')),
    make('dd', {}, typed(field, seen), ' ', notes(field, field.description)),
  ]);
  const own = rows.length ? [make('dl', {}, rows)] : [];
  const several = alternatives(schema).map((part) => make('div', {}, typed(part, seen)));
  if (several.length) return [...own, ...several];
  const inner = (part) => fields(resolved(part), part.$ref ? [...seen, part.$ref] : seen);
  return [...own, ...below(schema).flatMap((part) => (seen.includes(part.$ref) ? [] : inner(part)))];
}
