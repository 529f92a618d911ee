/** A plain reader of server-sent events, for whole recordings. */

export interface SseEvent {
  readonly event: string | undefined;
  readonly data: string;
}

export function parseSse(text: string): readonly SseEvent[] {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n\n')
    .map(readBlock)
    .filter((event) => event !== undefined);
}

function readBlock(block: string): SseEvent | undefined {
  const data: string[] = [];
  let event: string | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    if (line.startsWith('event:')) event = line.slice(6).replace(/^ /, '');
  }
  return data.length === 0 ? undefined : { event, data: data.join('\n') };
}
