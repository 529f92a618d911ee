/** What most cases hold answers and requests against. */
import { isDeepStrictEqual } from 'node:util';
import type { Exchange } from '../clients/client.ts';
import { objectOf, tryParse } from '../judge/json.ts';
import type { Answer, Candidate, Finish } from '../judge/meaning.ts';
import { shown } from '../judge/problems.ts';
import { grammars } from '../judge/wire.ts';
import type { Arrived, Said, SaidUsage } from '../provider/script.ts';
import type { Common, Talk } from './case.ts';

export const usage: SaidUsage = { input: 21, cached: 0, output: 9, reasoning: 0 };

/** An answer that says something and ends. */
export function saying(...text: readonly string[]): Said {
  return { text, finish: 'stop', usage };
}

/** Throws where there is none, with what the SDK threw. */
export function answerOf({ answer, failure, wire }: Exchange): Answer {
  if (answer !== undefined) return answer;
  throw new Error(`status ${wire.status}: ${failure?.message ?? 'no answer'}`);
}

export function candidateOf(exchange: Exchange): Candidate {
  const [candidate] = answerOf(exchange).candidates;
  if (candidate === undefined) throw new Error('an answer without candidates');
  return candidate;
}

const finishes: { readonly [finish in Said['finish']]: Finish } = {
  stop: 'stop',
  tools: 'tool-calls',
  length: 'length',
  filter: 'content-filter',
};

/** The words, the calls, the end and the counts are those that the provider gave. */
export function expectSaid(common: Common, exchange: Exchange, said: Said): void {
  const { check } = common;
  const got = candidateOf(exchange);
  const text = said.text?.join('') ?? '';
  check(got.text === text, `text: expected ${shown(text)}, got ${shown(got.text)}`);
  const calls = (said.calls ?? []).map(({ name, input }) => ({ name, arguments: input }));
  const gotCalls = got.calls.map(({ name, arguments: input }) => ({ name, arguments: input }));
  check(
    isDeepStrictEqual(gotCalls, calls),
    `tool calls: expected ${shown(calls)}, got ${shown(gotCalls)}`,
  );
  const finish = finishes[said.finish];
  check(got.finish === finish, `finish: expected ${finish}, got ${got.finish} (${got.finishWord})`);
  expectUsage(common, exchange, said.usage);
}

export function expectUsage({ check }: Common, exchange: Exchange, said: SaidUsage): void {
  const got = answerOf(exchange).usage;
  const same =
    got?.input === said.input && got.output === said.output && got.cacheRead === said.cached;
  const wanted = { input: said.input, cacheRead: said.cached, output: said.output };
  check(same, `usage: expected ${shown(wanted)}, got ${shown(got)}`);
}

/** The answer on the wire has the shape and the order of its format. */
export function expectShape({ check, client }: Common, { wire }: Exchange, stream: boolean): void {
  const grammar = grammars[client.format];
  check(!wire.cut, 'the connection broke');
  // Google ends its lines so.
  const text = wire.text.replaceAll('\r\n', '\n');
  const problems = stream ? grammar.stream(text) : grammar.answer(objectOf(tryParse(text)));
  for (const problem of problems) check(false, problem);
}

/** The request of the exchange that was answered last. Throws where nothing arrived. */
export function lastArrived({ arrived, wire, failure }: Talk): Arrived {
  const last = arrived.at(-1);
  if (last !== undefined) return last;
  throw new Error(`nothing reached the provider; status ${wire.status}: ${failure?.message ?? ''}`);
}

/** The SDK throws an error of its own, with a status that tells the truth, in the shape of its format. */
export function expectError(
  { check, client }: Common,
  { wire, failure }: Exchange,
  fair: readonly number[],
): void {
  check(fair.includes(wire.status), `status ${wire.status} instead of ${fair.join(', ')}`);
  check(failure?.isOwn === true, 'the SDK did not throw an error of its own');
  if (wire.status < 400) return;
  const problems = grammars[client.format].error(wire.status, tryParse(wire.text));
  for (const problem of problems) check(false, problem);
}

/** A stream that broke is never told as one that ended well. */
export function expectBrokenEnd({ check, client }: Common, exchange: Exchange): void {
  const { wire, failure, answer } = exchange;
  const { goodEnd } = grammars[client.format];
  check(!goodEnd.test(wire.text), 'the stream ends as if it were whole');
  const noticed = failure !== undefined || wire.cut || answer?.error !== undefined;
  check(noticed, 'neither an error nor a broken connection tells that the answer is a torso');
}
