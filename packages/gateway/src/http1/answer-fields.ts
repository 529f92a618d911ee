/** The header lines that every answer has: date, and whether the connection stays. */
import { httpDate, nowSeconds } from '../lib/clock.ts';

/** Composed once a second. */
export function createCommonFields(keepAliveMs: number): (keepsAlive: boolean) => string {
  const keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n`;
  let seconds = 0;
  let forKeptAlive = '';
  let forLast = '';
  return (keepsAlive) => {
    const now = nowSeconds();
    if (now !== seconds) {
      const date = `Date: ${httpDate(now)}\r\n`;
      seconds = now;
      forKeptAlive = date + keepAlive;
      forLast = `${date}Connection: close\r\n`;
    }
    return keepsAlive ? forKeptAlive : forLast;
  };
}
