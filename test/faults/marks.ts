/**
 * Marked text: each event of a stream carries the stream's id, its own number, how many there are and
 * a checksum, so that loss, doubling, reordering, alteration and two answers glued together all show.
 */
import { crc32 } from 'node:zlib';
import type { Random } from './random.ts';

interface Mark {
  readonly stream: string;
  readonly sequence: number;
  readonly total: number;
}

/** What real text holds and careless readers trip over; none has the character that starts a mark. */
const fillers: readonly string[] = [
  ' plain words',
  ' naïve 日本語 🎉',
  ' "quoted" and \\escaped\\',
  '\n\ndata: [DONE]\n\n',
  '\r\nevent: error\r\ndata: {"type":"error"}\r\n\r\n',
  ' {"finish_reason":"stop","error":{"message":"no"}}',
  ' \u2028\u2029\u0085 \t',
  ' data: [',
];

/** The texts of one stream's events, in order. */
export function markedTexts(stream: string, total: number, random: Random): readonly string[] {
  return Array.from({ length: total }, (_, sequence) => {
    const filler = random.pick(fillers);
    return `<${stream} ${sequence} ${total} ${sum({ stream, sequence, total }, filler)}>${filler}`;
  });
}

function sum({ stream, sequence, total }: Mark, filler: string): string {
  return crc32(`${stream} ${sequence} ${total} ${filler}`).toString(16);
}

export interface MarkedReading {
  readonly stream: string | undefined;
  readonly count: number;
  readonly total: number | undefined;
  /** One sentence for each thing that differs from what was sent. */
  readonly problems: readonly string[];
}

const pattern = /<(\S+) (\d+) (\d+) ([0-9a-f]+)>([^<]*)/g;

/** Reads the text of a whole answer, or of its beginning. */
export function readMarks(text: string): MarkedReading {
  const problems: string[] = [];
  let stream: string | undefined;
  let total: number | undefined;
  let count = 0;
  let readTo = 0;
  for (const found of text.matchAll(pattern)) {
    const [all, id = '', digits = '', totalDigits = '', checksum = '', filler = ''] = found;
    const mark = { stream: id, sequence: Number(digits), total: Number(totalDigits) };
    if (found.index !== readTo) problems.push(`altered: foreign text before event ${digits}`);
    readTo = found.index + all.length;
    stream ??= id;
    total ??= mark.total;
    if (id !== stream) problems.push(`glued: text of ${id} after text of ${stream}`);
    else if (mark.sequence < count) problems.push(`doubled or reordered: event ${digits} again`);
    else if (mark.sequence > count) problems.push(`lost: event ${digits} where ${count} is due`);
    if (sum(mark, filler) !== checksum) problems.push(`altered: event ${digits} of ${id}`);
    count = mark.sequence + 1;
  }
  if (readTo !== text.length) problems.push(`altered: foreign text at the end`);
  return { stream, count, total, problems };
}
