/** What a model can do: the tables of all families, looked up by the model's name. */
import { claudeFamily } from './claude-models.ts';
import type { Capabilities, Target } from './contract.ts';
import type { Family } from './family.ts';
import { geminiFamily } from './gemini-models.ts';
import { openAiFamily } from './openai-models.ts';
import { responsesFamily } from './responses-models.ts';

export type { Capabilities } from './contract.ts';

const families: readonly Family[] = [openAiFamily, responsesFamily, claudeFamily, geminiFamily];

export function capabilitiesOf(format: string, model: string): Capabilities {
  const family = familyOf(format);
  const row = rowOf(family, model);
  return row === undefined ? family.base : { ...family.base, ...row };
}

/** One of them alone, for a question that is asked of every request. */
export function capabilityOf<Name extends keyof Capabilities>(
  name: Name,
  { format, model }: Pick<Target, 'format' | 'model'>,
): Capabilities[Name] {
  const family = familyOf(format);
  return rowOf(family, model)?.[name] ?? family.base[name];
}

/** A format without tables is taken for the most widely imitated one. */
function familyOf(format: string): Family {
  return families.find((candidate) => candidate.format === format) ?? openAiFamily;
}

/** What the model has beside the base. */
function rowOf(family: Family, model: string): Partial<Capabilities> | undefined {
  const { rows, newest, familyPrefixes } = family;
  const name = plainName(model);
  let best: readonly [prefix: string, row: Partial<Capabilities>] | undefined;
  for (const row of rows) {
    if (matches(name, row[0]) && row[0].length > (best?.[0].length ?? 0)) best = row;
  }
  if (best !== undefined) return best[1];
  return familyPrefixes.some((prefix) => name.startsWith(prefix)) ? newest : undefined;
}

export function capabilitiesFor(target: Target): Capabilities {
  const known = capabilitiesOf(target.format, target.model);
  return target.capabilities === undefined ? known : { ...known, ...target.capabilities };
}

/**
 * The name without what routers and clouds put around it: `us.anthropic.claude-…-v1:0`,
 * `anthropic/claude-sonnet-4.5`, `models/gemini-…`, `ft:gpt-4o:…`, `…[1m]`.
 */
function plainName(model: string): string {
  const last = model.toLowerCase().split('/').at(-1) ?? '';
  const name = last.replace(/^ft:/, '').replace(/\[.*$/, '');
  const claude = name.indexOf('claude-');
  return claude === -1 ? name : name.slice(claude).replaceAll('.', '-');
}

/** A prefix does not match where a version number goes on: `gpt-5` is not `gpt-5.1`; `glm*` is all. */
function matches(name: string, prefix: string): boolean {
  if (prefix.endsWith('*')) return name.startsWith(prefix.slice(0, -1));
  if (!name.startsWith(prefix)) return false;
  return !/^(?:\d|[-.]\d{1,2}(?:$|[-.@:]))/.test(name.slice(prefix.length));
}
