/** A call of a tool: arguments of a function, or free text for a custom tool. */
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonObject, stringifyJson } from '../../json.ts';
import { shortHash } from '../../openai/hash.ts';
import { filledIn } from '../../openai/lenient.ts';
import { CANDIDATE, eventName, type ItemDecoder, type OutputPlace } from './output-part.ts';

export function createCallDecoder(
  kind: 'function' | 'custom',
  added: JsonObject,
  place: OutputPlace,
): ItemDecoder {
  const field = kind === 'function' ? 'arguments' : 'input';
  let index: number | undefined;
  let hasInput = false;
  let isClosed = false;

  /** A name may come late; what was said before it is in the whole item too. */
  function start(item: JsonObject, emit: Emit): void {
    const name = filledIn(item, 'name');
    if (index !== undefined || isClosed || name === undefined) return;
    index = place.takeIndex();
    const id = filledIn(item, 'call_id') ?? filledIn(item, 'id') ?? madeUpId(index);
    emit({ type: 'tool-call-start', candidate: CANDIDATE, index, id, name, kind });
  }

  function madeUpId(position: number): string {
    return `call_${shortHash(`${place.answerId()}/${position}`)}`;
  }

  function give(input: string, emit: Emit): void {
    if (index === undefined || isClosed || input === '') return;
    hasInput = true;
    emit({ type: 'tool-call-delta', candidate: CANDIDATE, index, input });
  }

  function end(emit: Emit, cut: boolean): void {
    if (!isClosed && index !== undefined) {
      const place = { candidate: CANDIDATE, index };
      emit(cut ? { type: 'tool-call-end', ...place, cut } : { type: 'tool-call-end', ...place });
    }
    isClosed = true;
  }

  return {
    push(event, emit) {
      start({ ...added, ...named(event) }, emit);
      const name = eventName(event);
      if (name.endsWith('.delta')) give(filledIn(event, 'delta') ?? '', emit);
      else if (name.endsWith('.done') && !hasInput) give(inputOf(event, field), emit);
    },
    done(item, emit) {
      start({ ...added, ...item }, emit);
      if (!hasInput) give(inputOf(item, field), emit);
      end(emit, false);
    },
    close: (emit) => end(emit, false),
    cut: (emit) => end(emit, true),
  };
}

function named(event: JsonObject): JsonObject {
  const name = filledIn(event, 'name');
  return name === undefined ? {} : { name };
}

/** Some servers write arguments as the object that they are. */
function inputOf(holder: JsonObject, field: string): string {
  const value = holder[field];
  return isObject(value) ? stringifyJson(value) : (filledIn(holder, field) ?? '');
}
