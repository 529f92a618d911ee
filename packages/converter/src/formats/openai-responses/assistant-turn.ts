/** A turn of the assistant's, put together from items, and from seals that travel in items of their own. */
import { isEnvelope, readEnvelope } from '../../envelope.ts';
import type { Part, Seal } from '../../ir/part.ts';
import type { Turn } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import { filledIn } from '../../openai/lenient.ts';
import { drop, type Place } from './losses.ts';
import { readReasoning } from './seals.ts';

export interface AssistantTurn {
  add(part: Part): void;
  /** A reasoning item: what was thought, or the seal of a part beside it. */
  think(item: JsonObject, place: Place): void;
  /** Undefined: nothing was said or done. */
  end(): Turn | undefined;
}

export function createAssistantTurn({ path, report }: Place): AssistantTurn {
  const parts: Part[] = [];
  let sealOfNext: { readonly seal: Seal; readonly place: Place } | undefined;

  function loseSeal(place: Place): void {
    drop(place, {
      feature: 'reasoning-signature',
      effect: 'hint',
      reason: 'invalid',
      detail: 'it came back damaged, or without what it belongs to',
    });
  }

  function sealLastText(seal: Seal, place: Place): void {
    const last = parts.findLastIndex(({ type }) => type === 'text');
    const part = parts[last];
    if (part?.type === 'text') parts[last] = { ...part, seal };
    // A seal whose text was empty gets an empty text: its maker wants it back all the same.
    else parts.push({ type: 'text', text: '', seal, path: place.path });
  }

  return {
    add(part) {
      if (part.type !== 'tool-call' || sealOfNext === undefined) {
        parts.push(part);
        return;
      }
      parts.push({ ...part, seal: sealOfNext.seal });
      sealOfNext = undefined;
    },
    think(item, place) {
      if (isDamaged(item)) loseSeal(place);
      const read = readReasoning(item);
      if (read.binding === 'self') {
        if (read.part !== undefined) parts.push({ ...read.part, path: place.path });
        else if (!isDamaged(item)) reportEmpty(place);
      } else if (read.seal !== undefined) {
        if (read.binding === 'previous') sealLastText(read.seal, place);
        else sealOfNext = { seal: read.seal, place };
      }
    },
    end() {
      if (sealOfNext !== undefined) loseSeal({ ...sealOfNext.place, report });
      const said = parts.filter((part) => !isNothing(part));
      return said.length === 0 ? undefined : { role: 'assistant', parts: said, path };
    },
  };
}

/** An empty text may be there for its seal alone. */
function isNothing(part: Part): boolean {
  return part.type === 'text' && part.text === '' && part.seal === undefined;
}

function isDamaged(item: JsonObject): boolean {
  const encrypted = filledIn(item, 'encrypted_content') ?? '';
  return isEnvelope(encrypted) && readEnvelope(encrypted) === undefined;
}

/** Clients that let the provider keep conversations send no more than the item's id. */
function reportEmpty(place: Place): void {
  drop(place, {
    feature: 'reasoning-history',
    effect: 'hint',
    reason: 'foreign',
    detail: 'what the model thought is kept by the provider alone that made it',
  });
}
