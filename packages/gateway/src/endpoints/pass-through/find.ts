/** Which surface a path is: with and without versions, told apart by prefix and headers where vendors share it. */
import { anthropicMessages, type Format, gemini } from 'ai-api-converter';
import type { RawRequest } from '../../model/http.ts';
import { type Surface, type SurfaceMethod, surfaces } from './surfaces.ts';

export interface Found {
  readonly format: Format;
  /** Whatever the path can be asked by. */
  readonly methods: readonly SurfaceMethod[];
  /** Behind the base of the API, as the client wrote it. */
  readonly path: string;
  /** Undefined: that method is none of them. */
  of(method: string): Surface | undefined;
}

export type Finder = (raw: RawRequest) => Found | undefined;

/** Also with two versions, as clients and their base URLs make them, and below OpenAI's name at others'. */
const served = new RegExp(
  [
    /^(?:\/openai)?(?<upload>\/upload)?(?<versions>(?:\/v[12](?:alpha|beta1?)?){0,2})/,
    /(?<imitated>\/openai(?:\/v1)?)?(?<rest>\/(?<first>[a-zA-Z]+)(?:\/.*?)??)\/?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/** No step up, and nothing that would have to be decoded. */
const ID = String.raw`[\w-][\w.:-]{0,255}`;

interface Row {
  readonly surface: Surface;
  readonly pattern: RegExp;
}

/** What most requests are for is told from all of these by one look at the path. */
export function createFinder(): Finder {
  const rows = Map.groupBy(
    surfaces.map((surface): Row => ({ surface, pattern: patternOf(surface.path) })),
    ({ surface }) => surface.path.replace(/^\/upload(?=\/)/, '').split('/')[1] ?? '',
  );

  return (raw) => {
    const groups = served.exec(raw.path)?.groups;
    const candidates = groups === undefined ? undefined : rows.get(groups['first'] ?? '');
    if (groups === undefined || candidates === undefined) return undefined;
    const path = (groups['upload'] ?? '') + (groups['rest'] ?? '');
    const matching = candidates
      .filter(({ pattern }) => pattern.test(path))
      .map(({ surface }) => surface);
    const format = formatAmong(matching, groups, raw);
    const own = matching.filter((surface) => surface.format === format);
    // One that is written out goes before one with an id in its place.
    const literal = own.find((surface) => surface.path === path);
    return foundOf(literal === undefined ? own : own.filter((row) => row.path === path), path);
  };
}

function foundOf(rows: readonly Surface[], path: string): Found | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    format: first.format,
    methods: rows.flatMap(({ methods }) => methods),
    path,
    of: (method) => rows.find(({ methods }) => methods.some((one) => one === method)),
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace('{id}', ID)}$`);
}

type Groups = NonNullable<RegExpExecArray['groups']>;

function isOfGoogle({ upload, versions = '', imitated }: Groups): boolean {
  return upload !== undefined || (/alpha|beta/.test(versions) && imitated === undefined);
}

/** Vendors share paths: the version tells Google's, and headers that only one's clients send tell the rest. */
function formatAmong(
  matching: readonly Surface[],
  groups: Groups,
  raw: RawRequest,
): Format | undefined {
  const formats = [...new Set(matching.map(({ format }) => format))];
  if (isOfGoogle(groups)) return formats.find((format) => format === gemini);
  if (groups['imitated'] !== undefined || formats.length < 2) return formats[0];
  const probe = { ...raw, body: undefined };
  const marked = [anthropicMessages, gemini].find(
    ({ client }) => client.recognize(probe).header() !== undefined,
  );
  return formats.find((format) => format === marked) ?? formats[0];
}
