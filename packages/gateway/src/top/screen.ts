/** The terminal while a live view has it: taken, drawn on line by line, and given back as it was. */
import type { ReadStream, WriteStream } from 'node:tty';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Screen {
  size(): Size;
  /** Each line fills a line of the screen; only those that changed are written. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back; calls after the first do nothing. */
  leave(): void;
}

interface Listeners {
  /** One character. */
  readonly onKey: (key: string) => void;
  /** What is on the screen is no more what was drawn. */
  readonly onChange: () => void;
  /** The terminal went away. */
  readonly onGone: () => void;
}

const ESCAPE = '\u001b';
// The alternate screen, no cursor, and lines that end where the terminal ends.
const TAKE = `${ESCAPE}[?1049h${ESCAPE}[?25l${ESCAPE}[?7l`;
const GIVE_BACK = `${ESCAPE}[0m${ESCAPE}[?7h${ESCAPE}[?25h${ESCAPE}[?1049l`;
// Terminals that know it show what is between at once.
const BEGIN = `${ESCAPE}[?2026h`;
const END = `${ESCAPE}[?2026l`;
const CLEAR = `${ESCAPE}[2J`;
const usual: Size = { columns: 80, rows: 24 };
/** Arrows and other keys that send several characters, and answers of the terminal. */
// oxlint-disable-next-line no-control-regex -- escape sequences begin with one
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O.)/g;

export function takeScreen(
  input: ReadStream,
  output: WriteStream,
  { onKey, onChange, onGone }: Listeners,
): Screen {
  let drawn: readonly string[] = [];
  let isTaken = false;

  function take(): void {
    isTaken = true;
    if (input.isTTY) input.setRawMode(true);
    output.write(TAKE + CLEAR);
    drawn = [];
  }
  function leave(): void {
    if (!isTaken) return;
    isTaken = false;
    process.off('exit', leave);
    process.off('SIGCONT', again);
    output.off('resize', changed);
    input.off('data', typed);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
    output.write(GIVE_BACK);
  }
  function changed(): void {
    output.write(CLEAR);
    drawn = [];
    onChange();
  }
  /** The shell had the terminal meanwhile. */
  function again(): void {
    take();
    onChange();
  }
  function typed(bytes: Buffer): void {
    for (const key of bytes.toString('latin1').replaceAll(sequences, '')) onKey(key);
  }

  process.on('exit', leave);
  process.on('SIGCONT', again);
  output.on('resize', changed);
  output.on('error', onGone);
  if (input.isTTY) input.on('data', typed).on('end', onGone).on('error', onGone);
  take();
  return {
    size: () => ({ columns: output.columns || usual.columns, rows: output.rows || usual.rows }),
    draw(lines) {
      const changes = lines.map((line, index) =>
        line === drawn[index] ? '' : `${ESCAPE}[${index + 1};1H${ESCAPE}[2K${line}`,
      );
      drawn = lines;
      const text = changes.join('');
      if (text !== '') output.write(BEGIN + text + END);
    },
    leave,
  };
}
