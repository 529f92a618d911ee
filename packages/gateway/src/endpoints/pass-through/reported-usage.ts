/** What an answer that passes by says of its usage: it stands near the end, which is all that is kept. */
import {
  isObject,
  lastObjectMember,
  openaiChat,
  openaiResponses,
  type Usage,
} from 'ai-api-converter';
import type { OutputSample } from '../../model/exchange.ts';
import type { Headers } from '../../model/http.ts';

export interface UsageWatch {
  push(chunk: Uint8Array): void;
  usage(): Usage | undefined;
  /** Its beginning, where it is text that can be counted. */
  sample(): OutputSample | undefined;
}

const TAIL_BYTES = 64 * 1024;
const SAMPLE_BYTES = 16 * 1024;

/** Undefined: it is nothing that would say. */
export function watchUsage(headers: Headers, isText: boolean): UsageWatch | undefined {
  if (!/json|event-stream/.test(headers['content-type'] ?? '')) return undefined;
  const tail: Uint8Array[] = [];
  const head: Uint8Array[] = [];
  let tailBytes = 0;
  let headBytes = 0;
  let bytes = 0;

  return {
    push(chunk) {
      bytes += chunk.length;
      if (isText && headBytes < SAMPLE_BYTES) {
        const part = chunk.subarray(0, SAMPLE_BYTES - headBytes);
        head.push(part);
        headBytes += part.length;
      }
      tail.push(chunk);
      tailBytes += chunk.length;
      while (tailBytes - (tail[0]?.length ?? 0) >= TAIL_BYTES)
        tailBytes -= tail.shift()?.length ?? 0;
    },
    usage: () => usageIn(Buffer.concat(tail).subarray(-TAIL_BYTES).toString('utf8')),
    sample() {
      if (headBytes === 0) return undefined;
      return { text: Buffer.concat(head).toString('utf8'), scale: bytes / headBytes };
    },
  };
}

/** In the words of Chat Completions, of Responses, or as one figure. */
function usageIn(text: string): Usage | undefined {
  const usage = lastObjectMember(text, 'usage');
  if (!isObject(usage)) return undefined;
  const total = usage['total_tokens'];
  return (
    openaiChat.upstream.readUsage({ usage }) ??
    openaiResponses.upstream.readUsage({ usage }) ??
    (typeof total === 'number' ? { fresh: total, text: 0 } : undefined)
  );
}
