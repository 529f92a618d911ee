/** JSON that a request holds as text: what parsing all of it would take is bounded, as it is for the body around it. */
import { ConversionError } from './errors.ts';
import type { Part } from './ir/part.ts';
import { partPathOf } from './ir/place.ts';
import type { ChatRequest } from './ir/request.ts';
import { countValues } from './json.ts';

/** Throws ConversionError where the inputs of calls and the seals of reasoning hold more values, together. */
export function boundInnerJson({ turns }: ChatRequest, valuesMax: number): void {
  if (charactersIn(turns) <= valuesMax) return;
  let left = valuesMax;
  for (const [index, turn] of turns.entries()) {
    for (const part of turn.parts) {
      left -= countValues(innerJsonOf(part), left);
      if (left < 0) throw tooMuch(partPathOf(part, turn) ?? `turns[${index}]`, valuesMax);
    }
  }
}

/** A value has a character at least. */
function charactersIn(turns: ChatRequest['turns']): number {
  let characters = 0;
  for (const { parts } of turns) for (const part of parts) characters += innerJsonOf(part).length;
  return characters;
}

function innerJsonOf(part: Part): string {
  // The input of a custom tool is free text, which nobody parses.
  if (part.type === 'tool-call') return part.kind === 'custom' ? '' : part.input;
  return part.type === 'reasoning' ? (part.seal?.data ?? '') : '';
}

function tooMuch(param: string, valuesMax: number): ConversionError {
  return new ConversionError({
    kind: 'too-large',
    status: 413,
    code: 'body_too_complex',
    param,
    message: `${param}: the inputs of tool calls hold more than ${valuesMax} JSON values, together`,
  });
}
