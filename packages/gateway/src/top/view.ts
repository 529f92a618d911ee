/** A whole frame: the gateway, its channels, models and keys, in a given number of cells and lines. */
import { cellsOf } from './cells.ts';
import type { ChannelFigures, Figures, KeyFigures, Use } from './figures.ts';
import type { Line } from './lines.ts';
import {
  countText,
  dollarsText,
  latencyText,
  shareText,
  UNKNOWN,
  wholeText,
} from './quantities.ts';
import type { Size } from './screen.ts';
import { rateText, summaryLines, type View } from './summary.ts';
import { type Column, shares, tableLines } from './table.ts';

const PLAIN_ROWS_MAX = 10;
/** A blank line, a head and a row. */
const TABLE_LINES_MIN = 3;

/** For a terminal: exactly as many lines as it has. */
export function liveFrame(view: View, { columns, rows }: Size): readonly Line[] {
  const all = view.isHelpShown === true ? helpLines(columns) : bodyLines(view, columns, rows - 1);
  const above = all.slice(0, rows - 1);
  const blank = Array.from({ length: Math.max(0, rows - 1 - above.length) }, (): Line => []);
  return [...above, ...blank, keysLine(view)].slice(-rows);
}

/** For everything else: as many lines as it needs, with the models and keys that use most. */
export function plainFrame(view: View, columns: number): readonly Line[] {
  const tables = tablesOf(view.figures).map(({ rows, isRanked, lines }) =>
    lines({ width: columns, rowsMax: isRanked ? PLAIN_ROWS_MAX : rows }),
  );
  return [...summaryLines(view, columns), ...tables.flatMap((table) => [[], ...table])];
}

function bodyLines(view: View, width: number, linesMax: number): readonly Line[] {
  const summary = summaryLines(view, width);
  const room = linesMax - summary.length;
  // Where there is no room for all, those that matter most have it.
  const tables = tablesOf(view.figures).slice(0, Math.floor(room / TABLE_LINES_MIN));
  const wanted = tables.map(({ rows }) => rows + TABLE_LINES_MIN - 1);
  const given = shares(room, wanted);
  const bodies = tables.flatMap(({ lines }, index) => [
    [],
    ...lines({ width, rowsMax: (given[index] ?? 0) - TABLE_LINES_MIN + 1 }),
  ]);
  return [...summary, ...bodies];
}

interface Table {
  readonly rows: number;
  /** The first rows matter most. */
  readonly isRanked: boolean;
  lines(room: { readonly width: number; readonly rowsMax: number }): readonly Line[];
}

function tablesOf(figures: Figures): readonly Table[] {
  const { models, keys } = figures;
  // Where not all can be seen, those that are out must be.
  const channels = figures.channels.toSorted(
    (one, other) => Number(other.state === 'open') - Number(one.state === 'open'),
  );
  const all: readonly Table[] = [
    {
      rows: channels.length,
      isRanked: false,
      lines: (room) => tableLines(channelColumns(figures), channels, room),
    },
    {
      rows: models.length,
      isRanked: true,
      lines: (room) => tableLines(modelColumns(figures), models, room),
    },
    {
      rows: keys.length,
      isRanked: true,
      lines: (room) => tableLines(keyColumns(figures), keys, room),
    },
  ];
  return all.filter(({ rows }) => rows > 0);
}

function channelColumns(figures: Figures): readonly Column<ChannelFigures>[] {
  const { requests, tokens, cost, firstOutput } = useColumns(figures);
  return [
    { head: 'CHANNEL', align: 'left', rank: 0, cell: ({ name }) => name },
    {
      head: 'STATE',
      align: 'left',
      rank: 0,
      cell: ({ state }) => state ?? UNKNOWN,
      style: ({ state }) => (state === 'open' ? 'red' : 'green'),
    },
    { head: 'RUN', align: 'right', rank: 1, cell: ({ inFlight }) => wholeText(inFlight) },
    requests,
    tokens.in,
    tokens.out,
    firstOutput,
    cost,
    {
      head: 'ATTEMPTS',
      align: 'left',
      rank: 3,
      cell: (channel) => attemptsText(figures, channel),
      style: ({ attemptsPerSecond }) =>
        Object.keys(attemptsPerSecond).some((result) => result !== 'ok') ? 'yellow' : undefined,
    },
  ];
}

/** `ok` first, then what failed, the most frequent first. */
function attemptsText(figures: Figures, { attemptsPerSecond }: ChannelFigures): string {
  return Object.entries(attemptsPerSecond)
    .toSorted(
      ([one, rate], [other, otherRate]) =>
        Number(other === 'ok') - Number(one === 'ok') || otherRate - rate,
    )
    .map(([result, perSecond]) => `${result} ${rateText(figures, perSecond)}`)
    .join(', ');
}

function modelColumns(figures: Figures): readonly Column<Use>[] {
  const { requests, tokens, cost, firstOutput } = useColumns(figures);
  return [
    { head: 'MODEL', align: 'left', rank: 0, cell: ({ name }) => name },
    requests,
    tokens.in,
    tokens.out,
    firstOutput,
    cost,
  ];
}

function keyColumns(figures: Figures): readonly Column<KeyFigures>[] {
  const { requests, tokens, cost } = useColumns(figures);
  return [
    { head: 'KEY', align: 'left', rank: 0, cell: ({ name }) => name },
    requests,
    tokens.in,
    tokens.out,
    {
      head: 'BUDGET USED',
      align: 'right',
      rank: 6,
      cell: ({ budgetUsedShare }) => shareText(budgetUsedShare),
      style: ({ budgetUsedShare = 0 }) => (budgetUsedShare >= 0.9 ? 'yellow' : undefined),
    },
    cost,
  ];
}

interface UseColumns {
  readonly requests: Column<Use>;
  readonly tokens: { readonly in: Column<Use>; readonly out: Column<Use> };
  readonly cost: Column<Use>;
  readonly firstOutput: Column<Use>;
}

function useColumns(figures: Figures): UseColumns {
  const rate = (head: string, rank: number, of: (use: Use) => number): Column<Use> => ({
    head,
    align: 'right',
    rank,
    cell: (use) => (figures.seconds > 0 ? countText(of(use)) : UNKNOWN),
  });
  return {
    requests: rate('REQ/S', 2, ({ requestsPerSecond }) => requestsPerSecond),
    tokens: {
      in: rate('TOK IN/S', 4, ({ tokens }) => tokens.inPerSecond),
      out: rate('TOK OUT/S', 4, ({ tokens }) => tokens.outPerSecond),
    },
    cost: {
      ...rate('COST/H', 5, () => 0),
      cell: ({ dollarsPerHour }) => (figures.seconds > 0 ? dollarsText(dollarsPerHour) : UNKNOWN),
    },
    firstOutput: {
      ...rate('1ST P95', 6, () => 0),
      cell: ({ firstOutputP95Seconds }) => latencyText(firstOutputP95Seconds),
    },
  };
}

function keysLine({ isPaused, isHelpShown }: View): Line {
  const pause = isPaused === true ? 'p go on' : 'p pause';
  const help = isHelpShown === true ? '? back' : '? help';
  return [{ text: `q quit   ${pause}   ${help}`, style: 'dim' }];
}

const help: readonly string[] = [
  'A request counts when it ends, with all of its attempts, tokens and costs. The tokens of a long stream come at its end and all at once; until then it is in flight.',
  'Rates are over the last seconds that the first line tells. Errors are answers with 5xx, refused those with 4xx, shares of the requests that ended.',
  '1st output: how long streams took until their first text, reasoning or tool call. Between: the mean time between two pieces of their output.',
  'A channel is open while its breaker keeps requests away from it. RUN is what is in flight on it; ATTEMPTS are requests sent to it by what came of them, where one exchange may need several.',
  'Models and keys: those that use most tokens first. A key or a model called none is none, other stands for all without a name of their own.',
  'Everything comes from the metrics page, which tells what all workers did.',
];

function helpLines(width: number): readonly Line[] {
  return help.flatMap((paragraph) => [...wrapped(paragraph, width), []]);
}

function wrapped(paragraph: string, width: number): readonly Line[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    if (line !== '' && cellsOf(line) + 1 + cellsOf(word) > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((text) => [{ text }]);
}
