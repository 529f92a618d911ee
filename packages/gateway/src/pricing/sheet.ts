/** A price sheet: what the tokens of one model cost. */

/** In US dollars for a million tokens, which is millionths of a dollar for one; undefined: as the wider kind. */
export interface Rates {
  readonly input: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  /** Of writes that live for hours. */
  readonly cacheWriteLong?: number | undefined;
  /** Undefined: the model generates no tokens that are sold. */
  readonly output?: number | undefined;
  readonly reasoning?: number | undefined;
  readonly audioInput?: number | undefined;
  readonly audioCacheRead?: number | undefined;
  readonly audioOutput?: number | undefined;
  /** In US dollars, whatever their tokens. */
  readonly thousandRequests?: number | undefined;
}

export interface PriceSheet {
  /** The day in UTC from which it holds. */
  readonly from?: string | undefined;
  /** Seconds of the day in UTC between which it holds. */
  readonly between?: readonly number[] | undefined;
  readonly rates: Rates;
  /** In place of `rates` for requests whose input is larger. */
  readonly above?: { readonly tokens: number; readonly rates: Rates } | undefined;
}

export interface PricedModel {
  /** In lower case. */
  readonly names: readonly string[];
  /** A regular expression over names in lower case, for those that are not listed. */
  readonly pattern?: string | undefined;
  /** The last one that holds counts, or else the first. Empty: no price can be told. */
  readonly sheets: readonly PriceSheet[];
}

export interface PricedProvider {
  readonly id: string;
  /** A regular expression over the addresses of its API. */
  readonly address: string;
  /** Ids of providers whose models it sells at their prices. */
  readonly fallback: readonly string[];
  /** The first one that matches counts. */
  readonly models: readonly PricedModel[];
}
