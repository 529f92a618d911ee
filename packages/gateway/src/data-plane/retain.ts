/** Before an answer goes out: it is kept here, or it is noted which channel keeps it. */
import { openaiResponses } from 'ai-api-converter';
import type { MaybePromise } from '../model/limits.ts';
import type { Affinity } from '../model/snapshot.ts';
import type { Answer } from './ask.ts';
import { keepAnswer } from './keep-answer.ts';
import type { Course, Won } from './kind.ts';
import type { Prepared } from './prepare.ts';
import { notingIds } from './response-homes.ts';

interface Retaining {
  readonly course: Course;
  readonly homes: Affinity;
  /** Of the snapshot. */
  readonly hasSeveralHomes: boolean;
}

/** The answer as it may go out. */
export function retain(
  { answer, prepared, target }: Won<Prepared, Answer>,
  { course, homes, hasSeveralHomes }: Retaining,
): MaybePromise<Answer> {
  const { ingress, keeping, routed } = course;
  if (ingress.format !== openaiResponses) return answer;
  if (prepared.translator !== undefined)
    return keeping === undefined ? answer : keepAnswer(answer, keeping);
  // Where there is one channel only, it is asked whatever is known.
  const isOnly = routed.route.channels.length < 2 && !hasSeveralHomes;
  if (isOnly || course.isStored === false) return answer;
  return notingIds(answer, (id) => homes.remember(id, target.channel.id));
}
