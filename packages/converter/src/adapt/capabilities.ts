/** What a model can do: the tables of all families, looked up by the model's name. */
import { claudeFamily } from './claude-models.ts';
import type { Capabilities, Target } from './contract.ts';
import type { Family } from './family.ts';
import { geminiFamily } from './gemini-models.ts';
import { openAiFamily } from './openai-models.ts';
import { responsesFamily } from './responses-models.ts';

export type { Capabilities } from './contract.ts';

/** A family's table, ready to be looked up: rows hold what is the same everywhere too, long prefixes come first. */
interface Table extends Family {
  readonly rows: readonly (readonly [prefix: string, row: Capabilities])[];
  readonly newest: Capabilities;
}

function tableOf(family: Family): Table {
  const { base } = family;
  return {
    ...family,
    rows: family.rows
      .map(([prefix, row]) => [prefix, { ...base, ...row }] as const)
      .toSorted(([one], [other]) => other.length - one.length),
    newest: { ...base, ...family.newest },
  };
}

/** A format without tables is taken for the most widely imitated one. */
const imitated = tableOf(openAiFamily);
const tables: readonly Table[] = [
  imitated,
  ...[responsesFamily, claudeFamily, geminiFamily].map(tableOf),
];

export function capabilitiesOf(format: string, model: string): Capabilities {
  const table = tables.find((candidate) => candidate.format === format) ?? imitated;
  const name = plainName(model);
  for (const [prefix, row] of table.rows) if (matches(name, prefix)) return row;
  const isOfFamily = table.familyPrefixes.some((prefix) => name.startsWith(prefix));
  return isOfFamily ? table.newest : table.base;
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
  const last = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
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
