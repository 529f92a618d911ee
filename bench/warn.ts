/**
 * `npm run bench:warn`: what an unchanged request costs beside nginx, in half a minute, for machines
 * that check every change. Only warns: a machine that others use at the same time proves nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleGateway, startGateway } from './gateway.ts';
import { putLoad } from './load.ts';
import { startNginx } from './nginx.ts';
import { CORE_UNDER_TEST, cpuSeconds, endAll, pinToLoad } from './processes.ts';
import { median } from './statistics.ts';
import type { Target } from './target.ts';
import { whatIsLacking } from './tools.ts';
import { startUpstream } from './upstream.ts';
import { requestTo, type Workload } from './workloads.ts';

const ROUNDS = 3;
const ROUND = { seconds: 1, connections: 16 };
const WARM_UP = { seconds: 3, connections: 16 };
/** Far above what is measured when nobody else is there. */
const RATIO_MAX = { same: 9, converted: 17 } as const;

const workloads: Readonly<Record<keyof typeof RATIO_MAX, Workload>> = {
  same: { name: 'as it is', way: 'dragoman', client: 'openai-chat', upstream: 'openai-chat' },
  converted: {
    name: 'converted',
    way: 'dragoman',
    client: 'openai-chat',
    upstream: 'anthropic-messages',
  },
};

const lacking = whatIsLacking(['wrk', 'nginx', 'taskset', 'timeout']);
if (lacking === undefined) await compare();
else process.stdout.write(`bench: skipped, ${lacking}\n`);

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-warn-'));
  try {
    pinToLoad();
    const command = await bundleGateway(join(folder, 'dragoman'));
    const { port: mockPort } = await startUpstream();
    const gateway = await startGateway({ folder, command, mockPort, cores: CORE_UNDER_TEST });
    const nginx = await startNginx(join(folder, 'nginx'), mockPort);
    const own: Target = { ...gateway, way: 'dragoman' };
    for (const kind of ['same', 'converted'] as const) {
      const cost = async (target: Target, load = ROUND): Promise<number> => {
        const before = target.child === undefined ? 0 : cpuSeconds(target.child);
        const request = requestTo(target, workloads[kind], mockPort);
        const { requests } = await putLoad(folder, request, load);
        return ((target.child === undefined ? 0 : cpuSeconds(target.child)) - before) / requests;
      };
      await cost(own, WARM_UP);
      const ratios: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        ratios.push((await cost(own)) / (await cost(nginx)));
      }
      const ratio = median(ratios);
      const verdict = ratio > RATIO_MAX[kind] ? 'WARNING: more than' : 'below';
      process.stdout.write(
        `bench: JSON 1 KB ${workloads[kind].name} takes ${ratio.toFixed(1)} times the CPU of nginx, ${verdict} ${RATIO_MAX[kind]}\n`,
      );
    }
  } finally {
    await endAll();
    rmSync(folder, { recursive: true, force: true });
  }
}
