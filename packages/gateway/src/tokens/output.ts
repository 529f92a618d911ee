/** Counts the tokens of an answer whose upstream did not, by the texts in it. */
import { isObject, type JsonValue, parseJson } from 'ai-api-converter';
import type { OutputSample } from '../model/exchange.ts';

interface Counter {
  count(text: string, model: string): Promise<number>;
}

export async function countOutput(
  counter: Counter,
  { text, scale }: OutputSample,
  model: string,
): Promise<number> {
  const texts: string[] = [];
  // A whole answer is one text of JSON; events are one a line, with the prefix of SSE or without.
  // What is cut off at the end is left out.
  const values = valuesIn(text);
  for (const value of values) gather(value, texts);
  const said = values.length === 0 ? text : texts.join('');
  return Math.ceil((await counter.count(said, model)) * scale);
}

function valuesIn(text: string): readonly JsonValue[] {
  const whole = tryParse(text);
  if (whole !== undefined) return [whole];
  return text.split('\n').flatMap((line) => {
    const value = tryParse(line.replace(/^data: ?/, ''));
    return value === undefined ? [] : [value];
  });
}

function tryParse(text: string): JsonValue | undefined {
  try {
    return parseJson(text, 'plain');
  } catch {
    return undefined;
  }
}

/** Members that hold what a model said, in any of the formats. */
const spoken: ReadonlySet<string> = new Set([
  'content',
  'text',
  'thinking',
  'reasoning',
  'reasoning_content',
  'refusal',
  'arguments',
  // A text in Responses, an object elsewhere.
  'delta',
  'partial_json',
]);
/** Members that are what a model said, whatever they hold. */
const spokenWhole: ReadonlySet<string> = new Set(['args', 'input']);

function gather(value: JsonValue, into: string[]): void {
  if (Array.isArray(value)) for (const each of value) gather(each, into);
  else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'string' && spoken.has(name)) into.push(member);
      else if (member !== undefined && spokenWhole.has(name)) into.push(JSON.stringify(member));
      else if (member !== undefined) gather(member, into);
    }
  }
}
