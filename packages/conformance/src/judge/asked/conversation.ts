/** Gathers a conversation piece by piece: merges neighbours and ties results to their calls. */
import { isObject, type Json, objectOf, tryParse } from '../json.ts';
import type { AskedCall, AskedMedia, AskedResult, AskedTurn } from './asked.ts';

type Role = AskedTurn['role'];

export interface Conversation {
  system(text: string): void;
  text(role: Role, text: string): void;
  media(role: Role, media: AskedMedia): void;
  call(id: string, name: string, args: Json): void;
  /** Ties to the first call without a result that has the id, or the name where there is no id. */
  result(link: ResultLink, result: AskedResult): void;
  /** The turn holds something that cannot be told in another format. */
  loosen(role: Role): void;
  finish(): { readonly system: readonly string[]; readonly turns: readonly AskedTurn[] };
}

interface ResultLink {
  readonly id: string;
  readonly name: string;
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Json;
  result: AskedResult | undefined;
}

interface OpenTurn {
  readonly role: Role;
  readonly pieces: string[];
  readonly media: AskedMedia[];
  readonly calls: OpenCall[];
  results: number;
  loose: boolean;
}

const reminder = /<system-reminder>\s*([\s\S]*?)\s*<\/system-reminder>/g;

export function createConversation(): Conversation {
  const system: string[] = [];
  const turns: OpenTurn[] = [];
  const calls: OpenCall[] = [];

  function turn(role: Role): OpenTurn {
    const last = turns.at(-1);
    if (last?.role === role) return last;
    const next: OpenTurn = { role, pieces: [], media: [], calls: [], results: 0, loose: false };
    turns.push(next);
    return next;
  }

  return {
    system(text) {
      if (text.trim() !== '') system.push(text.trim());
    },
    text(role, text) {
      // Instructions that stand among a user's words in this wrapper are instructions all the same.
      const rest = text.replace(reminder, (_, inner: string) => {
        if (inner !== '') system.push(inner);
        return '';
      });
      if (rest.trim() !== '') turn(role).pieces.push(rest.trim());
    },
    media(role, media) {
      turn(role).media.push(media);
    },
    call(id, name, args) {
      const call: OpenCall = { id, name, arguments: args, result: undefined };
      turn('assistant').calls.push(call);
      calls.push(call);
    },
    result({ id, name }, result) {
      const open = calls.find(
        (call) => call.result === undefined && (id === '' ? call.name === name : call.id === id),
      );
      const user = turn('user');
      if (open === undefined) {
        // A result that no call asked for can only be told in words.
        user.pieces.push(result.text);
        user.loose = true;
        return;
      }
      open.result = result;
      user.results++;
      // Where media cannot stand in a result they stand beside it, with words that say so.
      user.loose ||= result.media.length > 0;
    },
    loosen(role) {
      turn(role).loose = true;
    },
    finish: () => ({ system, turns: merge(turns.filter(hasContent)).map(close) }),
  };
}

/**
 * A turn of nothing but results is told by the calls: steps of one tool loop are one turn here,
 * however they are grouped, and the checks of each format see to the grouping.
 */
function hasContent({ pieces, media, calls, loose }: OpenTurn): boolean {
  return pieces.length + media.length + calls.length > 0 || loose;
}

/** What stands between two turns of one side may have vanished. */
function merge(turns: readonly OpenTurn[]): readonly OpenTurn[] {
  const merged: OpenTurn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role !== turn.role) {
      merged.push(turn);
      continue;
    }
    last.pieces.push(...turn.pieces);
    last.media.push(...turn.media);
    last.calls.push(...turn.calls);
    last.results += turn.results;
    last.loose ||= turn.loose;
  }
  return merged;
}

function close({ role, pieces, media, calls, results, loose }: OpenTurn): AskedTurn {
  const closed: readonly AskedCall[] = calls.map(({ name, arguments: args, result }) => {
    return { name, arguments: args, result };
  });
  return { role, pieces, media, calls: closed, results, loose };
}

/**
 * One text for what formats write as a string, `{output}`, `{error}` or an object: the innermost
 * value, JSON without its spacing, and no `Error: ` in front.
 */
export function plainResult(
  text: string,
  failed: boolean,
  media: readonly AskedMedia[],
): AskedResult {
  const value = tryParse(text);
  if (isObject(value)) {
    const keys = Object.keys(value);
    const inner = objectOf(value)[keys[0] ?? ''] ?? null;
    if (keys.length === 0) return { text: '', failed, media };
    // `result` is what Google's own SDKs write.
    if (keys.length === 1 && ['output', 'result', 'error'].includes(keys[0] ?? '')) {
      return plainResult(asText(inner), failed || keys[0] === 'error', media);
    }
  }
  if (typeof value === 'object' && value !== null)
    return { text: JSON.stringify(value), failed, media };
  if (text.startsWith('Error: ')) return { text: text.slice(7).trim(), failed: true, media };
  return { text: text.trim(), failed, media };
}

export function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Arguments as a value; text that is no JSON object is kept as it is. */
export function argumentsOf(text: string): Json {
  if (text.trim() === '') return {};
  return tryParse(text) ?? text;
}

/** The names of an object schema's members, sorted. */
export function propertiesOf(schema: Json | undefined): readonly string[] {
  return Object.keys(objectOf(objectOf(schema)['properties'])).toSorted();
}
