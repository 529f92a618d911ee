/** Empty databases of every kind that this machine can give, one a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { environment } from '../../../lib/env.ts';
import { newId } from '../../../lib/ids.ts';
import { createPostgresServer, findPostgres } from './postgres-server.ts';

export interface Store {
  readonly url: string;
  /** Past the code under test. */
  query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  remove(): Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  /** Why this machine has none. */
  readonly missing?: string;
  /** Called before the first store, and undone by `end`. */
  begin(): Promise<void>;
  create(): Promise<Store>;
  end(): Promise<void>;
}

const NO_POSTGRES = 'needs DATABASE_URL, or initdb and postgres on this machine';

export function storeKinds(): readonly StoreKind[] {
  return [sqlite(), postgres()];
}

function sqlite(): StoreKind {
  return {
    name: 'SQLite',
    begin: () => Promise.resolve(),
    end: () => Promise.resolve(),
    async create() {
      const folder = mkdtempSync(join(tmpdir(), 'dragoman-sqlite-'));
      const file = join(folder, 'dragoman.db');
      return {
        url: `sqlite:${file}`,
        async query(text) {
          const database = new DatabaseSync(file);
          try {
            return database.prepare(text).all();
          } finally {
            database.close();
          }
        },
        remove: async () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  };
}

function postgres(): StoreKind {
  const given = environment['DATABASE_URL'];
  const url = given !== undefined && /^postgres(ql)?:/.test(given) ? given : undefined;
  const binaries = findPostgres();
  let base = url ?? '';
  let end = (): Promise<void> => Promise.resolve();
  return {
    name: 'PostgreSQL',
    ...(url === undefined && binaries === undefined && { missing: NO_POSTGRES }),
    async begin() {
      if (url !== undefined || binaries === undefined) return;
      const server = await createPostgresServer(binaries);
      base = server.url;
      end = server.remove;
    },
    create: () => createSchema(base),
    end: () => end(),
  };
}

/** A schema of its own, on the path of every connection. */
export async function createSchema(base: string): Promise<Store> {
  const schema = newId('dragoman_test_');
  await queryOnce(base, `create schema ${schema}`);
  const option = encodeURIComponent(`-c search_path=${schema}`);
  const url = `${base}${base.includes('?') ? '&' : '?'}options=${option}`;
  return {
    url,
    query: (text) => queryOnce(url, text),
    async remove() {
      await queryOnce(base, `drop schema ${schema} cascade`);
    },
  };
}

async function queryOnce(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
