/** The memory of responses that one thread of a process has and the others ask, each by a port of its own. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createTimer } from '../../lib/timer.ts';
import type { NewResponse, ResponseStore, StoredResponse } from '../../model/responses.ts';

type Question =
  | { readonly ask: 'find' | 'remove'; readonly owner: string; readonly id: string }
  | { readonly ask: 'keep'; readonly response: NewResponse };

interface Asked {
  readonly number: number;
  readonly question: Question;
}

type Answer = StoredResponse | boolean | undefined | void;

interface Answered {
  readonly number: number;
  readonly value: Answer;
}

/** A thread that takes longer is dead, or as good as dead. */
const DEADLINE_MS = 2_000;

/** The port by which another thread asks `store`, to be handed to it. */
export function openPort(store: ResponseStore): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.on('message', ({ number, question }: Asked) => {
    answerTo(store, question).then(
      (value) => port1.postMessage({ number, value } satisfies Answered),
      ignore,
    );
  });
  port1.unref();
  return port2;
}

function answerTo(store: ResponseStore, question: Question): Promise<Answer> {
  if (question.ask === 'keep') return store.keep(question.response);
  const { owner, id } = question;
  return question.ask === 'find' ? store.find(owner, id) : store.remove(owner, id);
}

export function createRemoteResponses(port: MessagePort, deadlineMs = DEADLINE_MS): ResponseStore {
  const waiting = new Map<number, (value: Answer) => void>();
  let asked = 0;
  port.on('message', ({ number, value }: Answered) => waiting.get(number)?.(value));
  port.unref();

  async function ask(question: Question): Promise<Answer> {
    asked += 1;
    const number = asked;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timer = createTimer();
    timer.set(deadlineMs, () => reject(new Error('the thread that keeps responses is silent')));
    waiting.set(number, resolve);
    port.postMessage({ number, question } satisfies Asked);
    try {
      return await promise;
    } finally {
      timer.clear();
      waiting.delete(number);
    }
  }

  return {
    async find(owner, id) {
      const found = await ask({ ask: 'find', owner, id });
      return typeof found === 'object' ? found : undefined;
    },
    async keep(response) {
      await ask({ ask: 'keep', response });
    },
    async remove(owner, id) {
      return (await ask({ ask: 'remove', owner, id })) === true;
    },
    async close() {
      port.close();
    },
  };
}

function ignore(): void {}
