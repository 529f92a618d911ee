/**
 * Every case of every format as each other format gets it. `UPDATE=1` writes what the code does now;
 * the diff of the goldens is the review.
 */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ConversionError } from './errors.ts';
import type { Format } from './format.ts';
import { formats } from './formats/index.ts';
import type { Loss, Report } from './loss.ts';
import {
  ask,
  type Fixture,
  failureOf,
  filesOf,
  fixtureFile,
  fixturePath,
  fixturesOf,
  goldenFile,
  othersThan,
  readObject,
} from './testing/fixtures.ts';
import { formatJson } from './testing/format-json.ts';
import type { Translator } from './translate.ts';

const updates = process.env['UPDATE'] === '1';

for (const format of formats) {
  describe(format.id, () => {
    const fixtures = fixturesOf(format);
    const known = new Set(fixtures.map(fixtureFile));
    for (const fixture of fixtures) {
      for (const other of othersThan(format)) {
        const file = goldenFile(fixture, other);
        known.add(file);
        test(file, () => checkGolden(fixturePath(format, file), convert(fixture, other)));
      }
    }
    test('every golden has its case', () => {
      const left = filesOf(format).filter((file) => !known.has(file));
      if (updates) for (const file of left) rmSync(fixturePath(format, file));
      else assert.deepEqual(left, []);
    });
  });
}

function checkGolden(path: string, actual: string): void {
  if (updates) writeFileSync(path, actual);
  else assert.equal(actual, readFileSync(path, 'utf8'));
}

function convert(fixture: Fixture, other: Format): string {
  if (fixture.kind === 'request') return convertRequest(fixture, other);
  if (fixture.kind === 'response') return convertResponse(fixture, other);
  return convertStream(fixture, other);
}

/** A client of the fixture's format asks the other format's upstream. */
function convertRequest({ format, name, text }: Fixture, upstream: Format): string {
  const outcome = orRefusal(() => {
    const body = readObject(text);
    const { value, losses } = ask({ client: format, upstream, name, body }).request;
    return { losses: losses.map(lineOf), value };
  });
  return formatJson(outcome);
}

/** The fixture's upstream answers a client of the other format. */
function convertResponse(fixture: Fixture, client: Format): string {
  const translator = questionFor(fixture, client);
  const failure = failureOf(fixture);
  if (failure !== undefined) {
    const { status, body } = translator.failure(failure);
    return formatJson({ status, body });
  }
  const outcome = orRefusal(() => {
    const { value, losses } = translator.response(readObject(fixture.text));
    return { losses: losses.map(lineOf), value };
  });
  return formatJson(outcome);
}

/** Losses stand above the stream, as comments of its own syntax. */
function convertStream(fixture: Fixture, client: Format): string {
  const losses: Loss[] = [];
  const report: Report = (loss) => losses.push(loss);
  const stream = questionFor(fixture, client).stream(report);
  const text = stream.push(new TextEncoder().encode(fixture.text)) + stream.end();
  const lines = losses.map((loss) => `: ${lineOf(loss)}\n`);
  return lines.length === 0 ? text : `${lines.join('')}\n${text}`;
}

function questionFor({ format, name, kind }: Fixture, client: Format): Translator {
  const question = { client, upstream: format, stream: kind === 'stream' };
  try {
    return ask({ ...question, name });
  } catch (cause) {
    // A request that is refused has no answer; the case's answer is then one to a plain question.
    if (cause instanceof ConversionError) return ask({ ...question, name: 'text' });
    throw cause;
  }
}

function orRefusal<T>(convert: () => T): T | { readonly refused: ConversionError['error'] } {
  try {
    return convert();
  } catch (cause) {
    if (cause instanceof ConversionError) return { refused: cause.error };
    throw cause;
  }
}

function lineOf({ feature, path, action, reason, effect, detail }: Loss): string {
  const line = `${action} ${feature} at ${path === '' ? 'the root' : path} (${reason}, ${effect})`;
  return detail === undefined ? line : `${line}: ${detail}`;
}
