/** Addresses that lead inside are told from those of the public internet, in every spelling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressIn, createPublicAddresses } from './public-address.ts';

const isPublic = createPublicAddresses();

test('addresses of the internet are public', () => {
  const all = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '192.0.1.1', '2606:4700::1111'];
  for (const address of [...all, '2a00:1450:4001:80b::200e', '11.0.0.0', '223.255.255.255'])
    assert.equal(isPublic(address), true, address);
});

test('what lies inside, what is kept for clouds, tests and groups, and what hides another is not', () => {
  const all = [
    ['0.0.0.0', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '100.127.255.255'],
    ['127.0.0.1', '127.255.255.254', '168.63.129.16', '169.254.169.254', '172.16.0.1'],
    ['172.31.255.255', '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1'],
    ['198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1'],
    ['255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1'],
    ['::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::1', '2002:7f00:1::'],
    ['2002:a00:1::1', '2001:0:7f00:1::', '2001:db8::1', '100::1', '100:0:0:1::1', '3fff::1'],
    ['5f00::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%lo', 'fec0::1', 'ff02::1'],
    ['2620:4f:8000::1', '2606:4700::1%eth0', '', 'localhost', '127.1', '0x7f.0.0.1', '1.1.1'],
  ].flat();
  for (const address of all) assert.equal(isPublic(address), false, address);
});

test('a host of a URL is an address or a name', () => {
  assert.equal(addressIn(new URL('http://[::1]/').hostname), '::1');
  assert.equal(addressIn(new URL('http://0x7f.1/').hostname), '127.0.0.1');
  assert.equal(addressIn(new URL('http://example.com/').hostname), undefined);
});
