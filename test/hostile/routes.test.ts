// The table of routes, by which the fuzzer goes, has every route that a daemon registers.
import diagnostics from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import { Arena, DAEMONS } from './arena.ts';
import { ROUTES } from './routes.ts';

const portsOf = (server: FastifyInstance): number[] =>
  server.addresses().map((address) => (typeof address === 'string' ? 0 : address.port));

test('the fuzzer knows every route of every daemon', async () => {
  const servers = new Map<FastifyInstance, string[]>();
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance };
    const routes: string[] = [];
    servers.set(fastify, routes);
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const name of [method].flat()) if (name !== 'HEAD') routes.push(`${name} ${url}`);
    });
  };
  diagnostics.subscribe('fastify.initialization', watch);
  let arena: Arena | undefined;
  try {
    arena = await Arena.start();
    const { ports } = arena;
    for (const daemon of DAEMONS) {
      const found = [...servers].find(([server]) => portsOf(server).some((port) => port === ports[daemon]));
      const known = ROUTES.filter(({ daemons }) => daemons.includes(daemon)).map(
        ({ method, url }) => `${method} ${url}`,
      );
      expect([...(found?.[1] ?? [])].sort(), daemon).toEqual(known.sort());
    }
    // Every server is one of a daemon that the table names.
    expect(servers.size).toBe(DAEMONS.length);
  } finally {
    diagnostics.unsubscribe('fastify.initialization', watch);
    await arena?.stop();
  }
});
