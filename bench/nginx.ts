/** nginx as a bare proxy: what moving the same bytes costs without understanding them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a configuration into a folder of its own, and returns its path. */
export function writeNginxConfig(folder: string, ports: { own: number; upstream: number }): string {
  mkdirSync(folder);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ');
  const config = `
daemon off;
worker_processes 1;
pid ${join(folder, 'pid')};
error_log ${join(folder, 'error.log')} warn;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary}
  keepalive_requests 1000000000;
  upstream mock {
    server 127.0.0.1:${ports.upstream};
    keepalive 64;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${ports.own};
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
  const path = join(folder, 'nginx.conf');
  writeFileSync(path, config);
  return path;
}
