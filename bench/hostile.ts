/** Bodies of 20 MB that are as hard to read as JSON can be, one a shape. */

const BYTES = 20 * 1024 * 1024;
const START = '{"model":"gpt-4.1","messages":[{"role":"user","content":"hi"}],"x":';
const DEPTH = 100;

function filled(open: string, piece: string | ((index: number) => string), close: string): string {
  const pieces: string[] = [];
  let size = START.length + open.length + close.length;
  for (let index = 0; size < BYTES; index += 1) {
    const next = typeof piece === 'string' ? piece : piece(index);
    pieces.push(next);
    size += next.length + 1;
  }
  return `${START}${open}${pieces.join(',')}${close}}`;
}

export const hostileBodies: Readonly<Record<string, () => string>> = {
  'numbers of one digit': () => filled('[', '1', ']'),
  'numbers that a double cannot hold': () => filled('[', '12345678901234567890123', ']'),
  'empty objects': () => filled('[', '{}', ']'),
  'empty arrays': () => filled('[', '[]', ']'),
  'keys of which no two are alike': () => filled('{', (index) => `"k${index}":0`, '}'),
  escapes: () => `${START}"${'\\u0041'.repeat(BYTES / 6)}"}`,
  'one long number': () => `${START}${'1'.repeat(BYTES)}}`,
  'white space': () => `${START}${' '.repeat(BYTES)}0}`,
  'quotes in a text': () => `${START}"${'\\"'.repeat(BYTES / 2)}"}`,
  'small objects': () => filled('[', '{"type":"text","text":"a"}', ']'),
  'as deep as is taken, again and again': () =>
    filled('[', `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`, ']'),
  'one long text': () => `${START}"${'a'.repeat(BYTES)}"}`,
  'short messages': () => {
    const open = '{"model":"gpt-4.1","messages":[';
    const message = '{"role":"user","content":"a"}';
    const count = Math.floor(BYTES / (message.length + 1));
    return `${open}${Array.from({ length: count }, () => message).join(',')}]}`;
  },
};
