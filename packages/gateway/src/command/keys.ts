/** `dragoman keys`: gateway keys made, listed, revoked and replaced; the hash of a key for the configuration. */
import type { Command } from 'commander';
import { channelSettingsOf } from '../control-plane/channels.ts';
import { isKey } from '../control-plane/config/setting-readers.ts';
import type { Understood } from '../control-plane/read-settings.ts';
import { isPepperThere, loadPepper } from '../keys/pepper.ts';
import {
  hashSecret,
  hintOf,
  isGatewayKey,
  looksLikeKey,
  newSecret,
  withoutKeys,
} from '../keys/secret.ts';
import { unixMs } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { Database, KeyRecord } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { isKeyDatabaseThere, withKeyDatabase } from './key-database.ts';
import { keyTable, keyView } from './key-list.ts';
import { type KeyOptions, periods, readKeyOptions, type WantedKey } from './key-options.ts';
import { findKey } from './key-search.ts';

interface Surroundings {
  /** Settings, and what is wrong with them. */
  understand(): Understood;
  /** Tells mistakes, and that the command failed. */
  fail(mistakes: readonly string[]): void;
}

interface Format {
  readonly json?: true;
}

const ID_CHARACTERS = 'key_'.length + 16;
const SECRET_CHARACTERS_MAX = 4_096;

export function addKeysCommand(program: Command, { understand, fail }: Surroundings): void {
  const keys = program
    .command('keys')
    .description('make, list, revoke and replace the keys of clients')
    // An argument that is not understood is repeated, and it may be a key.
    .configureOutput({ outputError: (text, write) => write(withoutKeys(text)) });

  /** Runs what a command does; nothing that went wrong is told with a key in it. */
  async function run(work: (settings: Settings) => Promise<void>): Promise<void> {
    try {
      const { settings, mistakes } = understand();
      if (mistakes.length > 0) return fail(mistakes);
      await work(settings);
    } catch (cause) {
      const messages = cause instanceof AggregateError ? cause.errors : [cause];
      fail(messages.map(messageOf).map(withoutKeys));
    }
  }

  addCreate(keys).action((options: KeyOptions & Format) =>
    run((settings) => createKey(settings, options)),
  );
  keys
    .command('list')
    .description('list all keys, without what would let anybody use them')
    .option('--json', 'as JSON')
    .action((options: Format) => run((settings) => listKeys(settings, options)));
  keys
    .command('revoke')
    .description('make a key worthless, for good')
    .argument('<id|name>')
    .option('--json', 'as JSON')
    .action((wanted: string, options: Format) =>
      run((settings) => revokeKey(settings, wanted, options)),
    );
  keys
    .command('rotate')
    .description('put a new key in the place of one; the old one is worthless from then on')
    .argument('<id|name>')
    .option('--json', 'as JSON')
    .action((wanted: string, options: Format) =>
      run((settings) => rotateKey(settings, wanted, options)),
    );
  keys
    .command('hash')
    .description('read a key from standard input and print its hash, for the configuration file')
    // Whoever gives the key as an argument is told so without repeating it.
    .allowExcessArguments()
    .action((_options: Format, { args }: Command) => run((settings) => printHash(settings, args)));
}

function addCreate(keys: Command): Command {
  const gather = (text: string, before: readonly string[] = []): readonly string[] => [
    ...before,
    text,
  ];
  return keys
    .command('create')
    .description('make a key and print it, once')
    .requiredOption('--name <name>', 'what people call it')
    .option('--channel <id,...>', 'the only channels that it may use; default: all', gather)
    .option('--models <pattern,...>', 'the only models that it may use; default: all', gather)
    .option('--tokens-per-window <number>', 'tokens that it may use within a window')
    .option('--requests-per-window <number>', 'requests that it may make within a window')
    .option('--window <time>', 'how long a window is: 90s, 60m, 24h, 7d; default: 60m')
    .option('--concurrency <number>', 'requests that it may have running')
    .option('--budget <dollars>', 'US dollars that it may spend')
    .option('--budget-period <period>', `${periods.join(', ')}, in UTC; default: total`)
    .option('--expires <time>', 'when it ends: 30d, 2031-12-31; default: never')
    .option('--user <user>', 'whom its use is counted for where a request names nobody')
    .option('--json', 'as JSON');
}

async function createKey(settings: Settings, options: KeyOptions & Format): Promise<void> {
  const nowMs = unixMs();
  const channels = channelSettingsOf(settings).map(({ id }) => id);
  const { wanted, mistakes } = readKeyOptions(options, { channels, nowMs });
  if (mistakes.length > 0) throw new AggregateError(mistakes.map((mistake) => new Error(mistake)));
  await withKeyDatabase({
    settings,
    mayMake: true,
    async work(database) {
      const known = await database.listKeys();
      refuseTakenName(wanted, known, settings);
      const secret = newSecret();
      const key: KeyRecord = {
        ...wanted,
        id: newId('key_').slice(0, ID_CHARACTERS),
        hash: hashSecret(pepperFor(known, settings), secret),
        hint: hintOf(secret),
        createdAt: nowMs,
        revokedAt: undefined,
      };
      await database.insertKey(key);
      show({ secret, key, settings, options });
    },
  });
}

function refuseTakenName(
  { name }: WantedKey,
  keys: readonly KeyRecord[],
  settings: Settings,
): void {
  const valid = keys.filter(({ revokedAt }) => revokedAt === undefined);
  if (![...valid, ...settings.keys].some((key) => key.name === name)) return;
  const way = 'choose another name, or revoke or rotate that key';
  throw new Error(`--name: a key is called ${JSON.stringify(name)} already; ${way}`);
}

/** With a pepper of its own a gateway would know no key that was made with another. */
function pepperFor(keys: readonly KeyRecord[], settings: Settings): Uint8Array {
  const isUsed = keys.some(({ revokedAt }) => revokedAt === undefined);
  if (isUsed && !isPepperThere(settings)) {
    throw new Error(
      `the pepper that the keys were made with is not in ${settings.dataDirectory}; put it there or into DRAGOMAN_PEPPER, or revoke all keys when it is lost`,
    );
  }
  return loadPepper(settings);
}

async function listKeys(settings: Settings, { json }: Format): Promise<void> {
  // A program that reads the list need not tell no keys from no database.
  if (json === true && !isKeyDatabaseThere(settings)) return print(jsonText([]));
  const keys = await withKeyDatabase({
    settings,
    mayMake: false,
    work: (database) => database.listKeys(),
  });
  const nowMs = unixMs();
  if (json === true) return print(jsonText(keys.map((key) => keyView(key, nowMs))));
  if (keys.length > 0) return print(keyTable(keys, nowMs));
  print('there are no keys yet; dragoman keys create makes the first\n');
}

async function revokeKey(settings: Settings, wanted: string, { json }: Format): Promise<void> {
  await withNamedKey(settings, wanted, async (database, key) => {
    const revokedAt = unixMs();
    if (!(await database.revokeKey(key.id, revokedAt))) throw changedMeanwhile(key);
    if (json === true) return print(jsonText(keyView({ ...key, revokedAt }, revokedAt)));
    print(`revoked ${key.id} (${key.name}); running gateways refuse it within seconds\n`);
  });
}

async function rotateKey(settings: Settings, wanted: string, options: Format): Promise<void> {
  await withNamedKey(settings, wanted, async (database, old) => {
    if (old.expiresAt !== undefined && old.expiresAt <= unixMs()) {
      throw new Error(
        `key ${old.id} (${old.name}) has expired, and so would a new one in its place; create another`,
      );
    }
    const secret = newSecret();
    const hash = hashSecret(pepperFor([old], settings), secret);
    const key: KeyRecord = { ...old, hash, hint: hintOf(secret) };
    if (!(await database.rotateKey(key.id, key))) throw changedMeanwhile(key);
    show({ secret, key, settings, options });
  });
}

function withNamedKey(
  settings: Settings,
  wanted: string,
  act: (database: Database, key: KeyRecord) => Promise<void>,
): Promise<void> {
  return withKeyDatabase({
    settings,
    mayMake: false,
    work: async (database) =>
      act(database, findKey(wanted, await database.listKeys(), settings.keys)),
  });
}

function changedMeanwhile({ id, name }: KeyRecord): Error {
  return new Error(`key ${id} (${name}) was revoked by somebody else meanwhile`);
}

async function printHash(settings: Settings, args: readonly string[]): Promise<void> {
  if (args.length > 0) {
    throw new Error(
      'hash: takes no argument, which everybody on this machine could see; write the key to standard input',
    );
  }
  const secret = await readSecret();
  if (secret === '') throw new Error('standard input: no key came');
  if (!isKey(secret) || secret.length > SECRET_CHARACTERS_MAX) {
    throw new Error(
      'standard input: expected one key of printable ASCII without spaces, as a header can carry it',
    );
  }
  if (looksLikeKey(secret) && !isGatewayKey(secret)) {
    throw new Error('standard input: a gateway key with a typing mistake, or a part of one');
  }
  print(`${hashSecret(loadPepper(settings), secret)}\n`);
}

/** From a terminal one line, from a file or another program all that comes. */
async function readSecret(): Promise<string> {
  const { stdin } = process;
  if (stdin.isTTY) process.stderr.write('the key, then Enter: ');
  let text = '';
  stdin.setEncoding('utf8');
  for await (const piece of stdin) {
    text += String(piece);
    if (text.length > 2 * SECRET_CHARACTERS_MAX || (stdin.isTTY && text.includes('\n'))) break;
  }
  return text.trim();
}

interface Shown {
  readonly secret: string;
  readonly key: KeyRecord;
  readonly settings: Settings;
  readonly options: Format;
}

/** The key alone on standard output, so that it can be sent on; what to know about it beside. */
function show({ secret, key, settings, options }: Shown): void {
  const view = { key: secret, ...keyView(key, unixMs()) };
  print(options.json === true ? jsonText(view) : `${secret}\n`);
  const notes = [
    `${key.id} (${key.name}): the key is shown only now and kept nowhere; store it safely.`,
  ];
  const isShared = settings.databaseUrl?.startsWith('postgres') === true;
  if (isShared && settings.pepper === undefined) {
    notes.push(
      `Gateways on other machines know it only when they have the same pepper as ${settings.dataDirectory}.`,
    );
  }
  process.stderr.write(`${notes.join('\n')}\n`);
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function print(text: string): void {
  process.stdout.write(text);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
