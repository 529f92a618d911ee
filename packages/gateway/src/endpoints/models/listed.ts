/** A model as lists tell it, and how a vendor's lists look. */
import type { JsonObject, JsonValue } from 'ai-api-converter';

export interface Listed {
  /** What clients ask for it by. */
  readonly id: string;
  readonly displayName?: string | undefined;
  /** Milliseconds since 1970; undefined: nobody says. */
  readonly createdMs?: number | undefined;
  readonly owner?: string | undefined;
  /** The upstream's own words, for clients of the same dialect. */
  readonly own?: Own | undefined;
}

interface Own {
  readonly dialect: string;
  readonly entry: JsonObject;
}

export interface ListDialect {
  readonly id: string;
  /** Ids of the formats whose clients and upstreams speak it. */
  readonly formats: readonly string[];
  /** Undefined: the body is no list. What can be no model to generate with is left out. */
  readList(body: JsonValue): readonly Listed[] | undefined;
  encodeModel(model: Listed): JsonObject;
  /** Throws GatewayError when the query asks for no page. */
  encodeList(models: readonly Listed[], query: Query): JsonObject;
}

export interface Query {
  get(name: string): string | null;
}
