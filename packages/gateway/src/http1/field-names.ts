/** Names of fields in lower case: servers send the same few, and looking one up is cheaper than making it. */
import { MalformedHttp } from './malformed.ts';

export interface FieldNames {
  /** Throws MalformedHttp for what is no name. */
  lower(name: string): string;
}

/** Bounds what a server can make us keep. */
const NAMES_MAX = 500;
const NAME_LENGTH_MAX = 64;

const fieldName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

export function createFieldNames(): FieldNames {
  const known = new Map<string, string>();
  return {
    lower(name) {
      const found = known.get(name);
      if (found !== undefined) return found;
      const lower = name.toLowerCase();
      // A blank before the colon or a folded line: readers disagree on what they mean.
      if (!fieldName.test(lower)) throw new MalformedHttp('not a field name');
      if (name.length <= NAME_LENGTH_MAX && known.size < NAMES_MAX) known.set(copy(name), lower);
      return lower;
    },
  };
}

/** A part of a string keeps the whole of it alive. */
function copy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
