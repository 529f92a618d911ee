/** Which format a request is in: from its path, its headers and its body; the most specific wins. */
import type { Call, Format, Probe } from './format.ts';

export interface Detection {
  readonly format: Format;
  readonly call: Call;
  /** Why, in a few words for a header or a log line. */
  readonly reason: string;
}

/**
 * The path decides, unless the body can only be another format's (a client pointed at the wrong
 * door): then the body decides, since who writes a format also reads it. Undefined: no format
 * serves that path.
 */
export function detectFormat(probe: Probe, formats: readonly Format[]): Detection | undefined {
  const byPath = detectByPath(probe, formats);
  return byPath === undefined ? undefined : confirmByBody(byPath, probe, formats);
}

/** The first half of detectFormat, for when the body has not been read yet. */
export function detectByPath(probe: Probe, formats: readonly Format[]): Detection | undefined {
  for (const format of formats) {
    const call = format.client.recognize(probe).path();
    if (call !== undefined) return { format, call, reason: `path ${probe.path}` };
  }
  return undefined;
}

/** The second half of detectFormat: the same detection, unless the body is another format's. */
export function confirmByBody(
  byPath: Detection,
  probe: Probe,
  formats: readonly Format[],
): Detection {
  if (byPath.format.client.recognize(probe).body().length > 0) return byPath;
  const others = formats
    .filter((format) => format !== byPath.format)
    .map((format) => ({ format, marks: format.client.recognize(probe).body() }))
    .filter(({ marks }) => marks.length > 0);
  const [only] = others;
  if (only === undefined || others.length > 1) return byPath;
  const { model, stream } = byPath.call;
  const reason = `body ${only.marks.join(',')} on path ${probe.path}`;
  return { format: only.format, call: { model, stream }, reason };
}

/** The format whose API has this path without being served there; where several do, headers tell. */
export function siblingOf(probe: Probe, formats: readonly Format[]): Format | undefined {
  const owners = formats.filter(({ client }) => client.recognize(probe).sibling());
  return owners.find((format) => hasHeader(format, probe)) ?? owners[0];
}

/** The format to speak to a client whose request no format serves; the first when nothing tells. */
export function guessFormat(probe: Probe, formats: readonly [Format, ...Format[]]): Format {
  return (
    detectByPath(probe, formats)?.format ??
    siblingOf(probe, formats) ??
    formats.find((format) => hasHeader(format, probe)) ??
    formats[0]
  );
}

function hasHeader({ client }: Format, probe: Probe): boolean {
  return client.recognize(probe).header() !== undefined;
}
