/** The average believes bad news at once and good news slowly. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLatency } from './latency.ts';

describe('the average latency', () => {
  const table: readonly {
    readonly name: string;
    readonly samples: readonly (readonly [sampleMs: number, nowMs: number])[];
    readonly between: readonly [least: number | undefined, most: number | undefined];
  }[] = [
    { name: 'is unknown before the first sample', samples: [], between: [undefined, undefined] },
    { name: 'is the first sample at first', samples: [[200, 0]], between: [200, 200] },
    {
      name: 'rises to a peak at once',
      samples: [
        [200, 0],
        [900, 1],
      ],
      between: [900, 900],
    },
    {
      name: 'hardly falls at once',
      samples: [
        [900, 0],
        [100, 100],
      ],
      between: [890, 899],
    },
    {
      name: 'has fallen by two thirds after ten seconds',
      samples: [
        [900, 0],
        [0, 10_000],
      ],
      between: [320, 340],
    },
    {
      name: 'is the last sample after a long silence',
      samples: [
        [900, 0],
        [100, 600_000],
      ],
      between: [100, 100.1],
    },
  ];
  for (const { name, samples, between } of table) {
    it(name, () => {
      const latency = createLatency();
      for (const [sampleMs, nowMs] of samples) latency.add(sampleMs, nowMs);
      const [least, most] = between;
      const valueMs = latency.valueMs();
      if (valueMs === undefined || least === undefined || most === undefined)
        assert.equal(valueMs, least);
      else assert.ok(valueMs >= least && valueMs <= most, String(valueMs));
    });
  }
});
