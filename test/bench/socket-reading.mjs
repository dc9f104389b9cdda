#!/usr/bin/env node
// Measures the cost of receiving for docs/decisions/data-connection.md: `node test/bench/socket-reading.mjs [ROUNDS]`
// One process sends 1 GB in packets of 64 KiB. Another reads them in one of three ways and counts its processor time.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

const BYTES = 1e9;
const SLAB_BYTES = 512 * 1024;
const ROOM_BYTES_MIN = 64 * 1024;

/** Ways to read. Each returns the socket's options and, if needed, a function to set the socket up. */
const WAYS = {
  "'data' events": (count) => [{}, (socket) => socket.on('data', (chunk) => count(chunk.length))],
  'onread, new memory': (count) => [{ onread: slabs(count, () => Buffer.allocUnsafeSlow(SLAB_BYTES)) }],
  'onread, the same memory': (count) => {
    const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    return [{ onread: slabs(count, () => slab) }];
  },
};

function slabs(count, next) {
  let slab = next();
  let filled = 0;
  return {
    buffer: () => {
      if (slab.length - filled < ROOM_BYTES_MIN) {
        slab = next();
        filled = 0;
      }
      return slab.subarray(filled);
    },
    callback: (length) => {
      filled += length;
      count(length);
      return true;
    },
  };
}

async function send(port) {
  const head = Buffer.alloc(31 + 504);
  const data = Buffer.alloc(64_512, 7);
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  for (let sent = 0; sent < BYTES; sent += head.length + data.length) {
    socket.cork();
    socket.write(head);
    socket.write(data);
    socket.uncork();
    if (socket.writableLength > 1024 * 1024) await once(socket, 'drain');
  }
  socket.end();
}

/** Returns the milliseconds of processor time of a new process that receives in the named way. */
async function receive(way) {
  let received = 0;
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send(server.address().port);
  const [accepted] = await once(server, 'connection');
  const start = process.cpuUsage();
  const [options, listen] = WAYS[way]((length) => {
    received += length;
  });
  let socket = accepted;
  if (options.onread) {
    socket = new net.Socket({ handle: accepted._handle, ...options });
    accepted._handle = null;
  } else listen(socket);
  await once(socket, 'end');
  const { user, system } = process.cpuUsage(start);
  if (received < BYTES) throw new Error(`${received} bytes came`);
  process.send((user + system) / 1000, () => process.exit());
}

const [role, argument] = process.argv.slice(2);
if (role === 'send') await send(Number(argument));
else if (role === 'receive') await receive(argument);
else {
  const rounds = Number(role ?? 7);
  const self = fileURLToPath(import.meta.url);
  const results = new Map(Object.keys(WAYS).map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [way, list] of results) {
      const receiver = fork(self, ['receive', way]);
      const [port] = await once(receiver, 'message');
      const sender = fork(self, ['send', String(port)]);
      const [ms] = await once(receiver, 'message');
      list.push(ms);
      if (sender.exitCode === null) await once(sender, 'exit');
    }
  }
  console.log(`Node ${process.versions.node}, ${os.cpus()[0]?.model}, medians of ${rounds} interleaved rounds\n`);
  console.log('| way to read a socket | ms of processor time per GB |\n|---|--:|');
  for (const [way, list] of results) console.log(`| ${way} | ${Math.round(list.sort((a, b) => a - b)[rounds >> 1])} |`);
}
