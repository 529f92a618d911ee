/** The Grafana dashboard as the queries that it asks, with its variables filled in. */
import { textOf } from './files.ts';

export interface Query {
  /** The panel's title, and which of its queries. */
  readonly name: string;
  readonly expression: string;
}

export interface LabelQuery {
  readonly name: string;
  readonly label: string;
  readonly selector: string;
}

interface Target {
  readonly refId: string;
  readonly expr: string;
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly allValue?: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly Target[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr?: string }[];
  };
}

export const readDashboard = (): Dashboard => JSON.parse(textOf('grafana/dragoman.json'));

/** What Grafana fills in by itself, for a range of a few minutes. */
const builtIn: Readonly<Record<string, string>> = { __rate_interval: '1m', __range: '5m' };

/** Every query of panels and annotations, with every variable at All. */
export function queriesOf(dashboard: Dashboard): readonly Query[] {
  const fill = filler(dashboard);
  const panels = dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ refId, expr }) => ({ name: `${title} ${refId}`, expression: fill(expr) })),
  );
  const annotations = dashboard.annotations.list.flatMap(({ name, expr }) =>
    expr === undefined ? [] : [{ name: `annotation ${name}`, expression: fill(expr) }],
  );
  return [...panels, ...annotations];
}

/** What the variables ask for their values. */
export function labelQueriesOf(dashboard: Dashboard): readonly LabelQuery[] {
  const fill = filler(dashboard);
  return dashboard.templating.list.flatMap(({ name, query }) => {
    if (typeof query === 'string') return [];
    const [, selector = '', label = ''] =
      /^label_values\((.+), (\w+)\)$/.exec(fill(query.query)) ?? [];
    return [{ name, selector, label }];
  });
}

function filler(dashboard: Dashboard): (text: string) => string {
  const values = new Map(Object.entries(builtIn));
  for (const { name, type, allValue } of dashboard.templating.list)
    if (type === 'query') values.set(name, allValue ?? 'dragoman');
  return (text) =>
    text.replace(/\$\{?([a-z_]\w*)\}?/g, (all, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`no variable ${all} in: ${text}`);
      return value;
    });
}
