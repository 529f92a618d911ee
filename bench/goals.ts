/** What the gateway should reach on a machine of two cores, and whether it did: all goals in one table. */
import { type Figures, shown, table } from './chapter.ts';

interface Goal {
  readonly name: string;
  /** Among the chapters' figures; where there are several, the worst counts. */
  readonly figures: readonly string[];
  /** `least`: not less than that; `most`: not more. */
  readonly bound: 'least' | 'most';
  readonly goal: number;
  /** What would be better than the field. */
  readonly beyond: number;
  readonly unit: string;
  readonly decimals: number;
}

const most = { bound: 'most', decimals: 2 } as const;

const goals: readonly Goal[] = [
  {
    ...most,
    name: 'JSON 1 KB as it is: CPU a request',
    figures: ['json.same.cpu'],
    goal: 3,
    beyond: 2,
    unit: '× nginx',
  },
  {
    ...most,
    name: 'the same at half load',
    figures: ['json.half.same.cpu'],
    goal: 3,
    beyond: 2,
    unit: '× nginx',
  },
  {
    ...most,
    name: 'JSON 1 KB converted: CPU a request',
    figures: ['json.converted.cpu'],
    goal: 4,
    beyond: 2.5,
    unit: '× nginx',
  },
  {
    ...most,
    name: 'the same at half load',
    figures: ['json.half.converted.cpu'],
    goal: 4,
    beyond: 2.5,
    unit: '× nginx',
  },
  {
    ...most,
    name: 'SSE at a pace as it is: CPU an event',
    figures: ['paced.500.same.cpu', 'paced.2000.same.cpu', 'paced.8000.same.cpu'],
    goal: 1.6,
    beyond: 1.2,
    unit: '× nginx',
  },
  {
    ...most,
    name: 'SSE at a pace converted: CPU an event',
    figures: ['paced.500.converted.cpu', 'paced.2000.converted.cpu', 'paced.8000.converted.cpu'],
    goal: 2.2,
    beyond: 1.5,
    unit: '× nginx',
  },
  {
    name: 'JSON 1 KB as it is: requests a second',
    figures: ['json.same.rate-to-portkey'],
    bound: 'least',
    goal: 10,
    beyond: 20,
    unit: '× Portkey',
    decimals: 1,
  },
  {
    ...most,
    name: 'JSON 1 KB at half load: added p99',
    figures: ['json.half.added-p99-ms'],
    goal: 1,
    beyond: 0.3,
    unit: 'ms',
  },
  {
    ...most,
    name: '300 KB as it is: memory a request in flight',
    figures: ['in-flight.same.bodies'],
    goal: 2,
    beyond: 1,
    unit: '× body',
  },
  {
    ...most,
    name: '8,000 streams, two workers: broken ones',
    figures: ['many.8000.same.broken', 'many.8000.converted.broken'],
    goal: 0,
    beyond: 0,
    unit: '',
    decimals: 0,
  },
  {
    ...most,
    name: '8,000 streams, two workers: memory',
    figures: ['many.8000.same.peak-mib', 'many.8000.converted.peak-mib'],
    goal: 500,
    beyond: 300,
    unit: 'MiB',
    decimals: 0,
  },
  {
    name: 'one worker to two',
    figures: ['workers.scaling'],
    bound: 'least',
    goal: 1.8,
    beyond: 1.95,
    unit: '×',
    decimals: 2,
  },
  {
    ...most,
    name: 'start to ready',
    figures: ['start.ready-ms'],
    goal: 400,
    beyond: 150,
    unit: 'ms',
    decimals: 0,
  },
  {
    ...most,
    name: 'hostile 20 MB: longest block of the event loop',
    figures: ['hostile.block-ms'],
    goal: 150,
    beyond: 50,
    unit: 'ms',
    decimals: 0,
  },
];

export function goalsTable(found: Figures): string {
  const rows = goals.map((goal) => {
    const { unit, decimals, bound } = goal;
    const sign = bound === 'most' ? '≤' : '≥';
    const limit = (value: number): string => `${sign} ${value} ${unit}`.trim();
    const worst = worstOf(goal, found);
    return [
      goal.name,
      limit(goal.goal),
      limit(goal.beyond),
      worst === undefined ? '-' : `${shown(worst, decimals)} ${unit}`.trim(),
      verdictOf(goal, worst),
    ];
  });
  return table(['', 'goal', 'beyond', 'measured', ''], rows);
}

function worstOf({ figures, bound }: Goal, found: Figures): number | undefined {
  const values = figures.flatMap((name) => found[name] ?? []).filter(Number.isFinite);
  if (values.length === 0) return undefined;
  return bound === 'most' ? Math.max(...values) : Math.min(...values);
}

function verdictOf({ bound, goal, beyond }: Goal, worst: number | undefined): string {
  if (worst === undefined) return 'not measured';
  // Less than nothing was added: the machine was too busy to tell.
  if (worst < 0) return 'lost in noise';
  const reaches = (limit: number): boolean => (bound === 'most' ? worst <= limit : worst >= limit);
  if (!reaches(goal)) return 'not reached';
  return reaches(beyond) ? 'reached, and beyond' : 'reached';
}
