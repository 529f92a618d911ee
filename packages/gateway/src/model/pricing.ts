/** What tokens cost. */
import type { Usage } from 'ai-api-converter';

export interface PriceTable {
  /**
   * `seller`: the id of a provider, or the address of one that is known by it, such as
   * `https://api.deepseek.com`. In millionths of a US dollar, rounded up; undefined: no price is
   * known for the model.
   */
  costMicroUsd(seller: string, model: string, usage: Usage): number | undefined;
}
