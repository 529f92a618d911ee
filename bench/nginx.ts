/** nginx as a bare proxy: what moving the same bytes costs without understanding them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_UNDER_TEST, freePorts, start, waitForPort } from './processes.ts';
import type { Target } from './target.ts';

/** Writes a configuration into a folder of its own, and returns its path. */
function writeNginxConfig(folder: string, ports: { own: number; upstream: number }): string {
  mkdirSync(folder, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ');
  const config = `
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${join(folder, 'pid')};
error_log ${join(folder, 'error.log')} error;
events { worker_connections 18000; }
http {
  access_log off;
  ${temporary}
  keepalive_requests 1000000000;
  client_max_body_size 64m;
  upstream mock {
    server 127.0.0.1:${ports.upstream};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${ports.own} backlog=4096;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
`;
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, config);
  return path;
}

export async function startNginx(folder: string, mockPort: number): Promise<Target> {
  const [port = 0] = await freePorts(1);
  const config = writeNginxConfig(folder, { own: port, upstream: mockPort });
  const child = start({
    core: CORE_UNDER_TEST,
    command: 'nginx',
    args: ['-e', 'stderr', '-c', config],
  });
  await waitForPort(port, child);
  return { way: 'nginx', port, child };
}
