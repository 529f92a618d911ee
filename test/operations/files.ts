/** The files under `deploy`, read as the programs that use them read them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const deployFolder = join(import.meta.dirname, '../../deploy');

export const textOf = (path: string): string => readFileSync(join(deployFolder, path), 'utf8');

export const yamlOf = (path: string): unknown => parse(textOf(path));

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
}

export const alertsOf = (path: string): readonly Alert[] =>
  (yamlOf(path) as Rules).groups.flatMap(({ rules }) => rules);
