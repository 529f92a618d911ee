/** Finds and reads the configuration file and the files of its keys, anew on every call. */
import { lstatSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readSettings, type Understood } from '../read-settings.ts';
import { type Config, configWithout, readConfig } from './read-config.ts';
import { readTextFile } from './read-file.ts';

export interface Sources {
  /** By option name without dashes; `config` names the file. */
  readonly options: { readonly [option: string]: string | undefined };
  readonly env: { readonly [name: string]: string | undefined };
  readonly workingDirectory: string;
}

/** Looked for when no file is named. */
const defaultNames = ['dragoman.yaml', 'dragoman.yml'];
const configBytesMax = 512 * 1024;
const secretBytesMax = 16 * 1024;

export function loadSettings(sources: Sources): Understood {
  const { options, env } = sources;
  return readSettings({ options, env, file: findConfig(sources) });
}

function findConfig({ options, env, workingDirectory }: Sources): Config | undefined {
  const at = (name: string): string => resolve(workingDirectory, name);
  const option = options['config'];
  if (option !== undefined) return loadConfig({ name: option, path: at(option), env }, '--config');
  const variable = env['DRAGOMAN_CONFIG'];
  if (variable) return loadConfig({ name: variable, path: at(variable), env }, 'DRAGOMAN_CONFIG');
  const name = defaultNames.find((name) => isThere(at(name)));
  return name === undefined ? undefined : loadConfig({ name, path: at(name), env });
}

interface ConfigFile {
  /** For people. */
  readonly name: string;
  readonly path: string;
  readonly env: Sources['env'];
}

/** `namedBy`: the option or variable that named the file. */
function loadConfig({ name, path, env }: ConfigFile, namedBy?: string): Config {
  let text: string;
  try {
    text = readTextFile(path, configBytesMax);
  } catch (cause) {
    const place = namedBy === undefined ? name : `${namedBy}: ${name}`;
    return configWithout(name, `${place}: can not be read: ${messageOf(cause)}`);
  }
  return readConfig({ text, name, env, readSecret: secretsBeside(path) });
}

function secretsBeside(configPath: string): (path: string) => string {
  return (path) => {
    try {
      return readTextFile(resolve(dirname(configPath), path), secretBytesMax);
    } catch (cause) {
      throw new Error(`the file of the key can not be read: ${messageOf(cause)}`, { cause });
    }
  };
}

/** A link to nowhere is there: it should lead to the file, and it is a mistake that it does not. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
