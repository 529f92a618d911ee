/** 64-bit integers of databases as numbers, exact or not at all. */
import { DatabaseFailure, DatabaseRefusal } from './errors.ts';

/** A driver may give a bigint as a string. */
export type StoredInteger = number | string | bigint;

export function originalInteger(stored: StoredInteger): number {
  const value = Number(stored);
  if (!Number.isSafeInteger(value)) throw new DatabaseFailure('a number is too large to be exact');
  return value;
}

/** Fractions are rounded: the smallest unit of each column is fine enough. */
export function storedInteger(value: number): number {
  const rounded = Math.round(value);
  if (!Number.isSafeInteger(rounded)) throw new DatabaseRefusal('a number is out of range');
  return rounded;
}
