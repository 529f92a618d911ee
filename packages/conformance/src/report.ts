/** What the cases found, for people and for programs. */
import type { FormatId } from './judge/meaning.ts';
import type { Result } from './run.ts';

const signs: { readonly [outcome in Result['outcome']]: string } = {
  passed: '✓',
  failed: '✗',
  'not applicable': '–',
};

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
}

export function countsOf(results: readonly Result[]): Counts {
  const count = (outcome: Result['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    notApplicable: count('not applicable'),
  };
}

function summary(results: readonly Result[]): string {
  const { passed, failed, notApplicable } = countsOf(results);
  return `${passed} passed, ${failed} failed, ${notApplicable} not applicable`;
}

/** A table a client format: a row a case, a column a provider. */
export function textReport(results: readonly Result[]): string {
  const tables = tablesOf(results).map(({ client, providers, rows }) => {
    const head = ['', ...providers];
    const body = rows.map(({ id, cells }) => [`  ${id}`, ...cells]);
    return [`clients of ${client}`, ...[head, ...body].map(aligned)].join('\n');
  });
  const blocks = [...tables, reasonsText(results), summary(results)];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

export function markdownReport(results: readonly Result[]): string {
  const tables = tablesOf(results).map(({ client, providers, rows }) => {
    const head = `| Feature | Case | ${providers.join(' | ')} |`;
    const line = `|---|---|${providers.map(() => ':-:|').join('')}`;
    const body = rows.map(({ feature, id, title, cells }) => {
      return `| ${feature} | ${id}: ${title} | ${cells.join(' | ')} |`;
    });
    return [`## Clients of ${client}`, '', head, line, ...body].join('\n');
  });
  const reasons = reasonsOf(results).map(({ sign, reason, places }) => {
    return `- ${sign} ${reason.replaceAll('\n', ' ')}: ${places.join('; ')}`;
  });
  const counts = `${summary(results)} (✓ passed, ✗ failed, – not applicable).`;
  const list = reasons.length === 0 ? [] : ['## Reasons', reasons.join('\n')];
  return `${[counts, ...tables, ...list].join('\n\n')}\n`;
}

interface Row {
  readonly feature: string;
  readonly id: string;
  readonly title: string;
  readonly cells: readonly string[];
}

interface Table {
  readonly client: FormatId;
  readonly providers: readonly string[];
  readonly rows: readonly Row[];
}

function tablesOf(results: readonly Result[]): readonly Table[] {
  return [...Map.groupBy(results, ({ client }) => client)].map(([client, own]) => {
    const providers = [...new Set(own.map(({ provider }) => provider))];
    const rows = [...Map.groupBy(own, ({ id }) => id)].flatMap(([id, cases]): readonly Row[] => {
      const [first] = cases;
      if (first === undefined) return [];
      const cells = providers.map((provider) => {
        const result = cases.find((row) => row.provider === provider);
        return result === undefined ? '' : signs[result.outcome];
      });
      return [{ feature: first.feature, id, title: first.title, cells }];
    });
    return { client, providers, rows };
  });
}

interface Reason {
  readonly sign: string;
  readonly reason: string;
  readonly places: readonly string[];
}

/** Each reason once, with all its places; failures first. */
function reasonsOf(results: readonly Result[]): readonly Reason[] {
  const told = results.flatMap((result) =>
    result.reasons.map((reason) => ({ reason, result, sign: signs[result.outcome] })),
  );
  return [...Map.groupBy(told, ({ sign, reason }) => `${sign} ${reason}`).values()]
    .flatMap((group): readonly Reason[] => {
      const [first] = group;
      if (first === undefined) return [];
      const places = group.map(({ result: { client, provider, id } }) => {
        return `${client} → ${provider} ${id}`;
      });
      return [{ sign: first.sign, reason: first.reason, places }];
    })
    .toSorted((one, other) => Number(other.sign === '✗') - Number(one.sign === '✗'));
}

function reasonsText(results: readonly Result[]): string {
  return reasonsOf(results)
    .map(({ sign, reason, places }) => `${sign} ${reason}\n    ${places.join('\n    ')}`)
    .join('\n');
}

function aligned(cells: readonly string[]): string {
  return cells
    .map((cell, column) => cell.padEnd(column === 0 ? 26 : 11))
    .join('')
    .trimEnd();
}
