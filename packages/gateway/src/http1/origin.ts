/** Where connections go: an origin such as `https://api.openai.com`, understood once. */
import {
  connect as connectTcp,
  isIP,
  type LookupFunction,
  type OnReadOpts,
  type Socket,
} from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export interface Origin {
  /** For the `host` field of a request. */
  readonly authority: string;
  /** The event of a socket that can be written to. */
  readonly readyEvent: 'connect' | 'secureConnect';
  /** `connectMs`: how long its user waits; 0 is no bound. */
  connect(connectMs: number, onread: OnReadOpts): Socket;
}

/** Node's own bound, a quarter of it, gives up addresses that are merely far away. */
const ATTEMPT_MS_MAX = 1_000;

/** Throws TypeError for what is no origin of HTTP. `lookup`: undefined is the system's. */
export function parseOrigin(text: string, lookup?: LookupFunction): Origin {
  const { protocol, hostname, port, host: authority } = new URL(text);
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (protocol === 'https:') {
    const address = { host, port: port === '' ? 443 : Number(port), lookup };
    const connect = tlsConnector(address);
    return { authority, readyEvent: 'secureConnect', connect };
  }
  if (protocol !== 'http:') throw new TypeError(`not an origin of HTTP: ${protocol}`);
  const address = { host, port: port === '' ? 80 : Number(port), lookup };
  return {
    authority,
    readyEvent: 'connect',
    connect: (connectMs, onread) => connectTcp({ ...address, ...attemptBound(connectMs), onread }),
  };
}

/** How long one of several addresses is waited for before the next is tried: that has to fit in as well. */
function attemptBound(connectMs: number): { readonly autoSelectFamilyAttemptTimeout: number } {
  const half = connectMs === 0 ? ATTEMPT_MS_MAX : Math.ceil(connectMs / 2);
  return { autoSelectFamilyAttemptTimeout: Math.min(half, ATTEMPT_MS_MAX) };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupFunction | undefined;
}

function tlsConnector(address: Address): Origin['connect'] {
  const { host } = address;
  let session: Buffer | undefined;
  return (connectMs, onread) => {
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      ...address,
      ...attemptBound(connectMs),
      onread,
      // An address is no name that a server could be asked for.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(session === undefined ? {} : { session }),
      ALPNProtocols: ['http/1.1'],
      // No variable of the environment turns this off.
      rejectUnauthorized: true,
    };
    const socket = connectTls(options);
    socket.on('session', (latest) => {
      session = latest;
    });
    return socket;
  };
}
