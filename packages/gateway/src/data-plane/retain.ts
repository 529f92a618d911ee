/** Before an answer goes out: it is kept here, or it is noted which channel keeps it. */
import { openaiResponses } from 'ai-api-converter';
import type { MaybePromise } from '../model/limits.ts';
import type { Affinity, Routed } from '../model/snapshot.ts';
import type { Answer } from './ask.ts';
import type { Won } from './attempt.ts';
import { keepAnswer } from './keep-answer.ts';
import { notingIds } from './response-homes.ts';
import type { Resumed } from './resume.ts';

export interface Retaining extends Pick<Resumed, 'ingress' | 'keeping'> {
  readonly routed: Routed;
  readonly homes: Affinity;
  /** Of the snapshot. */
  readonly hasSeveralHomes: boolean;
}

/** The answer as it may go out. */
export function retain(won: Won, context: Retaining): MaybePromise<Answer> {
  const { answer, prepared, target } = won;
  const { ingress, keeping, routed, homes, hasSeveralHomes } = context;
  if (ingress.format !== openaiResponses) return answer;
  if (prepared.translator !== undefined)
    return keeping === undefined ? answer : keepAnswer(answer, keeping);
  // Where there is one channel only, it is asked whatever is known.
  const isOnly = routed.route.channels.length < 2 && !hasSeveralHomes;
  if (isOnly || ingress.body['store'] === false) return answer;
  return notingIds(answer, (id) => homes.remember(id, target.channel.id));
}
