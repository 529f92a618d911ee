/** Turns what Gemini runs on its own side into text, for formats that have no place for it. */
import { isObject, type JsonObject, type JsonValue, stringifyJson } from '../../json.ts';
import { camelKeys } from './fields.ts';

/** Parts that only Gemini itself makes and understands. */
export const serverParts = [
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
] as const;

export type ServerPart = (typeof serverParts)[number];

export function transcriptOf(kind: ServerPart, value: JsonValue | undefined): string {
  const wire = isObject(value) ? camelKeys(value) : {};
  switch (kind) {
    case 'executableCode':
      return fenced(language(wire), text(wire['code']));
    case 'codeExecutionResult':
      return fenced('', resultOf(wire));
    case 'toolCall':
      return fenced('', `${text(wire['toolType'])} ${json(wire['args'])}`.trim());
    case 'toolResponse':
      return fenced('', `${text(wire['toolType'])}: ${json(wire['response'])}`);
  }
}

function resultOf(wire: JsonObject): string {
  const outcome = text(wire['outcome']);
  const output = text(wire['output']);
  return outcome === '' || outcome === 'OUTCOME_OK' ? output : `${outcome}\n${output}`;
}

function language(wire: JsonObject): string {
  const name = text(wire['language']).toLowerCase();
  return name === 'language_unspecified' ? '' : name;
}

/** Longer fences where the text holds one itself. */
function fenced(language: string, content: string): string {
  const longest = (content.match(/`{3,}/g) ?? []).reduce(
    (max, run) => Math.max(max, run.length),
    2,
  );
  const fence = '`'.repeat(longest + 1);
  const body = content.endsWith('\n') || content === '' ? content : `${content}\n`;
  return `\n${fence}${language}\n${body}${fence}\n`;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function json(value: JsonValue | undefined): string {
  return value === undefined ? '' : stringifyJson(value);
}
