/** Cases of what goes wrong at the provider: before an answer, and in the middle of one. */
import { user } from '../ask.ts';
import type { Answering, Refusing } from '../provider/script.ts';
import type { Bench, Case } from './case.ts';
import { expectBrokenEnd, expectError, lastArrived, saying } from './expect.ts';

interface ErrorRow extends Refusing {
  readonly id: string;
  readonly title: string;
  /** The statuses that tell the client the truth. */
  readonly fair: readonly number[];
  /** Whether the provider's message is for the client. */
  readonly isTold: boolean;
}

const serverErrors = [500, 502, 503, 504, 529];

const rows: readonly ErrorRow[] = [
  {
    id: 'error-400',
    status: 400,
    message: 'conformance: this request is wrong',
    title: 'a request that the provider refuses is told as wrong, with the reason',
    fair: [400, 422],
    isTold: true,
  },
  {
    id: 'error-404',
    status: 404,
    message: 'conformance: there is no such model',
    title: 'a model that the provider does not have is told as not found',
    // 400: some gateways know their models themselves.
    fair: [404, 400],
    isTold: true,
  },
  {
    id: 'error-401',
    status: 401,
    message: 'conformance: this key is wrong',
    title: 'a key that the provider refuses is an error, of the client or of the gateway',
    fair: [401, 403, ...serverErrors],
    isTold: false,
  },
  {
    id: 'error-429',
    status: 429,
    message: 'conformance: too many requests',
    retryAfterSeconds: 1,
    title: 'a rate limit is told as that, and when to come again',
    fair: [429],
    isTold: false,
  },
  {
    id: 'error-500',
    status: 500,
    message: 'conformance: broken',
    title: 'a failure of the provider is told as one of the server',
    fair: serverErrors,
    isTold: false,
  },
  {
    id: 'error-overloaded',
    status: 529,
    message: 'conformance: overloaded',
    title: 'an overloaded provider is told as a failure that passes',
    fair: serverErrors,
    isTold: false,
  },
];

async function expectRefusal(bench: Bench, row: ErrorRow, stream: boolean): Promise<void> {
  // Only Anthropic has a status of its own for it.
  const isForeign = row.status === 529 && bench.provider !== 'anthropic';
  const refusing: Refusing = isForeign ? { ...row, status: 503 } : row;
  const talk = await bench.talk({ turns: [user('Hello.')] }, () => refusing, { stream });
  // A gateway that leaves the provider alone after the first failure says the same by itself.
  if (!stream) lastArrived(talk);
  expectError(bench, talk, row.fair);
  const { text, headers } = talk.wire;
  if (row.isTold) bench.check(text.includes(row.message), "the provider's reason is not told");
  if (row.retryAfterSeconds === undefined) return;
  bench.check(headers.has('retry-after'), 'nothing says when to come again (retry-after)');
}

interface BreakRow {
  readonly id: string;
  readonly breaks: NonNullable<Answering['breaks']>;
  readonly title: string;
}

const breaks: readonly BreakRow[] = [
  {
    id: 'stream-error',
    breaks: 'error',
    title: 'an error in the middle of a stream never becomes a good end',
  },
  {
    id: 'stream-reset',
    breaks: 'reset',
    title: 'a connection that breaks in the middle of a stream never becomes a good end',
  },
  {
    id: 'stream-cut',
    breaks: 'end',
    title: 'a stream that stops before its end never becomes a good end',
  },
];

function breakCases(): readonly Case[] {
  return breaks.map(({ id, breaks: how, title }) => ({
    id,
    feature: 'broken streams',
    title,
    harms: true,
    async run(bench) {
      const said = saying('First ', 'and last.');
      const talk = await bench.talk({ turns: [user('Speak.')] }, () => ({ said, breaks: how }), {
        stream: true,
      });
      lastArrived(talk);
      expectBrokenEnd(bench, talk);
    },
  }));
}

export const failureCases: readonly Case[] = [
  ...breakCases(),
  ...rows.map(
    (row): Case => ({
      id: row.id,
      feature: 'errors',
      title: row.title,
      harms: true,
      async run(bench) {
        for (const stream of [false, true]) await expectRefusal(bench, row, stream);
      },
    }),
  ),
];
