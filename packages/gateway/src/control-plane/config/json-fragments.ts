/** What an editor needs to know about a single value. */
import type { Shape } from './setting-readers.ts';

export interface JsonFragment {
  readonly [keyword: string]: unknown;
}

/** Any value that is not free text may also be a variable, which is text until it is filled in. */
export function valueJson(shape: Shape): JsonFragment {
  const own = keyJson(shape);
  if (shape.type === 'text' && shape.pattern === undefined) return own;
  return { anyOf: [own, { type: 'string', pattern: '\\$\\{' }] };
}

/** Variables are not filled in where a key stands. */
export function keyJson(shape: Shape): JsonFragment {
  switch (shape.type) {
    case 'integer':
      return { type: 'integer', minimum: shape.least, maximum: shape.most };
    case 'count':
      return {
        anyOf: [
          { type: 'integer', minimum: shape.least, maximum: shape.most },
          { const: shape.word },
        ],
      };
    case 'positive':
      return { type: 'number', exclusiveMinimum: 0 };
    case 'not-negative':
      return { type: 'number', minimum: 0 };
    case 'share':
      return { type: 'number', minimum: 0, maximum: 1 };
    case 'boolean':
      return { type: 'boolean' };
    case 'choice':
      return { enum: shape.choices };
    case 'text':
      return { type: 'string', ...(shape.pattern && { pattern: shape.pattern.source }) };
    case 'notation':
      return { type: 'string', pattern: shape.pattern.source };
    case 'aliases':
      return { type: 'object', additionalProperties: { type: 'string' } };
    case 'metrics':
      return { type: 'object' };
  }
}
