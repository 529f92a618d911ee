/** Prints JSON as people would write it: what fits into a line stays in one. */
import { isObject } from '../json.ts';

const WIDTH = 100;

export function formatJson(value: unknown): string {
  return `${print(value, '', 0)}\n`;
}

/** `column`: where the value begins in its line. */
function print(value: unknown, indent: string, column: number): string {
  const line = inOneLine(value);
  if (column + line.length <= WIDTH) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const rows = value.map((element) => inner + print(element, inner, inner.length));
    return `[\n${rows.join(',\n')}\n${indent}]`;
  }
  if (!isObject(value)) return line;
  const rows = membersOf(value).map(([key, member]) => {
    const start = `${inner}${JSON.stringify(key)}: `;
    return start + print(member, inner, start.length);
  });
  return `{\n${rows.join(',\n')}\n${indent}}`;
}

function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = membersOf(value).map(
    ([key, member]) => `${JSON.stringify(key)}: ${inOneLine(member)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function membersOf(value: object): readonly (readonly [key: string, member: unknown])[] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}
