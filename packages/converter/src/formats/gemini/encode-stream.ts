/**
 * Writes a stream for a Gemini client: increments of text as they come, calls whole, and one last
 * chunk with the finish reasons and the usage. Every chunk holds a part, for the client's library
 * throws away turns with a chunk that holds none.
 */
import type { AnswerContext, StreamEncoder } from '../../format.ts';
import type { ApiError, Usage } from '../../ir/response.ts';
import { type CandidateWriter, createCandidateWriter } from './candidate-writer.ts';
import { encodeError } from './errors.ts';
import { createFrames } from './framing.ts';
import { encodeUsage } from './mappings.ts';

type Write = (text: string) => void;

export function encodeStream(context: AnswerContext): StreamEncoder {
  const isArray = context.request.clientNotes?.['framing'] === 'json-array';
  const framing = isArray ? 'json-array' : 'sse';
  const frames = createFrames(framing);
  const candidates = new Map<number, CandidateWriter>();
  let tail = '';
  let isOver = false;

  function start(id: string): void {
    const responseId = JSON.stringify(id === '' ? context.newId('') : id);
    const modelVersion = JSON.stringify(context.request.model);
    tail = `,"modelVersion":${modelVersion},"responseId":${responseId}}`;
  }

  function writerFor(candidate: number): CandidateWriter {
    const known = candidates.get(candidate);
    if (known !== undefined) return known;
    const made = createCandidateWriter(candidate, context);
    candidates.set(candidate, made);
    return made;
  }

  function chunkWriter(write: Write): (candidate: string) => void {
    return (candidate) => frames.next(`{"candidates":[${candidate}]${tail}`, write);
  }

  function end(usage: Usage | undefined, write: Write): void {
    isOver = true;
    if (candidates.size === 0) writerFor(0);
    const ordered = [...candidates].toSorted(([a], [b]) => a - b);
    const closings = ordered.map(([, writer]) => JSON.stringify(writer.closing()));
    const counts =
      usage === undefined ? '' : `,"usageMetadata":${JSON.stringify(encodeUsage(usage))}`;
    frames.last(`{"candidates":[${closings.join(',')}]${counts}${tail}`, write);
  }

  function fail(error: ApiError, write: Write): void {
    isOver = true;
    frames.last(JSON.stringify(encodeError(error).body), write);
  }

  return {
    contentType: frames.contentType,
    keepAlive: () => frames.keepAlive(tail === '' ? '}' : tail),
    push(part, write) {
      if (isOver) return;
      if (tail === '') start(part.type === 'message-start' ? part.id : '');
      switch (part.type) {
        case 'message-start':
          return;
        case 'ping':
          return write(frames.keepAlive(tail));
        case 'message-end':
          return end(part.usage, write);
        case 'stream-error':
          return fail(part.error, write);
        case 'finish':
          return writerFor(part.candidate).finish(part.finish);
        default: {
          const failure = writerFor(part.candidate).push(part, chunkWriter(write));
          if (failure !== undefined) fail(failure, write);
        }
      }
    },
  };
}
