/** The text of a YAML file into its nodes; what breaks the syntax is said without quoting the file. */
import { type ErrorCode, LineCounter, type ParsedNode, parseDocument } from 'yaml';

export interface Parsed {
  /** Null: nothing is in the file, or its syntax is broken. */
  readonly root: ParsedNode | null;
  readonly faults: readonly Fault[];
  /** `line:column`, both from 1. */
  lineOf(offset: number): string;
}

interface Fault {
  readonly offset: number;
  readonly sentence: string;
}

/** Beyond these the first has usually caused the rest. */
const faultsMax = 5;

/** The library's own sentences quote what they found, which may be a key. */
const sentences: { readonly [code in ErrorCode]: string } = {
  ALIAS_PROPS: 'an alias can have neither anchor nor tag',
  BAD_ALIAS:
    'the name of an anchor or alias is missing or wrong; text that begins with * or & needs quotes',
  BAD_COLLECTION_TYPE: 'the tag does not fit what follows it',
  BAD_DIRECTIVE: 'the directive is not known',
  BAD_DQ_ESCAPE: 'the escape sequence in this text is not known',
  BAD_INDENT: 'the indentation does not fit, or a bracket before it is not closed',
  BAD_PROP_ORDER: 'anchors and tags come after the sign that starts an entry',
  BAD_SCALAR_START: 'text can not start with this sign, put it into quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a colon too many in this line, or text that needs quotes',
  BLOCK_IN_FLOW: 'a list or map by indentation can not be inside brackets',
  DUPLICATE_KEY: 'the key is there twice',
  IMPOSSIBLE: 'this is not YAML',
  KEY_OVER_1024_CHARS: 'the key is too long',
  MISSING_CHAR:
    'something is missing here: a colon or the space after it, a comma, a quote or a bracket',
  MULTILINE_IMPLICIT_KEY:
    'a key must stand in one line, or a colon or the space after it is missing',
  MULTIPLE_ANCHORS: 'a value can have one anchor only',
  MULTIPLE_DOCS: 'the file can hold one document only',
  MULTIPLE_TAGS: 'a value can have one tag only',
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: 'this is nested too deeply',
  TAB_AS_INDENT: 'tabs can not indent, use spaces',
  TAG_RESOLVE_FAILED: 'the tag is not known, or does not fit the value',
  UNEXPECTED_TOKEN: 'this is not expected here',
};

export function parseYaml(text: string): Parsed {
  const lines = new LineCounter();
  // The tree looks for duplicate keys itself: the library's search takes the square of their number.
  const { contents, errors, warnings } = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    schema: 'core',
    logLevel: 'error',
  });
  const faults = [...errors, ...warnings].slice(0, faultsMax).map(({ code, pos }) => ({
    offset: Math.min(pos[0], text.length),
    sentence: sentences[code],
  }));
  return {
    root: faults.length === 0 ? contents : null,
    faults,
    lineOf(offset) {
      const { line, col } = lines.linePos(offset);
      return `${line}:${col}`;
    },
  };
}
