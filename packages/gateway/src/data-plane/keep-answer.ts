/**
 * Keeps an answer of the Responses API, so that a later request can go on from it. The client does not
 * see the answer's end before it is kept: it may go on at once, and at another worker.
 */
import { type Kept, memberSpan } from 'ai-api-converter';
import { sharedBytesOf, textOf } from '../lib/bytes.ts';
import type { NewId } from '../lib/ids.ts';
import type { Ingress } from '../model/exchange.ts';
import type { PreviousResponse, ResponseStore } from '../model/responses.ts';
import type { Answer } from './ask.ts';
import type { HeldStream, Piece } from './hold-stream.ts';
import { itemIdsIn, OWN_RESPONSES } from './response-ids.ts';

export interface Keeping {
  /** What the client is told of it. */
  readonly kept: Kept;
  /** The text of a response object. Never rejects: an answer that cannot be kept is an answer all the same. */
  keep(response: string): Promise<void>;
}

interface Options {
  readonly store: ResponseStore;
  /** As the client sent it, with the items in it that it only refers to. */
  readonly ingress: Ingress;
  readonly owner: string;
  readonly previous: PreviousResponse | undefined;
  readonly newId: NewId;
}

export function createKeeping(options: Options): Keeping {
  const { store, ingress, owner, previous, newId } = options;
  const id = newId(OWN_RESPONSES);
  return {
    kept: { id, previousId: previous?.id, newItemId: itemIdsIn(id) },
    async keep(response) {
      const output = memberSpan(response, 'output');
      if (output === undefined) return;
      const { start, end } = output;
      const kept = store.keep({
        id,
        owner,
        previous,
        input: [sharedBytesOf(inputItems(textOf(ingress.bytes)))],
        output: sharedBytesOf(response.slice(start + 1, end - 1)),
        before: sharedBytesOf(response.slice(0, start)),
        after: sharedBytesOf(response.slice(end)),
      });
      await kept.catch(ignore);
    },
  };
}

/** Of a request's text; a string is what the user says. */
function inputItems(request: string): string {
  const span = memberSpan(request, 'input');
  const input = span === undefined ? '' : request.slice(span.start, span.end);
  if (input.startsWith('"')) return `{"role":"user","content":${input}}`;
  return input.startsWith('[') ? input.slice(1, -1).trim() : '';
}

/** The answer as it may go out. */
export async function keepAnswer(answer: Answer, { keep }: Keeping): Promise<Answer> {
  if (answer.type === 'stream') return { ...answer, stream: keptStream(answer.stream, keep) };
  await keep(textOf(answer.body));
  return answer;
}

function keptStream(stream: HeldStream, keep: Keeping['keep']): HeldStream {
  let keeping: Promise<void> | undefined;

  /** Undefined: the answer is not at its end, or ended badly. */
  function responseIn(piece: Piece): string | undefined {
    if (typeof piece !== 'string' || stream.source.state() !== 'ended') return undefined;
    return lastResponse(piece);
  }

  return {
    ...stream,
    start(flow) {
      stream.start({
        write(piece) {
          const response = keeping === undefined ? responseIn(piece) : undefined;
          if (response !== undefined) keeping = keep(response);
          if (keeping === undefined) flow.write(piece);
          else keeping = keeping.then(() => flow.write(piece));
        },
        done() {
          if (keeping === undefined) flow.done();
          else void keeping.then(flow.done);
        },
      });
    },
  };
}

const ending = /(?:^|\n)event: response\.(?:completed|incomplete)\ndata: (.*)\n\n$/;

/** A line break ends an event: in text it is escaped. */
function lastResponse(events: string): string | undefined {
  const told = ending.exec(events)?.[1];
  const span = told === undefined ? undefined : memberSpan(told, 'response');
  return told === undefined || span === undefined ? undefined : told.slice(span.start, span.end);
}

function ignore(): void {}
