/** Where keys are kept, when the operator says nothing. */
import { join } from 'node:path';
import type { Settings } from '../model/settings.ts';

const FILE_NAME = 'dragoman.db';

/** As `openDatabase` takes it. */
export function keyDatabaseUrl({
  databaseUrl,
  dataDirectory,
}: Pick<Settings, 'databaseUrl' | 'dataDirectory'>): string {
  return databaseUrl ?? `sqlite:${join(dataDirectory, FILE_NAME)}`;
}
