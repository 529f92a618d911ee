/** The documents say of clients what the suites hold every run to. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { exceptionFor, exceptions } from './catalogue.ts';
import { reports } from './report.ts';

for (const { path, is, shouldBe } of reports())
  it(`${path} says what works with which client; node --conditions=source test/clients/report.ts --write`, () => {
    assert.equal(is, shouldBe);
  });

it('every exception in the catalogue is the reason of a cell', () => {
  for (const exception of exceptions) {
    const { clients, formats, features } = exception;
    const reasons = clients.flatMap((client) =>
      formats.flatMap((format) =>
        features.map((feature) => exceptionFor({ client, format, feature })),
      ),
    );
    assert.ok(reasons.includes(exception), exception.reason);
  }
});
