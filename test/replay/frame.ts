/** Events as each format's own provider frames them. */
import type { FormatId } from '../../packages/conformance/src/judge/meaning.ts';

const frames: { readonly [id in FormatId]: (events: readonly object[]) => string } = {
  'openai-chat': (events) => `${events.map(unnamed).join('')}data: [DONE]\n\n`,
  'openai-responses': (events) => {
    return events.map((event, sequence_number) => named({ ...event, sequence_number })).join('');
  },
  'anthropic-messages': (events) => events.map(named).join(''),
  gemini: (events) => events.map(unnamed).join(''),
};

export function frame(format: FormatId, events: readonly object[]): string {
  return frames[format](events);
}

function unnamed(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

function named(event: object): string {
  const type = 'type' in event ? String(event.type) : '';
  return `event: ${type}\n${unnamed(event)}`;
}
