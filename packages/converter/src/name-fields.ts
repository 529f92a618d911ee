/** Losses and refusals in the client's words: its own fields in place of the neutral form's. */
import { ConversionError } from './errors.ts';
import type { Report } from './loss.ts';

type FieldNames = ReadonlyMap<string, string>;

/**
 * The client's field behind a neutral path; what is no neutral path is returned as it is. What stood
 * behind the longest known name is in neutral words too, and so goes.
 */
export function nameField(path: string, names: FieldNames): string {
  for (let end = path.length; end > 0; end = lastBreak(path, end)) {
    const name = names.get(path.slice(0, end));
    if (name !== undefined) return name;
  }
  return path;
}

function lastBreak(path: string, end: number): number {
  return Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1));
}

export function namingReport(report: Report, names: FieldNames): Report {
  return (loss) => report({ ...loss, path: nameField(loss.path, names) });
}

/** Runs `work`; the field that a refusal names, and that its message starts with, is the client's. */
export function namingErrors<T>(names: FieldNames, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof ConversionError) || cause.error.param === undefined) throw cause;
    const { param, message } = cause.error;
    const named = nameField(param, names);
    const said = message.startsWith(`${param}:`) ? message.slice(param.length + 1) : ` ${message}`;
    throw new ConversionError({ ...cause.error, param: named, message: `${named}:${said}` }, cause);
  }
}
