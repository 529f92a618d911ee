/** The compose file, with its variables filled in as `docker compose` does it. */
import { textOf, yamlOf } from './files.ts';

export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly restart: string;
  readonly stop_grace_period?: string;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, null>>;
}

export interface Reference {
  readonly name: string;
  readonly isRequired: boolean;
}

const reference = /(?<!\$)\$\{(\w+)(?::([?-])([^}]*))?\}/g;

/** Every variable that the file takes from its surroundings. */
export function referencesIn(text: string): readonly Reference[] {
  return Array.from(text.matchAll(reference), ([, name = '', kind]) => ({
    name,
    isRequired: kind === '?',
  }));
}

/** Throws for a variable that the file requires and that is empty. */
export function composeWith(variables: Readonly<Record<string, string>>): Compose {
  return filled(yamlOf('compose.yaml'), variables) as Compose;
}

/** The variables that an operator is given to fill in. */
export function exampleVariables(): Readonly<Record<string, string>> {
  const lines = textOf('.env.example').matchAll(/^(\w+)=(.*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name = '', value = '']) => [name, value]));
}

function filled(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return fill(value, variables);
  if (Array.isArray(value)) return value.map((each) => filled(each, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, filled(each, variables)]),
  );
}

function fill(text: string, variables: Readonly<Record<string, string>>): string {
  const replaced = text.replace(reference, (...found: readonly string[]) => {
    const [, name = '', kind, rest = ''] = found;
    const given = variables[name] ?? '';
    if (given === '' && kind === '?') throw new Error(`${name}: ${rest}`);
    return given === '' && kind === '-' ? rest : given;
  });
  return replaced.replaceAll('$$', '$');
}
