/** Checks values against the schema; what zod finds becomes our mistakes. */
import type { ZodMiniType } from 'zod/mini';
import { settingTable } from '../setting-table.ts';
import { COLON_TIGHT, isColonTight } from './colons.ts';
import { gotText, valueAt } from './got-text.ts';
import type { Mistakes } from './mistakes.ts';
import { suggestion } from './nearest.ts';
import type { Path } from './path.ts';
import { knownKeys, listsWith } from './schema.ts';
import type { Tree } from './tree.ts';

export interface Checked {
  readonly tree: Tree;
  readonly mistakes: Mistakes;
}

type Issue = NonNullable<ReturnType<ZodMiniType['safeParse']>['error']>['issues'][number];

/** Undefined when something is wrong in it. */
export function checkShape<T>(
  schema: ZodMiniType<T>,
  { given, path }: { readonly given: unknown; readonly path: Path },
  checked: Checked,
): T | undefined {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  // A key that is written wrong is why the right one is missing: it is told in that one's place.
  const { issues } = result.error;
  const isOfKeys = ({ code }: Issue): boolean => code === 'unrecognized_keys';
  for (const issue of [...issues.filter(isOfKeys), ...issues.filter((one) => !isOfKeys(one))]) {
    const below = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    explain(issue, [...path, ...below], checked);
  }
  return undefined;
}

function explain(issue: Issue, path: Path, { tree, mistakes }: Checked): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) addUnknownKey([...path, key], { tree, mistakes });
    return;
  }
  const sentence = `${sentenceOf(issue)}${gotText(path, tree)}${wayOut(issue, path, tree)}`;
  mistakes.add(tree.mark(path).offset, path, sentence);
}

export function addUnknownKey(path: Path, { tree, mistakes }: Checked): void {
  const key = String(path.at(-1));
  const { offset } = tree.mark(path);
  if (isColonTight(key)) {
    // What comes after the colon may be a secret.
    const [meant = ''] = key.split(':');
    mistakes.add(offset, [...path.slice(0, -1), meant], COLON_TIGHT);
  } else mistakes.add(offset, path, `the key is not known${hint(key, path)}`);
}

function hint(key: string, path: Path): string {
  if (path.length > 1) return keyHint(key, path) ?? suggestion(key, knownKeys(path.slice(0, -1)));
  const setting = settingTable.find(({ env }) => env.toLowerCase() === key.toLowerCase());
  if (setting?.key !== undefined) return `; did you mean ${setting.key}?`;
  if (setting !== undefined) {
    const also = setting.group === 'Upstreams' ? ', and channels have api_keys' : '';
    return `; ${setting.env} is read from the environment${also}`;
  }
  const lists = listsWith(key);
  return lists.length > 0
    ? `; it belongs in an entry of ${lists.join(' or ')}`
    : suggestion(key, knownKeys([]));
}

/** What people call a key that they are about to write into the file. */
function keyHint(key: string, path: Path): string | undefined {
  const isKey = path[0] === 'keys' && /^(?:key|secret|token|value|api_?key)$/i.test(key);
  return isKey ? '; the file has the hash of a key, which `dragoman keys hash` prints' : undefined;
}

function wayOut(issue: Issue, path: Path, { value }: Tree): string {
  if (issue.code === 'invalid_type')
    return isColonTight(valueAt(value, path)) ? `; ${COLON_TIGHT}` : '';
  const hint: unknown = issue.code === 'custom' ? issue.params?.['hint'] : undefined;
  return typeof hint === 'string' ? hint : '';
}

function sentenceOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'array' ? 'expected a list' : 'expected keys and values';
    case 'too_small':
      return 'expected at least one entry';
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'the key is not allowed';
    default:
      return issue.message;
  }
}
