/** Reads recordings and replies with nothing but this folder's own code. */

import type { Answer, FormatId } from '../../packages/conformance/src/judge/meaning.ts';
import { shown } from '../../packages/conformance/src/judge/problems.ts';
import { parseSse } from '../../packages/conformance/src/judge/sse.ts';
import type { RawReply } from './client.ts';
import { readers } from './formats.ts';
import { objectOf, tryParse } from './json.ts';
import type { AnswerCase } from './load.ts';

interface Observed {
  readonly answer: Answer;
  readonly problems: readonly string[];
}

/** What a client of the format makes of a reply, and what its grammar finds wrong with it. */
export function observe(format: FormatId, stream: boolean, reply: RawReply): Observed {
  const reader = readers[format];
  const text = reply.bytes.toString('utf8');
  if (reply.status >= 400) {
    const body = tryParse(text);
    const error = reader.failure(body) ?? { type: '', message: text, code: '' };
    const problems = reader.checkError(reply.status, body);
    return { answer: { candidates: [], usage: undefined, error }, problems };
  }
  const type = reply.headers.get('content-type') ?? '';
  const problems = type.startsWith(stream ? 'text/event-stream' : 'application/json')
    ? []
    : [`content-type ${shown(type)}`];
  if (reply.cut) problems.push('the connection broke');
  if (stream) {
    const answer = reader.readStream(parseSse(text));
    return { answer, problems: [...problems, ...reader.checkStream(text)] };
  }
  const body = objectOf(tryParse(text));
  return { answer: reader.readAnswer(body), problems: [...problems, ...reader.checkAnswer(body)] };
}

/** What the recording says, read by nothing but this folder's own code. */
export function recordedMeaning({ format, mode, text }: AnswerCase): Answer {
  const reader = readers[format];
  return mode === 'stream'
    ? reader.readStream(parseSse(text))
    : reader.readAnswer(objectOf(tryParse(text)));
}
