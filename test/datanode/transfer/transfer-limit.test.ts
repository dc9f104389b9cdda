// The limits of transfers that run (dfs.datanode.max.transfer.threads) and of connections that wait.
import { expect, test } from 'vitest';
import { TransferLimit } from '../../../datanode/transfer/transfer-limit.ts';

class Connection {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}

// Hadoop: DataXceiverServer.run has the message of the refusal.
test('operations over dfs.datanode.max.transfer.threads are refused, waiting connections do not count', async () => {
  const limit = new TransferLimit<Connection>(2);
  const connections = [1, 2, 3, 4].map(() => new Connection());
  for (const connection of connections) limit.opened(connection);
  const ends: (() => void)[] = [];
  const operation = () => new Promise<void>((resolve) => ends.push(resolve));
  const [first, second, third] = connections as [Connection, Connection, Connection];
  const running = [limit.run(first, operation), limit.run(second, operation)];
  await expect(limit.run(third, operation)).rejects.toMatchObject({
    javaClass: 'java.io.IOException',
    message: 'Xceiver count 3 exceeds the limit of concurrent xceivers: 2',
  });
  for (const end of ends) end();
  await Promise.all(running);
  const again = limit.run(third, operation);
  ends.at(-1)?.();
  await again;
});

test('of too many connections that wait the one that waits longest is dropped, and none that works', async () => {
  const limit = new TransferLimit<Connection>(2, 2);
  const [working, oldest, newer, newest] = [1, 2, 3, 4].map(() => new Connection()) as [
    Connection,
    Connection,
    Connection,
    Connection,
  ];
  limit.opened(working);
  let end: () => void = () => undefined;
  const running = limit.run(
    working,
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  for (const connection of [oldest, newer, newest]) limit.opened(connection);
  expect([working, oldest, newer, newest].map((c) => c.destroyed)).toEqual([false, true, false, false]);
  end();
  await running;
});
