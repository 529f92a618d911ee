/** The conformance command as it is published: bundled, and run far from the repository. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { conformance, writeBundle } from '../../tools/build/bundle.ts';

interface Manifest {
  readonly version: string;
  readonly bin: { readonly [name: string]: string };
  readonly dependencies?: object;
}

describe('the published command', () => {
  let place: string;
  const manifest: Manifest = JSON.parse(
    readFileSync(join(conformance.folder, 'package.json'), 'utf8'),
  );

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'conformance-package-'));
    for (const part of ['package.json', 'bin'])
      cpSync(join(conformance.folder, part), join(place, part), { recursive: true });
    await writeBundle(conformance, join(place, 'dist'));
  });
  after(() => rmSync(place, { recursive: true, force: true }));

  function run(...args: readonly string[]) {
    const command = join(place, manifest.bin['ai-gateway-conformance'] ?? '');
    return spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', cwd: place });
  }

  test('needs no other package, and brings the licences of those in it', () => {
    assert.equal(manifest.dependencies, undefined);
    const files = readdirSync(join(place, 'dist'));
    assert.ok(files.includes('LICENSE') && files.includes('THIRD_PARTY_LICENSES'));
    assert.equal(run('--version').stdout, `${manifest.version}\n`);
  });

  test('asks with every SDK, and says that nobody was there', () => {
    const nowhere = ['--base-url', 'http://127.0.0.1:1', '--provider-port', '0'];
    const { status, stdout } = run(...nowhere, '--only', 'case=multi-turn');
    assert.equal(status, 1);
    for (const client of ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini']) {
      assert.match(stdout, new RegExp(`clients of ${client}\n.*\n +multi-turn +✗ +✗ +✗\n`));
    }
    assert.match(stdout, /nothing reached the provider; status 0/);
  });
});
