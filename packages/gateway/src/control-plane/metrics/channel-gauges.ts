/** How channels are at the moment when the page is read. */
import { Gauge, type Registry } from '@prometheus-io/client';
import type { ChannelState } from '../../channels/registry.ts';

/** `states`: of the channels that there are now; one may be there twice after a reload that failed. */
export function addChannelGauges(registry: Registry, states: () => Iterable<ChannelState>): void {
  const inFlight = new Gauge({
    name: 'dragoman_channel_in_flight',
    help: 'Requests that run on a channel, from sending until the last byte.',
    labelNames: ['channel'],
    registers: [],
    collect() {
      this.reset();
      for (const state of states()) this.inc({ channel: state.id }, state.inFlight);
    },
  });
  const broken = new Gauge({
    name: 'dragoman_channel_breaker_open',
    help: '1 while the breaker of a channel is open, 0 while it is closed.',
    labelNames: ['channel'],
    registers: [],
    collect() {
      this.reset();
      for (const { id, isBroken } of states()) this.inc({ channel: id }, isBroken ? 1 : 0);
    },
  });
  registry.registerMetric(inFlight);
  registry.registerMetric(broken);
}
