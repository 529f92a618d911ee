/** What is kept of keys and of usage, and the contract of the databases that keep it. */

/** A gateway key as stored: never the key itself. */
export interface KeyRecord {
  /** Public, such as `key_` and random letters; named in usage and logs. */
  readonly id: string;
  readonly name: string;
  /** HMAC-SHA-256 of the key under the pepper, base64url. */
  readonly hash: string;
  /** The end of the key, for people to tell keys apart: `…x7Qa`. */
  readonly hint: string;
  readonly user: string | undefined;
  /** Ids of the channels that it may use; undefined: all. Empty: none. */
  readonly channels: readonly string[] | undefined;
  /** Patterns of the models that it may use; undefined: all. */
  readonly models: readonly string[] | undefined;
  readonly limits: KeyLimits;
  /** Milliseconds since 1970, as are all moments here. */
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
}

export interface KeyLimits {
  readonly tokensPerWindow?: number | undefined;
  readonly requestsPerWindow?: number | undefined;
  readonly windowMs?: number | undefined;
  readonly concurrency?: number | undefined;
  /** In millionths of a US dollar. */
  readonly budgetMicroUsd?: number | undefined;
  readonly budgetPeriod?: 'day' | 'month' | 'total' | undefined;
}

/** One exchange, as it is billed. */
export interface UsageRecord {
  /** Unique: a record that comes twice is kept once. */
  readonly id: string;
  readonly at: number;
  readonly keyId: string | undefined;
  readonly user: string | undefined;
  readonly channel: string | undefined;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly upstreamModel: string | undefined;
  readonly clientFormat: string | undefined;
  readonly status: number;
  /** How it ended, as in EndCause. */
  readonly end: string;
  readonly stream: boolean;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** The upstream did not say; the tokens are counted by the gateway. */
  readonly estimated: boolean;
  /** Undefined: no price is known. */
  readonly costMicroUsd: number | undefined;
  readonly durationMs: number;
  readonly firstByteMs: number | undefined;
}

export interface UsageQuery {
  readonly keyId?: string | undefined;
  readonly user?: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface UsageSum {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
}

/** Keys and usage. Every call rejects with an Error when the database cannot be reached. */
export interface Database {
  /** Brings tables to the newest version; safe when several gateways start at once. */
  migrate(): Promise<void>;
  insertKey(key: KeyRecord): Promise<void>;
  /** Newest first. */
  listKeys(): Promise<readonly KeyRecord[]>;
  findKey(hash: string): Promise<KeyRecord | undefined>;
  /** False: there is no such key, or it was revoked before. */
  revokeKey(id: string, at: number): Promise<boolean>;
  /** Puts another hash and hint in their place, the rest stays. False: no such key, or revoked. */
  rotateKey(id: string, secret: { readonly hash: string; readonly hint: string }): Promise<boolean>;
  /** Grows with every change of a key, by whomever: cheap to ask every second. */
  keysVersion(): Promise<number>;
  /** All or none; records that are there already are left as they are. */
  appendUsage(records: readonly UsageRecord[]): Promise<void>;
  sumUsage(query: UsageQuery): Promise<UsageSum>;
  close(): Promise<void>;
}
