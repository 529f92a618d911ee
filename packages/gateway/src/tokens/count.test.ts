import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { createTokenCounter } from './count.ts';
import { estimateText } from './queue.ts';
import * as texts from './testing/texts.ts';

/** Runs with a counter that is closed afterwards; keeps this process alive, as a server would be. */
async function withCounter(
  bounds: Parameters<typeof createTokenCounter>[0],
  use: (counter: ReturnType<typeof createTokenCounter>) => Promise<void>,
): Promise<void> {
  const server = setInterval(() => {}, 1_000);
  const counter = createTokenCounter(bounds);
  try {
    await use(counter);
  } finally {
    await counter.close();
    clearInterval(server);
  }
}

test('texts for OpenAI count as o200k counts them', async () => {
  await withCounter({}, async (counter) => {
    for (const text of [texts.english, texts.code, texts.chinese, 'x', '<|endoftext|> is text']) {
      const real = countTokens(text, { disallowedSpecial: new Set() });
      assert.equal(await counter.count(text, 'gpt-5'), real);
    }
    assert.equal(await counter.count('', 'gpt-5'), 0);
  });
});

test('long texts count as in one piece, to within a token in a thousand', async () => {
  await withCounter({}, async (counter) => {
    for (const text of [texts.english.repeat(50), texts.code.repeat(50)]) {
      const real = countTokens(text);
      const found = await counter.count(text, 'gpt-5');
      assert.ok(Math.abs(found - real) <= real / 1_000, `${found}, not ${real}`);
    }
  });
});

test('a text that is one endless word is counted all the same, and soon', async () => {
  await withCounter({}, async (counter) => {
    assert.equal(await counter.count('a'.repeat(200_000), 'gpt-5'), 25_000);
    assert.equal(await counter.count(' '.repeat(100_000), 'gpt-5'), 782);
    const emoji = await counter.count('👍'.repeat(5_000), 'gpt-5');
    assert.equal(emoji, countTokens('👍') * 5_000);
  });
});

test('models with finer tokenizers count more, by family and script', async () => {
  await withCounter({}, async (counter) => {
    async function ratio(text: string, model: string): Promise<number> {
      const tokens = await counter.count(text, model);
      return Math.round((tokens / countTokens(text)) * 100);
    }
    assert.equal(await ratio(texts.english, 'gpt-4o'), 100);
    assert.equal(await ratio(texts.english, 'some-other-model'), 100);
    assert.ok(within(await ratio(texts.english, 'claude-sonnet-4-5'), 105, 112));
    assert.ok(within(await ratio(texts.english, 'claude-opus-4-20250514'), 105, 112));
    assert.ok(within(await ratio(texts.english, 'anthropic/claude-opus-4.7'), 136, 145));
    assert.ok(within(await ratio(texts.english, 'claude-opus-5-5'), 136, 145));
    assert.ok(within(await ratio(texts.chinese, 'claude-sonnet-4-5'), 150, 165));
    assert.ok(within(await ratio(texts.chinese, 'claude-sonnet-5'), 150, 165));
    assert.ok(within(await ratio(texts.english, 'models/gemini-2.5-pro'), 108, 116));
    assert.ok(within(await ratio(texts.chinese, 'gemini-2.5-pro'), 80, 95));
  });
});

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

test('what does not fit among the waiting texts is estimated at once', async () => {
  await withCounter({ waitingMax: 2 }, async (counter) => {
    const results = await Promise.all(
      Array.from({ length: 5 }, () => counter.count(texts.code, 'gpt-5')),
    );
    const [real, estimate] = [countTokens(texts.code), estimateText(texts.code)];
    assert.notEqual(real, estimate);
    assert.deepEqual(results, [real, real, estimate, estimate, estimate]);
    assert.equal(await counter.count(texts.code, 'gpt-5'), real);
  });
  await withCounter({ waitingLengthMax: 1_000 }, async (counter) => {
    const long = texts.code.repeat(5);
    assert.equal(await counter.count(long, 'gpt-5'), estimateText(long));
  });
});

test('the thread ends when there is nothing to count, and starts again', async () => {
  await withCounter({ idleMs: 1 }, async (counter) => {
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await counter.count(texts.code, 'gpt-5'), countTokens(texts.code));
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  });
});

test('texts that take too long are estimated', async () => {
  await withCounter({ answerMs: 1 }, async (counter) => {
    const text = texts.code.repeat(500);
    assert.equal(await counter.count(text, 'gpt-5'), estimateText(text));
  });
});

test('without its thread, a counter estimates', async () => {
  await withCounter({ thread: 'no-such-file' }, async (counter) => {
    const first = counter.count(texts.code, 'gpt-5');
    assert.equal(await first, estimateText(texts.code));
    assert.equal(await counter.count(texts.code, 'gpt-5'), estimateText(texts.code));
  });
});

test('a closed counter estimates what waits and what comes', async () => {
  const counter = createTokenCounter();
  const waiting = counter.count(texts.code, 'gpt-5');
  await counter.close();
  assert.equal(await waiting, estimateText(texts.code));
  assert.equal(await counter.count(texts.code, 'gpt-5'), estimateText(texts.code));
  await counter.close();
});

test('neither a waiting text nor an idle thread keeps a process alive', () => {
  const module = JSON.stringify(new URL('./count.ts', import.meta.url).href);
  // Whether the second text is still counted is a race; that the process ends before the idle time is not.
  const script = `
    const { createTokenCounter } = await import(${module});
    const counter = createTokenCounter();
    const server = setInterval(() => {}, 1_000);
    console.log(await counter.count('hello world', 'gpt-5'));
    clearInterval(server);
    void counter.count('and another'.repeat(10_000), 'gpt-5');
  `;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8', timeout: 20_000 },
  );
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '2\n', stderr: '' });
});
