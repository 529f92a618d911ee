/** Log lines for people: one readable line for each line of JSON, with colour where the terminal has it. */
import { isObject, type JsonObject, type JsonValue, parseJson } from 'ai-api-converter';
import { visibleJson } from './visible-json.ts';

const levels = new Map([
  [10, { name: 'TRACE', colour: 90 }],
  [20, { name: 'DEBUG', colour: 36 }],
  [30, { name: 'INFO', colour: 32 }],
  [40, { name: 'WARN', colour: 33 }],
  [50, { name: 'ERROR', colour: 31 }],
  [60, { name: 'FATAL', colour: 35 }],
]);
const DIM = 90;

/** `lines`: whole ones. What is no JSON stays as it is. */
export function prettyLines(lines: string, hasColour: boolean): string {
  const paint = (text: string, colour: number): string =>
    hasColour ? `\u001b[${colour}m${text}\u001b[0m` : text;
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : pretty(line, paint)))
    .join('\n');
}

function pretty(line: string, paint: (text: string, colour: number) => string): string {
  const fields = fieldsOf(line);
  if (fields === undefined) return line;
  const { level, time, msg, ...rest } = fields;
  const { name, colour } = levels.get(Number(level)) ?? { name: shown(level), colour: DIM };
  const parts = Object.entries(rest).map(
    ([field, value]) => `${paint(`${field}=`, DIM)}${shown(value)}`,
  );
  const clock = paint(timeText(Number(time)), DIM);
  return [clock, paint(name.padEnd(5), colour), shown(msg), ...parts].join(' ');
}

function fieldsOf(line: string): JsonObject | undefined {
  try {
    const fields = parseJson(line);
    return isObject(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** The time of day where the gateway runs: a terminal needs no date. */
function timeText(atMs: number): string {
  const at = new Date(atMs);
  return Number.isNaN(at.getTime()) ? '' : at.toTimeString().slice(0, 8);
}

/** Quoted unless it is one word, and so never anything that a terminal would obey. */
function shown(value: JsonValue | undefined): string {
  if (typeof value === 'string' && /^[\w ./:;,@+*()'-]+$/.test(value)) {
    return value.includes(' ') ? `'${value}'` : value;
  }
  return visibleJson(value);
}
